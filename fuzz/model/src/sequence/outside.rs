//! Whoever lies outside: is asked whether it wants notifications, is told, and answers, late, twice, or never.

use std::collections::{BTreeMap, BTreeSet};

use onem2m_cse::engine::{Answer, Call, Failure};
use onem2m_cse::primitive::{Request, Response, Status};
use onem2m_cse::value::Timestamp;
use serde_json::Value as Json;

use super::channels::channel_of;
use crate::model::{Model, Told};

/// All who lie outside.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// Calls that the engine waits for.
    pub calls: Vec<Call>,
    /// Calls that it waits for no more.
    pub late: Vec<Call>,
    /// How many notifications of each subscription arrived and were acknowledged.
    pub taken: BTreeMap<String, usize>,
    /// Which notification of its subscription each was, by the number under which it came: that is the same when it is said
    /// again, alone or with others.
    heard: BTreeMap<String, usize>,
    /// How many notifications of each subscription were said at all.
    furthest: BTreeMap<String, usize>,
    /// Subscriptions that were told over a channel: there, several are acknowledged together, one after the other, and all
    /// of them are told again if the CSE ends in between.
    by_channel: BTreeSet<String>,
    /// Requests that were taken along from a channel and not answered.
    pub open: BTreeSet<String>,
}

/// What a request is about.
pub enum About {
    /// The question whether somebody wants notifications.
    Question,
    /// Notifications of that subscription, and those that only say that it is gone; several in a batch.
    Notifications(String, Vec<Option<Told>>),
    /// The result of that request, and its code.
    Result(String, u16),
}

/// Reads what is said.
fn about(request: &Request) -> Result<About, String> {
    let content = request.content.as_ref().map(onem2m_cse::codec::json::encode).unwrap_or_default();
    let content: Json = serde_json::from_slice(&content).map_err(|error| error.to_string())?;
    let response = &content["m2m:rsp"];
    if let Some(code) = response["rsc"].as_u64() {
        let of = response["rqi"].as_str().unwrap_or_default().to_owned();
        return Ok(About::Result(of, code.try_into().unwrap_or(0)));
    }
    let batch = content["m2m:agn"]["m2m:sgn"].as_array();
    let all = batch.cloned().unwrap_or_else(|| vec![content["m2m:sgn"].clone()]);
    let (mut told, mut of) = (Vec::new(), None);
    for sgn in all {
        if sgn["vrq"] == Json::Bool(true) {
            return Ok(About::Question);
        }
        let sur = sgn["sur"].as_str().and_then(|sur| sur.strip_prefix("/id-in/")).unwrap_or_default().to_owned();
        if of.get_or_insert_with(|| sur.clone()) != &sur {
            return Err(format!("one request tells of {of:?} and {sur}"));
        }
        let rep = sgn["nev"]["rep"].as_object().and_then(|rep| rep.values().next());
        told.push(rep.map(|rep| Told { net: sgn["nev"]["net"].as_u64().unwrap_or(0), rep: rep.clone() }));
    }
    Ok(About::Notifications(of.unwrap_or_default(), told))
}

impl Outside {
    /// A call goes out: what it tells has to be what comes next.
    pub fn called(&mut self, call: Call, model: &Model) -> Result<(), String> {
        for request in &call.requests {
            match about(request)? {
                About::Question => {}
                About::Result(of, code) => {
                    let expected = model.results.get(&of).map(|(code, ..)| *code);
                    if expected != Some(code) {
                        return Err(format!("{of} is said to have come to {code}, not {expected:?}"));
                    }
                }
                About::Notifications(of, told) => {
                    let taken = self.taken.get(&of).copied().unwrap_or(0);
                    let furthest = self.furthest.entry(of.clone()).or_default();
                    let unheard = taken.max(*furthest);
                    let first = number(request, told.len(), 0);
                    let from = self.heard.get(&first).copied().unwrap_or(unheard);
                    if from < taken && !self.by_channel.contains(&of) {
                        return Err(format!("{of} tells again what was acknowledged: {from} of {taken}"));
                    }
                    compare(&of, &told, from, model)?;
                    *furthest = unheard.max(from + told.len());
                    let says = |other: &Request| other.request_identifier == request.request_identifier;
                    let twice =
                        self.calls.iter().any(|other| channel_of(other).is_none() && other.requests.iter().any(says));
                    if twice && channel_of(&call).is_none() {
                        return Err(format!("{of} is told twice at once: {}", request.request_identifier));
                    }
                    for place in 0..told.len() {
                        self.heard.insert(number(request, told.len(), place), from + place);
                    }
                }
            }
            if channel_of(&call).is_some() {
                self.open.insert(request.request_identifier.to_string());
            }
        }
        self.calls.push(call);
        Ok(())
    }

