//! What a rule may depend on besides the originator: time, address, types (TS-0001 9.6.2.2, 9.6.2.4).

use std::net::IpAddr;

use super::Question;
use super::rule::texts;
use crate::primitive::{Rejection, Status};
use crate::value::{Map, ScheduleEntry, Value};

#[derive(Debug, Default)]
pub(super) struct Context {
    window: Option<Vec<ScheduleEntry>>,
    networks: Option<Vec<Network>>,
}

#[derive(Debug)]
pub(super) struct ObjectDetails {
    resource_type: Option<u32>,
    child_types: Vec<u32>,
}

#[derive(Debug)]
struct Network {
    address: IpAddr,
    prefix: u32,
}
impl Context {
    /// Within a context every condition has to hold.
    pub(super) fn holds(&self, question: &Question<'_>) -> bool {
        self.window.as_ref().is_none_or(|window| window.iter().any(|entry| entry.matches(question.now)))
            && self.networks.as_ref().is_none_or(|networks| {
                // A transport without addresses cannot show that it comes from the right one.
                question.ip.is_some_and(|ip| networks.iter().any(|network| network.contains(ip)))
            })
    }

    pub(super) fn compile(context: &Value, set: &str) -> Result<Self, Rejection> {
        let wrong = |what: String| Rejection::bad_request(format!("{set}: {what}"));
        let context = context.as_map().ok_or_else(|| wrong("accessControlContexts (acco): expected objects".into()))?;
        let mut compiled = Self::default();
        for (name, value) in context.iter() {
            match &**name {
                "actw" => {
                    let entries = texts(Some(value))
                        .ok_or_else(|| wrong("accessControlWindow (actw): expected a list of schedules".into()))?;
                    let entries = entries.iter().map(|entry| ScheduleEntry::parse(entry)).collect::<Result<_, _>>();
                    compiled.window =
                        Some(entries.map_err(|reason| wrong(format!("accessControlWindow (actw): {reason}")))?);
                }
                "acip" => {
                    let lists = value.as_map().ok_or_else(|| {
                        wrong("accessControlIpAddresses (acip): expected an object with ipv4 or ipv6".into())
                    })?;
                    compiled.networks = Some(networks(lists).map_err(wrong)?);
                }
                "aclr" | "acui" | "acec" | "acl" => {
                    let reason = format!("{set}: access control context {name} cannot be evaluated by this CSE");
                    return Err(Rejection::new(Status::NOT_IMPLEMENTED, reason));
                }
                other => return Err(wrong(format!("accessControlContexts (acco): {other} is not a context"))),
            }
        }
        Ok(compiled)
    }
}

impl ObjectDetails {
    pub(super) fn covers(&self, question: &Question<'_>) -> bool {
        let target = self.resource_type.is_none_or(|ty| ty == question.target_type);
        // TS-0001 9.6.2.4: child types restrict CREATE and nothing else.
        target && question.child_type.is_none_or(|child| self.child_types.contains(&child))
    }

    pub(super) fn compile(object: &Value, set: &str) -> Result<Self, Rejection> {
        let wrong = |what: &str| Rejection::bad_request(format!("{set}: accessControlObjectDetails (acod): {what}"));
        let object = object.as_map().ok_or_else(|| wrong("expected objects"))?;
        let number = |value: &Value| value.as_int().and_then(|n| u32::try_from(n).ok());
        let resource_type = match object.get("ty") {
            None => None,
            Some(value) => Some(number(value).ok_or_else(|| wrong("ty: expected a resource type"))?),
        };
        let child_types = match object.get("chty") {
            None => return Err(wrong("chty: expected the child resource types")),
            Some(Value::List(types)) => types.iter().map(number).collect::<Option<_>>(),
            Some(value) => number(value).map(|ty| vec![ty]),
        };
        let child_types = child_types.ok_or_else(|| wrong("chty: expected a list of resource types"))?;
        if object.contains("spty") {
            let reason =
                format!("{set}: accessControlObjectDetails (acod): specializationType (spty) is not supported");
            return Err(Rejection::new(Status::NOT_IMPLEMENTED, reason));
        }
        Ok(Self { resource_type, child_types })
    }
}

impl Network {
    fn parse(text: &str, v6: bool) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().ok().filter(|ip: &IpAddr| ip.is_ipv6() == v6)?;
        let bits = if v6 { 128 } else { 32 };
        let prefix = prefix.map_or(Some(bits), |p| p.parse().ok().filter(|p| *p <= bits))?;
        Some(Self { address, prefix })
    }

    fn contains(&self, ip: IpAddr) -> bool {
        // A dual-stack socket shows IPv4 peers as mapped IPv6 addresses.
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32_u32.saturating_sub(self.prefix)).unwrap_or(0);
                u32::from(net) & mask == u32::from(ip) & mask
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128_u32.saturating_sub(self.prefix)).unwrap_or(0);
                u128::from(net) & mask == u128::from(ip) & mask
            }
            _ => false,
        }
    }
}

fn networks(lists: &Map) -> Result<Vec<Network>, String> {
    let mut networks = Vec::new();
    for (name, value) in lists.iter() {
        let v6 = match &**name {
            "ipv4" => false,
            "ipv6" => true,
            other => return Err(format!("accessControlIpAddresses (acip): {other} is neither ipv4 nor ipv6")),
        };
        for text in texts(Some(value)).ok_or(format!("accessControlIpAddresses ({name}): expected a list"))? {
            let network = Network::parse(&text, v6);
            networks.push(network.ok_or(format!("accessControlIpAddresses ({name}): expected an address or prefix"))?);
        }
    }
    Ok(networks)
}
