//! Every type that a CSE knows.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, LazyLock};

use super::read::{self, Pieces, RESOURCE_TYPES};
use super::{Attribute, Complex, Enumeration, ResourceType, SchemaError, standard};
use crate::value::SmolStr;

/// Only names out of schema files are inserted, so the hash needs no secret, and every run is the same run.
type Index<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// Resource types, complex types and enumerations by name and number. Filled at start, then only read.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    types: Vec<Arc<ResourceType>>,
    by_number: Index<u32, usize>,
    by_root: Index<SmolStr, usize>,
    by_short: Index<SmolStr, usize>,
    by_name: Index<SmolStr, usize>,
    by_definition: Index<SmolStr, usize>,
    attributes: Index<SmolStr, Arc<Attribute>>,
    enumerations: Index<SmolStr, Arc<Enumeration>>,
    complex: Index<SmolStr, Arc<Complex>>,
    universal: Vec<Arc<Attribute>>,
    common: Vec<Arc<Attribute>>,
    namespaces: Vec<(SmolStr, SmolStr)>,
}

impl Registry {
    /// A registry that knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A registry with every type that we ship.
    ///
    /// # Errors
    /// Never in a released crate: a test reads the same files.
    pub fn standard() -> Result<Self, SchemaError> {
        let mut registry = Self::new();
        standard::FILES.iter().try_for_each(|(file, text)| registry.extend_toml(file, text))?;
        Ok(registry)
    }

