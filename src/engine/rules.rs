//! Access control rules, compiled from the attributes of an `<accessControlPolicy>` (TS-0001 9.6.2).
//!
//! Everything here fails closed: a rule that this CSE cannot evaluate in full grants nothing, and is refused when it comes.

use std::net::IpAddr;

use crate::primitive::{Rejection, Status};
use crate::value::{Map, ScheduleEntry, SmolStr, Timestamp, Value};

/// `accessControlOperations` (TS-0004 6.3.4.2.29), one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privilege(pub u8);

impl Privilege {
    /// CREATE.
    pub const CREATE: Self = Self(1);
    /// RETRIEVE.
    pub const RETRIEVE: Self = Self(2);
    /// UPDATE.
    pub const UPDATE: Self = Self(4);
    /// DELETE.
    pub const DELETE: Self = Self(8);
    /// NOTIFY.
    pub const NOTIFY: Self = Self(16);
    /// DISCOVERY.
    pub const DISCOVERY: Self = Self(32);
}

/// What is to be decided.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Who asks, CSE-relative where it belongs to this CSE. Never a pattern, whatever characters it has.
    pub originator: &'a str,
    /// What for.
    pub privilege: Privilege,
    /// The type of the target.
    pub target_type: u32,
    /// For a CREATE, the type of the child.
    pub child_type: Option<u32>,
    /// When.
    pub now: Timestamp,
    /// From where, if the transport knows.
    pub ip: Option<IpAddr>,
    /// Whether the originator has proved who it is.
    pub authenticated: bool,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No rule grants it.
    Deny,
    /// Granted, for these attributes only.
    Attributes(Vec<SmolStr>),
    /// Granted.
    Permit,
}

impl Verdict {
    /// Both grants together.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Permit, _) | (_, Self::Permit) => Self::Permit,
            (Self::Deny, other) | (other, Self::Deny) => other,
            (Self::Attributes(mut some), Self::Attributes(more)) => {
                some.extend(more);
                Self::Attributes(some)
            }
        }
    }
}

/// The rules of one policy.
#[derive(Debug, Default)]
pub struct Policy {
    /// `pv`: for the resources that refer to the policy.
    pub privileges: Rules,
    /// `pvs`: for the policy itself.
    pub self_privileges: Rules,
}

/// A set of access control rules: what one of them grants is granted.
#[derive(Debug, Default)]
pub struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    originators: Vec<SmolStr>,
    operations: u8,
    contexts: Option<Vec<Context>>,
    objects: Option<Vec<ObjectDetails>>,
    needs_authentication: bool,
    attributes: Option<Vec<SmolStr>>,
}

#[derive(Debug, Default)]
struct Context {
    window: Option<Vec<ScheduleEntry>>,
    networks: Option<Vec<Network>>,
}

#[derive(Debug)]
struct ObjectDetails {
    resource_type: Option<u32>,
    child_types: Vec<u32>,
}

#[derive(Debug)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Policy {
    /// Compiles a policy that is stored already: rules that cannot be evaluated grant nothing.
    #[must_use]
    pub fn compile(attributes: &Map) -> Self {
        let rules = |name: &str| {
            let list = rule_list(attributes.get(name));
            Rules(list.iter().filter_map(|rule| Rule::compile(rule, name).ok()).collect())
        };
        Self { privileges: rules("pv"), self_privileges: rules("pvs") }
    }

    /// Whether every rule of `pv` and `pvs` can be evaluated.
    ///
    /// # Errors
    /// 4000 for what is malformed, 5001 for contexts that this CSE cannot evaluate.
    pub fn check(attributes: &Map) -> Result<(), Rejection> {
        for name in ["pv", "pvs"] {
            for rule in rule_list(attributes.get(name)) {
                Rule::compile(rule, name)?;
            }
        }
        // An empty set of self-privileges would leave a policy that nobody could ever change (TS-0004 7.4.2.2.1).
        if attributes.get("pvs").is_some_and(|pvs| rule_list(Some(pvs)).is_empty()) {
            return Err(Rejection::bad_request("selfPrivileges (pvs): expected at least one access control rule"));
        }
        Ok(())
    }
}

