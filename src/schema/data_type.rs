//! What a value must be.

use std::fmt;
use std::sync::Arc;

use super::{Complex, Enumeration, Registry, Simple};
use crate::primitive::Rejection;
use crate::value::Value;

/// The data type of an attribute, of a member of a complex type, or of the items of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataType {
    /// A simple type (TS-0004 6.3.2, 6.3.3).
    Simple(Simple),
    /// The number of a resource type that the standard or the registry knows (TS-0004 6.3.4.2.1). It grows with the
    /// registry, so a vendor's types can be named wherever the standard's can.
    ResourceType,
    /// What the members of a group are: the number of a resource type, or one of this set (TS-0004 6.3.4.2.11).
    MemberType(Arc<Enumeration>),
    /// A number out of a set (TS-0004 6.3.4).
    Enumeration(Arc<Enumeration>),
    /// Named members (TS-0004 6.3.5).
    Complex(Arc<Complex>),
    /// A list.
    List(Arc<ListType>),
}

/// The type of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListType {
    /// What each item must be.
    pub of: DataType,
    /// The least number of items.
    pub min: usize,
    /// The greatest number of items.
    pub max: usize,
}

/// Where in a representation a value stands, for messages. Lives on the stack and costs nothing until it is shown.
#[derive(Clone, Copy, Debug)]
pub enum Path<'a> {
    /// An attribute or parameter, by long and short name.
    Root(&'a str, &'a str),
    /// A member, by short name.
    Member(&'a Path<'a>, &'a str),
    /// An item, counted from 0.
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name, short) => write!(f, "{name} ({short})"),
            Self::Member(parent, short) => write!(f, "{parent}.{short}"),
            Self::Item(parent, at) => write!(f, "{parent}[{at}]"),
        }
    }
}

impl DataType {
    /// Holds a value against the type.
    ///
    /// # Errors
    /// 4000 with the path of the first value that does not fit, what was expected there, and what came.
    pub fn check(&self, registry: &Registry, path: &Path<'_>, value: &Value) -> Result<(), Rejection> {
        match self {
            Self::Simple(simple) if simple.accepts(value) => Ok(()),
            Self::Simple(simple) => Err(reject(path, &simple.expected(), value)),
            Self::ResourceType => match value.as_int() {
                Some(number) if registry.knows_number(number) => Ok(()),
                _ => Err(reject(path, &"the number of a resource type", value)),
            },
            Self::MemberType(set) => match value.as_int() {
                Some(number) if registry.knows_number(number) || set.meaning(number).is_some() => Ok(()),
                _ => Err(reject(path, &"the number of a resource type, or 0 for mixed", value)),
            },
            Self::Enumeration(set) => match value.as_int().and_then(|number| set.meaning(number)) {
                Some(_) => Ok(()),
                None => Err(reject(path, &format_args!("a number of {}", set.name()), value)),
            },
            Self::Complex(complex) => complex.check(registry, path, value),
            Self::List(list) => list.check(registry, path, value),
        }
    }

    /// Whether a value is a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }
}

impl ListType {
    fn check(&self, registry: &Registry, path: &Path<'_>, value: &Value) -> Result<(), Rejection> {
        let Some(items) = value.as_list() else {
            return Err(reject(path, &"a list", value));
        };
        if items.len() < self.min || items.len() > self.max {
            let expected = match (self.min, self.max) {
                (min, usize::MAX) => format!("at least {min}"),
                (min, max) if min == max => format!("exactly {min}"),
                (min, max) => format!("{min} to {max}"),
            };
            let count = items.len();
            return Err(Rejection::bad_request(format!(
                "{path}: expected {expected} item(s) in the list, got {count}"
            )));
        }
        items.iter().enumerate().try_for_each(|(at, item)| self.of.check(registry, &Path::Item(path, at), item))
    }
}

/// The sentence in which values are turned down.
#[cold]
pub(super) fn reject(path: &Path<'_>, expected: &dyn fmt::Display, got: &Value) -> Rejection {
    Rejection::bad_request(format!("{path}: expected {expected}, got {}", got.excerpt()))
}
