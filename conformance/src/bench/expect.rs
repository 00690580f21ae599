//! What attributes have to be.

use serde_json::Value as Json;

use crate::ask::Answer;
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
