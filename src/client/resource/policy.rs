//! What an access control policy allows, and to whom (TS-0001 9.6.2).

use std::ops::BitOr;

use super::AccessControlPolicy;
use super::draft::texts;
use crate::value::{Map, SmolStr, Value};

/// A set of operations (`m2m:accessControlOperations`, TS-0004 6.3.4.2.29). They are joined with `|`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operations(u32);

impl Operations {
    /// Create children.
    pub const CREATE: Self = Self(1);
    /// Read.
    pub const RETRIEVE: Self = Self(2);
    /// Change.
    pub const UPDATE: Self = Self(4);
    /// Delete.
    pub const DELETE: Self = Self(8);
    /// Be told something.
    pub const NOTIFY: Self = Self(16);
    /// Be found.
    pub const DISCOVERY: Self = Self(32);
    /// Everything.
    pub const ALL: Self = Self(63);

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl BitOr for Operations {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
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
