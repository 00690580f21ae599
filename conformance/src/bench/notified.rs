//! What tests of notifications have in common: who is told, of what, and that nobody is.

use std::time::Duration;

use onem2m_cse::primitive::Status;
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};

use super::{Bench, NOTIFIED, Place, SILENT};
use crate::ask::{Answer, Asking as _, at, inside, retrieve, update};
use crate::kind::{AE, SUB};
use crate::listener::{Came, Mailbox};
use crate::verdict::{Outcome, Stop, ensure};

/// How often is looked whether something has come about.
const AGAIN: Duration = Duration::from_millis(50);

impl Bench {
    /// An AE that is reached at a mailbox, and that everybody may notify.
    ///
    /// # Errors
    /// Inconclusive, when there can be none.
    pub async fn listening_ae(&self) -> Result<(Place, Mailbox), Stop> {
        let ae = self.ae_with(json!({"rr": true})).await?;
        // Named as the last part of its identifier, which ends the path when it is told something.
        let name = ae.originator.rsplit('/').next().unwrap_or_default();
        let mailbox = self.inner.listener.mailbox(name, &self.inner.log);
        self.reached_at(&ae, mailbox.point_of_access()).await?;
        Ok((ae, mailbox))
    }

    /// Has an AE reached at an address, and lets everybody notify it.
    ///
    /// # Errors
    /// Inconclusive, when that cannot be done.
    pub async fn reached_at(&self, ae: &Place, url: &str) -> Result<(), Stop> {
        let policy = self.policy(ae, &["all"], 16).await?;
        self.prepare(update(&ae.path, AE, &json!({"poa": [url]})).by(&ae.originator)).await?;
        self.prepare(update(&ae.path, AE, &json!({"acpi": [policy.ri]})).by(&ae.originator)).await?;
        Ok(())
    }

    /// A subscription of the owner of a place to it, which tells a mailbox.
    ///
    /// # Errors
    /// Inconclusive, when it cannot be made.
    pub async fn subscribe(&self, place: &Place, mailbox: &Mailbox, more: Json) -> Result<Place, Stop> {
        let mut attributes = json!({"nu": [mailbox.url()]});
        super::places::change(&mut attributes, more);
        self.make(SUB, place, attributes).await
    }

    /// Changes the label of a place, as a step of the preparation.
    ///
    /// # Errors
    /// Inconclusive, when that cannot be done.
    pub async fn relabel(&self, place: &Place, label: &str) -> Result<Answer, Stop> {
        self.prepare(update(&place.path, place.kind, &json!({"lbl": [label]})).by(&place.originator)).await
    }

    /// A notification has to come that tells of something.
    ///
    /// # Errors
    /// Fail, when none comes in time.
    pub async fn told(&self, mailbox: &Mailbox, of: &str) -> Result<Came, Stop> {
        self.told_that(mailbox, of, Came::is_news).await
    }

    /// A notification has to come that meets a condition.
    ///
    /// # Errors
    /// Fail, when none comes in time.
    pub async fn told_that(&self, mailbox: &Mailbox, of: &str, meets: impl Fn(&Came) -> bool) -> Result<Came, Stop> {
        let came = mailbox.wait_for(NOTIFIED, meets).await;
        let others = || mailbox.came().iter().map(|came| came.content.to_string()).collect::<Vec<_>>().join(", ");
        came.ok_or_else(|| {
            Stop::Fail(format!(
                "notification: expected one of {of} within {} s, there came [{}]",
                NOTIFIED.as_secs(),
                others()
            ))
        })
    }

    /// No more than so many notifications may have told of something, and no more may come.
    ///
    /// # Errors
    /// Fail, when there are more.
    pub async fn told_no_more_than(&self, mailbox: &Mailbox, count: usize) -> Outcome {
        sleep(SILENT).await;
        let news = mailbox.news();
        ensure(news.len() <= count, || {
            let last = news.last().map(|came| came.content.to_string()).unwrap_or_default();
            format!("notifications: expected {count} and no more, got {}, the last {last}", news.len())
        })
    }

    /// An attribute has to take a value before long.
    ///
    /// # Errors
    /// Fail, when it does not.
    pub async fn becomes(&self, place: &Place, name: &str, expected: &Json) -> Outcome {
        let end = Instant::now() + NOTIFIED;
        loop {
            let found = self.look(place).await?;
            if found.get(name) == expected || Instant::now() > end {
                return super::equals(&found, name, expected);
            }
            sleep(AGAIN).await;
        }
    }

    /// A resource has to go before long.
    ///
    /// # Errors
    /// Fail, when it stays.
    pub async fn goes(&self, place: &Place) -> Outcome {
        let end = Instant::now() + NOTIFIED;
        loop {
            let answer = self.send(retrieve(&place.path).by(&place.originator)).await?;
            if answer.status == Status::NOT_FOUND || Instant::now() > end {
                return ensure(answer.status == Status::NOT_FOUND, || {
                    format!("{}: expected to be gone, RETRIEVE was answered {:?}", place.path, answer.status)
                });
            }
            sleep(AGAIN).await;
        }
    }
}

/// All events in a notification, of which a batch has several.
#[must_use]
pub fn events(came: &Came) -> Vec<Json> {
    let mut found = Vec::new();
    collect(&came.content, &mut found);
    found
}

fn collect(json: &Json, found: &mut Vec<Json>) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                if name == "nev" { found.push(value.clone()) } else { collect(value, found) }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// The representation in an event: the inside of the one resource in `rep`, or null.
#[must_use]
pub fn represented(event: &Json) -> &Json {
    inside(at(event, "rep"))
}
