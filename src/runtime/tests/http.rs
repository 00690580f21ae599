//! Calls to receivers of every kind.

use std::time::Duration;

use super::sink::{Manners, Mood, Sink};
use super::world::{codes, world};
use crate::codec::format::{Format, MediaType};
use crate::engine::Failure;

#[tokio::test(flavor = "multi_thread")]
async fn notifications_arrive_in_order_over_one_connection() {
    let (mut world, sink) = (world([]), Sink::start().await);
    let answer = world.call(&sink.url(), 3).await;
    assert_eq!((codes(&answer), answer.failure), (vec![2000, 2000, 2000], None));
    let came = sink.wait_for(3).await;
    assert!(came.iter().all(|came| (came.method.as_str(), came.path.as_str()) == ("POST", "/notify")));
    assert_eq!(came.iter().filter_map(|came| came.body["m2m:sgn"]["number"].as_u64()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(came.iter().map(|came| came.connection).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!((came[2].header("x-m2m-ri"), came[2].header("x-m2m-origin")), (Some("n3"), Some("/id-in")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_out_in_its_format() {
    let (mut world, sink) = (world([]), Sink::start().await);
    for format in Format::ALL.into_iter().filter(|format| format.is_supported()) {
        world.format = format;
        assert_eq!(codes(&world.call(&sink.url(), 1).await), [2000]);
        let name = MediaType::plain(format).as_str();
        assert_eq!(sink.came().last().unwrap().header("content-type"), Some(name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_ends_a_call() {
    let (mut world, sink) = (world([]), Sink::start().await);
    sink.is(Mood::Say(403, Some(4103)));
    let answer = world.call(&sink.url(), 3).await;
    assert_eq!((codes(&answer), answer.failure), (vec![4103], None));
    assert_eq!(sink.came().len(), 1, "what comes after a refusal is not said");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_web_server_takes_notifications_too() {
    let (mut world, sink) = (world([]), Sink::start().await);
    let well = [
        Mood::Say(200, None),
        Mood::Say(202, None),
        Mood::Say(204, None),
        Mood::Page(200, "text/html", "<p>ok</p>"),
        Mood::Page(200, "application/json", "ok"),
        Mood::Page(201, "application/xml", "<ok/>"),
    ];
    for mood in well {
        sink.is(mood.clone());
        let answer = world.call(&sink.url(), 1).await;
        assert!(answer.failure.is_none() && answer.responses[0].status.is_success(), "{mood:?}: {answer:?}");
    }
    for (http, code) in [(404, 4004), (500, 5000), (302, 5000)] {
        sink.is(Mood::Page(http, "text/html", "<p>no</p>"));
        assert_eq!(codes(&world.call(&sink.url(), 1).await), [code], "{http}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_close_every_connection_get_everything_once() {
    for manners in [Manners::Close, Manners::CloseSilently, Manners::Http10] {
        for sink in [Sink::start().await, Sink::serial().await] {
            let mut world = world([]);
            sink.has(manners);
            let answer = world.call(&sink.url(), 20).await;
            assert_eq!((answer.responses.len(), answer.failure), (20, None), "{manners:?}");
            assert_eq!(sink.came().len(), 20, "{manners:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_serves_one_connection_at_a_time_is_served_by_many_calls() {
    let (mut world, sink) = (world([]), Sink::serial().await);
    for _ in 0..4 {
        for _ in 0..8 {
            world.begin(&sink.url(), 2, 8_000);
        }
        let (answers, took) = world.all().await;
        assert!(answers.iter().all(|(_, answer)| answer.failure.is_none() && answer.responses.len() == 2));
        assert!(took < Duration::from_secs(4), "{took:?}");
    }
    assert_eq!(sink.came().len(), 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_or_babbles_is_not_reached() {
    let (mut world, sink) = (world([]), Sink::start().await);
    for mood in [
        Mood::Drop,
        Mood::Bytes("SSH-2.0-x\r\n"),
        Mood::Bytes("HTTP/1.1 200 OK\r\nX-M2M-RSC: ?\r\nContent-Length: 0\r\n\r\n"),
    ] {
        sink.is(mood.clone());
        let failure = world.call(&sink.url(), 2).await.failure;
        assert!(matches!(failure, Some(Failure::Unreachable(_))), "{mood:?}: {failure:?}");
    }
    sink.is(Mood::Take);
    assert_eq!(codes(&world.call(&sink.url(), 1).await), [2000], "it has come to its senses");
    let url = sink.url();
    drop(sink);
    ::tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(matches!(world.call(&url, 1).await.failure, Some(Failure::NotSent(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_the_end_is_told() {
    let (mut world, sink) = (world([]), Sink::start().await);
    sink.is(Mood::Late(Duration::from_millis(150)));
    world.begin(&sink.url(), 9, 400);
    let (answers, took) = world.all().await;
    assert_eq!((codes(&answers[0].1), answers[0].1.failure.clone()), (vec![2000, 2000], Some(Failure::TimedOut)));
    assert!(took < Duration::from_millis(900), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_stalls_holds_up_nobody_else() {
    let (mut world, slow, quick) = (world([]), Sink::start().await, Sink::start().await);
    slow.is(Mood::Stall);
    let stalled = world.begin(&slow.url(), 1, 400);
    let (served, late) = (world.begin(&quick.url(), 1, 5_000), world.begin(&quick.url(), 1, -1));
    let (answers, _) = world.all().await;
    let of = |id| answers.iter().find(|(call, _)| *call == id).map(|(_, answer)| answer.clone()).unwrap();
    assert_eq!((of(stalled).failure, of(served).failure), (Some(Failure::TimedOut), None));
    assert_eq!(of(late).failure, Some(Failure::TimedOut), "its time was over before it began");
    assert_eq!(quick.came().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_nobody_speaks_is_impossible() {
    let mut world = world([]);
    let failure = async |world: &mut super::world::World, url: &str| match world.call(url, 1).await.failure {
        Some(Failure::Impossible(reason)) => reason,
        other => panic!("{url}: {other:?}"),
    };
    let spoken = if cfg!(feature = "tls") { "http, https" } else { "http" };
    let expected = format!("the URL scheme \"coap\" is not spoken; spoken here: {spoken}");
    assert_eq!(failure(&mut world, "coap://x/").await, expected);
    assert!(failure(&mut world, "x/y").await.contains("names no scheme"));
    assert!(failure(&mut world, "http://").await.contains("no URL"));
    let sink = Sink::start().await;
    assert_eq!(codes(&world.call(&sink.url().replace("http", "HTTP"), 1).await), [2000]);
}