    /// The standard's types, shared by all who know of no others.
    #[must_use]
    pub fn shared() -> &'static Arc<Self> {
        static STANDARD: LazyLock<Arc<Registry>> = LazyLock::new(|| Arc::new(Registry::standard().unwrap_or_default()));
        &STANDARD
    }

    /// Adds what a schema file defines. The columns are explained in `schemas/README.md`.
    ///
    /// # Errors
    /// What is wrong, in which line. The registry is then as it was before.
    pub fn extend_toml(&mut self, file_name: &str, text: &str) -> Result<(), SchemaError> {
        let pieces = read::read(self, file_name, text)?;
        self.add(pieces);
        Ok(())
    }

    /// The type with this number; never a specialisation.
    #[must_use]
    pub fn by_number(&self, number: u32) -> Option<&Arc<ResourceType>> {
        self.types.get(*self.by_number.get(&number)?)
    }

    /// The type or specialisation that is wrapped in this member: `m2m:cnt`.
    #[must_use]
    pub fn by_root(&self, root: &str) -> Option<&Arc<ResourceType>> {
        self.types.get(*self.by_root.get(root)?)
    }

    /// The type with this short name: `cnt`. Where specialisations share one, the first.
    #[must_use]
    pub fn by_short(&self, short: &str) -> Option<&Arc<ResourceType>> {
        self.types.get(*self.by_short.get(short)?)
    }

    /// The type with this long name: `container`. Where specialisations share one, the first.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Arc<ResourceType>> {
        self.types.get(*self.by_name.get(name)?)
    }

    /// The specialisation with this containerDefinition or mgmtDefinition.
    #[must_use]
    pub fn by_definition(&self, definition: &str) -> Option<&Arc<ResourceType>> {
        self.types.get(*self.by_definition.get(definition)?)
    }

    /// An attribute of any type, by short name. Where types disagree, the row that was read first.
    #[must_use]
    pub fn attribute_by_short(&self, short: &str) -> Option<&Attribute> {
        self.attributes.get(short).map(AsRef::as_ref)
    }

    /// Every type in the order in which it was read.
    pub fn types(&self) -> impl ExactSizeIterator<Item = &Arc<ResourceType>> {
        self.types.iter()
    }

    /// The enumeration of that name: `m2m:cseTypeID`.
    #[must_use]
    pub fn enumeration(&self, name: &str) -> Option<&Enumeration> {
        self.enumerations.get(name).map(AsRef::as_ref)
    }

    /// The complex type of that name: `m2m:setOfAcrs`.
    #[must_use]
    pub fn complex(&self, name: &str) -> Option<&Complex> {
        self.complex.get(name).map(AsRef::as_ref)
    }

    /// Whether a number is that of a resource type: in the standard's table, of a type here, or of its announced variant.
    #[must_use]
    pub fn knows_number(&self, number: i64) -> bool {
        let is_original = |number: i64| u32::try_from(number).is_ok_and(|number| self.by_number.contains_key(&number));
        self.enumerations.get(RESOURCE_TYPES).is_some_and(|types| types.meaning(number).is_some())
            || is_original(number)
            || number.checked_sub(10_000).is_some_and(is_original)
    }

    /// What the standard calls the type with this number.
    #[must_use]
    pub fn standard_name(&self, number: u32) -> Option<&str> {
        self.enumerations.get(RESOURCE_TYPES)?.meaning(i64::from(number))
    }

    /// The attributes that every type has.
    #[must_use]
    pub fn universal(&self) -> &[Arc<Attribute>] {
        &self.universal
    }

    /// The attributes that many types have.
    #[must_use]
    pub fn common(&self) -> &[Arc<Attribute>] {
        &self.common
    }

    /// The XML namespace that the prefix of a name stands for: that of `m2m` in `m2m:cnt`.
    #[must_use]
    pub fn namespace(&self, prefix: &str) -> Option<&str> {
        self.namespaces.iter().find(|(known, _)| known == prefix).map(|(_, uri)| uri.as_str())
    }

    /// The prefix that stands for an XML namespace.
    #[must_use]
    pub fn prefix_of(&self, namespace: &str) -> Option<&str> {
        self.namespaces.iter().find(|(_, uri)| uri == namespace).map(|(prefix, _)| prefix.as_str())
    }

    pub(super) fn shared_enumeration(&self, name: &str) -> Option<&Arc<Enumeration>> {
        self.enumerations.get(name)
    }

    pub(super) fn shared_complex(&self, name: &str) -> Option<&Arc<Complex>> {
        self.complex.get(name)
    }

    fn add(&mut self, pieces: Pieces) {
        self.enumerations.extend(pieces.enumerations.into_iter().map(|e| (e.name().into(), e)));
        self.complex.extend(pieces.complex.into_iter().map(|complex| (complex.name.clone(), complex)));
        self.namespaces.extend(pieces.namespaces);
        self.universal.extend(pieces.universal);
        self.common.extend(pieces.common);
        let first = self.types.len();
        let mut parents = Vec::new();
        for (of, below) in pieces.types {
            parents.push((of.number, below));
            self.add_type(of);
        }
        for (number, parent) in parents.iter().flat_map(|(number, below)| below.iter().map(|name| (*number, name))) {
            if let Some(parent) = self.by_name.get(parent).and_then(|at| self.types.get_mut(*at)) {
                Arc::make_mut(parent).add_child(number);
            }
        }
        self.resolve_children(first);
    }

    fn add_type(&mut self, of: ResourceType) {
        let at = self.types.len();
        match &of.definition {
            Some(definition) => {
                self.by_definition.insert(definition.clone(), at);
                self.by_short.entry(of.short.clone()).or_insert(at);
                self.by_name.entry(of.name.clone()).or_insert(at);
            }
            None => {
                self.by_number.insert(of.number, at);
                self.by_short.insert(of.short.clone(), at);
                self.by_name.insert(of.name.clone(), at);
            }
        }
        self.by_root.insert(of.root.clone(), at);
        for attribute in of.shared_attributes() {
            self.attributes.entry(attribute.short.clone()).or_insert_with(|| attribute.clone());
        }
        self.types.push(Arc::new(of));
    }

    /// Gives numbers to the names of children: those of the standard at once, a vendor's when it is read.
    fn resolve_children(&mut self, first_new: usize) {
        let standard = self.enumerations.get(RESOURCE_TYPES);
        let (types, by_name) = (&self.types, &self.by_name);
        let number_of = |name: &SmolStr| {
            let read = by_name.get(name).and_then(|at| types.get(*at)).map(|of| of.number);
            read.or_else(|| standard?.number(name).and_then(|number| u32::try_from(number).ok()))
        };
        let mut found = Vec::new();
        for (at, of) in types.iter().enumerate().filter(|(_, of)| !of.unresolved_children.is_empty()) {
            // An old type can only have been waiting for a new one.
            let waits = |name: &&SmolStr| at >= first_new || by_name.get(*name).is_some_and(|at| *at >= first_new);
            for name in of.unresolved_children.iter().filter(waits) {
                found.extend(number_of(name).map(|number| (at, number, name.clone())));
            }
        }
        for (at, number, name) in found {
            if let Some(of) = self.types.get_mut(at).map(Arc::make_mut) {
                of.unresolved_children.retain(|other| *other != name);
                of.add_child(number);
            }
        }
    }
}

impl ResourceType {
    fn add_child(&mut self, number: u32) {
        if !self.children.contains(&number) {
            self.children.push(number);
        }
    }
}
