//! The types that most programs need: a table of the attributes that they set, and how each of them begins.

use super::draft::{drafts, texts};
use super::policy::Operations;
use super::subscription::{EventType, NotificationContent};
use crate::value::{Map, SmolStr, Value};

drafts! {
    /// An application entity (TS-0001 9.6.5).
    ///
    /// ```
    /// use onem2m_cse::client::Ae;
    /// let ae = Ae::new("N.example.sensor").named("sensor").labels(["room:kitchen"]);
    /// ```
    Ae 2 "m2m:ae" {
        app_name "apn" text "a name for people."
        point_of_access "poa" texts "where it listens. Set by the client when it has a listener."
        request_reachability "rr" flag "whether it can be called. Default: set by the client, by how it is reached."
        content_serialization "csz" texts "the serializations that it reads, the best first: `json`, `cbor`, `xml`."
        supported_release_versions "srv" texts "the releases that it speaks. Default: the release of the client."
        ontology_ref "or" text "an ontology."
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
    /// A container of instances (TS-0001 9.6.6).
    Container 3 "m2m:cnt" {
        max_nr_of_instances "mni" number "the most instances; the oldest make room."
        max_byte_size "mbs" number "the most bytes of all instances; the oldest make room."
        max_instance_age "mia" number "how old an instance may become, in seconds."
        ontology_ref "or" text "an ontology."
        disable_retrieval "disr" flag "whether instances can only be heard of by notification."
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
    /// An instance in a container (TS-0001 9.6.7). It is never changed.
    ContentInstance 4 "m2m:cin" {
        content_info "cnf" text "the media type of the content, such as `application/json:0`."
        ontology_ref "or" text "an ontology."
    }
    /// A subscription (TS-0001 9.6.8): who is to be told what.
    ///
    /// ```
    /// use onem2m_cse::client::{EventType, Subscription};
    /// // Each new instance (type 4), and the end of the container.
    /// let events = [EventType::ChildCreated, EventType::Deleted];
    /// let subscription = Subscription::new().events(events).child_types([4]);
    /// ```
    Subscription 23 "m2m:sub" {
        notification_uri "nu" texts "who is to be told: AE-IDs, or URLs. `Client::subscribe` sets it to the client itself."
        expiration_counter "exc" number "after how many notifications it ends."
        latest_notify "ln" flag "whether only the last notification is of interest, when several could not be delivered."
        pending_notification "pn" number "what becomes of notifications that could not be delivered: 1 the last one is sent, 2 all are."
        subscriber_uri "su" text "who is to be told when the subscription is deleted."
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
    /// An access control policy (TS-0001 9.6.2).
    ///
    /// ```
    /// use onem2m_cse::client::{AccessControlPolicy, Operations};
    /// let policy = AccessControlPolicy::new(["CAdmin"])
    ///     .named("acp")
    ///     .allow(["Cdashboard"], Operations::RETRIEVE | Operations::DISCOVERY);
    /// ```
    AccessControlPolicy 1 "m2m:acp" {}
    /// A group of resources (TS-0001 9.6.13). A request to its child `fopt` goes to all of them; see [`members`].
    ///
    /// [`members`]: crate::client::members
    Group 9 "m2m:grp" {
        member_type "mt" number "the type of its members; 0 for any. Default: any."
        consistency_strategy "csy" number "what becomes of members of another type: 1 they are dropped, 2 so is the group, 3 it becomes mixed."
        group_name "gn" text "a name for people."
        members_access_control_policy_ids "macp" texts "the policies that say who may do what with the members through it."
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
    /// A polling channel (TS-0001 9.6.21). `Client::subscribe` makes one where it is needed.
    PollingChannel 15 "m2m:pch" {
        request_aggregation "rqag" flag "whether several requests may come in one answer (Release 4)."
    }
    /// A schedule (TS-0001 9.6.9).
    Schedule 18 "m2m:sch" {
        access_control_policy_ids "acpi" texts "the policies that say who may do what with it."
    }
}

impl Ae {
    /// An AE of the application with this App-ID: `N.example.sensor`, or `R` and a registered one.
    pub fn new(app_id: impl Into<SmolStr>) -> Self {
        Self { attributes: Map::from_iter([("api", Value::from(app_id.into()))]) }
    }

    /// Nothing yet: for an UPDATE.
    pub const fn changes() -> Self {
        Self { attributes: Map::new() }
    }
}

impl Container {
    /// A container without limits of its own; for an UPDATE, no changes yet.
    pub const fn new() -> Self {
        Self { attributes: Map::new() }
    }
}

impl Default for Container {
    fn default() -> Self {
        Self::new()
    }
}

impl ContentInstance {
    /// An instance with this content: text, as a rule. Numbers and structures are for a CSE that takes them.
    pub fn new(content: impl Into<Value>) -> Self {
        Self { attributes: Map::from_iter([("con", content.into())]) }
    }
}

impl Subscription {
    /// A subscription to changes of the resource itself, until [`Subscription::events`] says what else.
    pub const fn new() -> Self {
        Self { attributes: Map::new() }
    }

    /// `enc/net`: what is told.
    pub fn events(self, events: impl IntoIterator<Item = EventType>) -> Self {
        let numbers: Vec<Value> = events.into_iter().map(|event| event.number().into()).collect();
        self.criterion("net", numbers)
    }

    pub(in crate::client) fn has_event(&self, event: EventType) -> bool {
        let criteria = self.attributes.get("enc").and_then(Value::as_map);
        let events = criteria.and_then(|criteria| criteria.get("net")).and_then(Value::as_list).unwrap_or_default();
        events.contains(&event.number().into())
    }

    /// `enc/chty`: which types of children are told of, by their numbers. Default: all.
    pub fn child_types(self, types: impl IntoIterator<Item = u32>) -> Self {
        let numbers: Vec<Value> = types.into_iter().map(Value::from).collect();
        self.criterion("chty", numbers)
    }

    /// Another event notification criterion (`enc`), by its short name.
    pub fn criterion(mut self, short: &str, value: impl Into<Value>) -> Self {
        if self.attributes.get("enc").and_then(Value::as_map).is_none() {
            self.attributes.set("enc", Map::new());
        }
        if let Some(Value::Map(criteria)) = self.attributes.get_mut("enc") {
            criteria.set(short, value);
        }
        self
    }

    /// `nct`: how much is told of a resource.
    pub fn notification_content(self, content: NotificationContent) -> Self {
        self.with("nct", content.number())
    }
}

impl Default for Subscription {
    fn default() -> Self {
        Self::new()
    }
}

impl AccessControlPolicy {
    /// A policy that these originators may change, and that allows nothing yet.
    pub fn new<T: Into<SmolStr>>(owners: impl IntoIterator<Item = T>) -> Self {
        let rules = |rules: Vec<Value>| Value::from(Map::from_iter([("acr", rules)]));
        let owners = rule(texts(owners), Operations::ALL);
        Self { attributes: Map::from_iter([("pv", rules(Vec::new())), ("pvs", rules(vec![owners]))]) }
    }

    /// Lets these originators do this. `*` in a name stands for any text, and `all` for everybody.
    pub fn allow<T: Into<SmolStr>>(mut self, originators: impl IntoIterator<Item = T>, operations: Operations) -> Self {
        if let Some(Value::Map(privileges)) = self.attributes.get_mut("pv")
            && let Some(Value::List(rules)) = privileges.get_mut("acr")
        {
            rules.push(rule(texts(originators), operations));
        }
        self
    }
}

fn rule(originators: Value, operations: Operations) -> Value {
    Map::from_iter([("acor", originators), ("acop", operations.number().into())]).into()
}

impl Group {
    /// A group of these members, with room for so many.
    pub fn new<T: Into<SmolStr>>(members: impl IntoIterator<Item = T>, max_nr_of_members: u64) -> Self {
        Self { attributes: Map::from_iter([("mid", texts(members)), ("mnm", max_nr_of_members.into())]) }
    }

    /// Nothing yet: for an UPDATE.
    pub const fn changes() -> Self {
        Self { attributes: Map::new() }
    }
}

impl PollingChannel {
    /// A polling channel.
    pub const fn new() -> Self {
        Self { attributes: Map::new() }
    }
}

impl Default for PollingChannel {
    fn default() -> Self {
        Self::new()
    }
}

impl Schedule {
    /// A schedule with these elements, seven fields each: `* * 8-17 * * 1-5 *`.
    pub fn new<T: Into<SmolStr>>(elements: impl IntoIterator<Item = T>) -> Self {
        let entries = Map::from_iter([("sce", texts(elements))]);
        Self { attributes: Map::from_iter([("se", entries)]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Draft, Other};
    use crate::codec::json;
    use crate::schema::Registry;

    fn text(draft: impl Draft) -> String {
        String::from_utf8(json::encode(&draft.into_attributes().into())).unwrap()
    }

    #[test]
    fn drafts_are_what_goes_on_the_wire() {
        let ae = Ae::new("Napp").named("ae").labels(["a", "b"]).request_reachability(true);
        assert_eq!(text(ae), r#"{"api":"Napp","rn":"ae","lbl":["a","b"],"rr":true}"#);
        assert_eq!(text(Container::new().max_nr_of_instances(5).without("lbl")), r#"{"mni":5,"lbl":null}"#);
        let subscription = Subscription::new().events([EventType::Deleted]).criterion("om", Value::Null);
        assert_eq!(text(subscription), r#"{"enc":{"net":[2],"om":null}}"#);
        let policy = AccessControlPolicy::new(["Ca"]).allow(["all"], Operations::RETRIEVE | Operations::NOTIFY);
        let rules = r#"{"pv":{"acr":[{"acor":["all"],"acop":18}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}"#;
        assert_eq!(text(policy), rules);
        let schedule = Schedule::new(["* * 8-17 * * 1-5 *"]);
        assert_eq!(text(schedule), r#"{"se":{"sce":["* * 8-17 * * 1-5 *"]}}"#);
    }

    #[test]
    fn the_table_agrees_with_the_schemas() {
        fn known(draft: impl Draft) {
            let ty = Registry::shared().by_number(draft.resource_type()).unwrap();
            assert_eq!(format!("m2m:{}", ty.short), draft.root());
            for (short, _) in draft.into_attributes().iter() {
                assert!(ty.attribute(short).is_some(), "{} {short}", ty.name);
            }
        }
        known(
            Ae::new("N")
                .app_name("")
                .point_of_access([""])
                .request_reachability(true)
                .content_serialization([""])
                .supported_release_versions([""])
                .ontology_ref("")
                .access_control_policy_ids([""])
                .labels([""]),
        );
        known(
            Container::new()
                .named("")
                .max_nr_of_instances(1)
                .max_byte_size(1)
                .max_instance_age(1)
                .ontology_ref("")
                .disable_retrieval(true)
                .access_control_policy_ids([""]),
        );
        known(ContentInstance::new("").content_info("").ontology_ref(""));
        known(
            Subscription::new()
                .notification_uri([""])
                .expiration_counter(1)
                .latest_notify(true)
                .pending_notification(1)
                .subscriber_uri("")
                .access_control_policy_ids([""])
                .events([EventType::Deleted])
                .notification_content(NotificationContent::AllAttributes),
        );
        known(AccessControlPolicy::new([""]));
        known(
            Group::new([""], 1)
                .member_type(1)
                .consistency_strategy(1)
                .group_name("")
                .members_access_control_policy_ids([""])
                .access_control_policy_ids([""]),
        );
        known(PollingChannel::new().request_aggregation(true));
        known(Schedule::new([""]).access_control_policy_ids([""]));
        assert_eq!(
            Other::new(28, "cod:light").with_all(Map::from_iter([("cnd", "x")])).named("l").into_attributes().len(),
            2
        );
    }
}
