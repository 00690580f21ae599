//! Searches, held against a slow reading of the clauses (TS-0004 7.3.3.14, 7.3.3.17).

use proptest::prelude::*;

use super::forest::{self, Forest, Step};
use super::oracle::{Criterion, Oracle};
use super::{World, addresses, criteria};
use crate::engine::{Input, Output};
use crate::primitive::{ContentStatus, DiscoveryResultType, Request, Response, Status};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() }
}

fn discovery(root: &str, wanted: &[Criterion]) -> Request {
    let mut all = vec![("fu", "1")];
    all.extend(wanted.iter().map(|(name, value)| (&**name, &**value)));
    Request::retrieve(root).from("CAdmin").filtered(criteria(&all))
}

fn search(world: &mut World, root: &str, wanted: &[Criterion]) -> Vec<String> {
    let response = world.send(discovery(root, wanted));
    assert_eq!(response.status, Status::OK, "{:?}", response.value());
    addresses(&response)
}

/// Grows a tree and holds every search against the oracle, from the root and from an AE.
fn agree(subtree: usize, steps: &[Step], searches: &[Vec<Criterion>]) -> Result<(), TestCaseError> {
    let mut forest = Forest::plant(World::with(|config| config.limits.walked_subtree = subtree));
    forest.grow(steps);
    let mut world = forest.world;
    let mut ids = forest.ids;
    // The administration policy was there before everybody else.
    ids.insert(0, "cse-in/acpAdministration".into());
    for root in ["cse-in", "Cae1"] {
        let oracle = Oracle::look(&mut world, root, &ids);
        for wanted in searches {
            let expected: Vec<String> = oracle.find(wanted).iter().map(|seen| seen.path.clone()).collect();
            let prefix = if root == "cse-in" { "" } else { "cse-in/" };
            let expected: Vec<String> = expected.into_iter().map(|path| format!("{prefix}{path}")).collect();
            prop_assert_eq!(search(&mut world, root, wanted), expected, "{} {:?}", root, wanted);
        }
    }
    world.check();
    Ok(())
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn a_small_tree_is_searched_as_the_clauses_say(
        steps in prop::collection::vec(forest::step(), 0..40),
        searches in prop::collection::vec(forest::criteria(), 1..12),
    ) {
        agree(512, &steps, &searches)?;
    }

    /// With a bound of nothing every search goes through the index that its criteria ask for.
    #[test]
    fn an_index_finds_what_a_walk_would(
        steps in prop::collection::vec(forest::step(), 0..40),
        searches in prop::collection::vec(forest::criteria(), 1..12),
    ) {
        agree(0, &steps, &searches)?;
    }
}

