//! Engine and model side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use onem2m_cse::engine::{Engine, Input, Output};
use onem2m_cse::primitive::{Operation, Request, Response};
use onem2m_cse::replay::{Head, Recorder};
use onem2m_cse::resource::Behaviours;
use onem2m_cse::schema::Registry;
use onem2m_cse::store::Store;
use onem2m_cse::store::memory::MemoryStore;
use onem2m_cse::value::Timestamp;
use onem2m_cse::{CseConfig, tree};
use serde_json::Value as Json;

use super::alike;
use super::ask::Ask;
use super::faulty::{Faulty, Way};
use super::outside::Outside;
use super::{Deed, Paper, Tally};
use crate::model::{Asked, Model, code};

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
    now: Timestamp,
    count: u64,
    rows: usize,
    /// The store, when it may fail.
    fault: Option<Arc<Faulty>>,
    /// Whether the last commit failed.
    failed: bool,
    /// What came of it.
    pub tally: Tally,
}

macro_rules! ensure {
    ($holds:expr, $($words:tt)*) => {
        if !$holds {
            return Err(format!($($words)*));
        }
    };
}

impl Stage {
    /// A new CSE. `paper` is for its recording.
    ///
    /// # Panics
    /// When there is no starting.
    #[must_use]
    pub fn open(paper: Option<&Paper>) -> Self {
        Self::over(Arc::new(MemoryStore::new()), paper)
    }

    /// A new CSE on a store whose commits fail when a deed says so.
    ///
    /// # Panics
    /// When there is no starting.
    #[must_use]
    pub fn faulty() -> Self {
        let store = Faulty::new();
        let mut stage = Self::over(Arc::new(Way(store.clone())), None);
        stage.fault = Some(store);
        stage
    }

    /// A new CSE on a store of one's own.
    ///
    /// # Panics
    /// When there is no starting.
    #[must_use]
    pub fn over(store: Arc<dyn Store>, paper: Option<&Paper>) -> Self {
        let now = Timestamp::parse("20261121T013000").expect("an instant");
        let mut config = CseConfig { cache_entries: 32, ..CseConfig::default() };
        config.limits.clearing_step = 3;
        let recorder = paper.map(|paper| {
            let head = Head::of(&config, &[], &*store, now).expect("an empty store");
            Recorder::new(Box::new(paper.clone()), u64::MAX, &head).expect("paper is patient")
        });
        let engine = open(&config, &store, now);
        let mut stage = Self {
            engine,
            config,
            store,
            recorder,
            model: Model::new(),
            outside: Outside::default(),
            asking: BTreeMap::new(),
            now,
            count: 0,
            rows: 0,
            fault: None,
            failed: false,
            tally: Tally::default(),
        };
        stage.rows = stage.count_rows();
        stage
    }

    /// All rows but those of the index of creation times, which keeps one for each second in which anything was created.
    fn count_rows(&self) -> usize {
        crate::fixture::rows_of(&*self.store).iter().filter(|row| row.table.number != 6).count()
    }

    /// Lets one thing happen.
    ///
    /// # Errors
    /// When engine and model differ.
    pub fn happen(&mut self, deed: Deed) -> Result<(), String> {
        // A moment passes between any two: what happens at the same instant is no test of times.
        self.now = self.now.plus_micros(1000);
        self.due()?;
        if let Some(ask) = Ask::of(deed, self.now.as_micros()) {
            return self.ask(ask);
        }
        let [kind, how, which, fuse, ..] = deed;
        if let Some(store) = self.fault.as_ref().filter(|_| matches!(kind % 24, 22 | 23) && fuse & 1 == 0) {
            store.light(u32::from(fuse >> 1 & 3) + 1);
            return Ok(());
        }
        match kind % 24 {
            20 => self.pass([1, 5, 12, 31, 100][usize::from(how) % 5]),
            21 => self.restart(how),
            22 | 23 if !self.outside.calls.is_empty() => {
                let call = self.outside.calls.remove(usize::from(which) % self.outside.calls.len());
                self.answer(call.id, &call, how, true)?;
                // Said once more, it means nothing.
                if how & 64 != 0 { self.answer(call.id, &call, 0, false) } else { Ok(()) }
            }
            _ => match self.outside.late.pop() {
                Some(call) => self.answer(call.id, &call, how, false),
                None => self.answer(u64::MAX, &nobodys(self.now), how, false),
            },
        }
    }

