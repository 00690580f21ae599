//! What became of the notifications that left: taken out, tried again, or given up.

use super::SUBSCRIPTION;
use super::deliver::{LAST_WORDS, LONGEST_REST, terms_of};
use super::lanes::drop_oldest;
use crate::engine::{Answer, ChangeKind, Context, Failure, Stop, remove, replace};
use crate::primitive::{Response, StatusClass};
use crate::tree::{Node, Record};
use crate::value::{Map, Value};

/// How many times a target may refuse a notification for a reason of its own (5xxx) before it is given up.
const REFUSALS: u64 = 8;

/// Notes what became of the notifications that left last.
///
/// # Errors
/// When the store fails.
pub fn answered(cx: &mut Context<'_>, number: Node, answer: &Answer) -> Result<(), Stop> {
    let Some(mut lane) = cx.view.lane(number)? else { return Ok(()) };
    let owner = if lane.closing { None } else { cx.view.record(lane.owner)? };
    let terms = terms_of(owner.as_deref());
    let (before, mut delivered) = (lane.waiting, 0_u64);
    let sequence = |response: &Response| response.request_identifier.rsplit_once('-')?.1.parse::<u64>().ok();
    let told = answer.responses.iter().filter_map(sequence).max().unwrap_or(0);
    let mut waiting = cx.view.notifications_until(number, &lane, told)?.into_iter().peekable();
    for response in &answer.responses {
        if terms.counts {
            lane.sent = lane.sent.saturating_add(1);
            lane.answered = lane.answered.saturating_add(1);
        }
        let troubled = response.status.class() == StatusClass::ReceiverError;
        if troubled {
            lane.refusals = lane.refusals.saturating_add(1);
            if lane.refusals < REFUSALS {
                break;
            }
        }
        let Some(last) = sequence(response) else { continue };
        let mut events = 0_u64;
        // A batch goes by the number of its last notification.
        while let Some(told) = waiting.next_if(|sequence| *sequence <= last) {
            cx.view.take_notification(number, &mut lane, told);
            events = events.saturating_add(1);
        }
        (lane.attempts, lane.refusals) = (0, 0);
        if response.status.is_success() {
            lane.window_sent = lane.window_sent.saturating_add(events);
            delivered = delivered.saturating_add(1);
        } else {
            lane.dropped = lane.dropped.saturating_add(events);
        }
    }
    if lane.waiting < before {
        lane.batch_began = Some(cx.now).filter(|_| lane.waiting > 0);
    }
    let failed = answer.failure.is_some()
        || answer.responses.last().is_some_and(|response| response.status.class() == StatusClass::ReceiverError);
    if matches!(answer.failure, Some(Failure::Impossible(_))) && answer.responses.is_empty() {
        drop_oldest(cx, number, &mut lane, 0)?;
    }
    if terms.counts && answer.failure.is_some() && answer.responses.is_empty() {
        lane.sent = lane.sent.saturating_add(1);
    }
    if failed {
        lane.attempts = lane.attempts.saturating_add(1);
        if lane.closing && lane.attempts >= LAST_WORDS {
            drop_oldest(cx, number, &mut lane, 0)?;
        }
    }
    if failed && lane.waiting > 0 {
        let at = cx.now.plus_micros(rest(number, lane.attempts));
        cx.view.schedule_lane(number, &mut lane, Some(at));
    } else {
        let at = if lane.waiting > 0 { Some(cx.now) } else { None };
        cx.view.schedule_lane(number, &mut lane, at);
    }
    cx.view.set_lane(number, &lane);
    match owner {
        // One whose parent is gone goes by itself: what it was told last counts for nothing.
        Some(owner) if owner.resource_type == SUBSCRIPTION && cx.view.lives(&owner)? => {
            count_down(cx, &owner, delivered)
        }
        _ => Ok(()),
    }
}

/// TS-0004 7.5.1.2.2 step 5: each notification that was sent counts, and the last one takes the subscription with it.
fn count_down(cx: &mut Context<'_>, subscription: &std::sync::Arc<Record>, delivered: u64) -> Result<(), Stop> {
    let attribute = super::terms::EXPIRATION_COUNTER;
    let Some(counter) = attribute.get(subscription.attributes()).filter(|_| delivered > 0) else { return Ok(()) };
    let left = counter.saturating_sub(delivered);
    if left == 0 {
        return remove(cx, subscription, ChangeKind::Expired);
    }
    let wanted = Map::from_iter([(attribute.name(), Value::from(left))]);
    replace(cx, subscription, wanted, subscription.expiration_time)?;
    Ok(())
}

/// How long a lane rests after so many failures: twice as long each time, a little more or less so that those that failed
/// together do not come back together.
fn rest(lane: Node, attempts: u64) -> i64 {
    let seconds = 1_u64.checked_shl(u32::try_from(attempts.saturating_sub(1).min(16)).unwrap_or(16)).unwrap_or(1);
    let micros = seconds.min(LONGEST_REST).saturating_mul(1_000_000);
    // No source of chance in here, and none needed: lanes differ, and so do attempts.
    let spread = lane.0.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(attempts.wrapping_mul(0xBF58_476D_1CE4_E5B9));
    let share = (spread >> 33) % 500;
    let rest = micros.saturating_mul(share.saturating_add(750)) / 1000;
    i64::try_from(rest).unwrap_or(i64::MAX)
}
