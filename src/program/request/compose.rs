//! A request, put together from what the words say.

use onem2m_cse::codec::{json, primitive};
use onem2m_cse::primitive::{FilterCriteria, FilterUsage, Operation, Rejection, Request};
use onem2m_cse::schema::Registry;
use onem2m_cse::value::{Map, Value};

/// Parameters that are text, or lists of text with spaces between, by their short names (TS-0004 8.2.2).
const TEXTS: &[&str] = &["fr", "gid", "grtm", "ltids", "ot", "rids", "rqi", "tids", "tkns", "vsi"];

/// Parameters that are numbers or truths, and those that can be text as well.
const OTHERS: &[&str] =
    &["asi", "auri", "da", "drt", "ec", "gstn", "oet", "rcn", "rp", "rqet", "rset", "rt", "rvi", "sqi", "tqi"];

/// What the words say of a request.
#[derive(Default)]
pub struct Parts {
    pub resource_type: Option<u32>,
    pub body: Option<Value>,
    /// Request parameters by their short names.
    parameters: Map,
    filter: FilterCriteria,
    is_filtered: bool,
}

impl Parts {
    /// One more parameter, in the place of what was said of it before.
    pub fn set(&mut self, short: &str, value: impl Into<Value>) {
        self.parameters.set(short, value);
    }

    /// `NAME=VALUE`: a parameter of the request, a condition of its filter, or, when it is none of these, an attribute that
    /// the filter looks for.
    pub fn parameter(&mut self, text: &str) -> Result<(), String> {
        let wrong = |rejection: Rejection| format!("--param: {}", rejection.reason);
        let (name, value) =
            text.split_once('=').ok_or_else(|| format!("--param: expected NAME=VALUE, got {text:?}"))?;
        if TEXTS.contains(&name) {
            self.set(name, value);
        } else if OTHERS.contains(&name) {
            self.set(name, plain(value));
        } else {
            self.is_filtered = true;
            if !self.filter.set_text(name, value).map_err(wrong)? {
                // Attributes of types that only the CSE knows may be meant.
                self.filter.set_attribute("", name, plain(value)).map_err(wrong)?;
            }
        }
        Ok(())
    }

    /// The request. Without an identifier, when nobody said one.
    pub fn request(mut self, name: &str, to: &str) -> Result<Request, String> {
        let operation = self.operation(name)?;
        if self.body.is_none() && matches!(operation, Operation::Create | Operation::Update | Operation::Notify) {
            return Err(format!("{} needs a --body", operation.name()));
        }
        if operation == Operation::Create {
            let missing = "a CREATE needs --type, or a --body that tells it, such as '{\"m2m:cnt\":{}}'";
            let told = self.root().and_then(|root| Registry::shared().by_root(root)).map(|known| known.number);
            self.set("ty", self.resource_type.or(told).ok_or(missing)?);
        }
        if name.to_ascii_uppercase().starts_with("DISCOVER") {
            self.filter.filter_usage = self.filter.filter_usage.or(Some(FilterUsage::Discovery));
        }
        let is_named = self.parameters.contains("rqi");
        if !is_named {
            self.set("rqi", "1");
        }
        let is_filtered = self.is_filtered || self.filter.filter_usage.is_some();
        let mut members = self.parameters;
        members.set("op", i64::from(operation.number()));
        members.set("to", to);
        let mut request = primitive::to_request(&members.into()).map_err(|rejection| rejection.reason)?;
        if !is_named {
            request.request_identifier = "".into();
        }
        request.filter_criteria = is_filtered.then(|| Box::new(self.filter));
        request.content = self.body;
        Ok(request)
    }

    fn operation(&self, name: &str) -> Result<Operation, String> {
        let tells = self.resource_type.is_none() && matches!(self.root(), Some("m2m:sgn" | "m2m:agn" | "m2m:rsp"));
        Ok(match name.to_ascii_uppercase().as_str() {
            "POST" if tells => Operation::Notify,
            "CREATE" | "POST" => Operation::Create,
            "RETRIEVE" | "GET" | "DISCOVER" | "DISCOVERY" => Operation::Retrieve,
            "UPDATE" | "PUT" => Operation::Update,
            "DELETE" => Operation::Delete,
            "NOTIFY" => Operation::Notify,
            _ => return Err(format!("there is no operation {name:?}")),
        })
    }

