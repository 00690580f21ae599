//! The terms of a subscription: what it is about, whom it tells, and how (TS-0001 9.6.8).

use crate::value::{Attr, Duration, Map, SmolStr, Timestamp, Value};

/// `enc`.
pub const EVENT_NOTIFICATION_CRITERIA: Attr<Value> = Attr::new("enc");
/// `nu`.
pub const NOTIFICATION_URI: Attr<Vec<SmolStr>> = Attr::new("nu");
/// `exc`.
pub const EXPIRATION_COUNTER: Attr<u64> = Attr::new("exc");
/// `nct`.
pub const NOTIFICATION_CONTENT_TYPE: Attr<u64> = Attr::new("nct");
/// `bn` of a subscription.
pub const BATCH_NOTIFY: Attr<Value> = Attr::new("bn");
/// `nar` of a group.
pub const NOTIFY_AGGREGATION: Attr<Value> = Attr::new("nar");
/// `pn`.
pub const PENDING_NOTIFICATION: Attr<u64> = Attr::new("pn");
/// `su`.
pub const SUBSCRIBER_URI: Attr<SmolStr> = Attr::new("su");
/// `cr`.
pub const CREATOR: Attr<SmolStr> = Attr::new("cr");
/// `nfu`.
pub const NOTIFICATION_FORWARDING_URI: Attr<SmolStr> = Attr::new("nfu");
/// `nse`.
pub const NOTIFICATION_STATS_ENABLE: Attr<bool> = Attr::new("nse");
/// `acrs`.
pub const ASSOCIATED_CROSS_RESOURCE_SUB: Attr<Vec<SmolStr>> = Attr::new("acrs");
const RATE_LIMIT: Attr<Value> = Attr::new("rl");
const LATEST_NOTIFY: Attr<bool> = Attr::new("ln");
const NOTIFICATION_EVENT_CAT: Attr<u32> = Attr::new("nec");

/// `notificationEventType` (TS-0004 6.3.4.2.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventType(pub u64);

impl EventType {
    /// The subscribed-to resource was updated.
    pub const UPDATE: Self = Self(1);
    /// It was deleted.
    pub const DELETE: Self = Self(2);
    /// A direct child was created.
    pub const CREATE_CHILD: Self = Self(3);
    /// A direct child was deleted.
    pub const DELETE_CHILD: Self = Self(4);
    /// A container was asked for children that it does not have.
    pub const RETRIEVE_EMPTY: Self = Self(5);
    /// The subscribed-to resource is about to be updated, if the target agrees.
    pub const BLOCKING_UPDATE: Self = Self(7);
}

/// One entry of `operationMonitor`: which operations, and whose; what is not said is any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// The operations, as a sum of privileges (`m2m:accessControlOperations`).
    pub operations: Option<u64>,
    /// The originator.
    pub originator: Option<SmolStr>,
}

/// How notifications are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// So many make a batch.
    pub number: Option<u64>,
    /// After so many microseconds, what there is makes a batch.
    pub duration: i64,
}

/// How many events may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many …
    pub most: u64,
    /// … within so many microseconds.
    pub window: i64,
}

/// What becomes of notifications while the target cannot be told on schedule (`m2m:pendingNotification`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// They are given up.
    None,
    /// The last one is kept.
    SendLatest,
    /// All are kept.
    SendAll,
}

/// A subscription's attributes, read once.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// The event types, if there is no monitor.
    pub events: Vec<EventType>,
    /// The monitored operations.
    pub monitors: Vec<Monitor>,
    /// The attributes whose update counts; `None` for any.
    pub attributes: Option<Vec<SmolStr>>,
    /// The types of children that count; `None` for any.
    pub child_types: Option<Vec<u64>>,
    /// The conditions on the resource, as they stand in `enc`.
    pub conditions: Vec<(SmolStr, Value)>,
    /// Whether one condition of several is enough.
    pub any_condition: bool,
    /// 1 all attributes, 2 modified attributes, 3 resource ID.
    pub content_type: u64,
    /// Whom to tell.
    pub targets: Vec<SmolStr>,
    /// How notifications are gathered.
    pub batch: Option<Batch>,
    /// How many may be sent.
    pub rate: Option<Rate>,
    /// Whether only the last of those that wait is wanted.
    pub latest: bool,
    /// What becomes of those that cannot be sent on schedule.
    pub pending: Pending,
    /// The event category of notifications.
    pub category: Option<u32>,
    /// Who created the subscription, if it is to be told.
    pub creator: Option<SmolStr>,
    /// Where a group forwards to.
    pub forwarding: Option<SmolStr>,
    /// Whether notifications are counted (`notificationStatsEnable`).
    pub counts: bool,
}

const CONDITIONS: [&str; 10] = ["crb", "cra", "ms", "us", "sts", "stb", "exb", "exa", "szb", "sza"];