    fn ask(&mut self, ask: Ask) -> Result<(), String> {
        self.count += 1;
        let request = alike::request(&ask.request(self.count), self.count)?;
        let ticket = self.count;
        self.asking.insert(ticket, ask);
        self.tally.requests += 1;
        let outputs = self.give(vec![Input::Request(ticket, Box::new(request))]);
        let failed = outputs.iter().any(
            |output| matches!(output, Output::Reply(of, response) if *of == ticket && !response.status.is_success()),
        );
        let changed = outputs.iter().any(|output| matches!(output, Output::Changed(_)));
        ensure!(!(failed && changed), "something was changed by a request that failed: {outputs:?}");
        self.sort(outputs)
    }

    fn answer(&mut self, id: u64, call: &onem2m_cse::engine::Call, how: u8, counts: bool) -> Result<(), String> {
        let taken = self.outside.taken.clone();
        let answer = self.outside.answer(call, how, counts)?;
        let outputs = self.give(vec![Input::Answer(id, answer)]);
        if self.failed {
            // That it was heard has been forgotten: it will be told again.
            self.outside.taken = taken;
        }
        ensure!(counts || outputs.is_empty(), "an answer that nobody waits for led to {outputs:?}");
        self.sort(outputs)
    }

    fn restart(&mut self, _how: u8) -> Result<(), String> {
        if let Some(recorder) = &mut self.recorder {
            recorder.restart(self.now);
        }
        if let Some(store) = &self.fault {
            // A machine whose disk is gone does not start; the next one has its disk.
            store.light(0);
        }
        self.engine = open(&self.config, &self.store, self.now);
        // Whoever waited has lost its connection, and whoever was told has not been heard.
        self.asking.clear();
        self.outside.calls.clear();
        self.outside.late.clear();
        self.outside.willing.clear();
        self.due()
    }

    fn pass(&mut self, seconds: i64) -> Result<(), String> {
        let until = self.now.plus_seconds(seconds);
        for _ in 0..10_000 {
            match self.engine.next_due() {
                Some(at) if at <= until => {
                    self.now = self.now.max(at);
                    self.due_once()?;
                }
                _ => {
                    self.now = until;
                    return self.due();
                }
            }
        }
        Err("the engine never comes to rest".into())
    }

    fn due(&mut self) -> Result<(), String> {
        for _ in 0..10_000 {
            if self.engine.next_due().is_none_or(|at| at > self.now) {
                self.model.expire(self.now.as_micros());
                return Ok(());
            }
            self.due_once()?;
        }
        Err("the engine never comes to rest".into())
    }

    fn due_once(&mut self) -> Result<(), String> {
        self.outside.pass(self.now);
        self.model.expire(self.now.as_micros());
        let outputs = self.give(vec![Input::Due]);
        self.sort(outputs)
    }

    fn give(&mut self, inputs: Vec<Input>) -> Vec<Output> {
        if let Some(recorder) = &mut self.recorder {
            recorder.inputs(self.now, self.config.limits.long_poll, &inputs);
        }
        let outputs = self.engine.handle_all(inputs, self.now);
        if let Some(recorder) = &mut self.recorder {
            recorder.outputs(&outputs);
        }
        self.failed = self.fault.as_ref().is_some_and(|store| store.failures() > 0);
        outputs
    }

    /// Replies are held against the model in their order; then calls are, which tell of what the replies did.
    fn sort(&mut self, outputs: Vec<Output>) -> Result<(), String> {
        let mut calls = Vec::new();
        for output in outputs {
            match output {
                Output::Reply(ticket, response) => {
                    let ask = self.asking.remove(&ticket).ok_or_else(|| format!("nobody waits for {response:?}"))?;
                    self.judge(&ask, &response).map_err(|difference| format!("{ask:?}: {difference}"))?;
                }
                Output::Call(call) => calls.push(call),
                Output::Changed(_) => {}
            }
        }
        for call in calls {
            ensure!(call.until <= self.now.plus_seconds(CALL * 100), "a call that is waited for too long: {call:?}");
            self.outside.called(call, &self.model)?;
        }
        Ok(())
    }

