//! What leaves a lane, and when: schedules, batches, rates, rests after failures (TS-0001 10.2.10.7).

use super::lanes::drop_oldest;
use super::schedule::Schedule;
use super::terms::Terms;
use super::{GROUP, IMMEDIATE, LATEST, SUBSCRIPTION, compose};
use crate::codec::json;
use crate::engine::reach::{self, Route};
use crate::engine::{Context, Core, Failure, Post, Stop};
use crate::primitive::{Operation, Request};
use crate::tree::{Lane, Node, Record};
use crate::value::{Map, Timestamp, Value};

/// The most notifications that leave in one call.
const DELIVERY: usize = 64;

/// The longest rest of a lane whose target fails, in seconds.
pub(super) const LONGEST_REST: u64 = 300;

/// How often the last words of what is gone are tried: about an hour. Nobody is left who could withdraw them, so without
/// an end, whoever subscribes and deletes again and again would fill the store.
pub(super) const LAST_WORDS: u64 = 16;

/// When a lane is looked at again whose call got lost with the program, in seconds after the call's own end.
const GRACE: i64 = 5;

/// Notifications that can leave now.
#[derive(Debug)]
pub struct Parcel {
    /// The way to the target.
    pub route: Route,
    /// The notifications, in their order.
    pub requests: Vec<Request>,
    /// When the answer is no longer waited for.
    pub until: Timestamp,
}

/// Looks at a lane: what can leave now, and when to look again.
///
/// # Errors
/// When the store fails.
pub fn look_at(cx: &mut Context<'_>, number: Node, post: &mut Post) -> Result<Option<Parcel>, Stop> {
    let Some(mut lane) = cx.view.lane(number)? else { return Ok(None) };
    let before = lane.clone();
    let parcel = if post.is_busy(number) {
        let again = cx.now.plus_seconds(GRACE);
        cx.view.schedule_lane(number, &mut lane, Some(again));
        None
    } else {
        consider(cx, number, &mut lane, post)?
    };
    if lane.waiting == 0 && (lane.closing || is_group(cx, lane.owner)?) {
        // A group forwards to whomever its members' subscribers named; nothing is kept of those in between.
        cx.view.close_lane(number, &lane)?;
    } else if lane != before {
        cx.view.set_lane(number, &lane);
    }
    Ok(parcel)
}

/// Something about a lane cannot be read now: looks at it later.
///
/// # Errors
/// When not even the lane can be read.
pub fn put_off(cx: &mut Context<'_>, number: Node) -> Result<(), Stop> {
    let Some(mut lane) = cx.view.lane(number)? else { return Ok(()) };
    cx.view.schedule_lane(number, &mut lane, Some(much_later(cx.now)));
    cx.view.set_lane(number, &lane);
    Ok(())
}

fn much_later(now: Timestamp) -> Timestamp {
    now.plus_seconds(i64::try_from(LONGEST_REST).unwrap_or(300))
}

fn is_group(cx: &Context<'_>, owner: Node) -> Result<bool, Stop> {
    Ok(cx.view.record(owner)?.is_some_and(|record| record.resource_type == GROUP))
}

fn consider(cx: &mut Context<'_>, number: Node, lane: &mut Lane, post: &mut Post) -> Result<Option<Parcel>, Stop> {
    let owner = cx.view.record(lane.owner)?;
    let owner = if lane.closing { None } else { owner };
    if owner.is_none() && !lane.closing {
        // Whoever owned it went without a word; so does the lane.
        drop_oldest(cx, number, lane, 0)?;
        lane.closing = true;
    }
    if lane.waiting == 0 {
        cx.view.schedule_lane(number, lane, None);
        return Ok(None);
    }
    let terms = terms_of(owner.as_deref());
    let resting = lane.attempts > 0 && lane.due.is_some_and(|due| due > cx.now);
    if resting && !post.is_recalled(number) && !post.listens(lane.channel(cx.core, &cx.view)?) {
        return Ok(None);
    }
    if let Some(at) = not_before(cx, lane, &terms, owner.as_deref())? {
        cx.view.schedule_lane(number, lane, at);
        return Ok(None);
    }
    let route = match reach::route(cx.core, &cx.view, &lane.target)? {
        Ok(Route::Channel(channel)) if !post.listens(Some(channel)) => Err(()),
        Ok(route) => Ok(route),
        Err(Failure::Impossible(reason)) => {
            tracing::warn!(target = %lane.target, reason, "notifications are given up");
            drop_oldest(cx, number, lane, 0)?;
            cx.view.schedule_lane(number, lane, None);
            return Ok(None);
        }
        Err(_) => Err(()),
    };
    let Ok(route) = route else {
        if lane.closing {
            lane.refusals = lane.refusals.saturating_add(1);
            if lane.refusals >= LAST_WORDS || super::lanes::entity(cx, &lane.target)?.is_none() {
                drop_oldest(cx, number, lane, 0)?;
                cx.view.schedule_lane(number, lane, None);
                return Ok(None);
            }
        }
        // Asleep: whoever wakes looks here. The row is for an AE that comes back as another.
        cx.view.schedule_lane(number, lane, Some(much_later(cx.now)));
        refresh_entity(cx, number, lane)?;
        return Ok(None);
    };
    let limits = &cx.core.config.limits;
    let until = cx.now.plus_seconds(i64::try_from(limits.call_timeout).unwrap_or(i64::MAX));
    if !post.has_room(number, &route, limits) {
        // Whoever leaves calls the next in line. The row is for a program that ends before.
        if lane.due.is_none_or(|due| due <= cx.now) {
            cx.view.schedule_lane(number, lane, Some(until.plus_seconds(GRACE)));
        }
        return Ok(None);
    }
    let requests = compose_requests(cx, number, lane, &terms, owner.as_deref())?;
    cx.view.schedule_lane(number, lane, Some(until.plus_seconds(GRACE)));
    Ok(Some(Parcel { route, requests, until }))
}

