//! What attributes have to be.

use serde_json::{Value as Json, json};

use super::Place;
use crate::ask::{Answer, at};
use crate::verdict::{Outcome, ensure};

/// An attribute has to have a value.
///
/// # Errors
/// Fail, when it has another.
pub fn equals(answer: &Answer, name: &str, expected: &Json) -> Outcome {
    let got = answer.get(name);
    ensure(got == expected, || format!("{name}: expected {expected}, got {got}"))
}

/// An attribute has to be there.
///
/// # Errors
/// Fail, when it is not.
pub fn present(answer: &Answer, name: &str) -> Outcome {
    ensure(!answer.get(name).is_null(), || format!("{name}: expected to be there, it is missing"))
}

/// An attribute must not be there.
///
/// # Errors
/// Fail, when it is.
pub fn absent(answer: &Answer, name: &str) -> Outcome {
    let got = answer.get(name);
    ensure(got.is_null(), || format!("{name}: expected not to be there, got {got}"))
}

/// The content has to hold these attributes, and no other.
///
/// # Errors
/// Fail, when one is missing or one is too many.
pub fn exactly(answer: &Answer, names: &[&str]) -> Outcome {
    let mut wanted = names.to_vec();
    wanted.sort_unstable();
    let got = answer.attributes().as_object();
    let mut got: Vec<&str> = got.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    got.sort_unstable();
    ensure(got == wanted, || format!("attributes: expected {}, got {}", wanted.join(" "), got.join(" ")))
}

/// Two answers have to show the same resource: the same attributes, with the same values.
///
/// # Errors
/// Fail, when they differ, with the first difference.
pub fn alike(expected: &Answer, got: &Answer) -> Outcome {
    let (expected, got) = (expected.attributes(), got.attributes());
    let names = |json: &Json| json.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    for name in names(expected).iter().chain(&names(got)) {
        let (one, other) = (at(expected, name), at(got, name));
        ensure(one == other, || format!("{name}: expected {one}, as before, got {other}"))?;
    }
    Ok(())
}

/// What every resource has to tell of itself (TS-0001 table 9.6.1.3.1-1), and that it is this one.
///
/// # Errors
/// Fail, with the attribute that is missing or wrong.
pub fn is_whole(answer: &Answer, place: &Place) -> Outcome {
    equals(answer, "ri", &json!(place.ri))?;
    equals(answer, "ty", &json!(place.kind.number))?;
    for name in ["rn", "pi", "ct", "lt"] {
        present(answer, name)?;
    }
    let (created, modified) = (answer.text("ct"), answer.text("lt"));
    ensure(created <= modified, || format!("lt: expected {created} (ct) or later, got {modified}"))?;
    let root = answer.content.as_object().and_then(|content| content.keys().next()).cloned().unwrap_or_default();
    ensure(root == place.kind.root, || format!("content: expected {}, got {root}", place.kind.root))
}

/// A number has to be so large, or larger.
///
/// # Errors
/// Fail, when it is smaller, or no number.
pub fn at_least(answer: &Answer, name: &str, expected: i64) -> Outcome {
    let got = answer.get(name);
    ensure(got.as_i64().is_some_and(|got| got >= expected), || {
        format!("{name}: expected {expected} or more, got {got}")
    })
}
