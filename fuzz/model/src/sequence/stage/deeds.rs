//! What happens.

use onem2m_cse::engine::{Call, Input, Output};
use onem2m_cse::primitive::{Operation, Request};
use onem2m_cse::value::Timestamp;

use super::{Ask, Deed, Stage, ensure, open};
use crate::sequence::alike;
use crate::sequence::channels::channel_of;
use crate::sequence::groups::KINDS;

impl Stage {
    /// Lets one thing happen.
    ///
    /// # Errors
    /// When engine and model differ.
    pub fn happen(&mut self, deed: Deed) -> Result<(), String> {
        // A moment passes between any two: what happens at the same instant is no test of times.
        self.now = self.now.plus_micros(1000);
        self.due()?;
        self.bounded()?;
        self.nothing_is_left_undone()?;
        let orders: Vec<&String> = self.model.nodes.iter().filter(|(_, n)| n.ty == 17).map(|(path, _)| path).collect();
        if let Some(ask) = Ask::of(deed, self.now.as_micros(), &orders) {
            return self.ask(ask);
        }
        let [kind, how, which, fuse, ..] = deed;
        let kind = kind % KINDS;
        if let Some(store) = self.fault.as_ref().filter(|_| matches!(kind, 22 | 23) && fuse & 1 == 0) {
            store.light(fuse);
            return Ok(());
        }
        match kind {
            20 => self.pass([1, 5, 12, 31, 100][usize::from(how) % 5]),
            21 => self.restart(),
            22 | 23 if !self.outside.calls.is_empty() => {
                let call = self.outside.calls.remove(usize::from(which) % self.outside.calls.len());
                let starts = self.starts;
                self.answer(&call, how, true)?;
                // Said once more, it means nothing. Nobody says it to a program that began since: it never called.
                if how & 64 != 0 && starts == self.starts { self.answer(&call, 0, false) } else { Ok(()) }
            }
            _ => match self.outside.late.pop() {
                Some(call) => self.answer(&call, how, false),
                None => self.answer(&nobodys(self.now), how, false),
            },
        }
    }

    pub(super) fn ask(&mut self, mut ask: Ask) -> Result<(), String> {
        self.count += 1;
        if ask.operation == Operation::Create && !matches!(ask.ty, 15 | 23) {
            self.mark(&mut ask.attributes);
        }
        let request = alike::request(&ask.request(self.count), self.count)?;
        let ticket = self.count;
        self.tally.requests += 1;
        if let Some(seconds) = ask.polls {
            let channel = ask.to.trim_end_matches("/pcu").to_owned();
            if let Some(poll) = self.listens(ask.from, &channel, seconds) {
                self.polls.insert(ticket, poll);
            }
        }
        self.asking.insert(ticket, ask.clone());
        let before = self.digest();
        let readers = self.may_read_before(&ask);
        let outputs = self.give(vec![Input::Request(ticket, Box::new(request))]);
        self.no_change_without_success(ticket, &outputs, before)?;
        let replies = outputs.iter().filter_map(|output| match output {
            Output::Reply(of, response) if *of == ticket => Some(super::content_of(response).to_string()),
            _ => None,
        });
        let replies: Vec<String> = replies.collect();
        self.sort(outputs)?;
        replies.iter().try_for_each(|text| self.nothing_leaks(&ask, text, &readers))
    }

    pub(super) fn answer(&mut self, call: &Call, how: u8, counts: bool) -> Result<(), String> {
        if let Some(channel) = channel_of(call) {
            return self.bring(call, channel, how);
        }
        let (taken, model) = (self.outside.taken.clone(), self.fault.is_some().then(|| self.model.clone()));
        let answer = self.outside.answer(call, how, counts, &mut self.model, self.now)?;
        let outputs = self.give(vec![Input::Answer(call.id, answer)]);
        if self.failed {
            // That it was heard has been forgotten: it will be told again.
            self.outside.taken = taken;
            self.model = model.expect("kept where the store may fail");
        }
        ensure!(counts || outputs.is_empty(), "an answer that nobody waits for led to {outputs:?}");
        self.sort(outputs)
    }

    pub(super) fn restart(&mut self) -> Result<(), String> {
        if let Some(recorder) = &mut self.recorder {
            recorder.restart(self.now);
        }
        if let Some(store) = &self.fault {
            // A machine whose disk is gone does not start; the next one has its disk.
            store.mend();
        }
        (self.failed, self.dark) = (false, None);
        self.starts += 1;
        self.engine = open(&self.config, &self.store, self.now);
        // Whoever waited has lost its connection, and whoever was told has not been heard.
        self.asking.clear();
        self.polls.clear();
        self.model.restarted();
        self.outside.calls.clear();
        self.outside.late.clear();
        self.due()
    }

    pub(super) fn pass(&mut self, seconds: i64) -> Result<(), String> {
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

    pub(super) fn due(&mut self) -> Result<(), String> {
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
        self.sort(outputs)?;
        self.taken_up();
        Ok(())
    }
}

/// A call that nobody made.
fn nobodys(now: Timestamp) -> Call {
    Call {
        id: u64::MAX,
        url: "http://outside".into(),
        format: onem2m_cse::codec::format::Format::Json,
        requests: vec![Request::new(Operation::Notify, "http://outside")],
        until: now,
    }
}