    fn judge(&mut self, ask: &Ask, response: &Response) -> Result<(), String> {
        let status = response.status.code();
        alike::response(response)?;
        if self.failed && status == 5000 {
            // Nothing of it was done, and nobody was told that it was.
            return Ok(());
        }
        let content: Json = response
            .content
            .as_ref()
            .and_then(|content| serde_json::from_slice(&content.to_json()).ok())
            .unwrap_or(Json::Null);
        let shown = content.as_object().and_then(|content| content.values().next());
        if !matches!(status, 4000..=4001) {
            self.tally.dispatched += 1;
        }
        if response.status.is_success() {
            self.tally.successes += 1;
        }
        // Only a subscription asks anybody, and all of them say the same unless they are not there.
        let welcome = status != code::VERIFICATION_FAILED;
        let now = self.now.as_micros();
        let asked = Asked { from: ask.from, to: &ask.to, ty: ask.ty, attributes: ask.attributes.clone(), welcome };
        let (expected, path) = match (ask.operation, ask.discovers) {
            (_, Some((label, ty))) => {
                let paths: Vec<Json> = self.model.discover(ask.from, label, ty).into_iter().map(Json::from).collect();
                ensure!(status == code::OK, "discovery answered {status}");
                let found = shown.and_then(Json::as_array).cloned().unwrap_or_default();
                ensure!(found == paths, "found {found:?}, not {paths:?}");
                return Ok(());
            }
            (Operation::Create, _) => {
                let chosen = shown.and_then(|shown| shown["ri"].as_str()).unwrap_or("unknown");
                let known = |node: &crate::model::Node| node.id() == chosen;
                ensure!(!self.model.nodes.values().any(known), "{chosen} is the identifier of another");
                split(self.model.create(&asked, now, chosen), code::CREATED)
            }
            (Operation::Update, _) => split(self.model.update(&asked, now), code::UPDATED),
            (Operation::Delete, _) => split(self.model.delete(&asked), code::DELETED),
            _ => split(self.model.retrieve(&asked), code::OK),
        };
        if !welcome {
            let outside = ask.attributes.get("nu").is_some_and(|nu| nu[0] == "http://outside");
            ensure!(outside && ask.ty == 23, "nobody was to be asked");
        }
        ensure!(status == expected, "answered {status} {content}, not {expected}");
        if let Some(path) = path.filter(|_| matches!(ask.operation, Operation::Create | Operation::Retrieve)) {
            // A container without room keeps nothing of what it takes: that is shown once more, by its creation.
            if self.model.nodes.contains_key(&path) {
                same(shown, &self.model, &path)?;
            }
        }
        Ok(())
    }

    /// Everybody answers until nothing is under way; then all of the tree is compared, emptied, and nothing is left.
    ///
    /// # Errors
    /// When engine and model differ.
    pub fn end(&mut self) -> Result<(), String> {
        if let Some(store) = self.fault.take() {
            store.light(0);
        }
        for _ in 0..400 {
            while let Some(call) = self.outside.calls.pop() {
                self.answer(call.id, &call, 0, true)?;
            }
            let waits = |(id, told): (&String, &Vec<crate::model::Told>)| {
                self.model.reaches(id) && self.outside.taken.get(id).copied().unwrap_or(0) < told.len()
            };
            if !self.model.told.iter().any(waits) && self.outside.calls.is_empty() && self.asking.is_empty() {
                break;
            }
            self.pass(1)?;
        }
        for (id, told) in &self.model.told {
            let lives = self.model.reaches(id);
            let taken = self.outside.taken.get(id).copied().unwrap_or(0);
            ensure!(!lives || taken == told.len(), "{id} told {taken} of {} notifications", told.len());
            self.tally.told += taken as u64;
        }
        ensure!(self.asking.is_empty(), "nobody answered {:?}", self.asking);
        self.compare()?;
        self.restart(0)?;
        self.compare()?;
        self.vanish()
    }

