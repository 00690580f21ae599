//! Where a request to a URL goes, and who answers it (TS-0010 6.6).

use super::broker::BrokerUrl;
use super::topic::{Kind, Own, Topic, escape, is_sayable};
use crate::codec::format::Format;
use crate::primitive::{Operation, Request};

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub topic: String,
    pub format: Format,
    /// Who answers, and the prefix of the topic for it. `None` where nobody does.
    pub answers: Option<(String, String)>,
}

impl Way {
    /// The way of a request to a URL. `prefix` is that of our own topics.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn find(own: &Own, prefix: &str, url: &BrokerUrl, request: &Request, format: Format) -> Result<Self, String> {
        let ask = |prefix: &str, receiver: String| {
            let (originator, serialization) = (own.cse.clone(), format.name().to_owned());
            // TS-0010 6.4.4: who has no identifier yet.
            let kind = if is_nameless(request) { Kind::RegistrationRequest } else { Kind::Request };
            let topic = Topic { kind, originator, receiver: receiver.clone(), serialization };
            Self { topic: topic.name(prefix), format, answers: Some((receiver, prefix.to_owned())) }
        };
        let path = url.path.trim_end_matches('/');
        let way = match &url.receiver {
            Some(entity) => ask(path, own.shortest(&escape(entity)).to_owned()),
            None if !path.is_empty() => direct(own, path, request, format)?,
            None if request.to.contains("://") => return Err("expected a topic behind the broker".into()),
            None => ask(prefix, own.receiver(&request.to)),
        };
        if !is_sayable(&way.topic) {
            return Err("expected a topic without + and #, of at most 4096 bytes".into());
        }
        if !way.format.is_supported() {
            return Err(format!("{} is not supported here", way.format.name()));
        }
        Ok(way)
    }
}

/// Whether somebody registers who is to get an identifier (TS-0001 10.2.2.2).
pub(super) fn is_nameless(request: &Request) -> bool {
    request.operation == Operation::Create
        && request.resource_type == Some(2)
        && matches!(request.originator.as_deref(), None | Some("C" | "S"))
}

/// A URL that gives the whole topic.
fn direct(own: &Own, path: &str, request: &Request, format: Format) -> Result<Way, String> {
    // TS-0010 6.6 has no slash in front of it, but its own topics begin with one.
    let name = if path.starts_with("oneM2M/") { format!("/{path}") } else { path.to_owned() };
    let prefix = name.rfind("/oneM2M/").and_then(|at| name.get(..at));
    if let Some((prefix, topic)) = prefix.and_then(|prefix| Some((prefix, Topic::parse(prefix, &name)?))) {
        // The broker believes this CSE what it says there: it speaks for itself and asks, whoever wrote the URL.
        if topic.kind != Kind::Request || topic.originator != own.cse {
            return Err(format!("expected a topic below oneM2M/req/{}/, or one of another shape", own.cse));
        }
        let named = Format::ALL.into_iter().find(|format| format.name() == topic.serialization).unwrap_or(format);
        let prefix = prefix.to_owned();
        return Ok(Way { topic: name, format: named, answers: Some((topic.receiver, prefix)) });
    }
    if request.operation != Operation::Notify {
        return Err("nobody answers at such a topic; only notifications go there".into());
    }
    Ok(Way { topic: name, format, answers: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(url: &str, request: &Request) -> Result<Way, String> {
        let own = Own::new("/id-in", "//sp");
        Way::find(&own, "home", &BrokerUrl::parse(url).unwrap(), request, Format::Json)
    }

    #[test]
    fn a_point_of_access_and_a_url_lead_to_topics() {
        let notify = Request { operation: Operation::Notify, ..Request::retrieve("/id-mn/cse-mn/c") };
        for (url, topic, answers) in [
            ("mqtt://b#Cae", "/oneM2M/req/id-in/Cae/json", Some(("Cae", ""))),
            ("mqtt://b/site/7/#/id-in/Cae", "site/7/oneM2M/req/id-in/Cae/json", Some(("Cae", "site/7"))),
            ("mqtt://b#/id-mn", "/oneM2M/req/id-in/id-mn/json", Some(("id-mn", ""))),
            ("mqtt://b", "home/oneM2M/req/id-in/id-mn/json", Some(("id-mn", "home"))),
            ("mqtt://b/lamps/7", "lamps/7", None),
            ("mqtt://b/oneM2M/req/id-in/Cae/json", "/oneM2M/req/id-in/Cae/json", Some(("Cae", ""))),
            ("mqtt://b/site/oneM2M/req/id-in/Cae/json", "site/oneM2M/req/id-in/Cae/json", Some(("Cae", "site"))),
        ] {
            let way = way(url, &notify).unwrap();
            let came = way.answers.as_ref().map(|(receiver, prefix)| (receiver.as_str(), prefix.as_str()));
            assert_eq!((way.topic.as_str(), came), (topic, answers), "{url}");
        }
    }

    #[test]
    fn nobody_makes_this_cse_speak_for_another() {
        let notify = Request { operation: Operation::Notify, ..Request::retrieve("x") };
        for topic in ["req/Cother/id-mn", "reg_req/Cother/id-mn", "resp/Cother/id-in", "resp/id-in/Cother"] {
            for prefix in ["", "home/"] {
                let refused = way(&format!("mqtt://b/{prefix}oneM2M/{topic}/json"), &notify).unwrap_err();
                assert!(refused.contains("expected a topic below oneM2M/req/id-in/"), "{topic}: {refused}");
            }
        }
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        let (retrieve, away) = (Request::retrieve("x"), Request::retrieve("mqtt://b"));
        assert!(way("mqtt://b/lamps", &retrieve).unwrap_err().contains("only notifications"));
        assert!(way("mqtt://b", &away).unwrap_err().contains("a topic behind the broker"));
        assert!(way("mqtt://b/a%2B#Cae", &retrieve).unwrap_err().contains("without + and #"));
    }
}
