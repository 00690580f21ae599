//! Complex types: values with named members (TS-0004 6.3.5).

use super::data_type::{Path, reject};
use super::{DataType, Registry, geometry};
use crate::primitive::Rejection;
use crate::value::{SmolStr, Value, excerpt};

/// A complex type. It can only be built from types that were there before it, so no value nests deeper than the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complex {
    /// The name with its prefix: `m2m:accessControlRule`.
    pub name: SmolStr,
    /// The members in the order of the table.
    pub members: Vec<Member>,
    /// Whether a value has exactly one of the members (`xs:choice`).
    pub choice: bool,
}

/// A member of a complex type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The long name: `accessControlOperations`.
    pub name: SmolStr,
    /// The short name: `acop`.
    pub short: SmolStr,
    /// What its value must be.
    pub data_type: DataType,
    /// Whether it must be there.
    pub mandatory: bool,
}

impl Complex {
    /// The member with this short name.
    #[must_use]
    pub fn member(&self, short: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.short == short)
    }

    /// Holds a value against the type: for what is no attribute, such as the content of a notification.
    ///
    /// # Errors
    /// 4000 with the path of the first value that does not fit, what was expected there, and what came.
    pub fn check(&self, registry: &Registry, path: &Path<'_>, value: &Value) -> Result<(), Rejection> {
        let Some(map) = value.as_map() else {
            return Err(reject(path, &format_args!("an object ({})", self.name), value));
        };
        for (short, value) in map.iter() {
            let Some(member) = self.member(short) else {
                return Err(Rejection::bad_request(format!(
                    "{path}.{}: not a member of {}",
                    excerpt(short),
                    self.name
                )));
            };
            member.data_type.check(registry, &Path::Member(path, &member.short), value)?;
        }
        if let Some(missing) = self.members.iter().find(|member| member.mandatory && !map.contains(&member.short)) {
            return Err(Rejection::bad_request(format!("{path}: {} ({}) is missing", missing.name, missing.short)));
        }
        if self.choice && map.len() != 1 {
            let count = map.len();
            return Err(Rejection::bad_request(format!("{path}: expected one member of {}, got {count}", self.name)));
        }
        if self.name == geometry::TYPE_NAME {
            geometry::check(path, map)?;
        }
        Ok(())
    }
}
