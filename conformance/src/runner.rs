//! Runs what is planned: several tests at a time, each with a time limit, and cleans up behind each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{RwLock, Semaphore};
use tokio::task::JoinSet;

use crate::bench::Bench;
use crate::exceptions::Exceptions;
use crate::listener::Listener;
use crate::plan::Step;
use crate::report::Item;
use crate::subject::Subject;
use crate::suite::Test;
use crate::verdict::{Stop, Verdict};

/// How tests are run.
#[derive(Clone, Debug)]
pub struct Running {
    /// Tests at a time. Default 4.
    pub jobs: usize,
    /// Time for each test. Beyond: it fails. Default 20 s.
    pub limit: Duration,
}

impl Default for Running {
    fn default() -> Self {
        Self { jobs: 4, limit: Duration::from_secs(20) }
    }
}

/// Runs all steps. `progress` hears of each item as it is done; the items come back in the order of the plan.
pub async fn run(
    steps: Vec<Step>,
    subject: &Arc<Subject>,
    listener: &Arc<Listener>,
    exceptions: &Exceptions,
    running: &Running,
    progress: impl Fn(&Item),
) -> Vec<Item> {
    let places = Arc::new(Semaphore::new(running.jobs.max(1)));
    // Tests that run alone hold it for writing.
    let together = Arc::new(RwLock::new(()));
    let mut tasks = JoinSet::new();
    let mut items = Vec::new();
    for (number, step) in steps.into_iter().enumerate() {
        let mut item = Item::of(&step);
        match step.test {
            Err((verdict, reason)) => {
                (item.verdict, item.reason) = (verdict, reason);
                progress(&item);
                items.push((number, item));
            }
            Ok(test) => {
                let (places, together) = (Arc::clone(&places), Arc::clone(&together));
                let (subject, listener) = (Arc::clone(subject), Arc::clone(listener));
                let (limit, status, purpose) = (running.limit, step.status, step.purpose);
                tasks.spawn(async move {
                    let _place = places.acquire_owned().await;
                    let bench = Bench::new(subject, listener, purpose, status);
                    if test.alone {
                        let _alone = together.write_owned().await;
                        one(&test, bench, limit, &mut item).await;
                    } else {
                        let _shared = together.read_owned().await;
                        one(&test, bench, limit, &mut item).await;
                    }
                    (number, item)
                });
            }
        }
    }
    while let Some(done) = tasks.join_next().await {
        // A test that panics is a mistake of this program, and has no item to show.
        let Ok((number, mut item)) = done else { continue };
        let binding = subject.address.split("://").next().unwrap_or_default();
        let known = exceptions.known(&item.id, &subject.pics.subject.name, binding, subject.release).cloned();
        item.known = match item.verdict {
            Verdict::Fail | Verdict::Inconclusive => known,
            // Somebody has mended it, and the file still says that it fails.
            Verdict::Pass => known.filter(|known| !known.sometimes),
            _ => None,
        };
        progress(&item);
        items.push((number, item));
    }
    items.sort_by_key(|(number, _)| *number);
    items.into_iter().map(|(_, item)| item).collect()
}

async fn one(test: &Test, bench: Bench, limit: Duration, item: &mut Item) {
    let begun = Instant::now();
    let run = tokio::time::timeout(limit, test.run(bench.clone())).await;
    let outcome = run.unwrap_or_else(|_| Err(Stop::Fail(format!("not done within {} s", limit.as_secs()))));
    (item.verdict, item.reason) = match outcome {
        Ok(()) => (Verdict::Pass, String::new()),
        Err(stop) => stop.into_verdict(),
    };
    item.milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let _ = tokio::time::timeout(limit, bench.tidy()).await;
    item.exchanges = bench.log().entries();
}