    /// What the body is: `m2m:cnt`.
    fn root(&self) -> Option<&str> {
        self.body.as_ref()?.as_map()?.single().map(|(root, _)| root.as_str())
    }
}

/// A type by its number, its short name or its name.
pub fn resource_type(text: &str) -> Result<u32, String> {
    let registry = Registry::shared();
    let named = || registry.by_short(text).or_else(|| registry.by_name(text)).map(|known| known.number);
    text.parse().ok().or_else(named).ok_or_else(|| format!("--type: there is no type {text:?}"))
}

/// A value: a number or a truth where it reads like one.
fn plain(text: &str) -> Value {
    match json::decode(text.as_bytes(), 1) {
        Ok(value @ (Value::Int(_) | Value::Decimal(_) | Value::Bool(_))) => value,
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onem2m_cse::primitive::{DiscoveryResultType, ResponseType, ResultContent};
    use onem2m_cse::value::AbsRelTimestamp;

    fn of(name: &str, parameters: &[&str], body: Option<&str>) -> Result<Request, String> {
        let body = body.map(|text| json::decode(text.as_bytes(), 32).unwrap());
        let mut parts = Parts { body, ..Parts::default() };
        parameters.iter().try_for_each(|text| parts.parameter(text))?;
        parts.request(name, "cse-in")
    }

    #[test]
    fn both_ways_to_name_an_operation_are_known() {
        let cnt = Some(r#"{"m2m:cnt":{}}"#);
        for (one, other) in [("GET", "retrieve"), ("post", "CREATE"), ("PUT", "UPDATE"), ("DELETE", "delete")] {
            assert_eq!(of(one, &[], cnt).unwrap(), of(other, &[], cnt).unwrap());
        }
        assert_eq!(of("POST", &[], cnt).unwrap().resource_type, Some(3));
        for told in [r#"{"m2m:sgn":{}}"#, r#"{"m2m:rsp":{}}"#] {
            assert_eq!(of("POST", &[], Some(told)).unwrap().operation, Operation::Notify);
        }
    }

    #[test]
    fn a_parameter_is_of_the_request_or_of_its_filter_or_an_attribute() {
        let asked = ["rcn=4", "drt=2", "rt=2", "rqet=5000", "gid=7", "rids=a b"];
        let request = of("GET", &asked, None).unwrap();
        assert_eq!(request.result_content, ResultContent::from_number(4));
        assert_eq!(request.discovery_result_type, DiscoveryResultType::from_number(2));
        assert_eq!(request.response_type, ResponseType::from_number(2));
        assert_eq!(request.request_expiration_timestamp, Some(AbsRelTimestamp::After(5000)));
        assert_eq!((request.group_request_identifier.as_deref(), request.role_ids.len()), (Some("7"), 2));
        assert!(request.filter_criteria.is_none() && request.request_identifier.is_empty());
        let request = of("DISCOVER", &["lbl=a", "mni=5", "lim=2", "rqi=x"], None).unwrap();
        let filter = request.filter_criteria.unwrap();
        assert_eq!((filter.filter_usage, filter.limit), (Some(FilterUsage::Discovery), Some(2)));
        assert_eq!(filter.attributes, [("mni".into(), Value::Int(5))]);
        assert_eq!(request.request_identifier, "x");
    }

    #[test]
    fn what_makes_no_request_is_said() {
        for (name, parameter, part) in [
            ("FETCH", "lim=1", "FETCH"),
            ("GET", "lim", "NAME=VALUE"),
            ("GET", "lim=many", "lim"),
            ("GET", "rcn=99", "rcn"),
            ("GET", "rvi=0", "rvi"),
            ("CREATE", "lim=1", "--body"),
        ] {
            let reason = of(name, &[parameter], None).unwrap_err();
            assert!(reason.contains(part), "{reason}");
        }
        assert!(of("CREATE", &[], Some("{}")).unwrap_err().contains("--type"));
        assert_eq!([resource_type("3"), resource_type("cnt"), resource_type("container")], [Ok(3), Ok(3), Ok(3)]);
        assert!(resource_type("teapot").unwrap_err().contains("teapot"));
    }
}
