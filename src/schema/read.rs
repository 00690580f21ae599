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

/// What a file brings.
#[derive(Default)]
pub(super) struct Pieces {
    pub(super) universal: Vec<Arc<Attribute>>,
    pub(super) common: Vec<Arc<Attribute>>,
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

    /// `"acme:colour" = { 1 = "red", 2 = "green", "10..19" = "shades of blue" }`
    fn enumerations(&mut self, section: &Row<'a>) -> Result<(), SchemaError> {
        for row in rows(self.doc.table(section)?) {
            self.unused(&row, self.named(row.key, row.at).is_ok())?;
            let mut ranges = Vec::new();
            for value in rows(self.doc.table(&row)?) {
                let (from, to) = value.key.split_once("..").unwrap_or((value.key, value.key));
                let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>()) else {
                    let reason = format!("{}: expected a number or a range such as 1..63", value.key);
                    return Err(self.doc.error(value.at, reason));
                };
                ranges.push((from, to, self.doc.text_of(&value)?.into()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::check;
    use crate::value::{Map, Value};

    const VENDOR: &str = r#"
name = "sun"
short = "sun"
type = 20001
root = "acme:sun"
children = ["subscription", "moon"]
parents = ["container"]
common = ["expirationTime", "labels"]

[attributes]
colour = { short = "clr", type = "acme:colour",          n = "1",       c = "M", u = "O",  a = "OA" }
spans  = { short = "spn", type = "list of acme:span",    n = "0..1(L)", c = "O", u = "O",  a = "NA" }
labels = { short = "lbl", type = "list of string",       n = "0..1(L)", c = "O", u = "NP", a = "NA" }

[enumerations]
"acme:colour" = { 1 = "red", "10..19" = "shades of blue" }

[complex."acme:span"]
from = { short = "frm", type = "float", n = "1" }
"#;

    fn extended() -> Registry {
        let mut registry = Registry::standard().unwrap();
        registry.extend_toml("acme.toml", VENDOR).unwrap();
        registry
    }

    fn complaint(text: &str) -> String {
        Registry::standard().unwrap().extend_toml("acme.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_vendor_adds_a_type_an_enumeration_and_a_complex_type() {
        let registry = extended();
        let sun = registry.by_root("acme:sun").unwrap();
        let content = |clr: i64| Map::from_iter([("clr", Value::from(clr))]);
        check::create(sun, &registry, content(15)).unwrap();
        check::create(sun, &registry, content(2)).unwrap_err();
        assert_eq!(sun.attributes().len(), 10);
        assert!(registry.by_short("cnt").unwrap().may_hold(20001));
        let labels = registry.attribute_by_short("lbl").unwrap();
        assert_ne!(sun.attribute("lbl"), Some(labels), "its own row stands in place of the common one");
    }

    #[test]
    fn a_child_is_resolved_when_its_type_is_read() {
        let mut registry = extended();
        assert_eq!(registry.by_short("sun").unwrap().unresolved_children, ["moon"]);
        registry.extend_toml("moon.toml", "name = 'moon'\nshort = 'moon'\ntype = 20002\n").unwrap();
        assert!(registry.by_short("sun").unwrap().may_hold(20002));
    }

    #[test]
    fn specialisations_share_a_number_and_are_found_by_definition() {
        let text = "[[resource]]\nname = 'lamp'\nshort = 'lmp'\ntype = 28\nroot = 'acme:lmp'\ndefinition = 'org.acme.lamp'\n\
                    [[resource]]\nname = 'fan'\nshort = 'fan'\ntype = 28\nroot = 'acme:fan'\ndefinition = 'org.acme.fan'\n\
                    [resource.attributes]\nspeed = { short = 'spd', type = 'integer', n = '1', c = 'M', u = 'O', a = 'OA' }\n";
        let mut registry = Registry::standard().unwrap();
        registry.extend_toml("acme.toml", text).unwrap();
        assert!(registry.by_definition("org.acme.fan").unwrap().attribute("spd").is_some());
        assert_eq!(registry.by_number(28), None);
    }

    #[test]
    fn nothing_is_defined_twice() {
        let mut registry = extended();
        let again = registry.extend_toml("again.toml", VENDOR).unwrap_err();
        assert_eq!(again.to_string(), "again.toml:16: acme:colour: defined already");
        assert_eq!(
            complaint("name = 'box'\nshort = 'box'\ntype = 3\n"),
            "acme.toml:3: box: type 3 is defined already, by container"
        );
        assert_eq!(
            complaint("name = 'box'\nshort = 'box'\ntype = 23\n"),
            "acme.toml:3: box: type 23 is subscription in the standard"
        );
        assert!(
            complaint("name = 'box'\nshort = 'cnt'\nroot = 'a:b'\ntype = 20001\n")
                .contains("short cnt is defined already")
        );
    }

    #[test]
    fn a_mistake_is_reported_with_its_line_and_leaves_no_trace() {
        let row = |row: &str| complaint(&format!("name = 'box'\nshort = 'box'\ntype = 20001\n[attributes]\n{row}\n"));
        let good = "short = 'b', n = '1', c = 'M', u = 'O', a = 'OA'";
        assert!(
            row(&format!("a = {{ {good}, type = 'colour' }}")).starts_with("acme.toml:5: colour: no such data type")
        );
        assert_eq!(row(&format!("a = {{ {good} }}")), "acme.toml:5: a: column type is missing");
        assert!(
            row(&format!("a = {{ {good}, type = 'list of string' }}")).contains("(L) in column n goes with a list")
        );
        assert!(row(&format!("a = {{ {good}, type = 'string', d = 'O' }}")).contains("a: no such column: d"));
        assert!(row("a = { short = 'b', c = 'X' }").contains("a: c: expected M, O, N or NP, got \"X\""));
        assert!(
            row("a = { short = 'ri', type = 'string', n = '1', c = 'M', u = 'O', a = 'OA' }")
                .contains("short name ri is taken")
        );
        assert!(
            complaint("name = 'box'\nshort = 'box'\ntype = 20001\ncommon = [\n'labels',\n'lables']")
                .starts_with("acme.toml:6: lables")
        );
        assert!(complaint("name = 'box'\nshort = \n").starts_with("acme.toml:2: "));
        assert_eq!(complaint("name = 'box'\ncolour = 1\n"), "acme.toml:2: colour: no such field of a resource type");

        let mut registry = Registry::standard().unwrap();
        registry.extend_toml("acme.toml", &VENDOR.replace("20001", "3")).unwrap_err();
        assert!(registry.enumeration("acme:colour").is_none());
    }
}
