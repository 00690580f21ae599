//! Who is at the other end of which open connection (TS-0020 6.4).
//!
//! A connection says nothing about who opened it, unless a security association does. Otherwise it becomes a way to an AE with a request that came over it, in the name
//! of that AE, and that was answered with success. Kept are nodes, not names: whoever registers later under the name of an
//! AE that is gone does not inherit its connection, and the connection does not inherit the newcomer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{PoisonError, RwLockReadGuard, RwLockWriteGuard};

use crate::engine::{Core, references};
use crate::primitive::{ConnectionId, Request};
use crate::tree::{Node, View};
use crate::value::SmolStr;

/// The scheme of the URLs by which the engine names connections. Nobody else may.
pub const SCHEME: &str = "connection";

/// The type of an AE.
const AE: u32 = 2;

/// The most AEs that are reached over one connection, behind a gateway. One more, and the first is forgotten.
const ENTITIES: usize = 256;

/// The most connections that are known of one AE. One more, and the oldest is forgotten.
const CONNECTIONS: usize = 4;

/// The connections of AEs.
#[derive(Debug, Default)]
pub struct Links {
    /// The newest first.
    of: BTreeMap<Node, VecDeque<ConnectionId>>,
    /// The newest last.
    over: BTreeMap<ConnectionId, VecDeque<Node>>,
}

impl Links {
    /// The ways to an AE, the newest first.
    pub fn ways(&self, entity: Node) -> Vec<SmolStr> {
        let connections = self.of.get(&entity).into_iter().flatten();
        connections.map(|connection| format!("{SCHEME}://{}", connection.0).into()).collect()
    }

    /// An AE is at the other end of a connection.
    pub fn join(&mut self, entity: Node, connection: ConnectionId) {
        self.part(entity, connection);
        self.of.entry(entity).or_default().push_front(connection);
        self.over.entry(connection).or_default().push_back(entity);
        if let Some(oldest) = self.of.get(&entity).filter(|all| all.len() > CONNECTIONS).and_then(VecDeque::back) {
            self.part(entity, *oldest);
        }
        if let Some(first) = self.over.get(&connection).filter(|all| all.len() > ENTITIES).and_then(VecDeque::front) {
            self.part(*first, connection);
        }
    }

    /// A connection is closed.
    pub fn closed(&mut self, connection: ConnectionId) {
        for entity in self.over.get(&connection).cloned().unwrap_or_default() {
            self.part(entity, connection);
        }
    }

    /// Nobody is known any more.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn is_joined(&self, entity: Node, connection: ConnectionId) -> bool {
        self.of.get(&entity).is_some_and(|connections| connections.contains(&connection))
    }

    fn part(&mut self, entity: Node, connection: ConnectionId) {
        if let Some(connections) = self.of.get_mut(&entity) {
            connections.retain(|other| *other != connection);
            if connections.is_empty() {
                self.of.remove(&entity);
            }
        }
        if let Some(entities) = self.over.get_mut(&connection) {
            entities.retain(|other| *other != entity);
            if entities.is_empty() {
                self.over.remove(&connection);
            }
        }
    }
}

/// The AE that a request over a connection would be the first sign of: its originator, or the AE that it `created`.
/// `None` when there is nothing new in it. If the store fails, others will say so.
pub fn news(core: &Core, view: &View<'_>, request: &Request, created: Option<&str>) -> Option<Node> {
    let connection = request.access.connection?;
    let registered = created.filter(|_| request.resource_type == Some(AE));
    let name = match (registered, &request.originator) {
        (Some(created), _) => SmolStr::from(created),
        (None, Some(originator)) => core.relative_originator(originator),
        (None, None) => return None,
    };
    let record = references::find_in(core, view, &name).ok()??;
    let is_it = record.resource_type == AE && (registered.is_some() || record.resource_id == name);
    (is_it && !read(core).is_joined(record.node, connection)).then_some(record.node)
}

/// The AE of that name, if it is registered. If the store fails, others will say so.
pub fn entity(core: &Core, view: &View<'_>, originator: &str) -> Option<Node> {
    let name = core.relative_originator(originator);
    let record = references::find_in(core, view, &name).ok()??;
    (record.resource_type == AE && record.resource_id == name).then_some(record.node)
}

/// Whether a URL names a connection.
pub fn is_link(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME))
}

/// The connection that a URL names.
#[must_use]
pub fn connection(url: &str) -> Option<ConnectionId> {
    let number = url.strip_prefix(SCHEME)?.strip_prefix("://")?;
    number.parse().ok().map(ConnectionId)
}

pub fn read(core: &Core) -> RwLockReadGuard<'_, Links> {
    core.links.read().unwrap_or_else(PoisonError::into_inner)
}

pub fn write(core: &Core) -> RwLockWriteGuard<'_, Links> {
    core.links.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_connections_and_aes_there_are_few_are_remembered() {
        let mut links = Links::default();
        for number in 0..1000 {
            links.join(Node(1), ConnectionId(number));
            links.join(Node(number), ConnectionId(7));
        }
        assert_eq!(links.ways(Node(1)).first().unwrap(), "connection://999");
        assert_eq!((links.of[&Node(1)].len(), links.over[&ConnectionId(7)].len()), (CONNECTIONS, ENTITIES));
        for number in 0..1000 {
            links.closed(ConnectionId(number));
        }
        assert!(links.of.is_empty() && links.over.is_empty());
    }

    #[test]
    fn a_connection_is_named_by_its_number() {
        assert_eq!(connection("connection://17"), Some(ConnectionId(17)));
        assert_eq!(connection("http://17"), None);
        assert!(is_link("Connection://17") && !is_link("http://connection"));
    }
}
