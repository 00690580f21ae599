//! The first day of a CSE: registration, containers, instances, expiry.

use super::{World, json};
use crate::primitive::Status;
use crate::value::Value;

#[test]
fn a_new_cse_shows_itself_to_its_administrator_and_to_registered_aes_only() {
    let mut world = World::new();
    let base = world.retrieve("CAdmin", "cse-in").attributes().unwrap();
    assert_eq!(base.get("ri"), Some(&Value::from("id-in")));
    assert_eq!(base.get("pi"), Some(&Value::from("")));
    assert_eq!(base.get("srt"), Some(&json("[1,2,3,4,5,9,15,17,18,23]")));
    assert!(base.contains("ctm"));
    assert_eq!(world.retrieve("Cstranger", "cse-in").status, Status::ORIGINATOR_HAS_NO_PRIVILEGE);
    world.register("Cae1");
    assert_eq!(world.retrieve("Cae1", "/id-in/-").status, Status::OK);
    world.check();
}

#[test]
fn a_cse_without_points_of_access_says_so_by_silence() {
    let poa = |world: &mut World| world.retrieve("CAdmin", "cse-in").attributes().unwrap().get("poa").cloned();
    let mut world = World::new();
    assert_eq!(poa(&mut world), None, "and not by an empty list");
    let mut world = World::with(|config| config.points_of_access = vec!["http://cse.example".into()]);
    assert_eq!(poa(&mut world), Some(json(r#"["http://cse.example"]"#)));
    // The same tree comes back without them.
    let mut world = World::over(world.store.clone(), |_| ());
    assert_eq!(poa(&mut world), None);
    world.check();
}

#[test]
fn an_ae_is_registered_found_under_all_its_addresses_and_gone_with_its_subtree() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    for to in ["Cae1", "cse-in/Cae1", "-/Cae1", "/id-in/Cae1", "/id-in/cse-in/Cae1", "//acme.example.com/id-in/-/Cae1"]
    {
        let response = world.retrieve("Cae1", to);
        assert_eq!(response.status, Status::OK, "{to}");
        assert_eq!(response.attributes().unwrap().get("aei"), Some(&Value::from("Cae1")));
    }
    let again = world.create("Cae1", "cse-in", 2, r#"{"m2m:ae":{"api":"Napp","rr":false,"srv":["3"]}}"#);
    assert_eq!(again.status, Status::ORIGINATOR_HAS_ALREADY_REGISTERED);
    assert_eq!(world.delete("Cae1", "Cae1").status, Status::DELETED);
    for to in ["Cae1", "cse-in/Cae1/c", "cse-in/Cae1/c/la"] {
        assert_eq!(world.retrieve("CAdmin", to).status, Status::NOT_FOUND, "{to}");
    }
    world.register("Cae1");
    world.check();
}

#[test]
fn a_cse_assigns_identifiers_to_those_who_bring_none() {
    let mut world = World::new();
    for (from, first) in [("", 'C'), ("C", 'C'), ("S", 'S')] {
        let response = world.create(from, "cse-in", 2, r#"{"m2m:ae":{"api":"Napp","rr":false,"srv":["3"]}}"#);
        assert_eq!(response.status, Status::CREATED);
        let ae = response.attributes().unwrap();
        let id = ae.get("aei").unwrap().as_text().unwrap().to_owned();
        assert!(id.starts_with(first) && id.len() > 1, "{id}");
        assert_eq!(ae.get("ri"), ae.get("aei"));
        assert_eq!(world.retrieve(&id, &id).status, Status::OK);
    }
}

#[test]
fn the_oldest_leaves_when_the_container_is_full() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","mni":3}}"#);
    for n in 0..5 {
        assert_eq!(world.instance("Cae1", "cse-in/Cae1/c", &n.to_string()).status, Status::CREATED);
    }
    assert_eq!(world.attribute("cse-in/Cae1/c", "cni"), Value::Int(3));
    assert_eq!(world.attribute("cse-in/Cae1/c", "cbs"), Value::Int(3));
    assert_eq!(world.attribute("cse-in/Cae1/c", "st"), Value::Int(5));
    assert_eq!(world.attribute("cse-in/Cae1/c/ol", "con"), Value::from("2"));
    assert_eq!(world.attribute("cse-in/Cae1/c/la", "con"), Value::from("4"));
    world.check();
}

#[test]
fn an_instance_larger_than_the_container_is_not_acceptable_and_a_large_one_displaces_several() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","mbs":10}}"#);
    assert_eq!(world.instance("Cae1", "cse-in/Cae1/c", "12345678901").status, Status::NOT_ACCEPTABLE);
    for _ in 0..4 {
        world.instance("Cae1", "cse-in/Cae1/c", "abc");
    }
    assert_eq!(world.attribute("cse-in/Cae1/c", "cni"), Value::Int(3));
    world.instance("Cae1", "cse-in/Cae1/c", "abcdefgh");
    assert_eq!(world.attribute("cse-in/Cae1/c", "cni"), Value::Int(1));
    assert_eq!(world.attribute("cse-in/Cae1/c", "cbs"), Value::Int(8));
    world.check();
}

#[test]
fn latest_follows_deletion_from_both_ends() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    for n in 0..4 {
        world.instance("Cae1", "cse-in/Cae1/c", &n.to_string());
    }
    world.delete("Cae1", "cse-in/Cae1/c/la");
    world.delete("Cae1", "cse-in/Cae1/c/ol");
    assert_eq!(world.attribute("cse-in/Cae1/c/la", "con"), Value::from("2"));
    assert_eq!(world.attribute("cse-in/Cae1/c/ol", "con"), Value::from("1"));
    world.delete("Cae1", "cse-in/Cae1/c/la");
    world.delete("Cae1", "cse-in/Cae1/c/la");
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c/la").status, Status::NOT_FOUND);
    world.check();
}

#[test]
fn children_never_outlive_their_parents_and_everybody_goes_on_time() {
    let mut world = World::new();
    world.register("Cae1");
    let short = world.now.plus_seconds(10).to_string();
    let long = world.now.plus_seconds(1000).to_string();
    world.update("Cae1", "Cae1", &format!(r#"{{"m2m:ae":{{"et":"{short}"}}}}"#));
    let cnt = world.create("Cae1", "Cae1", 3, &format!(r#"{{"m2m:cnt":{{"rn":"c","et":"{long}"}}}}"#));
    assert_eq!(cnt.attributes().unwrap().get("et"), Some(&Value::from(short)), "cut down to the parent's");
    // The parent's life is extended; the child's is not.
    world.update("Cae1", "Cae1", &format!(r#"{{"m2m:ae":{{"et":"{long}"}}}}"#));
    world.pass(11);
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c").status, Status::NOT_FOUND);
    assert_eq!(world.retrieve("Cae1", "Cae1").status, Status::OK);
    world.check();
    world.pass(1000);
    assert_eq!(world.retrieve("CAdmin", "Cae1").status, Status::NOT_FOUND);
    world.check();
}

#[test]
fn instances_of_a_certain_age_leave_and_a_lowered_age_counts_at_once() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","mia":100}}"#);
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    world.pass(50);
    world.instance("Cae1", "cse-in/Cae1/c", "2");
    world.pass(51);
    assert_eq!(world.attribute("cse-in/Cae1/c", "cni"), Value::Int(1));
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"mia":60}}"#);
    world.pass(5);
    assert_eq!(world.attribute("cse-in/Cae1/c", "cni"), Value::Int(1));
    world.pass(5);
    assert_eq!(world.attribute("cse-in/Cae1/c", "cni"), Value::Int(0));
    world.check();
}

#[test]
fn a_restart_forgets_nothing() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","mni":2}}"#);
    for n in 0..3 {
        world.instance("Cae1", "cse-in/Cae1/c", &n.to_string());
    }
    let before = world.retrieve("Cae1", "cse-in/Cae1/c").value();
    world.restart();
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c").value(), before);
    let id = world.instance("Cae1", "cse-in/Cae1/c", "3").created.unwrap();
    assert_eq!(world.attribute("cse-in/Cae1/c/la", "ri"), Value::from(id));
    world.check();
}

#[test]
fn many_instances_are_withdrawn_at_once_and_cleared_away_in_pieces() {
    let mut world = World::with(|config| config.limits.clearing_step = 2);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","disr":true}}"#);
    let ids: Vec<_> =
        (0..7).map(|n| world.instance("Cae1", "cse-in/Cae1/c", &n.to_string()).created.unwrap()).collect();
    world.update("Cae1", "cse-in/Cae1/c", r#"{"m2m:cnt":{"disr":false}}"#);
    assert_eq!(world.attribute("cse-in/Cae1/c", "cni"), Value::Int(0));
    for id in ids.iter().map(|id| id.as_str()).chain(["cse-in/Cae1/c/la", "cse-in/Cae1/c/ol"]) {
        assert_eq!(world.retrieve("Cae1", id).status, Status::NOT_FOUND, "{id}");
        assert_eq!(world.delete("Cae1", id).status, Status::NOT_FOUND, "{id}");
    }
    assert_eq!(world.discover("Cae1", "cse-in/Cae1", &[("ty", "4")]), Vec::<String>::new());
    let new = world.instance("Cae1", "cse-in/Cae1/c", "new").created.unwrap();
    assert_eq!(world.delete("Cae1", "cse-in/Cae1/c/la").status, Status::DELETED);
    assert_eq!(world.retrieve("Cae1", &new).status, Status::NOT_FOUND);
    assert_eq!(world.retrieve("Cae1", "cse-in/Cae1/c/la").status, Status::NOT_FOUND);
    world.restart();
    world.instance("Cae1", "cse-in/Cae1/c", "last");
    world.check();
    assert_eq!(world.attribute("cse-in/Cae1/c/ol", "con"), Value::from("last"));
}

#[test]
fn a_damaged_record_keeps_its_damage_to_itself() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","mni":3}}"#);
    let ids: Vec<_> =
        (0..3).map(|n| world.instance("Cae1", "cse-in/Cae1/c", &n.to_string()).created.unwrap()).collect();
    world.damage(&ids[0]);
    world.restart();
    assert_eq!(world.retrieve("Cae1", &ids[0]).status, Status::INTERNAL_SERVER_ERROR);
    assert_eq!(world.retrieve("Cae1", &ids[1]).status, Status::OK);
    assert_eq!(world.discover("Cae1", "cse-in/Cae1/c", &[]).len(), 2);
    // Newer ones still come in, and the damaged one leaves when its time has come.
    for n in 3..6 {
        assert_eq!(world.instance("Cae1", "cse-in/Cae1/c", &n.to_string()).status, Status::CREATED);
    }
    assert_eq!(world.attribute("cse-in/Cae1/c/la", "con"), Value::from("5"));
    let reader = world.engine.reader();
    let report = crate::tree::check(&reader.core().tree.snapshot(), |_| ()).unwrap();
    assert!(report.findings.iter().any(|finding| finding.what.contains("checksum")), "{report:?}");
}

#[test]
fn a_large_subtree_is_gone_at_once_and_cleared_away_in_pieces() {
    let mut world = World::with(|config| config.limits.clearing_step = 7);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","lbl":["deep"]}}"#);
    for n in 0..5 {
        world.create("Cae1", "cse-in/Cae1/c", 3, &format!(r#"{{"m2m:cnt":{{"rn":"d{n}","lbl":["deep"]}}}}"#));
        for m in 0..20 {
            world.instance("Cae1", &format!("cse-in/Cae1/c/d{n}"), &m.to_string());
        }
    }
    let inner = world.retrieve("Cae1", "cse-in/Cae1/c/d3").attributes().unwrap().get("ri").cloned().unwrap();
    assert_eq!(world.delete("Cae1", "cse-in/Cae1/c").status, Status::DELETED);
    assert_eq!(world.retrieve("Cae1", inner.as_text().unwrap()).status, Status::NOT_FOUND);
    assert_eq!(world.discover("Cae1", "cse-in", &[("lbl", "deep")]), Vec::<String>::new());
    world.restart();
    world.check();
}
