//! `<container>` (TS-0001 9.6.6, TS-0004 7.4.6): holds instances, the newest so many, so large, so old.
//!
//! Its counters live in a [`Tally`](crate::tree::Tally) beside it, so that an instance more does not rewrite it. The one
//! surprise: an instance that makes room for a newer one goes without a word (TS-0004 7.4.7.2.1 d).

use std::sync::Arc;

use super::Behaviour;
use super::content_instance::TYPE as INSTANCE;
use crate::engine::{Change, ChangeKind, Context, Newborn, Stop, arm_age, purge};
use crate::store::StoreError;
use crate::tree::Record;
use crate::value::{Attr, Map};

/// `mni`.
pub const MAX_NR_OF_INSTANCES: Attr<u64> = Attr::new("mni");
/// `mbs`, in bytes.
pub const MAX_BYTE_SIZE: Attr<u64> = Attr::new("mbs");
/// `mia`, in seconds.
pub const MAX_INSTANCE_AGE: Attr<u64> = Attr::new("mia");
/// `disr`.
pub const DISABLE_RETRIEVAL: Attr<bool> = Attr::new("disr");
const CURRENT_NR_OF_INSTANCES: Attr<u64> = Attr::new("cni");
const CURRENT_BYTE_SIZE: Attr<u64> = Attr::new("cbs");
const STATE_TAG: Attr<u64> = Attr::new("st");

pub(super) struct Container;

impl Behaviour for Container {
    fn has_tally(&self) -> bool {
        true
    }

    fn creating(&self, _cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        for counter in [CURRENT_NR_OF_INSTANCES, CURRENT_BYTE_SIZE, STATE_TAG] {
            counter.remove(&mut born.attributes);
        }
        Ok(())
    }

    fn volatile(&self, cx: &Context<'_>, record: &Arc<Record>) -> Result<Map, Stop> {
        let tally = cx.tally(record)?;
        let mut map = Map::with_capacity(3);
        STATE_TAG.set(&mut map, tally.state_tag);
        CURRENT_NR_OF_INSTANCES.set(&mut map, tally.current_nr_of_instances);
        CURRENT_BYTE_SIZE.set(&mut map, tally.current_byte_size);
        Ok(map)
    }

    fn updated(&self, cx: &mut Context<'_>, old: &Arc<Record>, new: &Arc<Record>) -> Result<(), Stop> {
        let disabled = |record: &Record| DISABLE_RETRIEVAL.get(record.attributes()) == Some(true);
        if disabled(old) && !disabled(new) {
            // TS-0001 9.6.6: what came while nobody could retrieve it is deleted, not disclosed. A step of it now, the
            // rest as what is due: the request stays bounded however many there are.
            purge(cx, new)?;
        }
        make_room(cx, new, 0, 0)?;
        let age = |record: &Record| MAX_INSTANCE_AGE.get(record.attributes());
        if age(old) != age(new) && age(new).is_some() {
            // Instances know when they expire; those that now grow too old sooner are looked at from here on.
            arm_age(cx, new, cx.now)?;
        }
        Ok(())
    }
}

/// Removes the oldest instances until one more, of `bytes` bytes, fits (TS-0004 7.4.7.2.1).
///
/// # Errors
/// When the store fails.
pub(super) fn make_room(cx: &mut Context<'_>, container: &Arc<Record>, more: u64, bytes: u64) -> Result<(), Stop> {
    let attributes = container.attributes().clone();
    let most = MAX_NR_OF_INSTANCES.get(&attributes).unwrap_or(u64::MAX);
    let most_bytes = MAX_BYTE_SIZE.get(&attributes).unwrap_or(u64::MAX);
    loop {
        let tally = cx.tally(container)?;
        let fits = tally.current_nr_of_instances.saturating_add(more) <= most
            && tally.current_byte_size.saturating_add(bytes) <= most_bytes;
        let Some(oldest) = tally.oldest.filter(|_| !fits) else { return Ok(()) };
        match cx.view.record(oldest) {
            Ok(Some(instance)) => {
                cx.view.remove_instance(&instance)?;
                cx.changes.push(Change::new(ChangeKind::Evicted, instance));
            }
            Err(error) if !matches!(error, StoreError::Corrupt { .. }) => return Err(error.into()),
            _ => {
                // It is gone, or cannot be read, which must not keep newer ones out: find the oldest that is there, and count on from it.
                let mut tally = tally;
                tally.oldest = cx.view.instance_after(container.node, INSTANCE, Some(oldest))?;
                tally.current_nr_of_instances = tally.current_nr_of_instances.saturating_sub(1);
                cx.view.set_tally(container.node, tally);
            }
        }
    }
}
