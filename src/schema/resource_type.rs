//! A resource type: its names, its children, its attributes.

use std::sync::Arc;

use super::DataType;
use crate::value::SmolStr;

/// A row of an attribute table: what the attribute holds and who may write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The long name: `maxNrOfInstances`.
    pub name: SmolStr,
    /// The short name: `mni`.
    pub short: SmolStr,
    /// What its value must be.
    pub data_type: DataType,
    /// Whether a resource always has it.
    pub multiplicity: Multiplicity,
    /// Whether a CREATE may carry it.
    pub create: Optionality,
    /// Whether an UPDATE may carry it.
    pub update: Optionality,
    /// Whether it is announced.
    pub announce: Announce,
}

/// How often a resource has an attribute. Whether the value is a list is said by its [`DataType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplicity {
    /// `1`: always there; null cannot delete it (TS-0004 7.3.3.7).
    One,
    /// `1N`: always there, and null in an UPDATE asks the CSE for a new value (expirationTime, TS-0001 9.6.1.3.2).
    OneRenewable,
    /// `0..1`: there or not; null in an UPDATE deletes it.
    Optional,
}

/// Whether a request may carry an attribute (TS-0004 7.4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optionality {
    /// `M`: it must.
    Mandatory,
    /// `O`: it may.
    Optional,
    /// `N`: only as null, by which the originator asks for the attribute; the CSE gives the value (creator, TS-0004
    /// 7.3.3.3).
    NullOnly,
    /// `NP`: it must not.
    NotPermitted,
}

/// Whether an announced resource carries the attribute (TS-0001 9.6.26.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// `MA`: always.
    Mandatory,
    /// `OA`: when announcedAttribute names it.
    Optional,
    /// `NA`: never.
    Never,
}

/// A child that is not stored but computed: `la`, `ol`, `fopt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualChild {
    /// The name in an address: `la`.
    pub short: SmolStr,
    /// The name in the standard: `latest`.
    pub name: SmolStr,
}

/// A resource type, or a specialisation of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The long name: `container`.
    pub name: SmolStr,
    /// The short name: `cnt`.
    pub short: SmolStr,
    /// The member that wraps a representation: `m2m:cnt`.
    pub root: SmolStr,
    /// The number in `ty`. Specialisations share the one of the type they specialise.
    pub number: u32,
    /// What tells a specialisation from its siblings: the containerDefinition, or the number of the mgmtDefinition.
    pub definition: Option<SmolStr>,
    /// The numbers of the types that may be created below.
    pub children: Vec<u32>,
    /// Names of further child types whose number is not known yet. The registry resolves them when it learns it.
    pub unresolved_children: Vec<SmolStr>,
    /// Computed children.
    pub virtual_children: Vec<VirtualChild>,
    /// Whether resources of this type can be announced.
    pub announceable: bool,
    /// Whether this is like a contentInstance: never updated, and found by its place in time rather than by name.
    pub instance: bool,
    attributes: Vec<Arc<Attribute>>,
    /// Places in `attributes`, in the order of their short names.
    by_short: Vec<u16>,
}

impl ResourceType {
    /// A type with these attributes and nothing else yet.
    pub(super) fn with_attributes(name: SmolStr, attributes: Vec<Arc<Attribute>>) -> Self {
        let mut order: Vec<(SmolStr, u16)> = (0_u16..).zip(&attributes).map(|(at, a)| (a.short.clone(), at)).collect();
        order.sort();
        Self {
            name,
            short: SmolStr::default(),
            root: SmolStr::default(),
            number: 0,
            definition: None,
            children: Vec::new(),
            unresolved_children: Vec::new(),
            virtual_children: Vec::new(),
            announceable: false,
            instance: false,
            by_short: order.into_iter().map(|(_, at)| at).collect(),
            attributes,
        }
    }

    /// The attributes in the order of the table: universal, common, the type's own.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = &Attribute> {
        self.attributes.iter().map(AsRef::as_ref)
    }

    /// The attributes, to be shared with a type derived from this one.
    pub fn shared_attributes(&self) -> &[Arc<Attribute>] {
        &self.attributes
    }

    /// The attribute with this short name.
    #[must_use]
    pub fn attribute(&self, short: &str) -> Option<&Attribute> {
        let place = self.by_short.binary_search_by(|at| self.short_at(*at).cmp(short)).ok()?;
        self.attributes.get(usize::from(*self.by_short.get(place)?)).map(AsRef::as_ref)
    }

    /// The attribute with this long name. Walks the table; not for the hot path.
    #[must_use]
    pub fn attribute_by_name(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|attribute| attribute.name == name)
    }

    /// Whether a resource of that type may be created below.
    #[must_use]
    pub fn may_hold(&self, number: u32) -> bool {
        self.children.contains(&number)
    }

    /// The computed child of that name in an address.
    #[must_use]
    pub fn virtual_child(&self, short: &str) -> Option<&VirtualChild> {
        self.virtual_children.iter().find(|child| child.short == short)
    }

    fn short_at(&self, at: u16) -> &str {
        self.attributes.get(usize::from(at)).map_or("", |attribute| &attribute.short)
    }
}
