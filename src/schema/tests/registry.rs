//! The registry of what we ship.

use crate::schema::{Optionality, Registry};

#[test]
fn what_we_ship_can_be_read() {
    let registry = Registry::standard().unwrap();
    assert_eq!(registry.types().len(), 10);
    let container = registry.by_number(3).unwrap();
    for found in [registry.by_root("m2m:cnt"), registry.by_short("cnt"), registry.by_name("container")] {
        assert_eq!(found.unwrap(), container);
    }
    assert_eq!(container.attribute("mni").unwrap().name, "maxNrOfInstances");
    assert_eq!(container.attribute("xyz"), None);
    assert_eq!(registry.attribute_by_short("con").unwrap().name, "content");
    assert_eq!(container.virtual_child("la").unwrap().name, "latest");
}

#[test]
fn children_have_numbers_even_before_their_type_is_read() {
    let registry = Registry::standard().unwrap();
    let container = registry.by_short("cnt").unwrap();
    assert!(container.may_hold(3) && container.may_hold(4) && container.may_hold(23) && container.may_hold(28));
    assert!(!container.may_hold(2));
    for of in registry.types() {
        assert!(of.unresolved_children.is_empty(), "{}: {:?}", of.name, of.unresolved_children);
    }
}

#[test]
fn an_instance_is_never_updated() {
    let registry = Registry::standard().unwrap();
    let instance = registry.by_short("cin").unwrap();
    assert!(instance.instance);
    assert!(instance.attributes().all(|a| a.update == Optionality::NotPermitted));
}

#[test]
fn numbers_of_types_are_those_of_the_standard_and_of_what_was_read() {
    let mut registry = Registry::standard().unwrap();
    assert!(registry.knows_number(51) && registry.knows_number(10_003));
    assert!(!registry.knows_number(33) && !registry.knows_number(0) && !registry.knows_number(20_001));
    registry.extend_toml("a.toml", "name = 'sun'\nshort = 'sun'\ntype = 20001\n").unwrap();
    assert!(registry.knows_number(20_001) && registry.knows_number(30_001));
}
