//! The writer thread at its end, and answers on their way to it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use ::tokio::sync::{broadcast, oneshot};

use super::super::asking::Asking;
use super::super::callers::Callers;
use super::super::calls::Calls;
use super::super::letterbox::Letterbox;
use super::super::work::{Job, Links, Work};
use super::sink::{Mood, Sink};
use super::world::notification;
use crate::CseConfig;
use crate::binding::http::{ClientConfig, HttpClient};
use crate::codec::format::Format;
use crate::engine::{Answer, Call, Engine, Input};
use crate::primitive::{Request, Response, Status};
use crate::resource::Behaviours;
use crate::schema::Registry;
use crate::store::memory::MemoryStore;
use crate::value::Timestamp;

/// A writer over an empty tree.
fn work(queue: Receiver<Job>, calls: Calls) -> Work {
    let now = Timestamp::now();
    let (config, store) = (CseConfig::default(), Arc::new(MemoryStore::new()));
    let engine = Engine::new(config, Registry::standard().unwrap(), Behaviours::standard(), store, now).unwrap();
    let (tap, _) = broadcast::channel(1);
    let (watched, running) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
    Work {
        engine,
        queue,
        tap,
        watched,
        running,
        calls,
        asking: Asking::default(),
        links: Links::default(),
        stopping: None,
        recorder: None,
        recording: Arc::default(),
    }
}

/// A writer that has begun a call and is told to stop. Tells how long that took.
async fn stop_with_a_call_under_way(sink: &Sink, grace: Duration) -> Duration {
    let (jobs, queue) = sync_channel(8);
    let ring = jobs.clone();
    let mut callers = Callers::default();
    callers.add(Arc::new(HttpClient::new(ClientConfig::default())));
    let letters = Letterbox::new(move || drop(ring.try_send(Job::Look)));
    let mut calls = Calls::new(callers, ::tokio::runtime::Handle::try_current().ok(), letters);
    let until = Timestamp::now().plus_seconds(30);
    calls.begin(Call { id: 1, url: sink.url().into(), format: Format::Json, requests: vec![notification(1)], until });
    let work = work(queue, calls);
    sink.wait_for(1).await;
    jobs.send(Job::Stop(grace)).unwrap();
    let (late, refused) = oneshot::channel();
    jobs.send(Job::Request(Box::new(Request::delete("cse-in/x").from("CAdmin").identified("1")), late)).unwrap();
    let begun = Instant::now();
    ::tokio::task::spawn_blocking(move || work.run()).await.unwrap();
    assert!(refused.await.is_err(), "nothing new is begun");
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_waits_for_calls_under_way_but_not_for_ever() {
    let sink = Sink::start().await;
    sink.is(Mood::Late(Duration::from_millis(300)));
    let took = stop_with_a_call_under_way(&sink, Duration::from_secs(5)).await;
    assert!(took < Duration::from_secs(2), "it was answered: {took:?}");
    sink.forget();
    sink.is(Mood::Stall);
    let took = stop_with_a_call_under_way(&sink, Duration::from_millis(300)).await;
    assert!((Duration::from_millis(300)..Duration::from_secs(2)).contains(&took), "{took:?}");
}

#[test]
fn an_answer_is_kept_although_the_queue_is_full() {
    let (jobs, queue) = sync_channel(1);
    jobs.send(Job::Look).unwrap();
    let letters = Letterbox::new(move || drop(jobs.try_send(Job::Look)));
    for call in 1..=3 {
        letters.post(call, Answer::complete(Vec::new()));
    }
    assert!(matches!(queue.recv(), Ok(Job::Look)));
    assert_eq!(letters.empty().into_iter().map(|(call, _)| call).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(queue.try_recv().is_err());
    letters.post(4, Answer::complete(Vec::new()));
    letters.post(5, Answer::complete(Vec::new()));
    assert!(matches!(queue.try_recv(), Ok(Job::Look)), "the first letter rings");
    assert!(queue.try_recv().is_err(), "the second one finds it lying there");
}

#[test]
fn an_answer_that_comes_while_requests_are_taken_is_not_passed_over() {
    let (jobs, queue) = sync_channel(8);
    let letters = Letterbox::new(move || drop(jobs.try_send(Job::Look)));
    let mut work = work(queue, Calls::new(Callers::default(), None, letters));
    // Without a runtime the answer is there at once: after the writer has looked, before it takes what is queued.
    work.calls.begin(Call {
        id: 1,
        url: "x://y".into(),
        format: Format::Json,
        requests: Vec::new(),
        until: Timestamp::now(),
    });
    let rung = work.queue.try_recv().unwrap();
    let mut inputs = Vec::new();
    work.take(rung, &mut inputs);
    assert!(matches!(inputs.as_slice(), [Input::Answer(1, _)]), "nobody rings for it again: {inputs:?}");
}

#[test]
fn an_answer_that_finds_nobody_is_noted() {
    let mut asking = Asking::default();
    let response = || Response::new(Status::OK, &Request::retrieve("-"));
    let (reply, here) = oneshot::channel();
    let served = asking.ticket(reply);
    let (reply, hung_up) = oneshot::channel();
    let lost = asking.ticket(reply);
    drop(hung_up);
    asking.answer(served, response());
    asking.answer(lost, response());
    assert_eq!(here.blocking_recv().unwrap(), response());
    assert!(asking.has_undelivered());
    assert_eq!((asking.take_undelivered(), asking.has_undelivered()), (vec![lost], false));
}
