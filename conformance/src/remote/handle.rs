//! A remote CSE as a test has it: what it was asked, and what it has.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::{Instant, timeout_at};

use super::{Asked, Inner, Remotes, base_name, lock};
use crate::log::Log;

/// A CSE of the tester's own. It is gone when it is dropped.
#[derive(Debug)]
pub struct Remote {
    /// The CSE-ID with its slash.
    pub cse_id: String,
    /// The address of its CSEBase, SP-relative.
    pub base: String,
    /// Where it is reached.
    pub point_of_access: String,
    pub(super) inner: Arc<Inner>,
    pub(super) all: Remotes,
}

/// A resource that the tester has put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// Its path, without the CSE-ID.
    pub path: String,
    /// Its resourceID.
    pub ri: String,
}

impl Remote {
    /// Everything that it was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.inner.state).asked.clone()
    }

    /// Waits until something was asked that meets the condition. `None` when nothing was in that time.
    pub async fn wait_for(&self, limit: Duration, meets: impl Fn(&Asked) -> bool) -> Option<Asked> {
        let mut count = self.inner.count.subscribe();
        let end = Instant::now() + limit;
        loop {
            count.mark_unchanged();
            if let Some(found) = self.asked().into_iter().find(|asked| meets(asked)) {
                return Some(found);
            }
            if !matches!(timeout_at(end, count.changed()).await, Ok(Ok(()))) {
                return None;
            }
        }
    }

    /// Something that it has from the beginning, directly below its base. The SP-relative address of it.
    pub fn has(&self, root: &str, name: &str, attributes: Json) -> String {
        let path = lock(&self.inner.state).tree.plant(root, name, attributes);
        format!("{}/{path}", self.cse_id)
    }

    /// From now on it also answers requests whose addresses name no CSE: it is the registrar of whoever is tested.
    pub fn is_the_registrar(&self) {
        self.inner.is_home.store(true, Ordering::Relaxed);
        // For a CSE, it is the IN-CSE.
        lock(&self.inner.state).tree.change(&self.base_path(), "cst", json!(1));
    }

    /// The path of its CSEBase, without the CSE-ID.
    #[must_use]
    pub fn base_path(&self) -> String {
        base_name(&self.inner.name)
    }

    /// Something that is below another resource from now on. The name is part of its identifier, so no other may have it.
    pub fn plant(&self, parent: &str, root: &str, name: &str, attributes: Json) -> Planted {
        let ri = format!("{}p{name}", self.inner.name);
        let path = lock(&self.inner.state).tree.plant_below(parent, root, name, &ri, attributes);
        Planted { path, ri }
    }

    /// The same with a given identifier, which is its name as well.
    pub fn plant_as(&self, parent: &str, root: &str, ri: &str, attributes: Json) {
        lock(&self.inner.state).tree.plant_below(parent, root, ri, ri, attributes);
    }

    /// Something is not there any more, with what is below it.
    pub fn forget(&self, path: &str) {
        lock(&self.inner.state).tree.remove(path);
    }

    /// Forgets what it was asked, and writes what it will be asked into another log.
    pub fn begin(&self, log: &Log) {
        lock(&self.inner.state).asked.clear();
        *lock(&self.inner.log) = log.clone();
    }

    /// What was made last, of that root, below a path: its path and its attributes.
    #[must_use]
    pub fn newest_below(&self, parent: &str, root: &str) -> Option<(String, Json)> {
        lock(&self.inner.state).tree.newest_below(parent, root)
    }

    /// The resource that a path means, or null.
    #[must_use]
    pub fn look(&self, path: &str) -> Json {
        lock(&self.inner.state).tree.look(path)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        lock(&self.all.0).remove(&self.inner.name);
    }
}
