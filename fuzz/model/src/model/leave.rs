//! DELETE, and whatever else makes resources go.

use serde_json::Value as Json;

use super::{Asked, Instant, Model, access, code, parent};

impl Model {
    /// DELETE: the path of what went.
    ///
    /// # Errors
    /// The status code.
    pub fn delete(&mut self, asked: &Asked) -> Result<String, u16> {
        let path = self.resolve(asked, access::DELETE)?;
        if !access::may(self, &asked.from, access::DELETE, &path) {
            return Err(code::NO_PRIVILEGE);
        }
        if self.hidden(&path) {
            return Err(code::NOT_ALLOWED);
        }
        if self.orders.get(&path).is_some_and(|order| order.taken_up.is_some()) {
            return Err(code::NOT_TO_BE_RECALLED);
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
        self.tell(path, path, 2, None);
        self.tell(parent(path).unwrap_or_default(), path, 4, None);
        let below = format!("{path}/");
        // Whatever goes along says so as well: nobody who subscribed to it has heard yet.
        for at in self.nodes.keys().filter(|at| at.starts_with(&below)).cloned().collect::<Vec<_>>() {
            self.tell(&at, &at, 2, None);
        }
        if let Some(gone) = self.nodes.get(path).filter(|node| node.ty == 2).map(|node| node.owner.clone()) {
            // Whoever comes back as that AE is another.
            self.results.values_mut().filter(|(_, to, _)| *to == gone).for_each(|(.., open)| *open = false);
        }
        self.nodes.retain(|at, _| at != path && !at.starts_with(&below));
        // Whatever a request resource stood for is not to be done any more.
        self.orders.remove(path);
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
