//! Whatever somebody without privileges sends, nothing is told and nothing is changed.

use proptest::prelude::*;

use super::{World, criteria, json};
use crate::primitive::{Operation, Request, ResultContent};
use crate::value::Value;

/// Stands in every attribute of every resource that an originator could choose.
const SECRET: &str = "sEcReT";

/// Rules of which none grants Cthief anything, though many come close.
const RULES: [&str; 11] = [
    r#"{"acor":["Cowner"],"acop":63}"#,
    r#"{"acor":["Cthie","Cthieff","cthief"],"acop":63}"#,
    r#"{"acor":["/id-other/Cthief","//else/id-in/Cthief"],"acop":63}"#,
    r#"{"acor":["all"],"acop":63,"acaf":true}"#,
    r#"{"acor":["all"],"acop":63,"acco":[{"actw":["* * 5 * * * *"]}]}"#,
    r#"{"acor":["Cthief"],"acop":63,"acco":[{"acip":{"ipv4":["192.0.2.1"]}}]}"#,
    r#"{"acor":["all"],"acop":63,"acod":[{"ty":23,"chty":[4]}]}"#,
    r#"{"acor":["all"],"acop":63,"aca":[]}"#,
    r#"{"acor":["Cthief*x","*Cthief?"],"acop":63}"#,
    r#"{"acor":["Cthief"],"acop":16}"#,
    r#"{"acor":[],"acop":63}"#,
];

