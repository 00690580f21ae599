//! Who may do what.

use super::World;
use crate::primitive::Status;

#[test]
fn without_a_policy_only_the_creator_and_the_administrator_get_in() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    world.register("Cae2");
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    for to in ["cse-in/Cae1", "cse-in/Cae1/c", "cse-in/Cae1/c/la", "Cae1"] {
        assert_eq!(world.retrieve("Cae1", to).status, Status::OK, "{to}");
        assert_eq!(world.retrieve("CAdmin", to).status, Status::OK, "{to}");
        assert_eq!(world.retrieve("Cae2", to).status, Status::ORIGINATOR_HAS_NO_PRIVILEGE, "{to}");
        assert_eq!(world.delete("Cae2", to).status, Status::ORIGINATOR_HAS_NO_PRIVILEGE, "{to}");
    }
    let empty = world.create("Cae1", "cse-in/Cae1", 3, r#"{"m2m:cnt":{"rn":"e"}}"#);
    assert_eq!(empty.status, Status::CREATED);
    assert_eq!(world.retrieve("Cae2", "cse-in/Cae1/e/la").status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
}

#[test]
fn a_policy_grants_what_it_says_and_replaces_the_default() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    world.register("Cae2");
    let policy = r#"{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Cae2"],"acop":34}]},"pvs":{"acr":[{"acor":["Cae1"],"acop":63}]}}}"#;
    let policy = world.create("Cae1", "cse-in/Cae1", 1, policy);
    assert_eq!(policy.status, Status::CREATED, "{:?}", policy.value());
    let id = policy.created.unwrap();
    let set = world.update("Cae1", "cse-in/Cae1/c", &format!(r#"{{"m2m:cnt":{{"acpi":["{id}"]}}}}"#));
    assert_eq!(set.status, Status::UPDATED, "{:?}", set.value());
    assert_eq!(world.retrieve("Cae2", "cse-in/Cae1/c").status, Status::OK);
    assert_eq!(
        world.update("Cae2", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":["x"]}}"#).status,
        Status::ORIGINATOR_HAS_NO_PRIVILEGE
    );
    assert_eq!(
        world.retrieve("Cae1", "cse-in/Cae1/c").status,
        Status::ORIGINATOR_HAS_NO_PRIVILEGE,
        "the policy does not name it"
    );
    // But the creator holds the policy, and may take it off again.
    let with_more = world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"acpi":null,"lbl":["x"]}}"#);
    assert_eq!(with_more.status, Status::BAD_REQUEST);
    assert_eq!(world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"acpi":null}}"#).status, Status::UPDATED);
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c").status, Status::OK);
    let nowhere = world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"acpi":["nowhere"]}}"#);
    assert_eq!(nowhere.status, Status::BAD_REQUEST);
}

#[test]
fn a_policy_that_is_gone_grants_nothing() {
    let mut world = World::new();
    world.register("Cae1");
    let rules = r#"{"acr":[{"acor":["all"],"acop":63}]}"#;
    let policy = world.create("Cae1", "cse-in/Cae1", 1, &format!(r#"{{"m2m:acp":{{"pv":{rules},"pvs":{rules}}}}}"#));
    let id = policy.created.unwrap();
    world.create("Cae1", "cse-in/Cae1", 3, &format!(r#"{{"m2m:cnt":{{"rn":"c","acpi":["{id}"]}}}}"#));
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c").status, Status::OK);
    assert_eq!(world.delete("Cae1", &id).status, Status::DELETED);
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c").status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
}

#[test]
fn the_administrator_is_a_policy_and_nothing_more() {
    let mut world = World::new();
    world.register("Cae1");
    assert_eq!(world.retrieve("CAdmin", "Cae1").status, Status::OK);
    assert_eq!(world.delete("CAdmin", "cse-in/acpAdministration").status, Status::DELETED);
    assert_eq!(world.retrieve("CAdmin", "Cae1").status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
}

#[test]
fn an_originator_with_a_star_is_no_pattern() {
    let mut world = World::new();
    world.register("Cae1");
    for from in ["*", "C*", "all", "Cae*"] {
        assert_eq!(world.retrieve(from, "Cae1").status, Status::ORIGINATOR_HAS_NO_PRIVILEGE, "{from}");
    }
}
