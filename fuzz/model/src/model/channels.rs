//! Polling channels (TS-0004 7.4.21, 7.4.22).

use super::{Model, code, parent};

impl Model {
    /// Whether that one may listen at the channel.
    ///
    /// # Errors
    /// The status code.
    pub fn may_listen(&self, from: &str, channel: &str) -> Result<(), u16> {
        if self.nodes.get(channel).is_none_or(|node| node.ty != 15) {
            return Err(code::NOT_FOUND);
        }
        let holder = parent(channel).map(|path| self.nodes[path].id());
        if holder == Some(from) { Ok(()) } else { Err(code::NO_PRIVILEGE) }
    }

    /// All channels: whose they are, and where.
    #[must_use]
    pub fn channels(&self) -> Vec<(String, String)> {
        let channels = self.nodes.iter().filter(|(_, node)| node.ty == 15);
        channels.map(|(path, _)| (self.nodes[parent(path).unwrap()].id().to_owned(), path.clone())).collect()
    }
}
