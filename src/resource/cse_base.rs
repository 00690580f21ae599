//! `<CSEBase>` (TS-0001 9.6.3, TS-0004 7.4.3): the root, made by the CSE itself.

use std::sync::Arc;

use super::Behaviour;
use crate::engine::{Context, Stop};
use crate::primitive::Rejection;
use crate::tree::Record;
use crate::value::{Attr, Map, Timestamp};

const CURRENT_TIME: Attr<Timestamp> = Attr::new("ctm");

pub(super) struct CseBase;

impl Behaviour for CseBase {
    fn volatile(&self, cx: &Context<'_>, _record: &Arc<Record>) -> Result<Map, Stop> {
        let mut map = Map::with_capacity(1);
        CURRENT_TIME.set(&mut map, cx.now);
        Ok(map)
    }

    /// TS-0004 7.4.3.2: CSEBase is retrieved; whatever else is asked of it is not allowed through a request.
    fn may_update(&self, _cx: &Context<'_>, _record: &Arc<Record>) -> Result<(), Stop> {
        Err(Rejection::not_allowed("a CSEBase cannot be updated by a request").into())
    }

    fn may_delete(&self, _cx: &Context<'_>, _record: &Arc<Record>) -> Result<(), Stop> {
        Err(Rejection::not_allowed("a CSEBase cannot be deleted by a request").into())
    }
}
