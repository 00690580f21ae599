//! Notifications over real sockets: from a request over HTTP to a receiver of whatever manners.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod support;

use std::time::{Duration, Instant};

use onem2m_cse::primitive::Status;
use onem2m_cse::{Cse, CseConfig};
use support::house::{House, events, told};
use support::sink::{Manners, Mood, Sink};

const NEW_INSTANCES: &str = r#""enc":{"net":[3]}"#;

/// A receiver that was asked and agreed, and what it was told from then on.
async fn subscribed(house: &House, name: &str) -> Sink {
    let sink = Sink::start().await;
    house.subscribe(name, &[&sink.url()], NEW_INSTANCES).await;
    sink.forget();
    sink
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_to_be_told_is_asked_first_and_then_told() {
    let house = House::open(CseConfig::default()).await;
    let sink = Sink::start().await;
    let id = house.subscribe("s", &[&sink.url()], NEW_INSTANCES).await;
    house.instances(0..2).await;
    let came = sink.wait_for(3).await;
    let sgn = |place: usize| came[place].body["m2m:sgn"].clone();
    assert_eq!(sgn(0), serde_json::json!({"vrq": true, "sur": format!("/id-in/{id}"), "cr": "Cae"}));
    assert_eq!(events(&came), ["0", "1"]);
    assert_eq!((&sgn(1)["sur"], &sgn(1)["nev"]["net"]), (&format!("/id-in/{id}").into(), &3.into()));
    for request in &came {
        let header = |name| request.header(name).unwrap_or_default();
        assert_eq!((&*request.method, &*request.path), ("POST", "/notify"));
        assert_eq!(header("x-m2m-origin"), "/id-in");
        assert_eq!(header("x-m2m-rvi"), "3");
        assert_eq!(header("content-type"), "application/json", "with nothing behind it: many receivers want just this");
        assert_eq!(header("host"), sink.address().to_string());
        assert_eq!(header("transfer-encoding"), "", "simple receivers know Content-Length only");
    }
    let names =
        came.iter().map(|request| request.header("x-m2m-ri").unwrap()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(names.len(), 3, "each has an identifier of its own: {names:?}");
    house.cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_want_to_be_told_is_not() {
    let house = House::open(CseConfig::default()).await;
    let sink = Sink::start().await;
    sink.is(Mood::Say(403, Some(Status::SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE.code())));
    let refused = house.try_subscribe("s", &[&sink.url()], NEW_INSTANCES).await;
    assert_eq!(refused.status, Status::SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE);
    sink.is(Mood::Say(404, None));
    let refused = house.try_subscribe("s", &[&sink.url()], NEW_INSTANCES).await;
    assert_eq!(refused.status, Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED);
    let nobody = format!("http://{}/", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let refused = house.try_subscribe("s", &[&nobody], NEW_INSTANCES).await;
    assert_eq!(refused.status, Status::SUBSCRIPTION_VERIFICATION_INITIATION_FAILED);
    house.instances(0..1).await;
    house.subscribe("s", &["Cae"], NEW_INSTANCES).await;
    assert_eq!(sink.came().len(), 2, "it was asked twice and told nothing");
    house.cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_manners_of_a_receiver_everything_arrives_in_order() {
    let house = House::open(CseConfig::default()).await;
    let mut sinks = vec![("serial", Sink::serial().await)];
    for name in ["keep", "close", "silent", "http10", "late"] {
        sinks.push((name, Sink::start().await));
    }
    sinks[2].1.has(Manners::Close);
    sinks[3].1.has(Manners::CloseSilently);
    sinks[4].1.has(Manners::Http10);
    for (name, sink) in &sinks {
        house.subscribe(name, &[&sink.url()], NEW_INSTANCES).await;
    }
    sinks[5].1.is(Mood::Late(Duration::from_millis(20)));
    house.instances(0..30).await;
    for (name, sink) in &sinks {
        assert_eq!(told(sink, 30).await, (0..30).collect::<Vec<_>>(), "{name}");
    }
    house.cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_in_trouble_gets_everything_in_order_when_it_is_well_again() {
    let mut config = CseConfig::default();
    config.limits.call_timeout = 1;
    let house = House::open(config).await;
    let troubles = [
        Mood::Say(500, None),
        Mood::Say(503, Some(5000)),
        Mood::Stall,
        Mood::Drop,
        Mood::Bytes("This is no HTTP.\r\n\r\n"),
        Mood::Page(502, "text/html", "<html>Bad Gateway</html>"),
    ];
    let mut sinks = Vec::new();
    for (place, trouble) in troubles.into_iter().enumerate() {
        let sink = subscribed(&house, &format!("s{place}")).await;
        sink.is(trouble.clone());
        sinks.push((trouble, sink));
    }
    house.instances(0..5).await;
    for (_, sink) in &sinks {
        sink.wait_for(1).await;
        // What came until now came in vain.
        sink.forget();
        sink.is(Mood::Take);
    }
    house.instances(5..8).await;
    for (trouble, sink) in &sinks {
        assert_eq!(told(sink, 8).await, (0..8).collect::<Vec<_>>(), "{trouble:?}");
    }
    house.cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dead_and_the_stalled_delay_nobody_else() {
    let house = House::open(CseConfig::default()).await;
    let (dead, stalled, live) = (Sink::start().await, Sink::start().await, Sink::start().await);
    house.subscribe("s", &[&dead.url(), &stalled.url(), &live.url()], NEW_INSTANCES).await;
    drop(dead);
    stalled.is(Mood::Stall);
    let begun = Instant::now();
    house.instances(0..20).await;
    assert_eq!(told(&live, 20).await, (0..20).collect::<Vec<_>>());
    // The limit of a call is ten seconds; with that in the way it would take longer.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    house.cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_points_of_access_the_living_one_is_found() {
    let house = House::open(CseConfig::default()).await;
    let (dead, live) = (Sink::start().await, Sink::start().await);
    house.reachable_at(&[&dead.url(), &live.url()]).await;
    drop(dead);
    house.subscribe("s", &["Cae"], NEW_INSTANCES).await;
    house.instances(0..10).await;
    assert_eq!(told(&live, 10).await, (0..10).collect::<Vec<_>>());
    assert_eq!(events(&live.came()).len(), 10, "each once");
    house.cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_carried_out_when_the_target_agrees() {
    let mut config = CseConfig::default();
    config.limits.call_timeout = 1;
    let house = House::open(config).await;
    let sink = Sink::start().await;
    house.reachable_at(&[&sink.url()]).await;
    house.subscribe("s", &["Cae"], r#""enc":{"net":[7]}"#).await;
    assert_eq!(house.label("yes").await, Status::UPDATED);
    sink.is(Mood::Say(403, Some(Status::ORIGINATOR_HAS_NO_PRIVILEGE.code())));
    assert_eq!(house.label("no").await, Status::OPERATION_DENIED_BY_REMOTE_ENTITY);
    sink.is(Mood::Stall);
    assert_eq!(house.label("silence").await, Status::REMOTE_ENTITY_NOT_REACHABLE);
    let asked: Vec<String> = sink.came().iter().map(|came| came.body["m2m:sgn"]["nev"]["rep"].to_string()).collect();
    let labels = ["yes", "no", "silence"];
    assert_eq!(asked, labels.map(|label| format!(r#"{{"m2m:cnt":{{"lbl":["{label}"]}}}}"#)));
    assert_eq!(house.labels().await, ["yes"]);
    house.cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_in_this_program_is_asked_and_told_like_any_other() {
    use onem2m_cse::primitive::{Request, Response};
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let builder = Cse::builder(CseConfig::default()).on_notify("lamp", move |notification: Request| {
        sender.send(notification.content.clone().unwrap()).unwrap();
        async move { Response::new(Status::OK, &notification) }
    });
    let house = House::build(builder).await;
    house.subscribe("s", &["in-process://lamp"], NEW_INSTANCES).await;
    house.instances(0..2).await;
    let mut texts = Vec::new();
    for _ in 0..3 {
        let next = tokio::time::timeout(Duration::from_secs(10), receiver.recv());
        texts.push(format!("{:?}", next.await.expect("it is told").unwrap()));
    }
    assert!(texts[0].contains("vrq"), "{texts:#?}");
    assert!(texts[1].contains(r#""con", Text("0")"#) && texts[2].contains(r#""con", Text("1")"#), "{texts:#?}");
    house.cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_receiver_does_not_keep_a_cse_from_stopping() {
    let house = House::open(CseConfig::default()).await;
    let sink = subscribed(&house, "s").await;
    sink.is(Mood::Stall);
    house.instances(0..3).await;
    sink.wait_for(1).await;
    let begun = Instant::now();
    house.cse.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[cfg(feature = "fjall")]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_delivered_is_delivered_after_the_next_start() {
    use onem2m_cse::store::fjall::{FjallConfig, FjallStore};
    let folder = tempfile::tempdir().unwrap();
    let build = || {
        let store = FjallStore::open(folder.path().join("data"), &FjallConfig::default()).unwrap();
        Cse::builder(CseConfig::default()).store(store)
    };
    let house = House::build(build()).await;
    let sink = subscribed(&house, "s").await;
    let gone = subscribed(&house, "gone").await;
    sink.is(Mood::Stall);
    let back_at = gone.address();
    drop(gone);
    house.instances(0..1).await;
    sink.wait_for(1).await;
    house.cse.stop().await;
    let back = Sink::at(back_at).await;
    sink.forget();
    sink.is(Mood::Take);
    let house = House::reopen(build()).await;
    // At once: the call that was cut short would have been looked after in fifteen seconds.
    assert_eq!(told(&sink, 1).await, [0]);
    assert_eq!(told(&back, 1).await, [0]);
    house.instances(1..4).await;
    assert_eq!(told(&sink, 4).await, [0, 1, 2, 3]);
    assert_eq!(told(&back, 4).await, [0, 1, 2, 3]);
    house.cse.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_targets_at_one_place_are_asked_and_told_at_once() {
    let house = House::open(many_targets()).await;
    let sink = Sink::start().await;
    let urls: Vec<String> = (0..200).map(|number| format!("http://{}/{number}", sink.address())).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let begun = Instant::now();
    house.subscribe("s", &urls, NEW_INSTANCES).await;
    for number in 0..5 {
        sink.forget();
        house.instances(number..number + 1).await;
        sink.wait_for(200).await;
    }
    // A wake-up that is lost costs as long as a call may take, which is ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    house.cse.stop().await;
}

fn many_targets() -> CseConfig {
    let mut config = CseConfig::default();
    config.limits.subscription_targets = 200;
    config
}
