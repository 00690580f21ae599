//! Calls to targets inside this program, and to callers of an embedder.

use std::sync::Arc;
use std::time::Duration;

use ::tokio::sync::mpsc;

use super::world::{World, codes, world};
use crate::binding::{BoxFuture, Caller, InProcess};
use crate::engine::Failure;
use crate::primitive::{Request, Response, Status};
use crate::value::SmolStr;

fn with(targets: InProcess) -> World {
    world([Arc::new(targets) as Arc<dyn Caller>])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_answers_for_itself() {
    let mut targets = InProcess::default();
    targets.callback("lamp".into(), |request: Request| async move {
        let odd = request.request_identifier == "n1";
        Response::new(if odd { Status::OK } else { Status::BAD_REQUEST }, &request)
    });
    let mut world = with(targets);
    assert_eq!(codes(&world.call("in-process://lamp", 3).await), [2000, 4000]);
    let unknown = world.call("in-process://lamb", 1).await.failure;
    assert!(matches!(unknown, Some(Failure::Impossible(reason)) if reason.contains("\"lamb\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_panics_takes_nothing_down() {
    let mut targets = InProcess::default();
    targets.callback("later".into(), |request: Request| async move {
        assert_ne!(request.request_identifier, "n2", "this panic is part of the test");
        Response::new(Status::OK, &request)
    });
    targets.callback("at-once".into(), |request: Request| {
        assert_ne!(request.request_identifier, "n1", "this panic is part of the test");
        std::future::ready(Response::new(Status::OK, &request))
    });
    let mut world = with(targets);
    let answer = world.call("in-process://later", 3).await;
    assert_eq!(codes(&answer), [2000], "what went well before is told");
    assert!(matches!(answer.failure, Some(Failure::Unreachable(_))));
    assert!(matches!(world.call("in-process://at-once", 1).await.failure, Some(Failure::Unreachable(_))));
    assert_eq!(codes(&world.call("in-process://later", 1).await), [2000], "everything else goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_channel_makes_the_call_wait() {
    let (sender, mut receiver) = mpsc::channel(1);
    let mut targets = InProcess::default();
    targets.channel("log".into(), sender);
    let mut world = with(targets);
    world.begin("in-process://log", 3, 5_000);
    ::tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(world.calls.answers().is_empty(), "one has a place, the second waits for it");
    for number in ["n1", "n2", "n3"] {
        assert_eq!(receiver.recv().await.unwrap().request_identifier, number);
    }
    assert_eq!(codes(&world.all().await.0[0].1), [2000, 2000, 2000]);
    world.begin("in-process://log", 2, 200);
    let (answers, _) = world.all().await;
    assert_eq!((codes(&answers[0].1), answers[0].1.failure.clone()), (vec![2000], Some(Failure::TimedOut)));
    drop(receiver);
    assert!(matches!(world.call("in-process://log", 1).await.failure, Some(Failure::Unreachable(_))));
}

struct Quiet;

impl Caller for Quiet {
    fn schemes(&self) -> &[&str] {
        &["HTTP", "smoke"]
    }

    fn call(&self, _: SmolStr, request: Request, _: Duration) -> BoxFuture<Result<Response, Failure>> {
        Box::pin(async move { Ok(Response::new(Status::DELETED, &request)) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_of_ones_own_takes_the_place_of_another() {
    let mut world = world([Arc::new(Quiet) as Arc<dyn Caller>]);
    assert_eq!(codes(&world.call("http://127.0.0.1:1/", 1).await), [2002]);
    assert_eq!(codes(&world.call("smoke://hill", 1).await), [2002]);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_forgotten_answer_to_nobody() {
    let mut targets = InProcess::default();
    targets.callback("slow".into(), |request: Request| async move {
        ::tokio::time::sleep(Duration::from_millis(50)).await;
        Response::new(Status::OK, &request)
    });
    let mut world = with(targets);
    world.begin("in-process://slow", 1, 5_000);
    world.calls.forget();
    ::tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(world.calls.answers().is_empty());
    assert_eq!(world.calls.under_way(), 0);
    let id = world.begin("in-process://slow", 1, 5_000);
    assert!(world.all().await.0.iter().all(|(call, answer)| *call == id && codes(answer) == [2000]));
}
