//! TOML → schema pieces. The columns are explained in `schemas/README.md`.
//!
//! Reading changes nothing: a file is read as a whole against the registry, and only then added. So a file with a
//! mistake leaves the registry as it was.

use std::sync::Arc;

use toml::de::DeTable;

use super::document::{Document, Row, rows};
use super::{Attribute, Complex, DataType, Enumeration, ListType, Member, Registry, ResourceType, SchemaError, Simple};
use crate::value::SmolStr;

/// The enumeration that names all resource types of the standard.
pub(super) const RESOURCE_TYPES: &str = "m2m:resourceType";

/// The enumeration that adds to them what a group's members can be besides.
const MEMBER_TYPES: &str = "m2m:memberType";

/// What a file brings.
#[derive(Default)]
pub(super) struct Pieces {
    pub(super) universal: Vec<Arc<Attribute>>,
    pub(super) common: Vec<Arc<Attribute>>,
    /// Prefixes of names, and the XML namespaces that they stand for.
    pub(super) namespaces: Vec<(SmolStr, SmolStr)>,
    pub(super) enumerations: Vec<Arc<Enumeration>>,
    pub(super) complex: Vec<Arc<Complex>>,
    /// Each type with the names of the types that it may be created below, beside those that name it themselves.
    pub(super) types: Vec<(ResourceType, Vec<SmolStr>)>,
}

/// A file being read.
pub(super) struct Reader<'a> {
    pub(super) doc: Document<'a>,
    pub(super) registry: &'a Registry,
    pub(super) pieces: Pieces,
}

/// Reads a file.
pub(super) fn read(registry: &Registry, file: &str, text: &str) -> Result<Pieces, SchemaError> {
    let doc = Document { file, text };
    let table = doc.parse()?;
    let mut reader = Reader { doc, registry, pieces: Pieces::default() };
    reader.file(table.get_ref())?;
    Ok(reader.pieces)
}

impl<'a> Reader<'a> {
    /// Sections may stand in any order, except that a complex type comes after those it is made of.
    fn file(&mut self, table: &'a DeTable<'a>) -> Result<(), SchemaError> {
        let (mut complex, mut types, mut top) = (Vec::new(), Vec::new(), Vec::new());
        let (mut universal, mut common) = (Vec::new(), Vec::new());
        for row in rows(table) {
            match row.key {
                "namespaces" => self.namespaces(&row)?,
                "enumerations" => self.enumerations(&row)?,
                "complex" => complex.extend(rows(self.doc.table(&row)?).into_iter().map(|row| (row, false))),
                "choice" => complex.extend(rows(self.doc.table(&row)?).into_iter().map(|row| (row, true))),
                "universal" => universal = rows(self.doc.table(&row)?),
                "common" if row.value.is_table() => common = rows(self.doc.table(&row)?),
                "resource" => types.push(row),
                _ => top.push(row),
            }
        }
        complex.sort_by_key(|(row, _)| row.at);
        for (row, choice) in complex {
            self.complex(&row, choice)?;
        }
        for row in universal {
            // Types that were read before would be without it.
            self.unused(&row, !self.registry.universal().is_empty())?;
            let attribute = Arc::new(self.attribute(&row)?);
            self.pieces.universal.push(attribute);
        }
        for row in common {
            self.unused(&row, self.common_attribute(row.key).is_some())?;
            let attribute = Arc::new(self.attribute(&row)?);
            self.pieces.common.push(attribute);
        }
        if !top.is_empty() {
            self.resource(top, 0)?;
        }
        for row in types {
            let doc = self.doc;
            let wrong = || doc.error(row.at, "resource: expected [[resource]]");
            for item in row.value.as_array().ok_or_else(wrong)? {
                let table = item.get_ref().as_table().ok_or_else(wrong)?;
                self.resource(rows(table), item.span().start)?;
            }
        }
        Ok(())
    }

    /// `acme = "http://acme.example/xml"`
    fn namespaces(&mut self, section: &Row<'a>) -> Result<(), SchemaError> {
        for row in rows(self.doc.table(section)?) {
            let uri = self.doc.text_of(&row)?;
            let (known, meant) = (self.registry.namespace(row.key), self.registry.prefix_of(uri));
            self.unused(&row, known.is_some() || meant.is_some())?;
            self.pieces.namespaces.push((row.key.into(), uri.into()));
        }
        Ok(())
    }

