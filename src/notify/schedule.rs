//! When notifications may be sent: the `<schedule>` child of a subscription (TS-0001 9.6.9).

use crate::engine::{Context, Stop};
use crate::store::Direction;
use crate::tree::Record;
use crate::value::{Attr, ScheduleEntry, Timestamp, Value};

/// The type's number.
pub const SCHEDULE: u32 = 18;
const SCHEDULE_ELEMENT: Attr<Value> = Attr::new("se");

/// The entries of a schedule; `None` where there is none, and time does not matter.
#[derive(Debug, Default)]
pub struct Schedule(Option<Vec<ScheduleEntry>>);

impl Schedule {
    /// The schedule of a subscription.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of(cx: &Context<'_>, subscription: &Record) -> Result<Self, Stop> {
        // Of a subscription, the mark says that it has a schedule.
        if !subscription.watched {
            return Ok(Self(None));
        }
        let Some(child) = cx.view.children(subscription.node, Some(SCHEDULE), Direction::Forward)?.next() else {
            return Ok(Self(None));
        };
        let Some(record) = cx.view.record(child?.1)? else { return Ok(Self(None)) };
        Ok(Self(Some(entries(&record))))
    }

    /// Whether `at` lies within.
    #[must_use]
    pub fn allows(&self, at: Timestamp) -> bool {
        self.0.as_ref().is_none_or(|entries| entries.iter().any(|entry| entry.matches(at)))
    }

    /// The first instant from `from` on that lies within; `None` when there is none any more.
    #[must_use]
    pub fn opens(&self, from: Timestamp) -> Option<Timestamp> {
        match &self.0 {
            None => Some(from),
            Some(entries) => entries.iter().filter_map(|entry| entry.next(from)).min(),
        }
    }
}

fn entries(record: &Record) -> Vec<ScheduleEntry> {
    let element = SCHEDULE_ELEMENT.get(record.attributes());
    let list = element.as_ref().and_then(Value::as_map).and_then(|map| map.get("sce")).and_then(Value::as_list);
    list.into_iter().flatten().filter_map(|entry| ScheduleEntry::parse(entry.as_text()?).ok()).collect()
}
