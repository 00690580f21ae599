//! One notification, and how several come in one (TS-0004 7.5.1.1).

use tokio::sync::watch;

use crate::client::Resource;
use crate::primitive::{Operation, Request, Status};
use crate::value::{Attr, Map, Value};

const DELETION: Attr<bool> = Attr::new("sud");
const VERIFICATION: Attr<bool> = Attr::new("vrq");
const EVENT_TYPE: Attr<u32> = Attr::new("net");

/// What a CSE has to tell. Dropping it says that it has been dealt with; see [`Acknowledge`](crate::client::Acknowledge).
#[derive(Debug)]
pub struct Notification {
    content: Map,
    receipt: Option<Receipt>,
}

/// Tells whoever waits what became of a notification. Dropped without a word, it tells that nobody took it.
pub(super) type Receipt = watch::Sender<Option<Status>>;

impl Notification {
    pub(super) const fn new(content: Map, receipt: Receipt) -> Self {
        Self { content, receipt: Some(receipt) }
    }

    /// All of it: the inside of `m2m:sgn`, by short names.
    #[must_use]
    pub const fn content(&self) -> &Map {
        &self.content
    }

    /// `sur`: the subscription that it belongs to.
    #[must_use]
    pub fn subscription(&self) -> Option<&str> {
        self.content.get("sur")?.as_text()
    }

    /// `net`: which event it is; [`EventType::number`](crate::client::EventType::number) tells the numbers.
    #[must_use]
    pub fn event_type(&self) -> Option<u32> {
        self.event().and_then(|event| EVENT_TYPE.get(event))
    }

    /// `rep`: the resource, as much of it as the subscription wants. It is on the CSE of the subscription.
    #[must_use]
    pub fn resource(&self) -> Option<Resource> {
        let beside = self.subscription().unwrap_or_default();
        self.event()?.get("rep").and_then(|content| Resource::in_content(content, beside))
    }

    /// The identifier of the resource, where that is all that the subscription wants.
    #[must_use]
    pub fn resource_id(&self) -> Option<&str> {
        self.event()?.get("rep")?.as_map()?.get("m2m:uri")?.as_text()
    }

    /// `sud`: the subscription is gone. This is its last notification.
    #[must_use]
    pub fn is_end(&self) -> bool {
        DELETION.get(&self.content) == Some(true)
    }

    /// Says no. The CSE hears of it with [`Acknowledge::Handled`](crate::client::Acknowledge::Handled) only: with 4xxx it
    /// does not tell this again, with 5xxx it does, and a change that waits for the answer (event 7) is not made.
    pub fn refuse(mut self, status: Status) {
        self.answer(status);
    }

    fn answer(&mut self, status: Status) {
        if let Some(receipt) = self.receipt.take() {
            // In the other mode, the answer is given already.
            receipt.send_if_modified(|answer| answer.is_none() && answer.replace(status).is_none());
        }
    }

    fn event(&self) -> Option<&Map> {
        self.content.get("nev")?.as_map()
    }
}

impl Drop for Notification {
    fn drop(&mut self) {
        self.answer(Status::OK);
    }
}

/// What a request has to tell.
#[derive(Debug, PartialEq)]
pub(super) enum Told {
    /// Whether somebody wants to be told of this subscription.
    Verification(Map),
    /// These, in order: the insides of `m2m:sgn`.
    Notifications(Vec<Map>),
}

/// Reads a request. `None`, when it tells nothing.
pub(super) fn unfold(request: &Request) -> Option<Told> {
    let content = request.content.as_ref().filter(|_| request.operation == Operation::Notify)?.as_map()?;
    let inside = match content.get("m2m:agn") {
        Some(several) => several.as_map()?.get("m2m:sgn")?,
        None => content.get("m2m:sgn")?,
    };
    let items = inside.as_list().unwrap_or(std::slice::from_ref(inside));
    let mut told: Vec<Map> = items.iter().map(|item| item.as_map().cloned()).collect::<Option<_>>()?;
    if told.len() == 1 && told.first().and_then(|only| VERIFICATION.get(only)) == Some(true) {
        return told.pop().map(Told::Verification);
    }
    (!told.is_empty()).then_some(Told::Notifications(told))
}

/// Which subscription tells this.
pub(super) fn subscription_of(told: &Map) -> Option<&str> {
    told.get("sur").and_then(Value::as_text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;

    fn told(content: &str) -> Option<Told> {
        let mut request = Request::new(Operation::Notify, "Cae");
        request.content = Some(json::decode(content.as_bytes(), 32).unwrap());
        unfold(&request)
    }

    #[test]
    fn several_in_one_are_told_apart_and_what_is_none_is_none() {
        let count = |content: &str| match told(content) {
            Some(Told::Notifications(all)) => all.len(),
            Some(Told::Verification(_)) => 100,
            None => 0,
        };
        assert_eq!(count(r#"{"m2m:sgn":{"sur":"/id/sub-1"}}"#), 1);
        assert_eq!(count(r#"{"m2m:agn":{"m2m:sgn":[{"sur":"a"},{"sur":"b"}]}}"#), 2);
        assert_eq!(count(r#"{"m2m:sgn":{"vrq":true,"sur":"/id/sub-1","cr":"Cae"}}"#), 100);
        for nothing in
            [r#"{"m2m:sgn":7}"#, r#"{"m2m:agn":{}}"#, r#"{"m2m:agn":{"m2m:sgn":[]}}"#, r#"{"m2m:rsp":{}}"#, "[]"]
        {
            assert_eq!(count(nothing), 0, "{nothing}");
        }
        assert_eq!(unfold(&Request::retrieve("Cae")), None);
    }

    #[test]
    fn a_notification_has_a_resource_or_its_identifier() {
        let Some(Told::Notifications(mut all)) = told(
            r#"{"m2m:agn":{"m2m:sgn":[
                {"sur":"/id-in/sub-1","nev":{"net":3,"rep":{"m2m:cin":{"con":"21.5","ri":"cin-7"}}}},
                {"sur":"/id-in/sub-1","nev":{"net":3,"rep":{"m2m:uri":"/id-in/cin-8"}}},
                {"sur":"/id-in/sub-1","sud":true}]}}"#,
        ) else {
            panic!("no notifications")
        };
        let mut each = all.drain(..).map(|told| Notification::new(told, watch::Sender::new(None)));
        let (instance, reference, end) = (each.next().unwrap(), each.next().unwrap(), each.next().unwrap());
        let resource = instance.resource().unwrap();
        assert_eq!(
            (resource.text("con"), resource.address(), instance.event_type()),
            (Some("21.5"), "/id-in/cin-7", Some(3))
        );
        assert_eq!((reference.resource_id(), reference.resource().is_none()), (Some("/id-in/cin-8"), true));
        assert!(end.is_end() && !instance.is_end() && end.resource().is_none());
        assert_eq!(instance.subscription(), Some("/id-in/sub-1"));
    }

    #[test]
    fn what_was_dealt_with_is_answered_and_what_was_lost_is_not() {
        let receipt = watch::Sender::new(None);
        let answer = receipt.subscribe();
        drop(Notification::new(Map::new(), receipt));
        assert_eq!(*answer.borrow(), Some(Status::OK));
        let receipt = watch::Sender::new(None);
        let answer = receipt.subscribe();
        Notification::new(Map::new(), receipt).refuse(Status::OPERATION_NOT_ALLOWED);
        assert_eq!(*answer.borrow(), Some(Status::OPERATION_NOT_ALLOWED));
    }
}