    /// The calls that the engine has stopped waiting for.
    pub fn pass(&mut self, now: Timestamp) {
        let (late, calls) = std::mem::take(&mut self.calls).into_iter().partition(|call: &Call| call.until <= now);
        self.calls = calls;
        self.late.extend::<Vec<Call>>(late);
    }

    /// An answer to `call`, as `how` says: all of it, a part of it, none. `counts`: the engine listens.
    pub fn answer(
        &mut self,
        call: &Call,
        how: u8,
        counts: bool,
        model: &mut Model,
        now: Timestamp,
    ) -> Result<Answer, String> {
        let ok = |count: usize| -> Vec<Response> {
            call.requests.iter().take(count).map(|request| Response::new(Status::OK, request)).collect()
        };
        let gone = || Failure::Unreachable("nobody there".into());
        let answer = match how % 6 {
            0..=2 => Answer::complete(ok(call.requests.len())),
            3 => Answer::failed(Failure::TimedOut),
            4 => Answer { responses: ok(call.requests.len() / 2), failure: Some(gone()) },
            _ => Answer::failed(gone()),
        };
        let mut delivered: BTreeMap<String, u64> = BTreeMap::new();
        for request in call.requests.iter().take(if counts { answer.responses.len() } else { 0 }) {
            if let Some(of) = self.take(request, model)? {
                *delivered.entry(of).or_default() += 1;
            }
        }
        for (of, delivered) in delivered {
            model.heard(&of, delivered, now.as_micros());
        }
        Ok(answer)
    }

    /// A request was answered, and the answer was heard. The subscription, if it was about one.
    pub fn take(&mut self, request: &Request, model: &mut Model) -> Result<Option<String>, String> {
        let identifier = request.request_identifier.as_str();
        self.open.remove(identifier);
        match about(request)? {
            About::Question => Ok(None),
            About::Result(of, _) => {
                if let Some(result) = model.results.get_mut(&of) {
                    result.2 = false;
                }
                Ok(None)
            }
            About::Notifications(of, told) => {
                let from = self.heard.get(&number(request, told.len(), 0)).copied().unwrap_or(0);
                let told = told.iter().flatten().count();
                let taken = self.taken.entry(of.clone()).or_default();
                *taken = (*taken).max(from + told);
                Ok(Some(of))
            }
        }
    }

    /// As [`Self::take`], for what came out of a channel.
    pub fn take_from_channel(&mut self, request: &Request, model: &mut Model) -> Result<(), String> {
        if let Some(of) = self.take(request, model)? {
            self.by_channel.insert(of);
        }
        Ok(())
    }
}

/// The number under which the notification at that place came, of so many in one request: that of the request is the
/// last's.
fn number(request: &Request, count: usize, place: usize) -> String {
    let identifier = request.request_identifier.as_str();
    let (lane, last) = identifier.rsplit_once('-').unwrap_or((identifier, "0"));
    let last: usize = last.parse().unwrap_or(0);
    format!("{lane}-{}", (last + place + 1).saturating_sub(count))
}

fn compare(of: &str, told: &[Option<Told>], from: usize, model: &Model) -> Result<(), String> {
    let expected = model.told.get(of).ok_or_else(|| format!("told of {of}, which never was"))?;
    let lives = model.path_of(of).is_some();
    for (place, told) in told.iter().enumerate() {
        match (told, expected.get(from + place)) {
            (Some(told), Some(expected)) if told == expected => {}
            // The last words of a subscription that is gone: what waited has gone with it.
            (None, _) if !lives => {}
            (told, expected) => return Err(format!("{of} told {told:?}, not {expected:?}")),
        }
    }
    Ok(())
}
