//! Whoever lies outside: is asked whether it wants notifications, is told, and answers, late, twice, or never.

use std::collections::BTreeMap;

use onem2m_cse::engine::{Answer, Call, Failure};
use onem2m_cse::primitive::{Response, Status};
use onem2m_cse::value::Timestamp;
use serde_json::Value as Json;

use crate::model::{Model, Told};

/// All who lie outside.
#[derive(Debug, Default)]
pub struct Outside {
    /// Calls that the engine waits for.
    pub calls: Vec<Call>,
    /// Calls that it waits for no more.
    pub late: Vec<Call>,
    /// How many notifications of each subscription arrived and were acknowledged.
    pub taken: BTreeMap<String, usize>,
    /// What those answered who were asked, by the identifier of the request that waits for it.
    pub willing: BTreeMap<String, bool>,
}

/// What a call is about.
pub enum About {
    /// The question whether somebody wants notifications.
    Question,
    /// Notifications of that subscription, and those that only say that it is gone.
    Notifications(String, Vec<Option<Told>>),
}

/// Reads what is said.
pub fn about(call: &Call) -> Result<About, String> {
    let mut told = Vec::new();
    let mut of = None;
    for request in &call.requests {
        let content = request.content.as_ref().map(onem2m_cse::codec::json::encode).unwrap_or_default();
        let content: Json = serde_json::from_slice(&content).map_err(|error| error.to_string())?;
        let sgn = &content["m2m:sgn"];
        if sgn["vrq"] == Json::Bool(true) {
            return Ok(About::Question);
        }
        let sur = sgn["sur"].as_str().and_then(|sur| sur.strip_prefix("/id-in/")).unwrap_or_default().to_owned();
        if of.get_or_insert_with(|| sur.clone()) != &sur {
            return Err(format!("one call tells of {of:?} and {sur}"));
        }
        let rep = sgn["nev"]["rep"].as_object().and_then(|rep| rep.values().next());
        told.push(rep.map(|rep| Told { net: sgn["nev"]["net"].as_u64().unwrap_or(0), rep: rep.clone() }));
    }
    Ok(About::Notifications(of.unwrap_or_default(), told))
}

impl Outside {
    /// A call goes out: what it tells has to be what comes next.
    pub fn called(&mut self, call: Call, model: &Model) -> Result<(), String> {
        if let About::Notifications(of, told) = about(&call)? {
            let from = self.taken.get(&of).copied().unwrap_or(0);
            let expected = model.told.get(&of).ok_or_else(|| format!("told of {of}, which never was"))?;
            let lives = model.nodes.values().any(|node| node.id() == of);
            for (place, told) in told.iter().enumerate() {
                match (told, expected.get(from + place)) {
                    (Some(told), Some(expected)) if told == expected => {}
                    // The last words of a subscription that is gone: what waited has gone with it.
                    (None, _) if !lives => {}
                    (told, expected) => return Err(format!("{of} told {told:?}, not {expected:?}")),
                }
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
    pub fn answer(&mut self, call: &Call, how: u8, counts: bool) -> Result<Answer, String> {
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
        if counts {
            match about(call)? {
                About::Question => {
                    let willing = answer.failure.is_none();
                    self.willing.insert(call.id.to_string(), willing);
                }
                About::Notifications(of, told) => {
                    let taken = told.iter().take(answer.responses.len()).flatten().count();
                    *self.taken.entry(of).or_default() += taken;
                }
            }
        }
        Ok(answer)
    }
}
