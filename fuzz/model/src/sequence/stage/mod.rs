//! Engine and model side by side.

mod begin;
mod channels;
mod deeds;
mod end;
mod judge;
mod orders;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;

use onem2m_cse::CseConfig;
use onem2m_cse::engine::{Engine, Input, Output};
use onem2m_cse::primitive::Request;
use onem2m_cse::replay::Recorder;
use onem2m_cse::resource::Behaviours;
use onem2m_cse::schema::Registry;
use onem2m_cse::store::Store;
use onem2m_cse::value::Timestamp;
use serde_json::Value as Json;

use super::ask::Ask;
use super::faulty::Faulty;
use super::outside::Outside;
use super::{Deed, Mistake, Tally};
use crate::model::Model;
use channels::Poll;

/// How long the engine waits for an answer, in seconds: the default.
const CALL: i64 = 10;

/// Where it is played.
pub struct Stage {
    engine: Engine,
    config: CseConfig,
    store: Arc<dyn Store>,
    recorder: Option<Recorder>,
    model: Model,
    outside: Outside,
    /// Requests that have no answer yet.
    asking: BTreeMap<u64, Ask>,
    /// Those of them that listen at a polling channel.
    polls: BTreeMap<u64, Poll>,
    now: Timestamp,
    count: u64,
    rows: usize,
    /// The store, when it may fail.
    fault: Option<Arc<Faulty>>,
    /// Whether something failed in the last step.
    failed: bool,
    /// Whether the power went in the last step, and whether all of it was lost.
    dark: Option<Lost>,
    mistake: Option<Mistake>,
    /// How often a program has begun.
    starts: u64,
    /// What came of it.
    pub tally: Tally,
}

/// What the power took along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    /// All that the last step did.
    Step,
    /// What it was to say.
    Words,
}

macro_rules! ensure {
    ($holds:expr, $($words:tt)*) => {
        if !$holds {
            return Err(format!($($words)*));
        }
    };
}
use ensure;

impl Stage {
    fn give(&mut self, inputs: Vec<Input>) -> Vec<Output> {
        if let Some(recorder) = &mut self.recorder {
            recorder.inputs(self.now, self.config.limits.long_poll, &inputs);
        }
        if let Some(store) = &self.fault {
            // What becomes of an answer whose lane cannot be read cannot be told from outside.
            store.begin(inputs.iter().all(|input| matches!(input, Input::Request(..))));
        }
        let mut outputs = self.engine.handle_all(inputs, self.now);
        if let Some(mistake) = self.mistake {
            outputs = mistake.spoil(outputs);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.outputs(&outputs);
        }
        if let Some(store) = &self.fault {
            let step = store.end();
            self.failed = step.failed && !(step.died && step.committed);
            self.dark = step.died.then_some(if step.committed { Lost::Words } else { Lost::Step });
            if step.died {
                // The engine has not seen what it wrote last; the next one does.
                self.engine = open(&self.config, &self.store, self.now);
            }
        }
        outputs
    }

    /// Replies are held against the model in their order; then what was acknowledged before and is done now; then calls,
    /// which tell of what all these did.
    fn sort(&mut self, outputs: Vec<Output>) -> Result<(), String> {
        if self.dark == Some(Lost::Step) {
            return self.restart();
        }
        let dark = self.dark.is_some();
        let (mut calls, mut served) = (Vec::new(), Vec::new());
        for output in outputs {
            match output {
                Output::Reply(ticket, response) => {
                    let ask = self.asking.remove(&ticket).ok_or_else(|| format!("nobody waits for {response:?}"))?;
                    let wrong = |difference| format!("{ask:?}: {difference}");
                    match self.polls.remove(&ticket) {
                        Some(poll) => served.push((ticket, poll, response)),
                        None => self.judge(&ask, &response).map_err(wrong)?,
                    }
                }
                Output::Call(call) => calls.push(call),
                Output::Changed(_) => {}
            }
        }
        self.settle()?;
        if dark {
            // Nobody has heard any of it.
            return self.restart();
        }
        for (ticket, poll, response) in served {
            self.listened(ticket, &poll, &response)?;
        }
        for call in calls {
            ensure!(call.until <= self.now.plus_seconds(CALL * 100), "a call that is waited for too long: {call:?}");
            self.outside.called(call, &self.model)?;
        }
        Ok(())
    }

    /// What the administrator sees. `None` for what is not there.
    fn look(&mut self, request: &Request) -> Result<Option<Json>, String> {
        let fault = self.fault.take();
        let outputs = self.give(vec![Input::Request(0, Box::new(request.clone()))]);
        self.fault = fault;
        let Some(Output::Reply(_, response)) = outputs.into_iter().next() else { return Err("no reply".into()) };
        if response.status.code() == 4004 {
            return Ok(None);
        }
        ensure!(response.status.is_success(), "{} of {} by {:?}", response.status, request.to, request.originator);
        let content = response.content.map(|content| content.to_json()).unwrap_or_default();
        let content: Json = serde_json::from_slice(&content).map_err(|error| error.to_string())?;
        Ok(Some(content))
    }
}

fn open(config: &CseConfig, store: &Arc<dyn Store>, now: Timestamp) -> Engine {
    let registry = Registry::clone(Registry::shared());
    let mut engine =
        Engine::new(config.clone(), registry, Behaviours::standard(), store.clone(), now).expect("it opens");
    engine.watch(true);
    engine
}

/// What is inside the root of some content.
fn inside(content: &Json) -> Option<&Json> {
    content.as_object().and_then(|content| content.values().next())
}

/// The content of a response.
fn content_of(response: &onem2m_cse::primitive::Response) -> Json {
    let content = response.content.as_ref().map(|content| content.to_json());
    content.and_then(|content| serde_json::from_slice(&content).ok()).unwrap_or(Json::Null)
}

fn same(shown: Option<&Json>, model: &Model, path: &str) -> Result<(), String> {
    let expected = Json::Object(model.shown(path));
    ensure!(shown == Some(&expected), "{path} is {}, not {expected}", shown.unwrap_or(&Json::Null));
    Ok(())
}
