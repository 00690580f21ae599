//! The world: an engine, a memory store, a clock.

use std::sync::{Arc, OnceLock};

use crate::codec;
use crate::config::CseConfig;
use crate::engine::{Answer, CallId, Change, Engine, Input, Output};

use super::outside::Outside;
use crate::primitive::{FilterCriteria, Operation, ReleaseVersion, Request, Response, ResultContent, Status};
use crate::resource::Behaviours;
use crate::schema::Registry;
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::tree;
use crate::value::{Map, Timestamp, Value};

/// Reads JSON that a story writes down.
pub fn json(text: &str) -> Value {
    codec::json::decode(text.as_bytes(), 64).unwrap()
}

/// Filter criteria as a query string would say them; what is no condition is an attribute, of a child after `c.`, of the
/// parent after `p.`.
pub fn criteria(filter: &[(&str, &str)]) -> FilterCriteria {
    let mut criteria = FilterCriteria::default();
    for (name, value) in filter {
        if !criteria.set_text(name, value).unwrap() {
            let dot = name.find('.').map_or(0, |dot| dot + 1);
            criteria.set_attribute(&name[..dot], &name[dot..], Value::from(*value)).unwrap();
        }
    }
    criteria
}

/// The addresses in the answer to a discovery.
pub fn addresses(response: &Response) -> Vec<String> {
    let list = response.value().as_map().unwrap().get("m2m:uril").unwrap().clone();
    list.as_list().unwrap().iter().map(|uri| uri.as_text().unwrap().to_owned()).collect()
}

