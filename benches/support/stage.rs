//! What a binding's benchmark measures with: a durable CSE with containers, peers that ask in turn, and a table.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use onem2m_cse::binding::Binding;
use onem2m_cse::primitive::{Request, Status};
use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};

/// Seconds of each measurement, and containers that take turns.
pub fn size() -> (f64, u64) {
    if super::smoke() { (0.3, 50) } else { (8.0, 1000) }
}

/// A durable CSE behind a binding, with the AE `Cbench` and containers `c0`, `c1` … that keep 50 instances each; one is in the
/// first.
pub async fn start(folder: &Path, containers: u64, binding: impl Binding) -> Cse {
    let store = FjallStore::open(folder.join("data"), &FjallConfig::default()).unwrap();
    let cse = Cse::builder(CseConfig::default()).store(store).bind(binding).start().await.unwrap();
    let ae = [("rn", Value::from("Cbench")), ("api", "Nbench".into()), ("rr", false.into()), ("srv", vec!["3"].into())];
    created(&cse, Request::create("cse-in", 2, "m2m:ae", Map::from_iter(ae))).await;
    for n in 0..containers {
        let container = Map::from_iter([("rn", Value::from(format!("c{n}"))), ("mni", 50_u32.into())]);
        created(&cse, Request::create("cse-in/Cbench", 3, "m2m:cnt", container)).await;
    }
    let first = Map::from_iter([("con", "7;21.5;51.0;3")]);
    created(&cse, Request::create("cse-in/Cbench/c0", 4, "m2m:cin", first)).await;
    cse
}

async fn created(cse: &Cse, request: Request) {
    let response = cse.request(request.from("Cbench")).await;
    assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
}

/// Primitives in JSON, the n-th of them: a RETRIEVE of `la`, and a CREATE in the containers in turn.
pub fn retrieve(n: u64) -> String {
    format!(r#"{{"op":2,"to":"cse-in/Cbench/c0/la","fr":"Cbench","rqi":"r{n}","rvi":"3"}}"#)
}

/// See [`retrieve`]. Not one of them is the same as another, so that nobody takes it for said again.
pub fn create(n: u64, containers: u64) -> String {
    format!(
        r#"{{"op":1,"to":"cse-in/Cbench/c{}","fr":"Cbench","rqi":"c{n}","rvi":"3","ty":4,"pc":{{"m2m:cin":{{"cnf":"text/plain:0","con":"{n};21.5;51.0;{}"}}}}}}"#,
        n % containers,
        n * 7919 % 1000
    )
}

/// The head of the table.
pub fn head(who: &str) {
    println!("{who:<34}{:>10} {:>7} {:>9} {:>9} {:>9}", "per s", "ratio", "p50 ms", "p99 ms", "max ms");
}

/// A row of the table, from how long each answer took in microseconds. Answers how many there were per second.
pub fn row(what: &str, mut times: Vec<u32>, seconds: f64, limit: Option<f64>) -> f64 {
    times.sort_unstable();
    let per_second = times.len() as f64 / seconds;
    let at = |share: f64| f64::from(times[((times.len() - 1) as f64 * share) as usize]) / 1000.0;
    let ratio = limit.map_or(String::new(), |limit| format!("{:.2}", per_second / limit));
    println!("{what:<34}{per_second:>10.0} {ratio:>7} {:>9.2} {:>9.2} {:>9.2}", at(0.5), at(0.99), at(1.0));
    per_second
}

/// So many peers ask at a time, from a thread of its own. `peer` makes one of them ask until the end, for which it gets the
/// numbers of its requests, and answers how long each answer took.
pub fn drive<F: Future<Output = Vec<u32>> + 'static>(
    peers: u64,
    seconds: f64,
    peer: impl Fn(Rc<Turn>) -> F + Send + 'static,
) -> Vec<u32> {
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let turn = Rc::new(Turn { count: 0.into(), end: Instant::now() + Duration::from_secs_f64(seconds) });
        let local = tokio::task::LocalSet::new();
        let tasks: Vec<_> = (0..peers).map(|_| local.spawn_local(peer(Rc::clone(&turn)))).collect();
        runtime.block_on(local.run_until(async {
            let mut times = Vec::new();
            for task in tasks {
                times.extend(task.await.unwrap());
            }
            times
        }))
    };
    std::thread::spawn(work).join().unwrap()
}

/// Whose turn it is.
pub struct Turn {
    count: std::cell::Cell<u64>,
    end: Instant,
}

impl Turn {
    /// The number of the next request. `None` at the end.
    pub fn next(&self) -> Option<u64> {
        (Instant::now() < self.end).then(|| self.count.replace(self.count.get() + 1))
    }
}

/// Microseconds since then.
pub fn micros(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX)
}
