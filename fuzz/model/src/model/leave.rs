//! DELETE, and whatever else makes resources go.

use serde_json::Value as Json;

use super::{Asked, Instant, Model, access, code, parent};

impl Model {
    /// DELETE: the path of what went.
    ///
    /// # Errors
    /// The status code.
    pub fn delete(&mut self, asked: &Asked<'_>) -> Result<String, u16> {
        let path = self.resolve(asked, access::DELETE)?;
        if !access::may(self, asked.from, access::DELETE, &path) {
            return Err(code::NO_PRIVILEGE);
        }
        if self.hidden(&path) {
            return Err(code::NOT_ALLOWED);
        }
        self.remove(&path);
        Ok(path)
    }

    /// Whatever has expired goes, the earliest first.
    pub fn expire(&mut self, now: Instant) {
        loop {
            let due = self.nodes.iter().filter(|(_, node)| node.expires.is_some_and(|at| at <= now));
            let Some(path) = due.min_by_key(|(_, node)| (node.expires, node.number)).map(|(path, _)| path.clone())
            else {
                return;
            };
            self.remove(&path);
        }
    }

    pub(super) fn remove(&mut self, path: &str) {
        self.tell(path, path, 2);
        self.tell(parent(path).unwrap_or_default(), path, 4);
        let below = format!("{path}/");
        self.nodes.retain(|at, _| at != path && !at.starts_with(&below));
    }

    /// TS-0004 7.4.7.2.1: the oldest go, without a word, until so many more of so many bytes fit.
    pub(super) fn make_room(&mut self, container: &str, more: u64, bytes: u64) {
        let limit = |name: &str| self.nodes[container].attributes.get(name).and_then(Json::as_u64).unwrap_or(u64::MAX);
        let (most, most_bytes) = (limit("mni"), limit("mbs"));
        loop {
            let instances = self.instances(container);
            let size: u64 = instances.iter().map(|(_, size)| size).sum();
            let fits = instances.len() as u64 + more <= most && size.saturating_add(bytes) <= most_bytes;
            let Some((oldest, _)) = instances.first().filter(|_| !fits) else { return };
            self.nodes.remove(oldest);
        }
    }
}