#[test]
fn a_large_tree_is_searched_through_its_indexes() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    let mut ids = vec!["cse-in/acpAdministration".into(), "Cae1".into(), "cse-in/Cae1/c".into()];
    for n in 0..600 {
        let label = if n % 50 == 0 { r#","lbl":["rare","rarely"]"# } else { r#","lbl":["often"]"# };
        let content = format!(r#"{{"m2m:cin":{{"con":"{n}"{label}}}}}"#);
        ids.push(world.create("Cae1", "cse-in/Cae1/c", 4, &content).created.unwrap().to_string());
    }
    let oracle = Oracle::look(&mut world, "cse-in", &ids);
    for wanted in [
        vec![("lbl", "rare")],
        vec![("lbl", "rare rarely")],
        vec![("ty", "2 3")],
        vec![("cra", "20261121T013000,3")],
        vec![("ms", "20261121T013000,5")],
    ] {
        let wanted: Vec<Criterion> = wanted.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        let expected: Vec<&str> = oracle.find(&wanted).iter().map(|seen| &*seen.path).collect();
        assert!(!expected.is_empty(), "{wanted:?}");
        assert_eq!(search(&mut world, "cse-in", &wanted), expected, "{wanted:?}");
    }
}

#[test]
fn labels_that_begin_alike_are_told_apart() {
    let mut world = World::with(|config| config.limits.walked_subtree = 0);
    world.register("Cae1");
    for (name, labels) in [("one", r#""a","a\u0000b""#), ("two", r#""a""#), ("three", r#""a\u0000zzzzzzzzz""#)] {
        let content = format!(r#"{{"m2m:cnt":{{"rn":"{name}","lbl":[{labels}]}}}}"#);
        world.create("Cae1", "Cae1", 3, &content);
    }
    assert_eq!(world.discover("Cae1", "cse-in", &[("lbl", "a")]), ["cse-in/Cae1/one", "cse-in/Cae1/two"]);
    assert_eq!(world.discover("Cae1", "cse-in", &[("lbl", "a"), ("lbl", "none")]).len(), 2);
}

#[test]
fn a_label_of_any_length_is_found() {
    let mut world = World::with(|config| config.limits.walked_subtree = 0);
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    let long = "l".repeat(70_000);
    let other = format!("{long}x");
    let set = format!(r#"{{"m2m:cnt":{{"lbl":["{long}","{other}"]}}}}"#);
    assert_eq!(world.update("Cae1", "cse-in/Cae1/c", &set).status, Status::UPDATED);
    assert_eq!(world.discover("Cae1", "cse-in", &[("lbl", &other)]), ["cse-in/Cae1/c"]);
    world.check();
    let set = format!(r#"{{"m2m:cnt":{{"lbl":["{other}"]}}}}"#);
    assert_eq!(world.update("Cae1", "cse-in/Cae1/c", &set).status, Status::UPDATED);
    assert_eq!(world.discover("Cae1", "cse-in", &[("lbl", &long)]), Vec::<String>::new());
    assert_eq!(world.discover("Cae1", "cse-in", &[("lbl", &other)]), ["cse-in/Cae1/c"]);
    world.check();
}

/// Requests that share a commit see each other, whatever index answers.
#[test]
fn a_search_sees_what_was_created_a_moment_before() {
    let mut world = World::with(|config| config.limits.walked_subtree = 0);
    world.register("Cae1");
    world.pass(10);
    let now = world.now;
    let mut create = Request::create("Cae1", 3, "m2m:cnt", crate::value::Map::from_iter([("rn", "c")]));
    create = create.from("Cae1").identified("a");
    let since = now.plus_micros(-5).to_string();
    let mut inputs = vec![Input::Request(0, Box::new(create))];
    for tag in ["cra", "ms"] {
        let request = discovery("cse-in", &[(tag.into(), since.clone())]).identified(tag);
        inputs.push(Input::Request(1, Box::new(request)));
    }
    let replies: Vec<Response> = world.engine.handle_all(inputs, now).into_iter().filter_map(reply).collect();
    for reply in &replies[1..] {
        assert_eq!(addresses(reply), ["cse-in/Cae1/c"]);
    }
}

fn reply(output: Output) -> Option<Response> {
    match output {
        Output::Reply(_, response) => Some(*response),
        Output::Changed(_) | Output::Call(_) => None,
    }
}

#[test]
fn a_path_is_applied_to_each_match() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c","lbl":["here"]}}"#);
    world.create("Cae1", "cse-in/Cae1/c", 3, r#"{"m2m:cnt":{"rn":"d","lbl":["here"]}}"#);
    world.instance("Cae1", "cse-in/Cae1/c", "1");
    let name = world.attribute("cse-in/Cae1/c/la", "rn");
    let latest = format!("cse-in/Cae1/c/{}", name.as_text().unwrap());
    for (path, expected) in [
        ("la", vec![&*latest]),
        ("..", vec!["cse-in/Cae1", "cse-in/Cae1/c"]),
        ("../c", vec!["cse-in/Cae1/c"]),
        ("d/../la", vec![&latest]),
        ("../../..", vec!["cse-in"]),
        ("../../../..", vec![]),
        ("nowhere", vec![]),
    ] {
        let found = world.discover("CAdmin", "cse-in", &[("lbl", "here"), ("arp", path)]);
        assert_eq!(found, expected, "{path}");
    }
}

/// TS-0004 7.3.3.14: an AE that is not active is not considered, nor is what lies below it.
#[test]
fn an_inactive_ae_hides_its_subtree_from_discovery() {
    for walked_subtree in [0, 512] {
        let mut world = World::with(|config| config.limits.walked_subtree = walked_subtree);
        world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
        assert_eq!(world.update("Cae1", "Cae1", r#"{"m2m:ae":{"regs":2}}"#).status, Status::UPDATED);
        assert_eq!(world.discover("Cae1", "cse-in", &[("ty", "2 3")]), Vec::<String>::new());
        assert_eq!(world.discover("Cae1", "Cae1", &[("ty", "3")]), ["cse-in/Cae1/c"], "itself is asked, not found");
        world.update("Cae1", "Cae1", r#"{"m2m:ae":{"regs":1}}"#);
        assert_eq!(world.discover("Cae1", "cse-in", &[("ty", "2 3")]), ["cse-in/Cae1", "cse-in/Cae1/c"]);
    }
}

/// TS-0001 8.1.2: each condition on a child may be met by another child.
#[test]
fn different_attributes_of_children_are_different_conditions() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    for content in [r#""rn":"x","mni":1"#, r#""rn":"y","mbs":2"#] {
        world.create("Cae1", "cse-in/Cae1/c", 3, &format!(r#"{{"m2m:cnt":{{{content}}}}}"#));
    }
    for (mbs, fo, found) in [("2", "1", true), ("3", "1", false), ("3", "2", true), ("2", "3", false)] {
        let wanted = [("c.mni", "1"), ("c.mbs", mbs), ("fo", fo)];
        assert_eq!(world.discover("Cae1", "Cae1", &wanted).contains(&"cse-in/Cae1/c".to_owned()), found, "{wanted:?}");
    }
}

#[test]
fn unstructured_addresses_are_resource_identifiers() {
    let mut world = World::new();
    world.furnish("Cae1", r#"{"m2m:cnt":{"rn":"c"}}"#);
    let id = world.attribute("cse-in/Cae1/c", "ri");
    let mut request = discovery("Cae1", &[]);
    request.discovery_result_type = Some(DiscoveryResultType::Unstructured);
    let response = world.send(request);
    assert_eq!(addresses(&response), [id.as_text().unwrap()]);
    assert_eq!(response.content_status, None::<ContentStatus>);
}
