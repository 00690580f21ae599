//! What lies outside the engine: listeners that answer, stall or are gone.

use std::collections::BTreeMap;

use crate::codec::format::Format;
use crate::engine::{Answer, Call, CallId, Failure};
use crate::primitive::{Request, Response, Status};
use crate::value::Value;

/// How a listener behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers with this status.
    Answers(Status),
    /// It never answers.
    Stalls,
    /// Nobody is there.
    Gone,
    /// It takes the first so many requests of a call, and then the connection breaks.
    Breaks(usize),
}

/// Listeners by URL; whoever is not named answers 2000.
#[derive(Default)]
pub struct Outside {
    moods: BTreeMap<String, Mood>,
    /// What was said to whom, in order. What nobody heard is not in it.
    pub heard: Vec<(String, Request)>,
    /// Who was called in which format, in order.
    pub formats: Vec<(String, Format)>,
    /// How often somebody was called, in vain or not.
    pub calls: usize,
    /// The calls that wait for an answer.
    pub kept: Vec<Call>,
}

impl Outside {
    /// From now on, the listener at that URL behaves like this.
    pub fn at(&mut self, url: &str, mood: Mood) {
        self.moods.insert(url.to_owned(), mood);
    }

    pub fn take(&mut self, call: Call) -> Option<(CallId, Answer)> {
        self.calls += 1;
        self.formats.push((call.url.to_string(), call.format));
        let mood = self.moods.get(call.url.as_str()).copied().unwrap_or(Mood::Answers(Status::OK));
        let (most, status) = match mood {
            Mood::Gone => return Some((call.id, Answer::failed(Failure::Unreachable("nobody is there".into())))),
            Mood::Stalls => {
                self.kept.push(call);
                return None;
            }
            Mood::Breaks(most) => (most, Status::OK),
            Mood::Answers(status) => (usize::MAX, status),
        };
        let mut responses = Vec::new();
        for request in call.requests.iter().take(most) {
            self.heard.push((call.url.to_string(), request.clone()));
            responses.push(Response::new(status, request));
            if !status.is_success() {
                return Some((call.id, Answer::complete(responses)));
            }
        }
        let failure = (responses.len() < call.requests.len()).then(|| Failure::Unreachable("it broke".into()));
        Some((call.id, Answer { responses, failure }))
    }

    /// What was said to that listener since the last look.
    pub fn said_to(&mut self, url: &str) -> Vec<Value> {
        let (said, others) = std::mem::take(&mut self.heard).into_iter().partition(|(to, _)| to == url);
        self.heard = others;
        let said: Vec<(String, Request)> = said;
        said.into_iter().map(|(_, request)| request.content.unwrap_or_default()).collect()
    }
}