    /// `"acme:colour" = { 1 = "red", 2 = "green", "10..19" = "shades of blue" }`
    fn enumerations(&mut self, section: &Row<'a>) -> Result<(), SchemaError> {
        for row in rows(self.doc.table(section)?) {
            self.unused(&row, self.named(row.key, row.at).is_ok())?;
            let mut ranges = Vec::new();
            for value in rows(self.doc.table(&row)?) {
                let (from, to) = value.key.split_once("..").unwrap_or((value.key, value.key));
                match (from.parse::<i64>(), to.parse::<i64>()) {
                    (Ok(from), Ok(to)) if from <= to => ranges.push((from, to, self.doc.text_of(&value)?.into())),
                    _ => {
                        let reason = format!("{}: expected a number or a range such as 1..63", value.key);
                        return Err(self.doc.error(value.at, reason));
                    }
                }
            }
            self.pieces.enumerations.push(Arc::new(Enumeration::new(row.key.into(), ranges)));
        }
        Ok(())
    }

    /// `"acme:range" = { lower = { short = "lo", type = "float", n = "1" }, … }`
    fn complex(&mut self, row: &Row<'a>, choice: bool) -> Result<(), SchemaError> {
        self.unused(row, self.named(row.key, row.at).is_ok())?;
        let mut members: Vec<Member> = Vec::new();
        for row in rows(self.doc.table(row)?) {
            let member = self.member(&row)?;
            self.unused(&row, members.iter().any(|other| other.short == member.short))?;
            members.push(member);
        }
        self.pieces.complex.push(Arc::new(Complex { name: row.key.into(), members, choice }));
        Ok(())
    }

    /// A data type as it stands in the column `type`: a name, or `list of`, `nonEmptyList of`, `list of 3` and a name.
    pub(super) fn data_type(&self, text: &str, at: usize) -> Result<DataType, SchemaError> {
        let (of, min, max) = if let Some(of) = text.strip_prefix("nonEmptyList of ") {
            (of, 1, usize::MAX)
        } else if let Some(of) = text.strip_prefix("list of ") {
            let counted = of.split_once(' ').and_then(|(count, of)| Some((of, count.parse().ok()?)));
            counted.map_or((of, 0, usize::MAX), |(of, count)| (of, count, count))
        } else {
            return self.named(text, at);
        };
        Ok(DataType::List(Arc::new(ListType { of: self.named(of, at)?, min, max })))
    }

    fn named(&self, name: &str, at: usize) -> Result<DataType, SchemaError> {
        if name == RESOURCE_TYPES && self.enumeration(name).is_some() {
            return Ok(DataType::ResourceType);
        }
        if let Some(besides) = self.enumeration(name).filter(|_| name == MEMBER_TYPES) {
            return Ok(DataType::MemberType(besides.clone()));
        }
        Simple::from_name(name)
            .map(DataType::Simple)
            .or_else(|| self.enumeration(name).cloned().map(DataType::Enumeration))
            .or_else(|| self.complex_type(name).cloned().map(DataType::Complex))
            .ok_or_else(|| {
                self.doc.error(at, format!("{name}: no such data type; one is defined above where it is used"))
            })
    }

    fn enumeration(&self, name: &str) -> Option<&Arc<Enumeration>> {
        self.pieces.enumerations.iter().find(|e| e.name() == name).or_else(|| self.registry.shared_enumeration(name))
    }

    fn complex_type(&self, name: &str) -> Option<&Arc<Complex>> {
        self.pieces.complex.iter().find(|complex| complex.name == name).or_else(|| self.registry.shared_complex(name))
    }

    pub(super) fn common_attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.pieces.common.iter().chain(self.registry.common()).find(|attribute| attribute.name == name)
    }

    /// Refuses a second definition under the same name.
    pub(super) fn unused(&self, row: &Row<'_>, is_used: bool) -> Result<(), SchemaError> {
        if is_used { Err(self.doc.error(row.at, format!("{}: defined already", row.key))) } else { Ok(()) }
    }
}
