//! `<contentInstance>` (TS-0001 9.6.7, TS-0004 7.4.7): a piece of data, never changed once it is there.

use std::sync::Arc;

use super::Behaviour;
use super::container::{DISABLE_RETRIEVAL, MAX_BYTE_SIZE, MAX_INSTANCE_AGE, make_room};
use crate::codec::json;
use crate::engine::{Context, Newborn, Stop};
use crate::primitive::{Rejection, Status};
use crate::tree::Record;
use crate::value::{Attr, Map, Value};

/// The type's number.
pub const TYPE: u32 = 4;
/// `con`.
const CONTENT: &str = "con";
/// `cs`, in bytes.
pub const CONTENT_SIZE: Attr<u64> = Attr::new("cs");
/// `st`, a copy of the container's.
const STATE_TAG: Attr<u64> = Attr::new("st");

pub(super) struct ContentInstance;

impl Behaviour for ContentInstance {
    /// TS-0004 7.4.7.2.1, in its order: the size, room, age, the state tag.
    fn creating(&self, cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        if born.attributes.contains("dcnt") {
            return Err(
                Rejection::not_implemented("contentInstance: attribute dcnt is not supported by this CSE yet").into()
            );
        }
        let size = content_size(born.attributes.get(CONTENT));
        let container = born.parent.clone();
        let most = MAX_BYTE_SIZE.get(container.attributes());
        if most.is_some_and(|most| size > most) {
            let reason = format!("content (con): {size} bytes are more than maxByteSize (mbs) of the container allows");
            return Err(Rejection::new(Status::NOT_ACCEPTABLE, reason).into());
        }
        make_room(cx, &container, 1, size)?;
        let mut tally = cx.tally(&container)?;
        tally.state_tag = tally.state_tag.saturating_add(1);
        tally.current_nr_of_instances = tally.current_nr_of_instances.saturating_add(1);
        tally.current_byte_size = tally.current_byte_size.saturating_add(size);
        tally.latest = Some(born.node);
        tally.oldest = tally.oldest.or(Some(born.node));
        cx.view.set_tally(container.node, tally);
        if let Some(age) = MAX_INSTANCE_AGE.get(container.attributes()) {
            let oldest_allowed = cx.now.plus_seconds(i64::try_from(age).unwrap_or(i64::MAX));
            born.expiration_time = born.expiration_time.map(|at| at.min(oldest_allowed));
        }
        CONTENT_SIZE.set(&mut born.attributes, size);
        STATE_TAG.set(&mut born.attributes, tally.state_tag);
        Ok(())
    }

    /// A container of size zero keeps nothing: the instance is answered and gone.
    fn created(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        let container = cx.parent_of(record)?;
        make_room(cx, &container, 0, 0)
    }

    fn retrieving(&self, cx: &Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        let container = cx.parent_of(record)?;
        if cx.tally(&container)?.withdrawn.is_some_and(|last| record.node <= last) {
            return Err(Rejection::not_found("the instance was deleted").into());
        }
        self.retrieving_from(cx, &container)
    }

    fn retrieving_from(&self, _cx: &Context<'_>, container: &Arc<Record>) -> Result<(), Stop> {
        if DISABLE_RETRIEVAL.get(container.attributes()) == Some(true) {
            let reason =
                "the container's disableRetrieval (disr) is true: its instances cannot be retrieved or deleted";
            return Err(Rejection::not_allowed(reason).into());
        }
        Ok(())
    }

    fn may_update(&self, _cx: &Context<'_>, _record: &Arc<Record>) -> Result<(), Stop> {
        Err(Rejection::not_allowed("a contentInstance cannot be updated").into())
    }

    fn updating(&self, cx: &mut Context<'_>, record: &Arc<Record>, _wanted: &mut Map) -> Result<(), Stop> {
        self.may_update(cx, record)
    }

    fn may_delete(&self, cx: &Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        self.retrieving(cx, record)
    }

    fn removing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        Ok(cx.view.remove_instance(record)?)
    }
}

/// The size of content in bytes: of a text, its UTF-8; of anything else, its JSON.
fn content_size(content: Option<&Value>) -> u64 {
    let bytes = match content {
        None => 0,
        Some(Value::Text(text)) => text.len(),
        Some(other) => json::encode(other).len(),
    };
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
