//! What a subject has to send when it is triggered, and whether it did.

use onem2m_cse::primitive::{Operation, Request};
use onem2m_cse::value::Timestamp;
use serde_json::{Value as Json, json};

use crate::ask::{inside, value};
use crate::kind::{AE, CIN, CSR, Kind, SUB};
use crate::remote::Asked;
use crate::verdict::{Outcome, ensure};

/// Who has to be the originator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// Nobody in particular.
    Anybody,
    /// An AE that has no AE-ID yet, and proposes none (TS-0001 10.2.2.2).
    Nobody,
    /// This one, SP-relative or not.
    Is(String),
}

/// A request that is expected of the subject.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What for.
    pub operation: Operation,
    /// The type of what is created, or of what is addressed.
    pub kind: Kind,
    /// The address that is proposed to the subject.
    pub to: String,
    /// The path that the address has to mean, without the CSE-ID.
    pub target: String,
    /// Whether the address has to have the form that was proposed: scope, structured or not.
    pub same_form: bool,
    /// Who has to say it.
    pub from: From,
    /// Attributes that are proposed to the subject. It may choose other values.
    pub content: Json,
    /// Attributes that have to be there.
    pub carries: Vec<String>,
}

impl Wanted {
    /// In words: `CREATE of a container below cse/home, with lbl`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let place = match self.operation {
            Operation::Create => format!("of {} below {}", self.kind.long, self.to),
            _ => format!("of {} {}", self.kind.long, self.to),
        };
        let with = if self.carries.is_empty() { String::new() } else { format!(", with {}", self.carries.join(", ")) };
        format!("{} {place}{with}", self.operation.name())
    }

    /// The request that is proposed to the subject.
    #[must_use]
    pub fn proposal(&self) -> Request {
        let mut request = Request::new(self.operation, self.to.as_str());
        if let From::Is(originator) = &self.from {
            request.originator = Some(originator.as_str().into());
        }
        if self.operation == Operation::Create {
            request.resource_type = Some(self.kind.number);
        }
        if matches!(self.operation, Operation::Create | Operation::Update) {
            request.content = Some(value(&json!({self.kind.root: self.content})));
        }
        request
    }

    /// Whether a request is meant to be this one, right or wrong. A CSE asks its registrar about much else by itself, so it
    /// has to be about the same resource.
    #[must_use]
    pub fn is_meant(&self, asked: &Asked) -> bool {
        let is_target = self.kind != CSR || asked.target == self.target;
        asked.operation == self.operation
            && is_target
            && (self.operation != Operation::Create || asked.resource_type == Some(self.kind.number))
    }

    /// Whether a request is what is wanted.
    ///
    /// # Errors
    /// Fail, with what is wrong with it.
    pub fn check(&self, asked: &Asked) -> Outcome {
        let said = format!("{} {}", asked.operation.name(), asked.to);
        ensure(self.is_meant(asked), || format!("expected {}, got {said} {:?}", self.sentence(), asked.resource_type))?;
        ensure(asked.target == self.target, || {
            format!("to: expected an address of {}, got {}, which means {:?}", self.target, asked.to, asked.target)
        })?;
        ensure(!self.same_form || same_form(&self.to, &asked.to), || {
            format!("to: expected an address such as {}, got {}", self.to, asked.to)
        })?;
        self.check_originator(&asked.originator)?;
        self.check_content(asked)
    }

    fn check_originator(&self, got: &str) -> Outcome {
        let (right, expected) = match &self.from {
            From::Anybody => (true, String::new()),
            // TS-0001 10.2.2.2: nothing, or only the letter of the kind of AE-ID that is wished for.
            From::Nobody => (matches!(got, "" | "C" | "S"), "nothing, C or S: no AE-ID-stem of its own".to_owned()),
            From::Is(who) => (got == who || got.ends_with(&format!("/{}", who.trim_start_matches('/'))), who.clone()),
        };
        ensure(right, || format!("from: expected {expected}, got {got:?}"))
    }

    fn check_content(&self, asked: &Asked) -> Outcome {
        if !matches!(self.operation, Operation::Create | Operation::Update) {
            return ensure(asked.content.is_null() || asked.content.get(self.kind.root).is_none(), || {
                format!("content: expected none in a {}, got {}", self.operation.name(), asked.content)
            });
        }
        let root = asked.content.as_object().and_then(|content| content.keys().next()).cloned().unwrap_or_default();
        ensure(root == self.kind.root, || format!("content: expected {}, got {root:?}", self.kind.root))?;
        let attributes = inside(&asked.content);
        let is_create = self.operation == Operation::Create;
        let mandatory = if is_create { mandatory(self.kind) } else { &[] };
        for name in mandatory.iter().copied().chain(self.carries.iter().map(String::as_str)) {
            let value = attributes.get(name);
            ensure(value.is_some(), || format!("{name}: expected to be there, it is missing"))?;
        }
        for (name, value) in attributes.as_object().into_iter().flatten() {
            let assigned = ASSIGNED.contains(&name.as_str()) || (!is_create && CREATED.contains(&name.as_str()));
            ensure(!assigned, || format!("{name}: expected not to be in {}: it is not the AE's to set", asked.to))?;
            ensure(is_well_formed(name, value, is_create), || format!("{name}: expected {}, got {value}", form(name)))?;
        }
        Ok(())
    }
}

