//! Two CSEs, a listener, and a wire that loses, repeats and delays what it carries: simulated hours in milliseconds.
//!
//! `A` hosts containers with subscriptions. Some name a listener, others an AE of `B`, which passes on what it gets.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::World;
use crate::engine::{Answer, Call, Failure, Input, Output};
use crate::primitive::{Request, Response, Status};
use crate::value::{Map, Timestamp, Value};

const LISTENER: &str = "http://listener";
const AE_OF_B: &str = "http://b/~/id-b/Cb";

/// What the wire does with a call.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Carries,
    /// The request is lost; the sender finds out.
    Breaks,
    /// The request is lost, and nobody says so.
    Swallows,
    /// The answer is lost: the receiver has heard it.
    LosesAnswer,
    /// The receiver hears it twice.
    Repeats,
    /// The receiver is in trouble.
    Fails,
}

struct Wire {
    a: World,
    b: World,
    fates: Vec<Fate>,
    carried: usize,
    /// What the listener heard, by subscription.
    heard: BTreeMap<String, Vec<u32>>,
    tickets: u64,
    /// How often in a row B has answered A with trouble of its own. What breaks behind B is such trouble, too.
    refused: u32,
}

impl Wire {
    fn new(fates: Vec<Fate>) -> Self {
        let b = World::with(|config| (config.cse_id, config.cse_name) = ("/id-b".into(), "cse-b".into()));
        let a = World::with(|config| (config.cse_id, config.cse_name) = ("/id-a".into(), "cse-a".into()));
        let mut wire = Self { a, b, fates, carried: 0, heard: BTreeMap::new(), tickets: 1 << 32, refused: 0 };
        let ae = r#"{"m2m:ae":{"rn":"Cb","api":"Napp","rr":true,"srv":["3"],"poa":["http://listener"]}}"#;
        assert_eq!(wire.b.create("Cb", "cse-b", 2, ae).status, Status::CREATED);
        let policy = r#"{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["/id-a","/id-a/Ca"],"acop":16}]},
            "pvs":{"acr":[{"acor":["Cb"],"acop":63}]}}}"#;
        wire.b.create("Cb", "cse-b/Cb", 1, policy);
        wire.b.update("Cb", "cse-b/Cb", r#"{"m2m:ae":{"acpi":["cse-b/Cb/p"]}}"#);
        let ae = r#"{"m2m:ae":{"rn":"Ca","api":"Napp","rr":false,"srv":["3"]}}"#;
        assert_eq!(wire.a.create("Ca", "cse-a", 2, ae).status, Status::CREATED);
        for (name, target) in [("c", LISTENER), ("d", AE_OF_B)] {
            wire.a.create("Ca", "cse-a/Ca", 3, &format!(r#"{{"m2m:cnt":{{"rn":"{name}"}}}}"#));
            let content = format!(r#"{{"m2m:sub":{{"nu":["{target}"],"enc":{{"net":[3]}},"cr":null}}}}"#);
            // The world outside of this one agrees to everything.
            assert_eq!(wire.a.create("Ca", &format!("cse-a/Ca/{name}"), 23, &content).status, Status::CREATED);
        }
        wire
    }

    fn fate(&mut self) -> Fate {
        self.carried += 1;
        // After the eighth time a notification is given up.
        if self.refused == 7 {
            return Fate::Carries;
        }
        self.fates.get(self.carried - 1).copied().unwrap_or(Fate::Carries)
    }

    fn create(&mut self, container: &str, n: u32) {
        let mut request =
            Request::create(format!("cse-a/Ca/{container}"), 4, "m2m:cin", Map::from_iter([("con", n.to_string())]));
        (request.originator, request.request_identifier) = (Some("Ca".into()), format!("r{n}").into());
        self.tickets += 1;
        let now = self.a.now;
        let outputs = self.a.engine.handle(Input::Request(self.tickets, Box::new(request)), now);
        assert!(outputs.iter().any(|output| matches!(output, Output::Reply(_, reply) if reply.status.is_success())));
        self.carry(true, outputs);
    }

    /// Carries what came out of one of the two, and what comes of that.
    fn carry(&mut self, from_a: bool, outputs: Vec<Output>) -> Vec<(u64, Response)> {
        let mut replies = Vec::new();
        for output in outputs {
            match output {
                Output::Reply(ticket, response) => replies.push((ticket, *response)),
                Output::Changed(_) => {}
                Output::Call(call) => {
                    let id = call.id;
                    if let Some(answer) = self.call(call) {
                        let world = if from_a { &mut self.a } else { &mut self.b };
                        let outputs = world.engine.handle(Input::Answer(id, answer), world.now);
                        replies.extend(self.carry(from_a, outputs));
                    }
                }
            }
        }
        replies
    }

    fn call(&mut self, call: Call) -> Option<Answer> {
        let mut responses = Vec::new();
        for request in &call.requests {
            let broken = || Some(Failure::Unreachable("broken".into()));
            match self.fate() {
                Fate::Carries => responses.push(self.deliver(&call.url, request)?),
                Fate::Breaks => return Some(Answer { responses, failure: broken() }),
                Fate::Swallows => return None,
                Fate::LosesAnswer => {
                    self.deliver(&call.url, request);
                    return Some(Answer { responses, failure: broken() });
                }
                Fate::Repeats => {
                    self.deliver(&call.url, request);
                    responses.push(self.deliver(&call.url, request)?);
                }
                Fate::Fails => responses.push(Response::new(Status::INTERNAL_SERVER_ERROR, request)),
            }
            let is_taken = responses.last().is_some_and(|response| response.status.is_success());
            if call.url != LISTENER {
                self.refused = if is_taken { 0 } else { self.refused + 1 };
            }
            if !is_taken {
                break;
            }
        }
        Some(Answer::complete(responses))
    }

    /// The receiver's answer, if it answers at once.
    fn deliver(&mut self, url: &str, request: &Request) -> Option<Response> {
        if url == LISTENER {
            self.hear(request);
            return Some(Response::new(Status::OK, request));
        }
        let mut request = request.clone();
        request.to = "/id-b/Cb".into();
        self.tickets += 1;
        let ticket = self.tickets;
        let outputs = self.b.engine.handle(Input::Request(ticket, Box::new(request)), self.b.now);
        let replies = self.carry(false, outputs);
        replies.into_iter().find(|(to, _)| *to == ticket).map(|(_, response)| response)
    }

    fn hear(&mut self, request: &Request) {
        let sgn = super::subscriptions::sgn(request.content.as_ref().unwrap());
        let rep = sgn.get("nev").and_then(|nev| nev.as_map()?.get("rep")?.as_map()?.get("m2m:cin"));
        let con = rep.and_then(|cin| cin.as_map()?.get("con")).and_then(Value::as_text);
        let from = sgn.get("sur").and_then(Value::as_text).unwrap_or_default().to_owned();
        self.heard.entry(from).or_default().extend(con.and_then(|con| con.parse::<u32>().ok()));
    }

    /// Lets time pass on both sides alike.
    fn pass(&mut self, seconds: i64) {
        let until = self.a.now.plus_seconds(seconds);
        for _ in 0..100_000 {
            let due: [Option<Timestamp>; 2] = [self.a.engine.next_due(), self.b.engine.next_due()];
            let Some(next) = due.into_iter().flatten().min().filter(|at| *at <= until) else { break };
            for from_a in [true, false] {
                let world = if from_a { &mut self.a } else { &mut self.b };
                world.now = world.now.max(next);
                let outputs = world.engine.handle(Input::Due, world.now);
                self.carry(from_a, outputs);
            }
        }
        (self.a.now, self.b.now) = (until, until);
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Carries),
        2 => Just(Fate::Breaks),
        1 => Just(Fate::Swallows),
        2 => Just(Fate::LosesAnswer),
        1 => Just(Fate::Repeats),
        1 => Just(Fate::Fails),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_wire_does_each_event_comes_and_in_order(
        fates in prop::collection::vec(fate(), 0..60),
        steps in prop::collection::vec((0..2_usize, 0..400_i64, any::<bool>()), 1..30),
    ) {
        // A notification that is refused eight times is given up: that many are not dealt.
        let mut refusals = 0;
        let fates = fates.into_iter().map(|fate| match fate {
            Fate::Fails if refusals == 7 => Fate::Carries,
            Fate::Fails => { refusals += 1; fate }
            _ => fate,
        });
        let mut wire = Wire::new(fates.collect());
        let mut made = [Vec::new(), Vec::new()];
        for (n, (which, seconds, restarts)) in steps.into_iter().enumerate() {
            let n = u32::try_from(n).unwrap();
            wire.create(["c", "d"][which], n);
            made[which].push(n);
            if restarts && seconds % 7 == 0 {
                wire.a.restart();
                wire.b.restart();
            }
            wire.pass(seconds);
        }
        // Longer than the longest rest, after the wire has run out of bad fates.
        for _ in 0..60 {
            wire.pass(400);
        }
        let mut heard: Vec<Vec<u32>> = wire.heard.values().cloned().collect();
        for events in &mut heard {
            // Told at least once: a repetition is no disorder.
            let mut seen = std::collections::BTreeSet::new();
            events.retain(|n| seen.insert(*n));
        }
        for events in made.into_iter().filter(|events| !events.is_empty()) {
            prop_assert!(heard.contains(&events), "{:?} was heard of {:?}", heard, events);
        }
        wire.a.check();
        wire.b.check();
    }
}
