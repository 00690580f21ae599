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
            Optionality::NotPermitted => return Err(not_permitted(attribute, "a CREATE", of)),
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
            Optionality::NotPermitted => return Err(not_permitted(attribute, "an UPDATE", of)),
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
    about(attribute, &format!("not permitted in {operation} of {}", of.name))
}

#[cold]
fn about(attribute: &Attribute, sentence: &str) -> Rejection {
    Rejection::bad_request(format!("{}: {sentence}", attribute.path()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::json;
    use crate::primitive::Status;
    use crate::value::Value;

    /// What becomes of JSON text in a CREATE or UPDATE of a type.
    fn outcome(operation: &str, short: &str, content: &str) -> Result<Map, String> {
        let registry = Registry::standard().unwrap();
        let Value::Map(content) = json::decode(content.as_bytes(), 32).unwrap() else { panic!("not an object") };
        let of = registry.by_short(short).unwrap();
        let result =
            if operation == "create" { create(of, &registry, content) } else { update(of, &registry, content) };
        result.map_err(|rejection| {
            assert_eq!(rejection.status, Status::BAD_REQUEST);
            rejection.reason.into_owned()
        })
    }

    fn sentence(operation: &str, short: &str, content: &str) -> String {
        outcome(operation, short, content).unwrap_err()
    }

    #[test]
    fn what_fits_comes_through_as_it_was_sent() {
        let content = r#"{"rn":"temps","mni":10,"lbl":["key","color:red"],"et":"20301120T160743","disr":false}"#;
        assert_eq!(json::encode(&outcome("create", "cnt", content).unwrap().into()), content.as_bytes());
    }

    #[test]
    fn content_may_be_any_value() {
        for con in ["\"21.5\"", "21.5", "true", "[1,\"a\"]", "{\"t\":{\"v\":1}}"] {
            outcome("create", "cin", &format!("{{\"con\":{con},\"cnf\":\"application/json:0\"}}")).unwrap();
        }
    }

    #[test]
    fn a_rejection_says_which_attribute_and_what_was_expected() {
        assert_eq!(
            sentence("create", "cnt", r#"{"mni":"ten"}"#),
            "maxNrOfInstances (mni): expected a non-negative integer, got \"ten\""
        );
        assert_eq!(sentence("create", "cnt", r#"{"xyz":1}"#), "(xyz): not an attribute of container");
        assert_eq!(sentence("create", "ae", r#"{"mni":1}"#), "maxNrOfInstances (mni): not an attribute of AE");
        assert_eq!(
            sentence("create", "ae", r#"{"api":"N.a","rr":true}"#),
            "supportedReleaseVersions (srv): mandatory in a CREATE of AE, but missing"
        );
        assert_eq!(
            sentence("create", "acp", r#"{"pvs":{"acr":[{"acor":["all"],"acop":63},{"acor":["all"],"acop":64}]}}"#),
            "selfPrivileges (pvs).acr[1].acop: expected a number of m2m:accessControlOperations, got 64"
        );
    }

    #[test]
    fn what_the_cse_assigns_is_not_permitted_in_a_create() {
        for (short, value) in
            [("ri", "\"a\""), ("pi", "\"a\""), ("ty", "3"), ("st", "0"), ("cni", "0"), ("ct", "\"a\"")]
        {
            let said = sentence("create", "cnt", &format!("{{\"{short}\":{value}}}"));
            assert!(said.ends_with("not permitted in a CREATE of container"), "{said}");
        }
    }

    #[test]
    fn null_is_no_value_in_a_create_but_the_creator_may_be_asked_for() {
        assert!(sentence("create", "cnt", r#"{"mni":null}"#).contains("null is not a value"));
        assert!(outcome("create", "cnt", r#"{"cr":null}"#).unwrap().contains("cr"));
        assert!(sentence("create", "cnt", r#"{"cr":"CMe"}"#).contains("the CSE gives the value"));
        assert!(sentence("create", "ae", r#"{"cr":null}"#).contains("not an attribute of AE"));
    }

    #[test]
    fn null_in_an_update_deletes_what_may_be_absent() {
        assert_eq!(outcome("update", "cnt", r#"{"mni":null}"#).unwrap().get("mni"), Some(&Value::Null));
        assert_eq!(outcome("update", "cnt", r#"{"et":null}"#).unwrap().get("et"), Some(&Value::Null));
        assert!(sentence("update", "ae", r#"{"rr":null}"#).contains("null cannot delete it"));
        assert!(sentence("update", "acp", r#"{"pv":null}"#).contains("null cannot delete it"));
    }

    #[test]
    fn what_is_written_once_is_not_permitted_in_an_update() {
        for (short, content) in [("cnt", r#"{"rn":"b"}"#), ("ae", r#"{"api":"N.b"}"#), ("cin", r#"{"con":"b"}"#)] {
            assert!(sentence("update", short, content).contains("not permitted in an UPDATE"), "{short}");
        }
        assert!(sentence("update", "cin", r#"{"lbl":["a"]}"#).contains("not permitted in an UPDATE"));
    }

    #[test]
    fn a_list_that_the_standard_wants_filled_is_not_empty() {
        assert!(sentence("update", "cnt", r#"{"lbl":[]}"#).contains("expected at least 1 item(s) in the list, got 0"));
        assert!(sentence("create", "cnt", r#"{"acpi":[]}"#).contains("expected at least 1 item(s) in the list, got 0"));
        outcome("update", "cnt", r#"{"at":[]}"#).unwrap();
        assert!(
            sentence("create", "cin", r#"{"con":"a","acpi":["b"]}"#).contains("not an attribute of contentInstance")
        );
    }

    #[test]
    fn an_access_control_rule_is_held_to_its_table() {
        let rule = |extra: &str| {
            let rule = format!(r#"{{"acor":["CAdmin","/id-in/*"],"acop":63{extra}}}"#);
            outcome("create", "acp", &format!(r#"{{"pv":{{}},"pvs":{{"acr":[{rule}]}}}}"#))
        };
        rule("").unwrap();
        rule(r#","acaf":true,"acod":[{"ty":3,"chty":[4,23]}]"#).unwrap();
        rule(r#","acco":[{"actw":["* * 8-20 * * * *"],"acip":{"ipv4":["10.0.0.0/8"]},"aclr":{"accc":["KR"]}}]"#)
            .unwrap();
        for bad in [
            r#","acxx":1"#,
            r#","acco":[{"actw":["* * 8-25 * * * *"]}]"#,
            r#","acco":[{"aclr":{"accc":["KR"],"accr":[1.0,2.0,3.0]}}]"#,
            r#","acco":[{"aclr":{"accr":[1.0,2.0]}}]"#,
            r#","acod":[{"ty":3}]"#,
            r#","acod":[{"chty":[33]}]"#,
            r#","acco":[{"acip":{"ipv4":["10.0.0.256"]}}]"#,
        ] {
            rule(bad).unwrap_err();
        }
    }
}
