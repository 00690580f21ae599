//! Policies, told from outside (TS-0001 9.6.2, 9.6.1.3.2; TS-0003 7.1).

use super::{World, criteria, json};
use crate::primitive::{Request, Response, ResultContent, Status};
use crate::value::Value;

const REFUSED: Status = Status::ORIGINATOR_HAS_NO_PRIVILEGE;

/// A world in which `cse-in/Cae1/c`, with an instance, refers to a policy of these rules. Cae1 may change the policy.
fn guarded(rules: &str) -> World {
    let mut world = World::new();
    world.register("Cae1");
    world.register("Cae2");
    let own = r#"{"acor":["Cae1"],"acop":63}"#;
    let policy = format!(r#"{{"m2m:acp":{{"rn":"p","pv":{{"acr":[{own},{rules}]}},"pvs":{{"acr":[{own}]}}}}}}"#);
    let made = world.create("Cae1", "cse-in/Cae1", 1, &policy);
    assert_eq!(made.status, Status::CREATED, "{:?}", made.value());
    let id = made.created.unwrap();
    world.create(
        "Cae1",
        "cse-in/Cae1",
        3,
        &format!(r#"{{"m2m:cnt":{{"rn":"c","lbl":["l"],"mni":7,"acpi":["{id}"]}}}}"#),
    );
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    world
}

fn status(world: &mut World, to: &str) -> Status {
    world.retrieve("Cae2", to).status
}

#[test]
fn instances_are_governed_by_their_container() {
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":2}"#);
    assert_eq!(status(&mut world, "cse-in/Cae1/c/la"), Status::OK);
    assert_eq!(world.delete("Cae2", "cse-in/Cae1/c/la").status, REFUSED);
    assert_eq!(world.instance("Cae2", "cse-in/Cae1/c", "2").status, REFUSED);
}

#[test]
fn containers_are_not_governed_by_their_parents() {
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":63}"#);
    world.create("Cae1", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{"rn":"inner"}}"#);
    assert_eq!(status(&mut world, "cse-in/Cae1/c"), Status::OK);
    assert_eq!(status(&mut world, "cse-in/Cae1/c/inner"), REFUSED, "its creator alone");
    let by_guest = world.create("Cae2", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{"rn":"guest"}}"#);
    assert_eq!(by_guest.status, Status::CREATED);
    assert_eq!(status(&mut world, "cse-in/Cae1/c/guest"), Status::OK);
    assert_eq!(
        world.retrieve("Cae1", "cse-in/Cae1/c/guest").status,
        REFUSED,
        "the owner of the house is not its creator"
    );
}

#[test]
fn a_policy_is_governed_by_its_self_privileges_alone() {
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":63}"#);
    assert_eq!(status(&mut world, "cse-in/Cae1/p"), REFUSED);
    assert_eq!(world.delete("Cae2", "cse-in/Cae1/p").status, REFUSED);
    let rules = r#"{"acr":[{"acor":["Cae2"],"acop":63}]}"#;
    let handed_over = world.update("Cae1", "cse-in/Cae1/p", &format!(r#"{{"m2m:acp":{{"pvs":{rules}}}}}"#));
    assert_eq!(handed_over.status, Status::UPDATED);
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/p").status, REFUSED, "not even its creator");
    assert_eq!(status(&mut world, "cse-in/Cae1/p"), Status::OK);
}

#[test]
fn a_group_in_a_rule_means_its_members_as_they_are_now() {
    let mut world = guarded(r#"{"acor":["cse-in/Cae1/g"],"acop":2}"#);
    assert_eq!(status(&mut world, "cse-in/Cae1/c"), REFUSED, "no such group yet");
    let group = r#"{"m2m:grp":{"rn":"g","mt":0,"mnm":5,"mid":["Cae1","/id-in/cse-in/Cae2"]}}"#;
    assert_eq!(world.create("Cae1", "cse-in/Cae1", 9, group).status, Status::CREATED);
    assert_eq!(status(&mut world, "cse-in/Cae1/c"), Status::OK);
    assert_eq!(world.instance("Cae2", "cse-in/Cae1/c", "2").status, REFUSED, "RETRIEVE and nothing else");
    world.register("Cae3");
    assert_eq!(world.retrieve("Cae3", "cse-in/Cae1/c").status, REFUSED);
    assert_eq!(world.update("Cae1", "cse-in/Cae1/g", r#"{"m2m:grp":{"mid":["Cae3"]}}"#).status, Status::UPDATED);
    assert_eq!(status(&mut world, "cse-in/Cae1/c"), REFUSED);
    assert_eq!(world.retrieve("Cae3", "cse-in/Cae1/c").status, Status::OK);
}

#[test]
fn a_custodian_takes_the_place_of_the_creator() {
    let mut world = World::new();
    world.register("Cae1");
    world.register("Cae2");
    world.create("Cae1", "cse-in/Cae1", 3, r#"{"m2m:cnt":{"rn":"c","cstn":"/id-in/Cae2"}}"#);
    assert_eq!(status(&mut world, "cse-in/Cae1/c"), Status::OK);
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c").status, REFUSED);
    assert_eq!(world.update("Cae2", "cse-in/Cae1/c", r#"{"m2m:cnt":{"cstn":null}}"#).status, Status::UPDATED);
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c").status, Status::OK);
}

#[test]
fn policies_of_a_resource_are_changed_by_whom_their_self_privileges_name() {
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":63}"#);
    let policy = world.attribute("cse-in/Cae1/p", "ri");
    let set = format!(r#"{{"m2m:cnt":{{"acpi":[{:?}]}}}}"#, policy.as_text().unwrap());
    assert_eq!(world.update("Cae2", "cse-in/Cae1/c", &set).status, REFUSED, "UPDATE in pv is not enough");
    assert_eq!(world.update("Cae2", "cse-in/Cae1/c", r#"{"m2m:cnt":{"mni":5}}"#).status, Status::UPDATED);
    assert_eq!(world.update("Cae1", "cse-in/Cae1/c", &set).status, Status::UPDATED);
    let mixed = set.replace(r#""acpi""#, r#""mni":4,"acpi""#);
    assert_eq!(world.update("Cae1", "cse-in/Cae1/c", &mixed).status, Status::BAD_REQUEST);
    assert_eq!(world.attribute("cse-in/Cae1/c", "mni"), Value::Int(5));
}

#[test]
fn a_rule_for_some_attributes_shows_and_changes_these_and_no_others() {
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":47,"aca":["lbl","ct"]}"#);
    assert_eq!(status(&mut world, "cse-in/Cae1/c"), REFUSED, "all of them are more than some");
    let mut partly = |names: &str| {
        let mut request = Request::retrieve("cse-in/Cae1/c").from("Cae2");
        request.content = Some(json(&format!(r#"{{"m2m:atrl":[{names}]}}"#)));
        world.send(request)
    };
    assert_eq!(partly(r#""lbl""#).value(), json(r#"{"m2m:cnt":{"lbl":["l"]}}"#));
    assert_eq!(partly(r#""lbl","mni""#).status, REFUSED);
    assert_eq!(world.update("Cae2", "cse-in/Cae1/c", r#"{"m2m:cnt":{"mni":5}}"#).status, REFUSED);
    assert_eq!(world.update("Cae2", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":["x"],"mni":5}}"#).status, REFUSED);
    let changed = world.update("Cae2", "cse-in/Cae1/c", r#"{"m2m:cnt":{"lbl":["x"]}}"#);
    assert_eq!(changed.status, Status::UPDATED);
    assert!(!changed.attributes().unwrap().contains("mni"), "an UPDATE shows no more than a RETRIEVE");
    let mut modified = Request::update("cse-in/Cae1/c", "", crate::value::Map::new()).from("Cae2");
    modified.content = Some(json(r#"{"m2m:cnt":{"lbl":["y"]}}"#));
    let modified = world.send(modified.wanting(ResultContent::ModifiedAttributes));
    assert_eq!((modified.status, modified.content), (Status::UPDATED, None));
    let cin = |content: &str| format!(r#"{{"m2m:cin":{{{content}}}}}"#);
    assert_eq!(world.create("Cae2", "cse-in/Cae1/c", 4, &cin(r#""con":"x""#)).status, REFUSED);
    assert_eq!(world.create("Cae2", "cse-in/Cae1/c", 4, &cin(r#""lbl":["x"]"#)).status, Status::BAD_REQUEST);
    assert_eq!(world.delete("Cae2", "cse-in/Cae1/c").status, REFUSED, "a part of a resource cannot be deleted");
}

#[test]
fn children_of_which_only_a_part_may_be_seen_are_not_shown_among_others() {
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":34,"aca":["lbl"]}"#);
    let rules = r#"{"acr":[{"acor":["Cae2"],"acop":34}]}"#;
    let open = world.create("Cae1", "cse-in/Cae1", 1, &format!(r#"{{"m2m:acp":{{"pv":{rules},"pvs":{rules}}}}}"#));
    let id = open.created.unwrap();
    world.update("Cae1", "Cae1", &format!(r#"{{"m2m:ae":{{"acpi":["{id}"]}}}}"#));
    for rcn in [4, 8] {
        let shown = world.retrieve_as("Cae2", "Cae1", rcn, &[("ty", "3 4")]);
        assert_eq!(shown.status, Status::OK);
        assert!(!format!("{:?}", shown.value()).contains("m2m:c"), "{:?}", shown.value());
    }
}

#[test]
fn object_details_tell_targets_and_children_apart() {
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":63,"acod":[{"ty":3,"chty":[4]}]}"#);
    assert_eq!(status(&mut world, "cse-in/Cae1/c"), Status::OK);
    assert_eq!(status(&mut world, "cse-in/Cae1/c/la"), REFUSED, "an instance is not a container");
    assert_eq!(world.instance("Cae2", "cse-in/Cae1/c", "2").status, Status::CREATED);
    assert_eq!(world.create("Cae2", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{}}"#).status, REFUSED);
}

#[test]
fn a_window_opens_and_closes_with_the_clock() {
    // The world begins at half past one.
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":2,"acco":[{"actw":["* 0-40 1 * * * *","* * 3 * * * *"]}]}"#);
    for (minutes, expected) in [(0, Status::OK), (15, REFUSED), (74, REFUSED), (2, Status::OK), (60, REFUSED)] {
        world.pass(minutes * 60);
        assert_eq!(status(&mut world, "cse-in/Cae1/c"), expected, "{}", world.now);
    }
}

fn from(world: &mut World, ip: Option<&str>, authenticated: bool) -> Response {
    let mut request = Request::retrieve("cse-in/Cae1/c").from("Cae2");
    request.access.ip = ip.map(|ip| ip.parse().unwrap());
    request.access.authenticated = authenticated;
    world.send(request)
}

#[test]
fn the_way_an_originator_comes_may_matter() {
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":2,"acco":[{"acip":{"ipv4":["192.0.2.0/24"]}}]}"#);
    for (ip, expected) in
        [(None, REFUSED), (Some("192.0.2.7"), Status::OK), (Some("192.0.3.7"), REFUSED), (Some("::1"), REFUSED)]
    {
        assert_eq!(from(&mut world, ip, false).status, expected, "{ip:?}");
    }
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":2,"acaf":true}"#);
    assert_eq!(from(&mut world, None, false).status, REFUSED);
    assert_eq!(from(&mut world, None, true).status, Status::OK);
}

#[test]
fn a_policy_of_another_cse_is_not_taken_on_trust() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    for id in ["/id-other/acp-3", "//else.example/id-in/acp-3", "cse-in/Cae1/c", "acp-zzz", "cse-in/Cae1/c/la"] {
        let set = format!(r#"{{"m2m:cnt":{{"acpi":["{id}"]}}}}"#);
        assert_eq!(world.update("Cae1", "cse-in/Cae1/c", &set).status, Status::BAD_REQUEST, "{id}");
    }
}

#[test]
fn to_discover_is_a_privilege_of_its_own() {
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":32}"#);
    assert_eq!(status(&mut world, "cse-in/Cae1/c"), REFUSED);
    let found = world.discover("Cae2", "cse-in", &[("ty", "3 4")]);
    assert_eq!(found.len(), 2, "the container and its instance: {found:?}");
    let mut world = guarded(r#"{"acor":["Cae2"],"acop":2}"#);
    assert_eq!(world.discover("Cae2", "cse-in", &[("ty", "3 4")]), Vec::<String>::new());
    let nothing = world.send(
        Request::retrieve("cse-in/Cae1/c")
            .from("Cae2")
            .wanting(ResultContent::ChildResourceReferences)
            .filtered(criteria(&[])),
    );
    assert_eq!(nothing.value(), json(r#"{"m2m:rrl":{"rrf":[]}}"#));
}

/// The administration policy covers the whole tree, so its name is not for anybody to take.
#[test]
fn nobody_becomes_the_administrator_by_taking_a_name() {
    for administrator in [Some("CAdmin"), None] {
        let mut world = World::with(|config| config.administrator = administrator.map(Into::into));
        world.register("Cae1");
        world.register("Cae2");
        world.delete("CAdmin", "cse-in/acpAdministration");
        let rules = r#"{"acr":[{"acor":["Cae2"],"acop":63}]}"#;
        let content = format!(r#"{{"m2m:acp":{{"rn":"acpAdministration","pv":{rules},"pvs":{rules}}}}}"#);
        assert_eq!(world.create("Cae2", "cse-in", 1, &content).status, REFUSED);
        assert_eq!(status(&mut world, "Cae1"), REFUSED);
    }
}

/// An AE's identifier is all it takes to speak in its name where nothing authenticates.
#[test]
fn a_refusal_does_not_tell_who_lives_there() {
    let mut world = World::new();
    let content = r#"{"m2m:ae":{"rn":"kitchen","api":"Napp","rr":false,"srv":["3"]}}"#;
    assert_eq!(world.create("Csecret", "cse-in", 2, content).status, Status::CREATED);
    for response in [world.retrieve("Cae2", "cse-in/kitchen"), world.delete("Cae2", "cse-in/kitchen")] {
        assert_eq!(response.status, REFUSED);
        assert!(!format!("{response:?}").contains("Csecret"), "{:?}", response.value());
    }
}