pub(super) fn terms_of(owner: Option<&Record>) -> std::sync::Arc<Terms> {
    match owner {
        Some(owner) if owner.resource_type == SUBSCRIPTION => owner.compiled(Terms::of),
        Some(owner) if owner.resource_type == GROUP => owner.compiled(Terms::of_group),
        _ => std::sync::Arc::new(Terms::of(&Map::new())),
    }
}

/// When something may leave at the earliest, if not now; the inner `None` when nobody can say.
#[allow(clippy::option_option, reason = "now, then, or never by itself: three answers")]
fn not_before(
    cx: &Context<'_>,
    lane: &mut Lane,
    terms: &Terms,
    owner: Option<&Record>,
) -> Result<Option<Option<Timestamp>>, Stop> {
    if let Some(owner) = owner.filter(|owner| owner.resource_type == SUBSCRIPTION)
        && terms.category != Some(IMMEDIATE)
    {
        let schedule = Schedule::of(cx, owner)?;
        if !schedule.allows(cx.now) {
            return Ok(Some(schedule.opens(cx.now)));
        }
    }
    if let Some(batch) = terms.batch {
        let full = batch.number.is_some_and(|number| lane.waiting >= number);
        let ripe = lane.batch_began.unwrap_or(cx.now).plus_micros(batch.duration);
        if !full && cx.now < ripe {
            return Ok(Some(Some(ripe)));
        }
    }
    if let Some(rate) = terms.rate {
        // TS-0001 10.2.10.7: windows follow one another, they do not roll.
        let over = lane.window_began.is_none_or(|began| began.plus_micros(rate.window) <= cx.now);
        if over {
            (lane.window_began, lane.window_sent) = (Some(cx.now), 0);
        }
        if lane.window_sent >= rate.most {
            let end = lane.window_began.map(|began| began.plus_micros(rate.window));
            return Ok(Some(end));
        }
    }
    Ok(None)
}

fn compose_requests(
    cx: &mut Context<'_>,
    number: Node,
    lane: &mut Lane,
    terms: &Terms,
    owner: Option<&Record>,
) -> Result<Vec<Request>, Stop> {
    if terms.latest {
        drop_oldest(cx, number, lane, 1)?;
    }
    let mut most = DELIVERY;
    if let Some(rate) = terms.rate {
        most = most.min(usize::try_from(rate.most.saturating_sub(lane.window_sent)).unwrap_or(usize::MAX));
    }
    let counter = owner.and_then(|owner| super::terms::EXPIRATION_COUNTER.get(owner.attributes()));
    let release = reach::release(cx.core, &cx.view, &lane.target)?;
    let request = |sequence: u64, content: Value| {
        let mut request = Request::new(Operation::Notify, reach::without_serialization(&lane.target));
        request.originator = Some(cx.core.config.cse_id.clone());
        // The same for each attempt: a receiver that heard it already can tell.
        request.request_identifier = format!("n{}-{sequence}", crate::tree::base32(number.0)).into();
        request.release_version_indicator = release;
        request.event_category = if terms.latest { Some(LATEST) } else { terms.category };
        request.content = Some(content);
        request
    };
    let decode = |text: &[u8]| json::decode(text, usize::MAX).unwrap_or_default();
    if let Some(batch) = terms.batch {
        let size = batch.number.map_or(most, |n| most.max(usize::try_from(n).unwrap_or(usize::MAX)));
        let rows = cx.view.oldest_notifications(number, lane, size.min(BATCH))?;
        let last = rows.last().map_or(0, |(sequence, _)| *sequence);
        let content = compose::aggregated(rows.iter().map(|(_, text)| decode(text)).collect());
        return Ok(vec![request(last, content)]);
    }
    if let Some(counter) = counter {
        most = most.min(usize::try_from(counter).unwrap_or(usize::MAX).max(1));
    }
    let rows = cx.view.oldest_notifications(number, lane, most.max(1))?;
    Ok(rows.into_iter().map(|(sequence, text)| request(sequence, decode(&text))).collect())
}

/// The most notifications in one batch, however many the subscriber wants in it.
const BATCH: usize = 1000;

/// An AE that registered anew has another number: the lane waits for that one from now on.
fn refresh_entity(cx: &mut Context<'_>, number: Node, lane: &mut Lane) -> Result<(), Stop> {
    let entity = super::lanes::entity(cx, &lane.target)?;
    if entity != lane.wakes_with {
        cx.view.await_entity(number, lane, entity);
    }
    Ok(())
}

impl Lane {
    /// The polling channel that its target has now.
    fn channel(&self, core: &Core, view: &crate::tree::View<'_>) -> Result<Option<Node>, Stop> {
        let Some(record) = self.wakes_with.map(|node| view.record(node)).transpose()?.flatten() else {
            return Ok(None);
        };
        Ok(match reach::entity(core, view, &record)? {
            Ok(Route::Channel(channel)) => Some(channel),
            _ => None,
        })
    }
}