impl Rules {
    /// Decides. What no rule grants is denied.
    #[must_use]
    pub fn decide(&self, question: &Question<'_>) -> Verdict {
        let mut verdict = Verdict::Deny;
        for rule in self.0.iter().filter(|rule| rule.applies(question)) {
            match &rule.attributes {
                None => return Verdict::Permit,
                Some(attributes) => verdict = verdict.or(Verdict::Attributes(attributes.clone())),
            }
        }
        verdict
    }

    /// The operations that some rule grants, as bits; for the Permissions result content.
    #[must_use]
    pub fn operations(&self, question: &Question<'_>) -> u8 {
        let all = [1, 2, 4, 8, 16, 32];
        all.into_iter()
            .filter(|bit| {
                let asked = Question { privilege: Privilege(*bit), ..question.clone() };
                self.0.iter().any(|rule| rule.applies(&asked))
            })
            .fold(0, |bits, bit| bits | bit)
    }
}

impl Rule {
    fn applies(&self, question: &Question<'_>) -> bool {
        self.operations & question.privilege.0 != 0
            && (!self.needs_authentication || question.authenticated)
            && self.originators.iter().any(|entry| originator_matches(entry, question.originator))
            && self.contexts.as_ref().is_none_or(|contexts| contexts.iter().any(|context| context.holds(question)))
            && self.objects.as_ref().is_none_or(|objects| objects.iter().any(|object| object.covers(question)))
    }

    fn compile(rule: &Value, set: &str) -> Result<Self, Rejection> {
        let wrong = |what: &str| Rejection::bad_request(format!("{set}: {what}"));
        let rule = rule.as_map().ok_or_else(|| wrong("expected access control rules (acr) that are objects"))?;
        let originators = texts(rule.get("acor"))
            .ok_or_else(|| wrong("accessControlOriginators (acor): expected a list of originators"))?;
        let operations = rule.get("acop").and_then(Value::as_int).and_then(|bits| u8::try_from(bits).ok());
        let operations = operations
            .filter(|bits| (1..=63).contains(bits))
            .ok_or_else(|| wrong("accessControlOperations (acop): expected a number from 1 to 63"))?;
        let contexts = match rule.get("acco") {
            None | Some(Value::Null) => None,
            Some(Value::List(contexts)) => {
                Some(contexts.iter().map(|context| Context::compile(context, set)).collect::<Result<_, _>>()?)
            }
            Some(context @ Value::Map(_)) => Some(vec![Context::compile(context, set)?]),
            Some(_) => return Err(wrong("accessControlContexts (acco): expected a list")),
        };
        let objects = match rule.get("acod") {
            None | Some(Value::Null) => None,
            Some(Value::List(objects)) => {
                Some(objects.iter().map(|object| ObjectDetails::compile(object, set)).collect::<Result<_, _>>()?)
            }
            Some(object @ Value::Map(_)) => Some(vec![ObjectDetails::compile(object, set)?]),
            Some(_) => return Err(wrong("accessControlObjectDetails (acod): expected a list")),
        };
        let needs_authentication = match rule.get("acaf") {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => return Err(wrong("accessControlAuthenticationFlag (acaf): expected true or false")),
        };
        let attributes = match rule.get("aca") {
            None => None,
            some => Some(texts(some).ok_or_else(|| wrong("accessControlAttributes (aca): expected a list of names"))?),
        };
        Ok(Self { originators, operations, contexts, objects, needs_authentication, attributes })
    }
}

impl Context {
    /// Within a context every condition has to hold.
    fn holds(&self, question: &Question<'_>) -> bool {
        self.window.as_ref().is_none_or(|window| window.iter().any(|entry| entry.matches(question.now)))
            && self.networks.as_ref().is_none_or(|networks| {
                // A transport without addresses cannot show that it comes from the right one.
                question.ip.is_some_and(|ip| networks.iter().any(|network| network.contains(ip)))
            })
    }