/// TS-0001 table 9.6.1.3.1-1: what the hosting CSE assigns. No request carries it.
const ASSIGNED: &[&str] = &["ri", "pi", "ct", "lt", "ty", "st", "cbs", "cni", "cs"];

/// What may be given at creation only.
const CREATED: &[&str] = &["rn", "api", "aei", "cr", "csi", "cst"];

/// What a CREATE of this type has to bring (TS-0004 7.4, the tables of each type).
const fn mandatory(kind: Kind) -> &'static [&'static str] {
    match kind.number {
        number if number == AE.number => &["api", "rr"],
        number if number == CIN.number => &["con"],
        number if number == SUB.number => &["nu"],
        number if number == CSR.number => &["cb", "csi", "rr"],
        _ => &[],
    }
}

/// What the value of an attribute has to be, in words (TS-0004 6.3, 7.4).
fn form(name: &str) -> &'static str {
    match name {
        "lbl" | "acpi" | "poa" | "nu" | "srv" | "csz" => "a list of texts",
        "rr" => "true or false",
        "mni" | "mbs" | "mia" | "exc" | "nct" | "nec" | "cst" => "a number that is not negative",
        "et" => "a time in the future, such as 20300101T000000",
        "enc" => "an object",
        _ => "a value",
    }
}

fn is_well_formed(name: &str, value: &Json, is_create: bool) -> bool {
    // TS-0001 9.6.1.3: with creator, the originator asks for it to be set, and gives no value of its own. In an UPDATE,
    // null takes an attribute away.
    if value.is_null() {
        return name == "cr" || !is_create;
    }
    match form(name) {
        "a list of texts" => value.as_array().is_some_and(|list| list.iter().all(Json::is_string)),
        "true or false" => value.is_boolean(),
        "a number that is not negative" => value.as_u64().is_some(),
        "an object" => value.is_object(),
        "a value" => true,
        // Times are written so that they sort as text.
        _ => value.as_str().is_some_and(|time| {
            time.len() >= 15 && time.get(8..9) == Some("T") && *time > *Timestamp::now().to_string()
        }),
    }
}

/// TS-0004 6.2.3: whether two addresses have the same scope, and are both structured or both not.
fn same_form(one: &str, other: &str) -> bool {
    let form = |to: &str| {
        let (scope, rest) = match (to.strip_prefix("//"), to.strip_prefix('/')) {
            (Some(rest), _) => (2, rest.splitn(3, '/').nth(2).unwrap_or_default().to_owned()),
            (None, Some(rest)) => (1, rest.split_once('/').map_or("", |(_, rest)| rest).to_owned()),
            (None, None) => (0, to.to_owned()),
        };
        (scope, rest.contains('/'))
    };
    form(one) == form(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::CNT;

    fn wanted() -> Wanted {
        Wanted {
            operation: Operation::Create,
            kind: CNT,
            to: "/t/t-cse/home".into(),
            target: "t-cse/home".into(),
            same_form: true,
            from: From::Is("Cme".into()),
            content: json!({"lbl": ["a"]}),
            carries: vec!["lbl".into()],
        }
    }

    fn asked(to: &str, originator: &str, attributes: Json) -> Asked {
        Asked {
            operation: Operation::Create,
            to: to.into(),
            target: "t-cse/home".into(),
            originator: originator.into(),
            resource_type: Some(3),
            content: json!({"m2m:cnt": attributes}),
        }
    }

    #[test]
    fn what_is_proposed_is_what_is_wanted() {
        assert_eq!(wanted().check(&asked("/t/t-cse/home", "Cme", json!({"lbl": ["b"], "cr": null}))), Ok(()));
        assert_eq!(wanted().check(&asked("/t/-/home", "/t/Cme", json!({"lbl": ["b"]}))), Ok(()));
    }

    #[test]
    fn each_thing_that_is_wrong_is_named() {
        let labels = || json!({"lbl": ["b"]});
        let wrong = [
            ("to", asked("t-cse/home", "Cme", labels())),
            ("to", asked("/t/homeid", "Cme", labels())),
            ("from", asked("/t/t-cse/home", "Cother", labels())),
            ("lbl", asked("/t/t-cse/home", "Cme", json!({}))),
            ("lbl", asked("/t/t-cse/home", "Cme", json!({"lbl": "b"}))),
            ("ri", asked("/t/t-cse/home", "Cme", json!({"lbl": ["b"], "ri": "x"}))),
            ("et", asked("/t/t-cse/home", "Cme", json!({"lbl": ["b"], "et": "20000101T000000"}))),
        ];
        for (name, asked) in wrong {
            let (_, reason) = wanted().check(&asked).unwrap_err().into_verdict();
            assert!(reason.starts_with(&format!("{name}:")), "{name}: {reason}");
        }
    }
}