pub struct World {
    pub engine: Engine,
    pub store: Arc<dyn Store>,
    pub now: Timestamp,
    pub changes: Vec<Change>,
    pub last_deferred: Option<Response>,
    /// What lies outside.
    pub outside: Outside,
    /// The replies that came later than their requests.
    pub later: Vec<(u64, Response)>,
    count: u64,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut CseConfig)) -> Self {
        Self::over(Arc::new(MemoryStore::new()), change)
    }

    /// A world on any store.
    pub fn over(store: Arc<dyn Store>, change: impl FnOnce(&mut CseConfig)) -> Self {
        let mut config = CseConfig::default();
        change(&mut config);
        let now = Timestamp::parse("20261121T013000").unwrap();
        let engine = Self::engine(config, &store, now);
        Self {
            engine,
            store,
            now,
            changes: Vec::new(),
            last_deferred: None,
            outside: Outside::default(),
            later: Vec::new(),
            count: 0,
        }
    }

    fn engine(config: CseConfig, store: &Arc<dyn Store>, now: Timestamp) -> Engine {
        static STANDARD: OnceLock<Registry> = OnceLock::new();
        let registry = STANDARD.get_or_init(|| Registry::standard().unwrap()).clone();
        let mut engine = Engine::new(config, registry, Behaviours::standard(), store.clone(), now).unwrap();
        engine.watch(true);
        engine
    }

    /// Stops the engine and starts another one on what it left.
    pub fn restart(&mut self) {
        let config = self.engine.reader().core().config.clone();
        self.engine = Self::engine(config, &self.store, self.now);
    }

    /// Lets time pass, waking the engine whenever it asked for it.
    pub fn pass(&mut self, seconds: i64) {
        let until = self.now.plus_seconds(seconds);
        for _ in 0..100_000 {
            match self.engine.next_due() {
                Some(at) if at <= until => {
                    self.now = self.now.max(at);
                    let outputs = self.engine.handle(Input::Due, self.now);
                    self.sort(outputs, 0);
                }
                _ => {
                    self.now = until;
                    return;
                }
            }
        }
        panic!("the engine never comes to rest");
    }

    /// Sorts what came out, answers what is asked of the outside, and so on until nothing comes any more. Answers the
    /// reply to the request of that number, if there is one.
    fn sort(&mut self, outputs: Vec<Output>, asked: u64) -> Option<Response> {
        let mut reply = None;
        let mut outputs = std::collections::VecDeque::from(outputs);
        let mut calls = 0;
        while let Some(output) = outputs.pop_front() {
            calls += u32::from(matches!(output, Output::Call(_)));
            assert!(calls < 10_000, "the engine never stops telling");
            match output {
                Output::Reply(ticket, response) if ticket == asked => reply = Some(*response),
                Output::Reply(ticket, response) => self.later.push((ticket, *response)),
                Output::Changed(change) => self.changes.push(change),
                Output::Call(call) => {
                    if let Some((id, answer)) = self.outside.take(call) {
                        outputs.extend(self.engine.handle(Input::Answer(id, answer), self.now));
                    }
                }
            }
        }
        if let Some(reply) = reply.as_ref().or(self.later.last().map(|(_, reply)| reply)) {
            self.last_deferred = Some(reply.clone());
        }
        reply
    }

    /// Brings the engine an answer that the outside kept back.
    pub fn answer(&mut self, call: CallId, answer: Answer) {
        self.say(Input::Answer(call, answer));
    }

    /// Tells the engine something that is answered to nobody.
    pub fn say(&mut self, input: Input) {
        let outputs = self.engine.handle(input, self.now);
        self.sort(outputs, 0);
    }

    /// The number that the next request will have.
    pub const fn next_ticket(&self) -> u64 {
        self.count + 1
    }

    /// The replies to requests that were not answered at once.
    pub fn deferred(&mut self) -> Vec<Response> {
        std::mem::take(&mut self.later).into_iter().map(|(_, response)| response).collect()
    }

    /// Sends a request through the engine. Each request takes a millisecond of the world's time.
    pub fn send(&mut self, mut request: Request) -> Response {
        self.try_send(&mut request).expect("an answer at once")
    }

    pub fn try_send(&mut self, request: &mut Request) -> Option<Response> {
        self.now = self.now.plus_micros(1000);
        self.count += 1;
        if request.request_identifier.is_empty() {
            request.request_identifier = format!("r{}", self.count).into();
        }
        let outputs = self.engine.handle(Input::Request(self.count, Box::new(request.clone())), self.now);
        let reply = self.sort(outputs, self.count);
        // What a reader says beside the engine is the same.
        if let (Some(reply), Some(read)) = (&reply, self.engine.reader().read(request, self.now)) {
            assert_eq!((reply.status, reply.value()), (read.status, read.value()), "{request:?}");
        }
        reply
    }

    pub fn create(&mut self, from: &str, to: &str, ty: u32, content: &str) -> Response {
        let mut request = Request::create(to, ty, "", Map::new()).from(from);
        request.content = Some(json(content));
        request.release_version_indicator = ReleaseVersion::R4;
        self.send(request)
    }

    pub fn update(&mut self, from: &str, to: &str, content: &str) -> Response {
        let mut request = Request::update(to, "", Map::new()).from(from);
        request.content = Some(json(content));
        self.send(request)
    }

    pub fn retrieve(&mut self, from: &str, to: &str) -> Response {
        self.send(Request::retrieve(to).from(from))
    }

    pub fn retrieve_as(&mut self, from: &str, to: &str, rcn: i64, filter: &[(&str, &str)]) -> Response {
        let mut request = Request::retrieve(to).from(from);
        request.result_content = ResultContent::from_number(rcn);
        self.send(request.filtered(criteria(filter)))
    }

    pub fn delete(&mut self, from: &str, to: &str) -> Response {
        self.send(Request::new(Operation::Delete, to).from(from))
    }

    /// The addresses that a discovery finds.
    pub fn discover(&mut self, from: &str, to: &str, filter: &[(&str, &str)]) -> Vec<String> {
        let mut all = vec![("fu", "1")];
        all.extend_from_slice(filter);
        let response = self.send(Request::retrieve(to).from(from).filtered(criteria(&all)));
        assert_eq!(response.status, Status::OK, "{:?}", response.value());
        addresses(&response)
    }

    /// Registers an AE and gives it a container named `c`.
    pub fn furnish(&mut self, ae: &str, container: &str) {
        self.register(ae);
        let response = self.create(ae, &format!("cse-in/{ae}"), 3, container);
        assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
    }

    pub fn register(&mut self, ae: &str) {
        let content = format!(r#"{{"m2m:ae":{{"rn":"{ae}","api":"Napp","rr":false,"srv":["3"]}}}}"#);
        let response = self.create(ae, "cse-in", 2, &content);
        assert_eq!(response.status, Status::CREATED, "{:?}", response.value());
    }

    pub fn instance(&mut self, from: &str, to: &str, content: &str) -> Response {
        self.create(from, to, 4, &format!(r#"{{"m2m:cin":{{"con":"{content}"}}}}"#))
    }

    /// Flips a bit of a resource's record in the store.
    pub fn damage(&mut self, id: &str) {
        use crate::store::{ChangeSet, Durability};
        let key = tree::node_of(id).unwrap().0.to_be_bytes();
        let snapshot = self.store.snapshot().unwrap();
        let mut bytes = snapshot.get(tree::tables::RECORD, &key).unwrap().unwrap().to_vec();
        bytes[60] ^= 1;
        let mut changes = ChangeSet::new();
        changes.put(tree::tables::RECORD, key.to_vec(), bytes);
        self.store.commit(&*snapshot, &changes, Durability::Synced).unwrap();
    }

    /// An attribute of a resource, as the administrator sees it.
    pub fn attribute(&mut self, to: &str, name: &str) -> Value {
        let response = self.retrieve("CAdmin", to);
        assert_eq!(response.status, Status::OK, "{to}: {:?}", response.value());
        response.attributes().unwrap().get(name).cloned().unwrap_or_default()
    }

    /// Every index agrees with its records, and nothing is left of what was deleted.
    pub fn check(&mut self) {
        self.pass(0);
        let reader = self.engine.reader();
        let cell = reader.core().tree.snapshot();
        let report = tree::check(&cell, |_| ()).unwrap();
        assert_eq!(report.findings, Vec::new());
        assert_eq!(report.to_be_cleared, 0);
    }
}