    fn compile(context: &Value, set: &str) -> Result<Self, Rejection> {
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
    fn covers(&self, question: &Question<'_>) -> bool {
        let target = self.resource_type.is_none_or(|ty| ty == question.target_type);
        // TS-0001 9.6.2.4: child types restrict CREATE and nothing else.
        target && question.child_type.is_none_or(|child| self.child_types.contains(&child))
    }

    fn compile(object: &Value, set: &str) -> Result<Self, Rejection> {
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

/// `pv` and `pvs` are `{"acr": [rule, …]}`.
fn rule_list(set: Option<&Value>) -> &[Value] {
    set.and_then(Value::as_map).and_then(|set| set.get("acr")).and_then(Value::as_list).unwrap_or_default()
}

fn texts(value: Option<&Value>) -> Option<Vec<SmolStr>> {
    value?.as_list()?.iter().map(|item| item.as_text().map(SmolStr::from)).collect()
}

/// Whether an entry of `acor` means an originator. Only the entry can be a pattern.
fn originator_matches(entry: &str, originator: &str) -> bool {
    entry == "all" || (!originator.is_empty() && glob(entry, originator))
}

/// `*` in the pattern stands for any text. Linear but for one place to return to, so no pattern is expensive.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0_usize, 0_usize);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p = p.saturating_add(1);
            }
            Some(byte) if Some(byte) == text.get(t) => {
                p = p.saturating_add(1);
                t = t.saturating_add(1);
            }
            _ => match retry {
                Some((star, from)) => {
                    let next = from.saturating_add(1);
                    retry = Some((star, next));
                    p = star.saturating_add(1);
                    t = next;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;
    use proptest::prelude::*;

    fn rules(text: &str) -> Map {
        let text = format!(r#"{{"pv":{{"acr":[{text}]}},"pvs":{{"acr":[{{"acor":["C"],"acop":63}}]}}}}"#);
        json::decode(text.as_bytes(), 32).unwrap().as_map().unwrap().clone()
    }

    fn ask(rule: &str, change: impl Fn(&mut Question<'_>)) -> Verdict {
        let mut question = Question {
            originator: "Cae1",
            privilege: Privilege::RETRIEVE,
            target_type: 3,
            child_type: None,
            now: Timestamp::parse("20261121T013000").unwrap(),
            ip: None,
            authenticated: false,
        };
        change(&mut question);
        Policy::compile(&rules(rule)).privileges.decide(&question)
    }

    #[test]
    fn an_originator_is_granted_what_its_rule_says_and_no_more() {
        let rule = r#"{"acor":["Cae1"],"acop":2}"#;
        assert_eq!(ask(rule, |_| ()), Verdict::Permit);
        assert_eq!(ask(rule, |q| q.privilege = Privilege::UPDATE), Verdict::Deny);
        assert_eq!(ask(rule, |q| q.originator = "Cae2"), Verdict::Deny);
        assert_eq!(ask(r#"{"acor":["all"],"acop":2}"#, |q| q.originator = "anybody"), Verdict::Permit);
        assert_eq!(ask(r#"{"acor":["C*1"],"acop":2}"#, |_| ()), Verdict::Permit);
    }

    #[test]
    fn the_window_needs_every_field_and_the_address_needs_a_transport_that_has_one() {
        let rule = |acco: &str| format!(r#"{{"acor":["all"],"acop":63,"acco":[{acco}]}}"#);
        assert_eq!(ask(&rule(r#"{"actw":["* * 1 * * * *"]}"#), |_| ()), Verdict::Permit);
        assert_eq!(ask(&rule(r#"{"actw":["* 29 1 * * * *"]}"#), |_| ()), Verdict::Deny);
        let net = rule(r#"{"acip":{"ipv4":["10.1.0.0/16"],"ipv6":["2001:db8::/32"]}}"#);
        assert_eq!(ask(&net, |_| ()), Verdict::Deny);
        assert_eq!(ask(&net, |q| q.ip = "10.1.2.3".parse().ok()), Verdict::Permit);
        assert_eq!(ask(&net, |q| q.ip = "::ffff:10.1.2.3".parse().ok()), Verdict::Permit);
        assert_eq!(ask(&net, |q| q.ip = "10.2.2.3".parse().ok()), Verdict::Deny);
        assert_eq!(ask(&net, |q| q.ip = "2001:db8::1".parse().ok()), Verdict::Permit);
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused_and_grants_nothing() {
        for acco in [r#"{"aclr":{"accc":["KR"]}}"#, r#"{"acui":["u"]}"#, r#"{"acl":3}"#] {
            let rule = format!(r#"{{"acor":["all"],"acop":63,"acco":[{acco}]}}"#);
            assert_eq!(Policy::check(&rules(&rule)).unwrap_err().status, Status::NOT_IMPLEMENTED);
            assert_eq!(ask(&rule, |_| ()), Verdict::Deny);
        }
        let window = r#"{"acor":["all"],"acop":63,"acco":[{"actw":["* * * * 11 *"]}]}"#;
        assert_eq!(Policy::check(&rules(window)).unwrap_err().status, Status::BAD_REQUEST);
    }

    #[test]
    fn object_details_restrict_target_and_child() {
        let rule = r#"{"acor":["all"],"acop":63,"acod":[{"ty":3,"chty":[4]}]}"#;
        assert_eq!(ask(rule, |_| ()), Verdict::Permit);
        assert_eq!(ask(rule, |q| q.target_type = 2), Verdict::Deny);
        assert_eq!(ask(rule, |q| q.child_type = Some(4)), Verdict::Permit);
        assert_eq!(ask(rule, |q| q.child_type = Some(3)), Verdict::Deny);
    }

    fn any_rule() -> impl Strategy<Value = (String, String)> {
        let originators =
            prop::sample::select(vec![r#"["all"]"#, r#"["Cae1"]"#, r#"["C*"]"#, r#"["*"]"#, r#"["S*","Cx"]"#, "[]"]);
        let context = prop::sample::select(vec![
            r#"{"actw":["* * 1 * * * *"]}"#,
            r#"{"actw":["* * 2 * * * *"]}"#,
            r#"{"acip":{"ipv4":["10.0.0.0/8"]}}"#,
            r#"{"acip":{"ipv4":["10.0.0.0/8"]},"actw":["* * 1 * * * *"]}"#,
            r#"{"aclr":{"accc":["KR"]}}"#,
            "{}",
        ]);
        (originators, 1_u8..64, context).prop_map(|(acor, acop, context)| {
            (
                format!(r#"{{"acor":{acor},"acop":{acop}}}"#),
                format!(r#"{{"acor":{acor},"acop":{acop},"acco":[{context}]}}"#),
            )
        })
    }

    proptest! {
        #[test]
        fn a_context_never_widens_access((without, with) in any_rule(), bit in 0_u32..6, inside: bool, originator in "[A-Za-z*]{0,5}") {
            let change = |q: &mut Question<'_>| {
                q.privilege = Privilege(1 << bit);
                q.ip = inside.then(|| "10.0.0.1".parse().unwrap());
            };
            let decide = |rule: &str| {
                let mut question = Question {
                    originator: &originator, privilege: Privilege::RETRIEVE, target_type: 3, child_type: None,
                    now: Timestamp::parse("20261121T013000").unwrap(), ip: None, authenticated: false,
                };
                change(&mut question);
                Policy::compile(&rules(rule)).privileges.decide(&question)
            };
            if decide(&with) == Verdict::Permit {
                prop_assert_eq!(decide(&without), Verdict::Permit);
            }
        }

        #[test]
        fn no_originator_is_a_pattern(originator in "[A-Ca-c*]{1,6}", entry in "[A-Ca-c]{1,6}") {
            let rule = format!(r#"{{"acor":["{entry}"],"acop":63}}"#);
            let permitted = ask(&rule, |q| q.originator = if originator == entry { "Cae1" } else { "" }) == Verdict::Permit;
            prop_assert!(!permitted || entry == "Cae1");
            prop_assert_eq!(originator_matches(&entry, &originator), entry == originator);
        }

        #[test]
        fn the_matcher_agrees_with_a_slow_one(pattern in "[ab*]{0,8}", text in "[ab]{0,8}") {
            fn slow(p: &[u8], t: &[u8]) -> bool {
                match p.split_first() {
                    None => t.is_empty(),
                    Some((b'*', rest)) => (0..=t.len()).any(|at| slow(rest, &t[at..])),
                    Some((byte, rest)) => t.first() == Some(byte) && slow(rest, &t[1..]),
                }
            }
            prop_assert_eq!(glob(&pattern, &text), slow(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
