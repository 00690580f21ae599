//! Random days: requests of several originators, time, restarts. Whatever happened, the tree is in order, the log of
//! changes tells all of it, and every store answers alike.

#[cfg(feature = "fjall")]
use std::sync::Arc;

use proptest::prelude::*;

use super::ledger::Ledger;
use super::{World, criteria, json};
use crate::primitive::{Operation, Request, Response, ResultContent};
use crate::value::AbsRelTimestamp;

/// What happens next. Numbers choose from small sets, so that names collide and resources are met again.
#[derive(Clone, Debug)]
enum Event {
    Register(usize),
    Create { from: usize, place: Vec<usize>, ty: u32, name: Option<usize>, attributes: usize },
    Update { from: usize, place: Vec<usize>, attributes: usize },
    Delete { from: usize, place: Vec<usize>, end: usize },
    Retrieve { from: usize, place: Vec<usize>, end: usize, rcn: i64 },
    Discover { from: usize, label: usize },
    Later(Box<Event>, i64),
    Pass(i64),
    Restart,
}

const ORIGINATORS: [&str; 4] = ["CAdmin", "Cae0", "Cae1", "Cae1"];
const ENDS: [&str; 5] = ["", "", "/la", "/ol", "/i0"];
const CONTAINER: [&str; 9] = [
    r#""mni":2"#,
    r#""mbs":5"#,
    r#""mia":20"#,
    r#""lbl":["a","b"]"#,
    r#""et":"20261121T013030""#,
    r#""disr":true"#,
    "",
    r#""mni":0"#,
    r#""et":"20261121T013120","lbl":["a"]"#,
];
const CHANGE: [&str; 9] = [
    r#""mni":1"#,
    r#""mbs":2"#,
    r#""mia":10"#,
    r#""lbl":["b"]"#,
    r#""et":"20261121T013130""#,
    r#""disr":false"#,
    r#""lbl":null,"mni":null"#,
    r#""et":null"#,
    r#""mia":1"#,
];
const INSTANCE: [&str; 4] =
    [r#""con":"abc""#, r#""con":{"a":1}"#, r#""con":"x","et":"20261121T013025""#, r#""con":"yy","lbl":["a"]"#];

fn event() -> impl Strategy<Value = Event> {
    let place = || prop::collection::vec(0_usize..2, 1..4);
    let from = || 0..ORIGINATORS.len();
    let request = prop_oneof![
        2 => (0_usize..2).prop_map(Event::Register),
        4 => (from(), place(), prop::option::of(0_usize..2), 0..9_usize)
            .prop_map(|(from, place, name, attributes)| Event::Create { from, place, ty: 3, name, attributes }),
        8 => (from(), place(), prop::option::of(0_usize..2), 0..9_usize)
            .prop_map(|(from, place, name, attributes)| Event::Create { from, place, ty: 4, name, attributes }),
        4 => (from(), place(), 0..9_usize).prop_map(|(from, place, attributes)| Event::Update { from, place, attributes }),
        2 => (from(), place(), 0..5_usize).prop_map(|(from, place, end)| Event::Delete { from, place, end }),
        2 => (from(), place(), 0..5_usize, 1..10_i64)
            .prop_map(|(from, place, end, rcn)| Event::Retrieve { from, place, end, rcn }),
        1 => (from(), 0..3_usize).prop_map(|(from, label)| Event::Discover { from, label }),
    ];
    let later = (request.clone(), 1_i64..40).prop_map(|(event, seconds)| Event::Later(Box::new(event), seconds));
    prop_oneof![
        30 => request,
        1 => later,
        5 => prop::sample::select(vec![1_i64, 5, 30, 100]).prop_map(Event::Pass),
        1 => Just(Event::Restart),
    ]
}

/// `cse-in/Cae0/c1/c0`.
fn path(place: &[usize]) -> String {
    let inner: String = place[1..].iter().map(|name| format!("/c{name}")).collect();
    format!("cse-in/Cae{}{inner}", place[0])
}

fn request(event: &Event) -> Option<Request> {
    let with = |mut request: Request, content: String| {
        request.content = Some(json(&content));
        request
    };
    Some(match event {
        Event::Register(ae) => {
            let mut request = Request::new(Operation::Create, "cse-in").from(format!("Cae{ae}"));
            request.resource_type = Some(2);
            with(request, format!(r#"{{"m2m:ae":{{"rn":"Cae{ae}","api":"Napp","rr":false,"srv":["3"]}}}}"#))
        }
        Event::Create { from, place, ty, name, attributes } => {
            let mut request = Request::new(Operation::Create, path(place)).from(ORIGINATORS[*from]);
            request.resource_type = Some(*ty);
            let (root, prefix, all) = if *ty == 3 { ("cnt", "c", &CONTAINER[..]) } else { ("cin", "i", &INSTANCE[..]) };
            let mut parts: Vec<String> = name.iter().map(|name| format!(r#""rn":"{prefix}{name}""#)).collect();
            parts.push(all[attributes % all.len()].to_owned());
            parts.retain(|part| !part.is_empty());
            with(request, format!(r#"{{"m2m:{root}":{{{}}}}}"#, parts.join(",")))
        }
        Event::Update { from, place, attributes } => {
            let root = if place.len() == 1 { "ae" } else { "cnt" };
            let request = Request::new(Operation::Update, path(place)).from(ORIGINATORS[*from]);
            with(request, format!(r#"{{"m2m:{root}":{{{}}}}}"#, CHANGE[*attributes]))
        }
        Event::Delete { from, place, end } => {
            Request::delete(format!("{}{}", path(place), ENDS[*end])).from(ORIGINATORS[*from])
        }
        Event::Retrieve { from, place, end, rcn } => {
            let mut request = Request::retrieve(format!("{}{}", path(place), ENDS[*end])).from(ORIGINATORS[*from]);
            request.result_content = ResultContent::from_number(*rcn);
            request
        }
        Event::Discover { from, label } => {
            let label = ["a", "b", "none"][*label];
            Request::retrieve("cse-in").from(ORIGINATORS[*from]).filtered(criteria(&[("fu", "1"), ("lbl", label)]))
        }
        Event::Later(event, seconds) => {
            let mut request = request(event)?;
            request.operation_execution_time = Some(AbsRelTimestamp::After(seconds * 1000));
            request
        }
        Event::Pass(_) | Event::Restart => return None,
    })
}

/// Lets something happen; answers what was said about it, at once or when its time had come.
fn happen(world: &mut World, event: &Event) -> Option<Response> {
    world.last_deferred = None;
    match (request(event), event) {
        (Some(mut request), _) => world.try_send(&mut request),
        (None, Event::Pass(seconds)) => {
            world.pass(*seconds);
            world.last_deferred.take()
        }
        (None, _) => {
            world.restart();
            None
        }
    }
}

fn small_steps(config: &mut crate::config::CseConfig) {
    config.limits.clearing_step = 2;
    config.cache_entries = 32;
}

fn settings(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 2000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings(40))]

    #[test]
    fn whatever_happens_the_tree_is_in_order_and_the_log_complete(events in prop::collection::vec(event(), 1..70)) {
        let mut world = World::with(small_steps);
        world.register("Cae0");
        let mut log = Ledger::default();
        for event in &events {
            happen(&mut world, event);
            log.read(&mut world.changes)?;
        }
        world.check();
        log.read(&mut world.changes)?;
        log.agrees(&mut world)?;
        world.restart();
        log.agrees(&mut world)?;
        world.pass(100_000_000_000);
        log.read(&mut world.changes)?;
        world.check();
        prop_assert!(log.is_empty(), "everybody goes in the end");
    }
}

#[cfg(feature = "fjall")]
mod durable {
    use super::*;
    use crate::store::fjall::{FjallConfig, FjallStore};

    proptest! {
        #![proptest_config(settings(10))]

        #[test]
        fn a_durable_store_answers_like_memory(events in prop::collection::vec(event(), 1..60)) {
            let directory = tempfile::tempdir().unwrap();
            let open = || Arc::new(FjallStore::open(directory.path(), &FjallConfig::default()).unwrap());
            let mut memory = World::with(small_steps);
            let mut disk = World::over(open(), small_steps);
            for event in &events {
                let (one, other) = (happen(&mut memory, event), happen(&mut disk, event));
                prop_assert_eq!(one, other, "{:?}", event);
            }
            disk.check();
            let mut log = Ledger::default();
            log.read(&mut disk.changes)?;
            let now = disk.now;
            drop(disk);
            let mut disk = World::over(open(), small_steps);
            disk.now = now;
            log.agrees(&mut disk)?;
            disk.check();
        }
    }

    /// A store bounds its keys; a label is as long as it likes.
    #[test]
    fn a_long_label_fits_into_a_durable_store() {
        let directory = tempfile::tempdir().unwrap();
        let store = FjallStore::open(directory.path(), &FjallConfig::default()).unwrap();
        let mut world = World::over(Arc::new(store), |config| config.limits.walked_subtree = 0);
        let label = "l".repeat(70_000);
        world.furnish("Cae1", &format!(r#"{{"m2m:cnt":{{"rn":"c","lbl":["{label}"]}}}}"#));
        assert_eq!(world.discover("Cae1", "cse-in", &[("lbl", &label)]), ["cse-in/Cae1/c"]);
        world.check();
    }
}
