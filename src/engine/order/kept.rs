//! A request at rest: one JSON object with the primitive, what the transport knew of its sender, and what is to be done
//! when it was carried out.

use bytes::Bytes;

use crate::codec::{json, primitive};
use crate::primitive::{Access, Rejection, Request};
use crate::value::{Map, SmolStr, Timestamp, Value};

/// What a `<request>` resource stands for, until it was carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub request: Request,
    /// Who is told of the result.
    pub targets: Vec<SmolStr>,
    /// When it is looked at, as armed in the due index.
    pub due: Timestamp,
}

impl Order {
    pub fn encode(&self) -> Bytes {
        let mut map = Map::from_iter([
            ("rqp", Value::from(primitive::from_request(&self.request))),
            ("authenticated", Value::Bool(self.request.access.authenticated)),
            ("due", self.due.into()),
        ]);
        if let Some(ip) = self.request.access.ip {
            map.set("ip", ip.to_string());
        }
        if !self.targets.is_empty() {
            map.set("targets", self.targets.clone());
        }
        json::encode(&map.into()).into()
    }

    /// # Errors
    /// 4000 when this is no such object, or its request cannot be read.
    pub fn decode(bytes: &[u8]) -> Result<Self, Rejection> {
        let broken = || Rejection::bad_request("the request cannot be kept");
        let value = json::decode(bytes, usize::MAX).map_err(|_| broken())?;
        let map = value.as_map().ok_or_else(broken)?;
        let text = |name: &str| map.get(name).and_then(Value::as_text);
        let mut request = primitive::to_request(map.get("rqp").ok_or_else(broken)?)?;
        request.access = Access {
            ip: text("ip").and_then(|ip| ip.parse().ok()),
            authenticated: map.get("authenticated") == Some(&Value::Bool(true)),
            connection: None,
        };
        let targets = map.get("targets").and_then(Value::as_list).into_iter().flatten();
        let targets = targets.filter_map(Value::as_text).map(SmolStr::from).collect();
        let due = text("due").and_then(Timestamp::parse).ok_or_else(broken)?;
        Ok(Self { request, targets, due })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::ReleaseVersion;

    #[test]
    fn a_request_comes_back_with_all_that_was_known_of_its_sender() {
        let mut request = Request::create("cse-in/a", 3, "m2m:cnt", Map::from_iter([("rn", "x")])).from("Ca");
        request.request_identifier = "r1".into();
        request.release_version_indicator = ReleaseVersion::R4;
        request.access = Access { ip: Some("192.0.2.7".parse().unwrap()), authenticated: true, connection: None };
        let due = Timestamp::from_micros(1_700_000_000_123_456);
        let mut order = Order { request, targets: vec!["Ca".into(), "http://x/y?ct=json".into()], due };
        assert_eq!(Order::decode(&order.encode()), Ok(order.clone()));
        order.request.access = Access::default();
        order.targets.clear();
        assert_eq!(Order::decode(&order.encode()), Ok(order));
        assert!(Order::decode(b"[]").is_err() && Order::decode(b"{}").is_err() && Order::decode(b"x").is_err());
    }
}
