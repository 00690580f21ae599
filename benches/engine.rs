//! The engine alone, no binding: `cargo bench --bench engine`. Prints what one core does, and stores side by side.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a measurement that goes wrong stops")]

mod support;

use std::sync::Arc;
use std::time::Instant;

use onem2m_cse::CseConfig;
use onem2m_cse::engine::{Engine, Input, Output};
use onem2m_cse::primitive::{FilterCriteria, Request, ResultContent};
use onem2m_cse::resource::Behaviours;
use onem2m_cse::schema::Registry;
use onem2m_cse::store::Store;
use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
use onem2m_cse::store::memory::MemoryStore;
use onem2m_cse::value::{Map, Timestamp, Value};

fn main() {
    let smoke = support::smoke();
    let creates = if smoke { 2_000 } else { 100_000 };
    println!("{:<44}{:>12} {:>12}", "CREATE contentInstance, 1,000 containers", "per s", "µs each");
    let folder = tempfile::tempdir().unwrap();
    for batch in [1_u64, 32, 128] {
        let creates = if batch == 1 { creates / 10 } else { creates };
        let fjall = FjallStore::open(folder.path().join(format!("f{batch}")), &FjallConfig::default()).unwrap();
        let memory: Arc<dyn Store> = Arc::new(MemoryStore::new());
        for (name, store) in [("memory", memory), ("fjall, synced", Arc::new(fjall) as Arc<dyn Store>)] {
            let mut engine = furnished(store, 1000);
            let start = Instant::now();
            ingest(&mut engine, creates, batch);
            report(&format!("{name}, {batch} to a commit"), creates, start);
        }
    }
    let sizes: &[u64] = if smoke { &[1_000, 5_000] } else { &[10_000, 100_000, 1_000_000] };
    println!(
        "\n{:<16}{:>14}{:>14}{:>18}{:>12}{:>12}",
        "resources", "RETRIEVE la µs", "CREATE µs", "100 by label ms", "start ms", "RSS MiB"
    );
    for size in sizes {
        growth(*size);
    }
}

/// What an operation costs in a tree of that size.
fn growth(size: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let open = || Arc::new(FjallStore::open(&path, &FjallConfig::default()).unwrap()) as Arc<dyn Store>;
    let containers = (size / 100).max(100);
    let mut engine = furnished(open(), containers);
    ingest_into(&mut engine, size, 512, containers);
    drop(engine);
    let before = Instant::now();
    let mut engine = Engine::new(
        CseConfig::default(),
        Registry::standard().unwrap(),
        Behaviours::standard(),
        open(),
        Timestamp::now(),
    )
    .unwrap();
    let start_ms = before.elapsed().as_secs_f64() * 1000.0;
    let reader = engine.reader();
    let reads = 20_000;
    let before = Instant::now();
    for n in 0..reads {
        let request =
            Request::retrieve(format!("cse-in/Cbench/c{}/la", n * 7919 % containers)).from("Cbench").identified("r");
        assert!(reader.read(&request, Timestamp::now()).unwrap().status.is_success());
    }
    let read_us = before.elapsed().as_secs_f64() * 1e6 / reads as f64;
    let criteria = FilterCriteria { labels: vec!["rare".into()], ..FilterCriteria::discovery() };
    let search = Request::retrieve("cse-in/Cbench").from("Cbench").identified("r").filtered(criteria);
    let before = Instant::now();
    let rounds = 20;
    for _ in 0..rounds {
        let found = reader.read(&search, Timestamp::now()).unwrap();
        assert_eq!(found.value().as_map().unwrap().single().unwrap().1.as_list().unwrap().len(), 100);
    }
    let search_ms = before.elapsed().as_secs_f64() * 1e3 / f64::from(rounds);
    let writes = 20_000;
    let before = Instant::now();
    ingest_into(&mut engine, writes, 128, containers);
    let write_us = before.elapsed().as_secs_f64() * 1e6 / writes as f64;
    let rss = support::resident_mib().unwrap_or(f64::NAN);
    println!("{size:<16}{read_us:>14.2}{write_us:>14.2}{search_ms:>18.3}{start_ms:>12.1}{rss:>12.0}");
}

fn furnished(store: Arc<dyn Store>, containers: u64) -> Engine {
    let config = CseConfig::default();
    let mut engine =
        Engine::new(config, Registry::standard().unwrap(), Behaviours::standard(), store, Timestamp::now()).unwrap();
    let ae = Map::from_iter([
        ("rn", Value::from("Cbench")),
        ("api", "Nb".into()),
        ("rr", false.into()),
        ("srv", vec!["3"].into()),
    ]);
    one(&mut engine, Request::create("cse-in", 2, "m2m:ae", ae));
    for n in 0..containers {
        let mut container = Map::from_iter([("rn", Value::from(format!("c{n}"))), ("mni", 50_u32.into())]);
        if n % (containers / 100).max(1) == 0 && n / (containers / 100).max(1) < 100 {
            container.set("lbl", vec!["rare"]);
        }
        if containers > 1000 {
            container.remove("mni");
        }
        one(&mut engine, Request::create("cse-in/Cbench", 3, "m2m:cnt", container));
    }
    engine
}

fn one(engine: &mut Engine, request: Request) {
    let request = request.from("Cbench").identified("r").wanting(ResultContent::Nothing);
    let outputs = engine.handle(Input::Request(0, Box::new(request)), Timestamp::now());
    assert!(matches!(&outputs[0], Output::Reply(_, response) if response.status.is_success()), "{outputs:?}");
}

fn ingest(engine: &mut Engine, creates: u64, batch: u64) {
    ingest_into(engine, creates, batch, 1000);
}

fn ingest_into(engine: &mut Engine, creates: u64, batch: u64, containers: u64) {
    let mut n = 0;
    while n < creates {
        let inputs = (n..creates.min(n + batch)).map(|n| {
            let content =
                Map::from_iter([("cnf", Value::from("text/plain:0")), ("con", format!("{n};21.5;51.0").into())]);
            let to = format!("cse-in/Cbench/c{}", n % containers);
            let request = Request::create(to, 4, "m2m:cin", content).from("Cbench").identified("r");
            Input::Request(n, Box::new(request))
        });
        let inputs: Vec<_> = inputs.collect();
        n += inputs.len() as u64;
        for output in engine.handle_all(inputs, Timestamp::now()) {
            assert!(matches!(output, Output::Reply(_, response) if response.status.is_success()));
        }
    }
}

fn report(what: &str, count: u64, start: Instant) {
    let each = start.elapsed().as_secs_f64() / count as f64;
    println!("{what:<44}{:>12.0} {:>12.2}", 1.0 / each, each * 1e6);
}