    /// Each resource as the administrator sees it, by its path and by its identifier, and each list of children.
    fn compare(&mut self) -> Result<(), String> {
        let report = tree::check(&self.engine.reader().core().tree.snapshot(), |_| ()).map_err(|e| e.to_string())?;
        ensure!(report.findings.is_empty(), "{:?}", report.findings);
        let ways: Vec<(String, String)> = self
            .model
            .nodes
            .iter()
            .filter(|(_, node)| !matches!(node.ty, 4 | 5))
            .flat_map(|(path, node)| {
                let id = Some(node.id().to_owned());
                std::iter::once(path.clone()).chain(id).map(|way| (path.clone(), way))
            })
            .collect();
        for (path, way) in ways {
            // Policies are governed by themselves: who made one sees it.
            let from = self.model.nodes[&path].owner.clone();
            let from = if self.model.nodes[&path].ty == 1 { from } else { "CAdmin".into() };
            let mut request = Request::retrieve(&*way).from(&*from).identified("compare");
            if path.ends_with("acpAdministration") {
                continue;
            }
            let shown = self.look(&request)?;
            same(shown.as_object().and_then(|shown| shown.values().next()), &self.model, &path)?;
            request.result_content = onem2m_cse::primitive::ResultContent::from_number(6);
            let list = self.look(&request)?;
            let children: Vec<&str> = list["m2m:rrl"]["rrf"]
                .as_array()
                .map(|list| list.iter().filter_map(|one| one["val"].as_str()).collect())
                .unwrap_or_default();
            let expected: Vec<&String> =
                self.model.below(&path).into_iter().filter(|(_, node)| node.ty != 1).map(|(path, _)| path).collect();
            let children: Vec<&str> = children
                .into_iter()
                .filter(|child| self.model.nodes.get(*child).is_none_or(|node| node.ty != 1))
                .collect();
            ensure!(children == expected, "{path} has {children:?}, not {expected:?}");
        }
        Ok(())
    }

    fn look(&mut self, request: &Request) -> Result<Json, String> {
        let outputs = self.engine.handle(Input::Request(0, Box::new(request.clone())), self.now);
        let Some(Output::Reply(_, response)) = outputs.into_iter().next() else { return Err("no reply".into()) };
        ensure!(response.status.is_success(), "{} of {} by {:?}", response.status, request.to, request.originator);
        let content = response.content.map(|content| content.to_json()).unwrap_or_default();
        serde_json::from_slice(&content).map_err(|error| error.to_string())
    }

    /// Whoever is told anything takes it.
    fn agree(&mut self, mut outputs: Vec<Output>) -> Result<(), String> {
        while let Some(output) = outputs.pop() {
            if let Output::Call(call) = output {
                let answer = self.outside.answer(&call, 0, false)?;
                outputs.extend(self.engine.handle(Input::Answer(call.id, answer), self.now));
            }
        }
        Ok(())
    }

    /// When everything is deleted and much time has passed, the store is as empty as it was.
    fn vanish(&mut self) -> Result<(), String> {
        let mut paths: Vec<String> = self.model.children("cse-in").into_iter().map(|(path, _)| path.clone()).collect();
        paths.retain(|path| !path.ends_with("acpAdministration"));
        for path in paths {
            let owner = self.model.nodes[&path].owner.clone();
            let from = if self.model.nodes[&path].ty == 1 { owner } else { "CAdmin".into() };
            let request = Request::delete(&*path).from(&*from).identified("vanish");
            let outputs = self.engine.handle(Input::Request(0, Box::new(request)), self.now);
            self.agree(outputs)?;
        }
        for _ in 0..2000 {
            let Some(at) = self.engine.next_due() else { break };
            self.now = self.now.max(at);
            self.engine.handle(Input::Due, self.now);
        }
        let rows = self.count_rows();
        // What is known of the numbers that were given.
        ensure!(rows <= self.rows + 3, "{rows} rows are left of what is gone; {} were there first", self.rows);
        Ok(())
    }
}

fn open(config: &CseConfig, store: &Arc<dyn Store>, now: Timestamp) -> Engine {
    let registry = Registry::clone(Registry::shared());
    let mut engine =
        Engine::new(config.clone(), registry, Behaviours::standard(), store.clone(), now).expect("it opens");
    engine.watch(true);
    engine
}

fn split(outcome: Result<String, u16>, success: u16) -> (u16, Option<String>) {
    outcome.map_or_else(|code| (code, None), |path| (success, Some(path)))
}

fn same(shown: Option<&Json>, model: &Model, path: &str) -> Result<(), String> {
    let expected = Json::Object(model.shown(path));
    ensure!(shown == Some(&expected), "{path} is {}, not {expected}", shown.unwrap_or(&Json::Null));
    Ok(())
}

/// A call that nobody made.
fn nobodys(now: Timestamp) -> onem2m_cse::engine::Call {
    onem2m_cse::engine::Call {
        id: u64::MAX,
        url: "http://outside".into(),
        format: onem2m_cse::codec::format::Format::Json,
        requests: vec![Request::new(Operation::Notify, "http://outside")],
        until: now,
    }
}
