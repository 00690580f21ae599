//! What holds after each step, whatever happened.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use onem2m_cse::engine::Output;
use onem2m_cse::primitive::Operation;
use onem2m_cse::store::{Direction, KeyRange, Table};
use serde_json::{Value as Json, json};

use super::{Ask, Stage, ensure};
use crate::model::{Attributes, access};

/// Rows that a table may have beyond what its resources account for: numbers given, runs of creations.
const CONSTANT: usize = 8;

/// The table of creation times, which keeps a row for each second in which anything was created.
const CREATED: u8 = 6;

/// The highest number that a table may have in the years to come.
const LAST: u8 = 31;

impl Stage {
    /// All rows but those of the index of creation times.
    pub(super) fn count_rows(&self) -> usize {
        crate::fixture::rows_of(&*self.store).iter().filter(|row| row.table.number != CREATED).count()
    }

    /// What is in the store, as a number.
    pub(super) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let snapshot = self.store.snapshot().expect("whoever looks from outside is always let in");
        for number in 0..=LAST {
            for row in snapshot.scan(Table { number, name: "any" }, KeyRange::all(), Direction::Forward) {
                (number, row.expect("as above")).hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    /// As [`Self::may_read`], if the request may change who may read what.
    pub(super) fn may_read_before(&self, ask: &Ask) -> BTreeMap<String, Vec<&'static str>> {
        let changes = matches!(ask.operation, Operation::Update | Operation::Delete);
        if changes && ask.from != "CAdmin" { self.may_read() } else { BTreeMap::new() }
    }

    /// A request that fails leaves each row of the store as it was, and changes nothing that anybody could hear of.
    pub(super) fn no_change_without_success(&self, ticket: u64, outputs: &[Output], before: u64) -> Result<(), String> {
        let failed = outputs.iter().any(
            |output| matches!(output, Output::Reply(of, response) if *of == ticket && response.status.code() >= 4000),
        );
        let changed = outputs.iter().any(|output| matches!(output, Output::Changed(_)));
        ensure!(!(failed && changed), "something was changed by a request that failed: {outputs:?}");
        ensure!(!failed || self.digest() == before, "the store was changed by a request that failed: {outputs:?}");
        Ok(())
    }

    /// Everything that is made bears a mark of its own, so that it is known again wherever it turns up.
    pub(super) fn mark(&self, attributes: &mut Attributes) {
        let labels = attributes.entry("lbl").or_insert_with(|| json!([]));
        if let Some(labels) = labels.as_array_mut() {
            labels.push(format!("mark{}.", self.count).into());
        }
    }

    /// The marks of everything that there is, and who may see it: all originators but the administrator.
    pub(super) fn may_read(&self) -> BTreeMap<String, Vec<&'static str>> {
        let mut readers: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
        for (path, node) in &self.model.nodes {
            let text = Json::Object(node.attributes.clone()).to_string();
            for mark in marks(&text) {
                let readers = readers.entry(mark).or_default();
                // An UPDATE shows what came of it, to whoever may UPDATE, if only its policies.
                let may = |who: &&'static str| {
                    access::may(&self.model, who, access::RETRIEVE, path)
                        || access::may(&self.model, who, access::UPDATE, path)
                        || access::may_change_policies(&self.model, who, path)
                };
                readers.extend(["Cae0", "Cae1", "Cother"].iter().filter(|who| may(who)));
            }
        }
        readers
    }

    /// A reply shows nothing that whoever asked may see neither before nor after, and has not said itself.
    pub(super) fn nothing_leaks(
        &self,
        ask: &Ask,
        reply: &str,
        before: &BTreeMap<String, Vec<&'static str>>,
    ) -> Result<(), String> {
        if ask.from == "CAdmin" || ask.polls.is_some() {
            // What a poll brings is notifications: whoever subscribed was allowed to see, then.
            return Ok(());
        }
        if !reply.contains("mark") {
            return Ok(());
        }
        let said = Json::Object(ask.attributes.clone()).to_string();
        let after = self.may_read();
        for mark in marks(reply) {
            let may = [before, &after].iter().any(|all| all.get(&mark).is_some_and(|who| who.contains(&ask.from)));
            ensure!(may || said.contains(&mark), "{} was shown {mark}, which it may not see: {reply}", ask.from);
        }
        Ok(())
    }

    /// No table has more rows than the resources that there are account for.
    pub(super) fn bounded(&self) -> Result<(), String> {
        // At every fourth request: it takes longer than one.
        if !self.count.is_multiple_of(4) {
            return Ok(());
        }
        let mut rows: BTreeMap<u8, usize> = BTreeMap::new();
        for row in crate::fixture::rows_of(&*self.store) {
            *rows.entry(row.table.number).or_default() += 1;
        }
        let of = |table: u8| rows.get(&table).copied().unwrap_or(0);
        let resources = self.model.nodes.len();
        let count = |ty: u32| self.model.nodes.values().filter(|node| node.ty == ty).count();
        let labels: usize =
            self.model.nodes.values().filter_map(|node| node.attributes.get("lbl")?.as_array()).map(Vec::len).sum();
        let waiting: usize = self.model.told.values().map(Vec::len).sum::<usize>() + self.model.results.len();
        let lanes = count(23) + of(13);
        let most = [
            (0, CONSTANT),
            (1, resources),
            (2, resources),
            (3, resources),
            (4, resources),
            (5, labels),
            (7, resources),
            (8, 2 * resources + count(3) + lanes + CONSTANT),
            (9, count(3)),
            // A subscription that waited for its target is named before it has its number.
            (10, count(2) + count(23) + 1),
            (11, lanes),
            (12, lanes),
            (13, waiting),
            (14, lanes),
            (15, count(17)),
        ];
        for (table, most) in most {
            ensure!(of(table) <= most, "table {table} has {} rows, not {most} at most, for {resources}", of(table));
        }
        let unknown = rows.keys().find(|table| **table != CREATED && !most.iter().any(|(known, _)| known == *table));
        ensure!(unknown.is_none(), "nobody bounds table {unknown:?}");
        Ok(())
    }
}

fn marks(text: &str) -> Vec<String> {
    let ends = text.split("mark").skip(1).filter_map(|rest| rest.split_once('.'));
    ends.filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit())).map(|(n, _)| format!("mark{n}.")).collect()
}
