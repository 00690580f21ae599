//! Requests through a group, engine alone: `cargo bench --bench group`. Prints the median and the worst of each kind, beside
//! as many requests sent one by one within one commit.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a measurement that goes wrong stops")]

mod support;

use std::sync::Arc;
use std::time::Instant;

use onem2m_cse::CseConfig;
use onem2m_cse::engine::{Engine, Input, Output};
use onem2m_cse::primitive::{Request, ResultContent};
use onem2m_cse::resource::Behaviours;
use onem2m_cse::schema::Registry;
use onem2m_cse::store::Store;
use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
use onem2m_cse::store::memory::MemoryStore;
use onem2m_cse::value::{Map, Timestamp, Value};

const MEMBERS: usize = 1000;

fn main() {
    let rounds = if support::smoke() { 3 } else { 60 };
    let folder = tempfile::tempdir().unwrap();
    let fjall = FjallStore::open(folder.path().join("data"), &FjallConfig::default()).unwrap();
    println!("{:<56}{:>12}{:>12}", format!("{MEMBERS} members, {rounds} rounds"), "median ms", "worst ms");
    for (name, store) in
        [("memory", Arc::new(MemoryStore::new()) as Arc<dyn Store>), ("fjall, synced", Arc::new(fjall))]
    {
        let mut engine = furnished(store);
        report(&format!("{name}: CREATE through the group"), rounds, || {
            handle(&mut engine, vec![instance("cse-in/Cbench/g/fopt".into())]);
        });
        report(&format!("{name}: as many CREATEs, one commit"), rounds, || {
            let all = (0..MEMBERS).map(|n| instance(format!("cse-in/Cbench/c{n}"))).collect();
            handle(&mut engine, all);
        });
        report(&format!("{name}: RETRIEVE of all, by the engine"), rounds, || {
            handle(&mut engine, vec![Request::retrieve("cse-in/Cbench/g/fopt")]);
        });
        let reader = engine.reader();
        report(&format!("{name}: RETRIEVE of all latest, by a reader"), rounds, || {
            let request = Request::retrieve("cse-in/Cbench/g/fopt/la").from("Cbench").identified("r");
            assert!(reader.read(&request, Timestamp::now()).unwrap().status.is_success());
        });
        report(&format!("{name}: UPDATE through the group"), rounds, || {
            let labels = Map::from_iter([("lbl", vec!["l"])]);
            handle(&mut engine, vec![Request::update("cse-in/Cbench/g/fopt", "m2m:cnt", labels)]);
        });
    }
}

fn instance(to: String) -> Request {
    let content = Map::from_iter([("cnf", Value::from("text/plain:0")), ("con", "4711;21.5;51.0".into())]);
    Request::create(to, 4, "m2m:cin", content).wanting(ResultContent::Nothing)
}

fn report(what: &str, rounds: usize, mut work: impl FnMut()) {
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{what:<56}{:>12.2}{:>12.2}", times[times.len() / 2], times[times.len() - 1]);
}

fn furnished(store: Arc<dyn Store>) -> Engine {
    let (config, registry) = (CseConfig::default(), Registry::standard().unwrap());
    let mut engine = Engine::new(config, registry, Behaviours::standard(), store, Timestamp::now()).unwrap();
    let ae = Map::from_iter([
        ("rn", Value::from("Cbench")),
        ("api", "Nb".into()),
        ("rr", false.into()),
        ("srv", vec!["3"].into()),
    ]);
    let mut all = vec![Request::create("cse-in", 2, "m2m:ae", ae)];
    for n in 0..MEMBERS {
        let container = Map::from_iter([("rn", Value::from(format!("c{n}")))]);
        all.push(Request::create("cse-in/Cbench", 3, "m2m:cnt", container));
    }
    let members: Vec<String> = (0..MEMBERS).map(|n| format!("cse-in/Cbench/c{n}")).collect();
    let group = Map::from_iter([("rn", Value::from("g")), ("mnm", (MEMBERS as u64).into()), ("mid", members.into())]);
    all.push(Request::create("cse-in/Cbench", 9, "m2m:grp", group));
    handle(&mut engine, all);
    engine
}

fn handle(engine: &mut Engine, requests: Vec<Request>) {
    let inputs =
        requests.into_iter().map(|request| Input::Request(0, Box::new(request.from("Cbench").identified("r"))));
    for output in engine.handle_all(inputs.collect(), Timestamp::now()) {
        assert!(matches!(&output, Output::Reply(_, response) if response.status.is_success()), "{output:?}");
    }
}