impl Terms {
    /// Reads the attributes of a subscription that passed its checks.
    #[must_use]
    pub fn of(attributes: &Map) -> Self {
        let criteria = EVENT_NOTIFICATION_CRITERIA.get(attributes);
        let criteria = criteria.as_ref().and_then(Value::as_map);
        let list = |name: &str| criteria.and_then(|map| map.get(name)).and_then(Value::as_list);
        let numbers = |name: &str| -> Option<Vec<u64>> {
            list(name).map(|list| list.iter().filter_map(|n| n.as_int()?.try_into().ok()).collect())
        };
        let texts = |name: &str| -> Option<Vec<SmolStr>> {
            list(name).map(|list| list.iter().filter_map(|text| text.as_text().map(SmolStr::from)).collect())
        };
        let monitors: Vec<Monitor> = list("om").into_iter().flatten().filter_map(monitor).collect();
        let events = numbers("net").map(|list| list.into_iter().map(EventType).collect());
        let conditions = CONDITIONS.iter().filter_map(|name| {
            criteria.and_then(|map| map.get(name)).map(|value| (SmolStr::new_static(name), value.clone()))
        });
        Self {
            // TS-0004 7.5.1.2.2: without event types or monitors, updates of the resource count.
            events: events.unwrap_or_else(|| if monitors.is_empty() { vec![EventType::UPDATE] } else { Vec::new() }),
            monitors,
            attributes: texts("atr"),
            child_types: numbers("chty"),
            conditions: conditions.collect(),
            any_condition: criteria.and_then(|map| map.get("fo")).and_then(Value::as_int) == Some(2),
            content_type: NOTIFICATION_CONTENT_TYPE.get(attributes).unwrap_or(1),
            targets: once_each(NOTIFICATION_URI.get(attributes).unwrap_or_default()),
            batch: batch(BATCH_NOTIFY.get(attributes).as_ref()),
            rate: rate(attributes),
            latest: LATEST_NOTIFY.get(attributes) == Some(true),
            pending: match PENDING_NOTIFICATION.get(attributes) {
                Some(1) => Pending::SendLatest,
                Some(2) => Pending::SendAll,
                _ => Pending::None,
            },
            category: NOTIFICATION_EVENT_CAT.get(attributes),
            creator: CREATOR.get(attributes),
            forwarding: NOTIFICATION_FORWARDING_URI.get(attributes),
            counts: NOTIFICATION_STATS_ENABLE.get(attributes) == Some(true),
        }
    }

    /// The terms on which a group forwards what it gathers: all members' notifications, or those of a while.
    #[must_use]
    pub fn of_group(attributes: &Map) -> Self {
        let members = Attr::<u64>::new("cnm").get(attributes);
        let gathered = batch(NOTIFY_AGGREGATION.get(attributes).as_ref());
        let batch = gathered.unwrap_or(Batch { number: members, duration: DEFAULT_BATCH });
        Self { batch: Some(batch), ..Self::of(&Map::new()) }
    }

    /// Whether an update needs the target's agreement.
    #[must_use]
    pub fn blocks_updates(&self) -> bool {
        self.events.contains(&EventType::BLOCKING_UPDATE)
    }
}

/// A target that is named twice is told once.
fn once_each(targets: Vec<SmolStr>) -> Vec<SmolStr> {
    let mut seen = std::collections::BTreeSet::new();
    targets.into_iter().filter(|target| seen.insert(target.clone())).collect()
}

/// How long a batch is gathered whose subscriber did not say it: one minute, in microseconds.
pub const DEFAULT_BATCH: i64 = 60_000_000;

fn batch(value: Option<&Value>) -> Option<Batch> {
    let map = value?.as_map()?;
    let number = map.get("num").and_then(Value::as_int).and_then(|n| u64::try_from(n).ok());
    Some(Batch { number, duration: duration(map, "dur").unwrap_or(DEFAULT_BATCH) })
}

fn rate(attributes: &Map) -> Option<Rate> {
    let value = RATE_LIMIT.get(attributes)?;
    let map = value.as_map()?;
    let most = map.get("mnn").and_then(Value::as_int).and_then(|n| u64::try_from(n).ok())?;
    Some(Rate { most, window: duration(map, "tww")? })
}

fn duration(map: &Map, name: &str) -> Option<i64> {
    map.get(name)?.as_text().and_then(Duration::parse).map(Duration::as_micros).filter(|micros| *micros > 0)
}

fn monitor(value: &Value) -> Option<Monitor> {
    let map = value.as_map()?;
    let operations = map.get("ops").and_then(Value::as_int).and_then(|n| n.try_into().ok());
    let originator = ["or", "org"].iter().find_map(|name| map.get(name)?.as_text()).map(SmolStr::from);
    Some(Monitor { operations, originator })
}

/// A condition's instant.
#[must_use]
pub fn instant(value: &Value) -> Option<Timestamp> {
    value.as_text().and_then(Timestamp::parse)
}
