//! What requests are about: which resources there are, and who asks.

use std::sync::Arc;

use arbitrary::{Result, Unstructured};

use crate::schema::{Registry, ResourceType};
use crate::value::{SmolStr, Value};

/// The number of the CSEBase's type.
const CSE_BASE: u32 = 5;

/// What requests are made of: resource types, places and originators.
///
/// A new one knows the CSEBase of a default configuration (`cse-in`) and its administrator (`CAdmin`).
#[derive(Clone, Debug)]
pub struct Vocabulary<'r> {
    pub(super) registry: &'r Registry,
    places: Vec<(SmolStr, u32)>,
    originators: Vec<SmolStr>,
}

impl<'r> Vocabulary<'r> {
    /// The types of a registry, the CSEBase `cse-in` and the originator `CAdmin`.
    #[must_use]
    pub fn new(registry: &'r Registry) -> Self {
        Self {
            registry,
            places: vec![(SmolStr::new_static("cse-in"), CSE_BASE)],
            originators: vec![SmolStr::new_static("CAdmin")],
        }
    }

    /// The types of a registry, and nothing else. [`Vocabulary::place`] and [`Vocabulary::originator`] have to be called before
    /// requests are made.
    #[must_use]
    pub const fn empty(registry: &'r Registry) -> Self {
        Self { registry, places: Vec::new(), originators: Vec::new() }
    }

    /// A resource that is there: its address in any form, and the number of its type.
    pub fn place(&mut self, address: impl Into<SmolStr>, resource_type: u32) -> &mut Self {
        self.places.push((address.into(), resource_type));
        self
    }

    /// Somebody who asks.
    pub fn originator(&mut self, identifier: impl Into<SmolStr>) -> &mut Self {
        self.originators.push(identifier.into());
        self
    }

    pub(super) fn any_originator(&self, u: &mut Unstructured<'_>) -> Result<SmolStr> {
        u.choose(&self.originators).cloned()
    }

    pub(super) fn any_place(&self, u: &mut Unstructured<'_>) -> Result<String> {
        Ok(u.choose(&self.places)?.0.to_string())
    }

    /// A resource and its type, one that `fits`; else any.
    pub(super) fn place_that(
        &self,
        fits: impl Fn(&ResourceType) -> bool,
        u: &mut Unstructured<'_>,
    ) -> Result<(SmolStr, Option<&'r Arc<ResourceType>>)> {
        let known = |number: u32| self.registry.by_number(number);
        let fitting: Vec<&(SmolStr, u32)> =
            self.places.iter().filter(|(_, ty)| known(*ty).is_some_and(|of| fits(of))).collect();
        let (address, ty) = if fitting.is_empty() { u.choose(&self.places)? } else { u.choose(&fitting)? };
        Ok((address.clone(), known(*ty)))
    }

    /// Up to three resources; of type `only`, if that is not 0.
    pub(super) fn some_places(&self, only: u32, u: &mut Unstructured<'_>) -> Result<Vec<Value>> {
        let fitting: Vec<&SmolStr> =
            self.places.iter().filter(|(_, ty)| only == 0 || *ty == only).map(|(address, _)| address).collect();
        let mut chosen: Vec<Value> = Vec::new();
        for _ in 0..u.int_in_range(0..=3)? {
            let Some(address) = (!fitting.is_empty()).then(|| u.choose(&fitting)).transpose()? else { break };
            let value = Value::from(address.as_str());
            if !chosen.contains(&value) {
                chosen.push(value);
            }
        }
        Ok(chosen)
    }

    /// Whom a notification can go to.
    pub(super) fn target(&self, u: &mut Unstructured<'_>) -> Result<Value> {
        let mut all: Vec<&str> = self.originators.iter().map(SmolStr::as_str).filter(|id| *id != "CAdmin").collect();
        all.extend(["http://192.0.2.1:8080/told", "coap://192.0.2.2/told"]);
        Ok(Value::from(*u.choose(&all)?))
    }

    pub(super) fn any_type(&self, u: &mut Unstructured<'_>) -> Result<&'r Arc<ResourceType>> {
        let at = u.choose_index(self.registry.types().len())?;
        self.registry.types().nth(at).ok_or(arbitrary::Error::EmptyChoose)
    }
}
