//! What has happened, as a subscription sees it, and whether it cares.

use super::terms::{EventType, Monitor, Terms, instant};
use crate::primitive::Operation;
use crate::tree::Record;
use crate::value::{Attr, Map, SmolStr, Value};

const STATE_TAG: Attr<u64> = Attr::new("st");
const CONTENT_SIZE: Attr<u64> = Attr::new("cs");

/// An operation as one of the privileges, whose sum a monitor holds.
const fn privilege(operation: Operation) -> u64 {
    match operation {
        Operation::Create => 1,
        Operation::Retrieve => 2,
        Operation::Update => 4,
        Operation::Delete => 8,
        Operation::Notify => 16,
    }
}

/// An event at a subscribed-to resource.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What kind of event; `None` for an access that is only monitored.
    pub kind: Option<EventType>,
    /// The resource that it is about: the subscribed-to one or its child.
    pub record: &'a Record,
    /// All its attributes.
    pub attributes: &'a Map,
    /// The attributes that an update changed; what is gone is null.
    pub modified: Option<&'a Map>,
    /// The operation that was asked for, and by whom.
    pub access: Option<(Operation, &'a SmolStr)>,
}

impl Event<'_> {
    /// Whether a subscription wants to hear of it.
    #[must_use]
    pub fn concerns(&self, terms: &Terms) -> bool {
        let wanted = match self.kind {
            Some(kind) => terms.events.contains(&kind) && self.of_interest(kind, terms),
            None => self.monitor(terms).is_some(),
        };
        wanted && self.fulfils(terms)
    }

    /// The monitor that the access matches.
    #[must_use]
    pub fn monitor<'t>(&self, terms: &'t Terms) -> Option<&'t Monitor> {
        let (operation, originator) = self.access?;
        terms.monitors.iter().find(|monitor| {
            monitor.operations.is_none_or(|wanted| wanted & privilege(operation) != 0)
                && monitor.originator.as_ref().is_none_or(|wanted| wanted == originator)
        })
    }

    fn of_interest(&self, kind: EventType, terms: &Terms) -> bool {
        match kind {
            EventType::UPDATE | EventType::BLOCKING_UPDATE => terms
                .attributes
                .as_ref()
                .is_none_or(|names| self.modified.is_some_and(|map| map.iter().any(|(name, _)| names.contains(name)))),
            EventType::CREATE_CHILD | EventType::DELETE_CHILD => {
                terms.child_types.as_ref().is_none_or(|types| types.contains(&u64::from(self.record.resource_type)))
            }
            _ => true,
        }
    }

    /// TS-0001 table 9.6.8-3: conditions of different names are combined by `filterOperation`.
    fn fulfils(&self, terms: &Terms) -> bool {
        if terms.conditions.is_empty() {
            return true;
        }
        let mut each = terms.conditions.iter().map(|(name, value)| self.meets(name, value));
        if terms.any_condition { each.any(|met| met) } else { each.all(|met| met) }
    }

    fn meets(&self, name: &str, value: &Value) -> bool {
        let record = self.record;
        let number = || value.as_int().and_then(|n| u64::try_from(n).ok());
        let at = || instant(value);
        match name {
            "crb" => at().is_some_and(|at| record.creation_time < at),
            "cra" => at().is_some_and(|at| record.creation_time > at),
            "ms" => at().is_some_and(|at| record.last_modified_time > at),
            "us" => at().is_some_and(|at| record.last_modified_time < at),
            "exb" => at().zip(record.expiration_time).is_some_and(|(at, expires)| expires < at),
            "exa" => at().zip(record.expiration_time).is_some_and(|(at, expires)| expires > at),
            "sts" => number().zip(STATE_TAG.get(self.attributes)).is_some_and(|(n, tag)| tag < n),
            "stb" => number().zip(STATE_TAG.get(self.attributes)).is_some_and(|(n, tag)| tag > n),
            "sza" => number().zip(CONTENT_SIZE.get(self.attributes)).is_some_and(|(n, size)| size >= n),
            "szb" => number().zip(CONTENT_SIZE.get(self.attributes)).is_some_and(|(n, size)| size < n),
            _ => false,
        }
    }
}
