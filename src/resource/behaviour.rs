//! The hooks of a resource's life.

use std::sync::Arc;

use crate::engine::{Context, Newborn, Stop};
use crate::tree::Record;
use crate::value::Map;

/// What a type does beyond the generic procedures. Each hook gets the [`Context`] and nothing else, so whatever it does
/// happens inside the request's change-set, or not at all. Every hook has an empty default.
#[allow(unused_variables)]
pub trait Behaviour: Send + Sync {
    /// Whether resources of this type have counters ([`Tally`](crate::tree::Tally)).
    fn has_tally(&self) -> bool {
        false
    }

    /// Before the content is held against the schema: fill in what a release of the standard did not have yet.
    fn admitting(&self, cx: &Context<'_>, attributes: &mut Map) {}

    /// Before the resource exists: look at the content, choose an identifier, make room.
    ///
    /// # Errors
    /// To turn the request down.
    fn creating(&self, cx: &mut Context<'_>, born: &mut Newborn) -> Result<(), Stop> {
        Ok(())
    }

    /// The resource exists in the change-set.
    ///
    /// # Errors
    /// To turn the request down after all.
    fn created(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        Ok(())
    }

    /// Before the resource is shown.
    ///
    /// # Errors
    /// To turn the request down.
    fn retrieving(&self, cx: &Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        Ok(())
    }

    /// Before an instance of `parent` is looked for.
    ///
    /// # Errors
    /// To turn the request down.
    fn retrieving_from(&self, cx: &Context<'_>, parent: &Arc<Record>) -> Result<(), Stop> {
        Ok(())
    }

    /// Attributes that are not stored with the resource: counters, the current time.
    ///
    /// # Errors
    /// When the store fails.
    fn volatile(&self, cx: &Context<'_>, record: &Arc<Record>) -> Result<Map, Stop> {
        Ok(Map::new())
    }

    /// Whether a request may UPDATE the resource at all.
    ///
    /// # Errors
    /// To turn the request down.
    fn may_update(&self, cx: &Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        Ok(())
    }

    /// Before the wanted attributes are laid over the old ones; null means deletion.
    ///
    /// # Errors
    /// To turn the request down.
    fn updating(&self, cx: &mut Context<'_>, record: &Arc<Record>, wanted: &mut Map) -> Result<(), Stop> {
        Ok(())
    }

    /// The resource has its new attributes in the change-set.
    ///
    /// # Errors
    /// To turn the request down after all.
    fn updated(&self, cx: &mut Context<'_>, old: &Arc<Record>, new: &Arc<Record>) -> Result<(), Stop> {
        Ok(())
    }

    /// Whether a request may DELETE the resource.
    ///
    /// # Errors
    /// To turn the request down.
    fn may_delete(&self, cx: &Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        Ok(())
    }

    /// The resource goes because an ancestor has gone: nobody can see it any more, and its rows are being cleared away.
    ///
    /// # Errors
    /// When the store fails.
    fn perishing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        Ok(())
    }

    /// Takes the resource out of the tree, whatever the reason: a request, its age, a newer instance.
    ///
    /// # Errors
    /// When the store fails.
    fn removing(&self, cx: &mut Context<'_>, record: &Arc<Record>) -> Result<(), Stop> {
        Ok(cx.view.remove(record)?)
    }
}

/// A type that does nothing of its own.
pub(super) struct Plain;

impl Behaviour for Plain {}
