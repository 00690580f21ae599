//! Content × type × operation → clean attributes, or a rejection (TS-0004 7.3.3.3, 7.3.3.4).
//!
//! Nothing is converted on the way: whole numbers must come as JSON numbers without fraction, truth values as `true` and
//! `false`, enumerations as numbers. What passes is exactly what was sent.

use super::{Attribute, Multiplicity, Optionality, Path, Registry, ResourceType};
use crate::primitive::Rejection;
use crate::value::{Map, excerpt};

/// Holds the representation in a CREATE against its type.
///
/// An attribute that may only be asked for (creator) stays in the result as null, for whoever gives it its value.
///
/// # Errors
/// 4000 for the first attribute that is unknown, not permitted, null, or not of its type; then for the first mandatory
/// one that is missing.
pub fn create(of: &ResourceType, registry: &Registry, content: Map) -> Result<Map, Rejection> {
    for (short, value) in content.iter() {
        let attribute = known(of, registry, short)?;
        match attribute.create {
            Optionality::NotPermitted => return Err(not_permitted(attribute, "CREATE", of)),
            Optionality::NullOnly if value.is_null() => {}
            Optionality::NullOnly => {
                return Err(about(attribute, "the CSE gives the value; expected null, or nothing"));
            }
            Optionality::Mandatory | Optionality::Optional if value.is_null() => {
                return Err(about(attribute, "null is not a value that a resource can be created with"));
            }
            Optionality::Mandatory | Optionality::Optional => {
                attribute.data_type.check(registry, &attribute.path(), value)?;
            }
        }
    }
    // TS-0004 7.3.3.3: a mandatory attribute that is not there is a bad request.
    match of.attributes().find(|a| a.create == Optionality::Mandatory && !content.contains(&a.short)) {
        Some(missing) => Err(about(missing, &format!("mandatory in a CREATE of {}, but missing", of.name))),
        None => Ok(content),
    }
}

/// Holds the representation in an UPDATE against its type. Attributes to be deleted stay in the result as null.
///
/// # Errors
/// 4000 for the first attribute that is unknown, not permitted, not of its type, or null although every resource of the
/// type has it.
pub fn update(of: &ResourceType, registry: &Registry, content: Map) -> Result<Map, Rejection> {
    for (short, value) in content.iter() {
        let attribute = known(of, registry, short)?;
        match attribute.update {
            Optionality::NotPermitted => return Err(not_permitted(attribute, "UPDATE", of)),
            // TS-0004 7.3.3.7: null deletes what the multiplicity lets be absent.
            _ if value.is_null() && attribute.multiplicity == Multiplicity::One => {
                return Err(about(attribute, &format!("every {} has it, null cannot delete it", of.name)));
            }
            _ if value.is_null() => {}
            Optionality::NullOnly => {
                return Err(about(attribute, "the CSE gives the value; expected null, or nothing"));
            }
            Optionality::Mandatory | Optionality::Optional => {
                attribute.data_type.check(registry, &attribute.path(), value)?;
            }
        }
    }
    Ok(content)
}

impl Attribute {
    /// The attribute as the start of a [`Path`].
    #[must_use]
    pub fn path(&self) -> Path<'_> {
        Path::Root(&self.name, &self.short)
    }
}

/// TS-0004 7.3.3.3, 7.3.3.4: an attribute that is not in the table of the type is a bad request.
fn known<'t>(of: &'t ResourceType, registry: &Registry, short: &str) -> Result<&'t Attribute, Rejection> {
    of.attribute(short).ok_or_else(|| match registry.attribute_by_short(short) {
        Some(elsewhere) => about(elsewhere, &format!("not an attribute of {}", of.name)),
        None => Rejection::bad_request(format!("({}): not an attribute of {}", excerpt(short), of.name)),
    })
}

#[cold]
fn not_permitted(attribute: &Attribute, operation: &str, of: &ResourceType) -> Rejection {
    about(attribute, &format!("not permitted in a {operation} of {}", of.name))
}

#[cold]
fn about(attribute: &Attribute, sentence: &str) -> Rejection {
    Rejection::bad_request(format!("{}: {sentence}", attribute.path()))
}