/// `Cowner/c` with an instance and a container inside, each under a policy of these rules or under none.
fn house(guards: &[Option<Vec<usize>>; 3]) -> World {
    let mut world = World::new();
    world.register("Cthief");
    let ae = format!(
        r#"{{"m2m:ae":{{"rn":"house","api":"N{SECRET}","rr":false,"srv":["3"],"apn":"{SECRET}","lbl":["{SECRET}"]}}}}"#
    );
    assert!(world.create("Cowner", "cse-in", 2, &ae).status.is_success());
    let mut policies = Vec::new();
    for rules in guards.iter() {
        let rules: Option<Vec<&str>> = rules.as_ref().map(|rules| rules.iter().map(|rule| RULES[*rule]).collect());
        policies.push(rules.map(|rules| {
            let list = rules.join(",");
            let own = RULES[0];
            let content = format!(
                r#"{{"m2m:acp":{{"pv":{{"acr":[{list}]}},"pvs":{{"acr":[{own},{list}]}},"lbl":["{SECRET}"]}}}}"#
            );
            let made = world.create("Cowner", "cse-in/house", 1, &content);
            assert!(made.status.is_success(), "{:?}", made.value());
            made.created.unwrap()
        }));
    }
    let acpi = |at: usize| policies[at].as_ref().map_or(String::new(), |id| format!(r#","acpi":["{id}"]"#));
    for (at, parent) in [(0, "cse-in/house"), (1, "cse-in/house/c")] {
        let content = format!(r#"{{"m2m:cnt":{{"rn":"c","lbl":["{SECRET}"],"or":"{SECRET}"{}}}}}"#, acpi(at));
        assert!(world.create("CAdmin", parent, 3, &content).status.is_success());
        let content = format!(r#"{{"m2m:cin":{{"con":"{SECRET}","lbl":["{SECRET}"]}}}}"#);
        assert!(world.create("CAdmin", &format!("{parent}/c"), 4, &content).status.is_success());
    }
    if let Some(id) = &policies[2] {
        let set = format!(r#"{{"m2m:ae":{{"acpi":["{id}"]}}}}"#);
        assert!(world.update("Cowner", "cse-in/house", &set).status.is_success());
    }
    world
}

const TARGETS: [&str; 12] = [
    "cse-in",
    "cse-in/house",
    "Cowner",
    "cse-in/house/c",
    "cse-in/house/c/la",
    "cse-in/house/c/ol",
    "cse-in/house/c/c",
    "cse-in/house/c/c/la",
    "/id-in/-/house/c",
    "cse-in/Cthief",
    "cse-in/acpAdministration",
    "acp-4",
];
const FILTERS: [&[(&str, &str)]; 8] = [
    &[],
    &[("fu", "1")],
    &[("fu", "1"), ("lbl", "sEcReT")],
    &[("fu", "2"), ("lbl", "nothing")],
    &[("fu", "1"), ("arp", "la")],
    &[("fu", "1"), ("arp", "../house/c")],
    &[("con", "s*")],
    &[("fu", "1"), ("fo", "2"), ("ty", "4"), ("p.lbl", "*")],
];
const CONTENTS: [&str; 11] = [
    r#"{"m2m:cnt":{"rn":"c"}}"#,
    r#"{"m2m:cnt":{"acpi":null}}"#,
    r#"{"m2m:cnt":{"cstn":"Cthief"}}"#,
    r#"{"m2m:cin":{"con":"x"}}"#,
    r#"{"m2m:ae":{"apn":"x"}}"#,
    r#"{"m2m:atrl":["lbl","con"]}"#,
    r#"{"m2m:acp":{"pvs":{"acr":[{"acor":["Cthief"],"acop":63}]}}}"#,
    r#"{"m2m:acp":{"rn":"acpAdministration","pv":{"acr":[{"acor":["Cthief"],"acop":63}]},"pvs":{"acr":[{"acor":["Cthief"],"acop":63}]}}}"#,
    r#"{"m2m:cnt":{"acpi":["acp-4"]}}"#,
    r#"{"m2m:ae":{"rn":"Cowner","api":"Nx","rr":true,"srv":["3"]}}"#,
    "{}",
];

fn attempt() -> impl Strategy<Value = Request> {
    let to = || prop::sample::select(&TARGETS[..]);
    let from = || {
        prop::sample::select(vec![
            "Cthief",
            "Cthief",
            "Cthief",
            "*",
            "all",
            "C*",
            "/id-in/Cthief",
            "id-in",
            "Cstranger",
        ])
    };
    let filter = || prop::option::of(prop::sample::select(&FILTERS[..]));
    let writes = prop::sample::select(vec![Operation::Create, Operation::Update, Operation::Delete, Operation::Notify]);
    let content = prop::option::weighted(0.8, prop::sample::select(&CONTENTS[..]));
    let look =
        (to(), from(), prop::sample::select(vec![1_i64, 4, 5, 6, 8, 11, 12]), filter(), prop::bool::weighted(0.1));
    prop_oneof![
        look.prop_map(|(to, from, rcn, filter, partly)| {
            let mut request = Request::retrieve(to).from(from);
            request.content = partly.then(|| json(r#"{"m2m:atrl":["lbl"]}"#));
            request.result_content = ResultContent::from_number(rcn);
            with(request, filter)
        }),
        (writes, to(), from(), content, prop::option::of(0_i64..10), filter(), 1_u32..5).prop_map(
            |(operation, to, from, content, rcn, filter, ty)| {
                let mut request = Request::new(operation, to).from(from);
                request.content = content.map(json);
                request.resource_type = (operation == Operation::Create).then_some(ty);
                request.result_content = rcn.and_then(ResultContent::from_number);
                with(request, filter.filter(|_| operation != Operation::Create))
            }
        ),
    ]
}

fn with(request: Request, filter: Option<&[(&str, &str)]>) -> Request {
    match filter {
        Some(filter) => request.filtered(criteria(filter)),
        None => request,
    }
}

/// Everything in the house, as the administrator sees it.
fn inventory(world: &mut World) -> Value {
    world.retrieve_as("CAdmin", "cse-in/house", 4, &[]).value()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_thief_learns_nothing_and_takes_nothing(
        guards in prop::array::uniform3(prop::option::of(prop::collection::vec(0..RULES.len(), 1..5))),
        attempts in prop::collection::vec(attempt(), 1..50),
    ) {
        let mut world = house(&guards);
        let before = inventory(&mut world);
        prop_assert!(format!("{before:?}").contains(SECRET), "there is something to steal");
        for attempt in attempts {
            let shown = format!("{attempt:?}");
            let response = world.send(attempt);
            prop_assert!(!format!("{:?}", response.value()).contains(SECRET), "{:?} for {}", response.value(), shown);
        }
        world.pass(0);
        prop_assert_eq!(inventory(&mut world), before);
    }
}
