//! Notifications and fan-out: `cargo bench --bench notify`. Prints how many events a second reach one subscriber over HTTP,
//! in order and none lost, beside what the same client does with the same bytes and no CSE.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a measurement that goes wrong stops")]

mod support;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request as Message, Response as Answer};
use hyper_util::rt::TokioIo;
use onem2m_cse::binding::Caller;
use onem2m_cse::binding::http::{ClientConfig, HttpClient};
use onem2m_cse::primitive::{Operation, Request, Status};
use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
use onem2m_cse::value::{Map, Value};
use onem2m_cse::{Cse, CseConfig};
use tokio::net::TcpListener;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let events = if support::smoke() { 2_000 } else { 100_000 };
    runtime.block_on(async {
        let bare = bare(events).await;
        println!("{:<58}{:>10.0} /s", "the client alone, one after the other", bare);
        let (created, told) = told(events, 1).await;
        println!("{:<58}{:>10.0} /s", "contentInstances created while subscribed", created);
        println!(
            "{:<58}{:>10.0} /s  {:.2} × alone",
            "notifications to one subscriber, in order, none lost",
            told,
            told / bare
        );
        let (_, told) = self::told(events / 10, 10).await;
        println!("{:<58}{:>10.0} /s", "notifications to ten subscribers, all together", told);
    });
}

/// A receiver that counts, and sees whether contents come in order.
struct Receiver {
    address: SocketAddr,
    count: Arc<AtomicU64>,
    disorder: Arc<AtomicU64>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (count, disorder) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let last = Arc::new(Mutex::new(None::<u64>));
        let seen = (count.clone(), disorder.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (seen, last) = (seen.clone(), last.clone());
                tokio::spawn(async move {
                    let service = service_fn(move |request: Message<Incoming>| {
                        let (seen, last) = (seen.clone(), last.clone());
                        async move {
                            let body = request.into_body().collect().await.unwrap().to_bytes();
                            if let Some(number) = number(&body) {
                                let before = last.lock().unwrap().replace(number);
                                if before.is_some_and(|before| number < before) {
                                    seen.1.fetch_add(1, Ordering::Relaxed);
                                }
                                seen.0.fetch_add(1, Ordering::Relaxed);
                            }
                            let answer = Answer::builder().header("x-m2m-rsc", "2000").header("x-m2m-ri", "r");
                            Ok::<_, Infallible>(answer.body(Full::new(Bytes::new())).unwrap())
                        }
                    });
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, count, disorder }
    }
}

/// The state tag, which counts the instances of a container.
fn number(body: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(body).ok()?;
    let rest = &text[text.find(r#""st":"#)? + 5..];
    rest[..rest.find([',', '}'])?].parse().ok()
}

async fn bare(events: u64) -> f64 {
    let receiver = Receiver::start().await;
    let client = HttpClient::new(ClientConfig::default());
    let url = format!("http://{}/", receiver.address);
    let notification = onem2m_cse::codec::json::decode(
        br#"{"m2m:sgn":{"nev":{"rep":{"m2m:cin":{"rn":"cin-2x","ty":4,"ri":"cin-2x","pi":"cnt-2","ct":"20261121T120000,000000","lt":"20261121T120000,000000","et":"20311121T120000","con":"1","cs":1,"st":1}},"net":3},"sur":"/id-in/sub-3","cr":"Cbench"}}"#,
        64,
    )
    .unwrap();
    let start = Instant::now();
    for n in 0..events {
        let mut request = Request::new(Operation::Notify, "-").from("/id-in").identified(format!("n{n}"));
        request.content = Some(notification.clone());
        let response = Caller::call(&client, url.as_str().into(), request, Duration::from_secs(5));
        assert!(response.await.unwrap().status.is_success());
    }
    events as f64 / start.elapsed().as_secs_f64()
}

/// Creates so many instances in each of so many subscribed containers. Answers creates and notifications per second.
async fn told(events: u64, subscribers: u64) -> (f64, f64) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = CseConfig::default();
    config.limits.notifications_per_target = usize::MAX;
    let store = FjallStore::open(folder.path().join("data"), &FjallConfig::default()).unwrap();
    let cse = Arc::new(Cse::builder(config).store(store).start().await.unwrap());
    let ae = Map::from_iter([
        ("rn", Value::from("ae")),
        ("api", "Nb".into()),
        ("rr", false.into()),
        ("srv", vec!["3"].into()),
    ]);
    done(&cse, Request::create("cse-in", 2, "m2m:ae", ae)).await;
    let mut receivers = Vec::new();
    for n in 0..subscribers {
        let receiver = Receiver::start().await;
        let container = Map::from_iter([("rn", Value::from(format!("c{n}"))), ("mni", 100_u64.into())]);
        done(&cse, Request::create("cse-in/ae", 3, "m2m:cnt", container)).await;
        let subscription = Map::from_iter([
            ("nu", Value::from(vec![format!("http://{}/", receiver.address)])),
            ("enc", Map::from_iter([("net", vec![3_u64])]).into()),
        ]);
        done(&cse, Request::create(format!("cse-in/ae/c{n}"), 23, "m2m:sub", subscription)).await;
        receivers.push(receiver);
    }
    let start = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let total = events * subscribers;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (cse, next) = (cse.clone(), next.clone());
            tokio::spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= total {
                        break;
                    }
                    let instance = Map::from_iter([("con", n.to_string())]);
                    done(&cse, Request::create(format!("cse-in/ae/c{}", n % subscribers), 4, "m2m:cin", instance))
                        .await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let created = total as f64 / start.elapsed().as_secs_f64();
    let count = || receivers.iter().map(|receiver| receiver.count.load(Ordering::Relaxed)).sum::<u64>();
    while count() < total {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(start.elapsed() < Duration::from_secs(300), "{} of {total} came", count());
    }
    let told = total as f64 / start.elapsed().as_secs_f64();
    let disorder: u64 = receivers.iter().map(|receiver| receiver.disorder.load(Ordering::Relaxed)).sum();
    assert_eq!(disorder, 0, "in order");
    (created, told)
}

async fn done(cse: &Cse, request: Request) {
    let mut request = request.from("Cbench");
    if request.resource_type == Some(2) {
        request.originator = Some("Cbench".into());
    }
    let response = cse.request(request).await;
    assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
}
