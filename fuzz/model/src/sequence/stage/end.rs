//! The end of a day.

use onem2m_cse::engine::{Input, Output};
use onem2m_cse::primitive::{Request, ResultContent};
use onem2m_cse::tree;

use super::{Stage, ensure, inside, same};

impl Stage {
    /// Everybody answers until nothing is under way; then all of the tree is compared, emptied, and nothing is left.
    ///
    /// # Errors
    /// When engine and model differ.
    pub fn end(&mut self) -> Result<(), String> {
        if let Some(store) = self.fault.take() {
            store.mend();
        }
        (self.failed, self.dark) = (false, None);
        for _ in 0..400 {
            while let Some(call) = self.outside.calls.pop() {
                self.answer(&call, 0, true)?;
            }
            if self.outside.calls.is_empty() && !self.somebody_waits() {
                break;
            }
            if self.somebody_is_to_be_told() {
                self.listen_everywhere()?;
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
        let orders = &self.model.orders;
        ensure!(orders.is_empty(), "never done: {orders:?}");
        let untold = self.model.results.iter().find(|(_, (.., open))| *open);
        ensure!(untold.is_none(), "nobody was told what came of {untold:?}");
        self.compare()?;
        self.restart()?;
        self.compare()?;
        self.vanish()
    }

    fn somebody_waits(&self) -> bool {
        !self.asking.is_empty() || !self.model.orders.is_empty() || self.somebody_is_to_be_told()
    }

    fn somebody_is_to_be_told(&self) -> bool {
        let waits = |(id, told): (&String, &Vec<crate::model::Told>)| {
            self.model.reaches(id) && self.outside.taken.get(id).copied().unwrap_or(0) < told.len()
        };
        self.model.told.iter().any(waits) || self.model.results.values().any(|(.., open)| *open)
    }

    /// Each resource as somebody sees it who may, by its path and by its identifier, and each list of children.
    fn compare(&mut self) -> Result<(), String> {
        let report = tree::check(&self.engine.reader().core().tree.snapshot(), |_| ()).map_err(|e| e.to_string())?;
        ensure!(report.findings.is_empty(), "{:?}", report.findings);
        let ways: Vec<(String, String)> = self
            .model
            .nodes
            .iter()
            .filter(|(path, node)| !matches!(node.ty, 4 | 5) && !path.ends_with("acpAdministration"))
            .flat_map(|(path, node)| [(path.clone(), path.clone()), (path.clone(), node.id().to_owned())])
            .collect();
        for (path, way) in ways {
            let from = self.who_sees(&path);
            let mut request = Request::retrieve(&*way).from(&*from).identified("compare");
            let shown = self.look(&request)?.ok_or_else(|| format!("{way} is not there"))?;
            same(inside(&shown), &self.model, &path)?;
            request.result_content = ResultContent::from_number(6);
            let list = self.look(&request)?.ok_or_else(|| format!("{way} is not there"))?;
            let children = list["m2m:rrl"]["rrf"].as_array().cloned().unwrap_or_default();
            let mut children: Vec<&str> = children.iter().filter_map(|one| one["val"].as_str()).collect();
            let expected: Vec<&str> = self.model.below(&path).into_iter().map(|(path, _)| path.as_str()).collect();
            let expected: Vec<&str> = expected.into_iter().filter(|child| !self.is_private(child)).collect();
            children.retain(|child| !self.is_private(child));
            ensure!(children == expected, "{path} has {children:?}, not {expected:?}");
        }
        Ok(())
    }

    /// Policies and polling channels are not governed by the administrator's policy.
    fn is_private(&self, path: &str) -> bool {
        self.model.nodes.get(path).is_some_and(|node| matches!(node.ty, 1 | 15))
    }

    /// The administrator, or whoever made what it does not see.
    fn who_sees(&self, path: &str) -> String {
        if self.is_private(path) { self.model.nodes[path].owner.clone() } else { "CAdmin".into() }
    }

    /// Whoever is told anything takes it.
    fn agree(&mut self, mut outputs: Vec<Output>) -> Result<(), String> {
        while let Some(output) = outputs.pop() {
            if let Output::Call(call) = output {
                let answer = self.outside.answer(&call, 0, false, &mut self.model, self.now)?;
                outputs.extend(self.give(vec![Input::Answer(call.id, answer)]));
            }
        }
        Ok(())
    }

    /// When everything is deleted and much time has passed, the store is as empty as it was.
    fn vanish(&mut self) -> Result<(), String> {
        let mut paths: Vec<String> = self.model.children("cse-in").into_iter().map(|(path, _)| path.clone()).collect();
        paths.retain(|path| !path.ends_with("acpAdministration"));
        for path in paths {
            let from = self.who_sees(&path);
            let request = Request::delete(&*path).from(&*from).identified("vanish");
            let outputs = self.give(vec![Input::Request(0, Box::new(request))]);
            self.agree(outputs)?;
        }
        for _ in 0..2000 {
            let Some(at) = self.engine.next_due() else { break };
            self.now = self.now.max(at);
            self.give(vec![Input::Due]);
        }
        let rows = self.count_rows();
        // What is known of the numbers that were given.
        ensure!(rows <= self.rows + 3, "{rows} rows are left of what is gone; {} were there first", self.rows);
        Ok(())
    }
}
