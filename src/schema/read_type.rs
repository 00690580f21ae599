//! TOML → attributes and resource types.

use std::sync::Arc;

use super::document::{Row, rows};
use super::read::Reader;
use super::{
    Announce, Attribute, DataType, Member, Multiplicity, Optionality, ResourceType, SchemaError, VirtualChild,
};
use crate::value::SmolStr;

/// More than any type has; the widest of the standard has some sixty.
const MAX_ATTRIBUTES: usize = 1024;

/// The columns of a row, before anything is made of them.
struct Columns<'a> {
    short: &'a str,
    data_type: DataType,
    n: &'a str,
    create: Option<Optionality>,
    update: Option<Optionality>,
    announce: Option<Announce>,
}

impl<'a> Reader<'a> {
    /// A row of an attribute table.
    pub(super) fn attribute(&self, row: &Row<'a>) -> Result<Attribute, SchemaError> {
        let columns = self.columns(row)?;
        let missing = |column: &str| self.doc.error(row.at, format!("{}: column {column} is missing", row.key));
        Ok(Attribute {
            name: row.key.into(),
            short: columns.short.into(),
            data_type: columns.data_type,
            multiplicity: match columns.n {
                "1N" => Multiplicity::OneRenewable,
                one if one.starts_with('1') => Multiplicity::One,
                _ => Multiplicity::Optional,
            },
            create: columns.create.ok_or_else(|| missing("c"))?,
            update: columns.update.ok_or_else(|| missing("u"))?,
            announce: columns.announce.ok_or_else(|| missing("a"))?,
        })
    }

    /// A row of a complex type.
    pub(super) fn member(&self, row: &Row<'a>) -> Result<Member, SchemaError> {
        let columns = self.columns(row)?;
        if columns.create.is_some() || columns.update.is_some() || columns.announce.is_some() {
            return Err(self.doc.error(row.at, format!("{}: a member has the columns short, type and n", row.key)));
        }
        let mandatory = columns.n.starts_with('1');
        Ok(Member { name: row.key.into(), short: columns.short.into(), data_type: columns.data_type, mandatory })
    }

    fn columns(&self, row: &Row<'a>) -> Result<Columns<'a>, SchemaError> {
        let (mut short, mut data_type, mut n, mut create, mut update, mut announce) =
            (None, None, None, None, None, None);
        for column in rows(self.doc.table(row)?) {
            let text = self.doc.text_of(&column)?;
            let wrong = |expected| {
                self.doc.error(column.at, format!("{}: {}: expected {expected}, got {text:?}", row.key, column.key))
            };
            match column.key {
                "short" => short = Some(text),
                "type" => data_type = Some(self.data_type(text, column.at)?),
                "n" if matches!(text, "1" | "1N" | "0..1" | "1(L)" | "0..1(L)") => n = Some(text),
                "n" => return Err(wrong("1, 1(L), 0..1, 0..1(L) or 1N")),
                "c" => create = Some(optionality(text).ok_or_else(|| wrong("M, O, N or NP"))?),
                "u" => update = Some(optionality(text).ok_or_else(|| wrong("M, O, N or NP"))?),
                "a" => announce = Some(announcement(text).ok_or_else(|| wrong("MA, OA or NA"))?),
                _ => return Err(self.doc.error(column.at, format!("{}: no such column: {}", row.key, column.key))),
            }
        }
        let missing = |column: &str| self.doc.error(row.at, format!("{}: column {column} is missing", row.key));
        let short = short.ok_or_else(|| missing("short"))?;
        let data_type = data_type.ok_or_else(|| missing("type"))?;
        let n = n.ok_or_else(|| missing("n"))?;
        if n.ends_with("(L)") != data_type.is_list() {
            let reason =
                format!("{}: (L) in column n goes with a list in column type, and the other way round", row.key);
            return Err(self.doc.error(row.at, reason));
        }
        Ok(Columns { short, data_type, n, create, update, announce })
    }

    /// A resource type: the rows beside `[attributes]`, and those in it.
    pub(super) fn resource(&mut self, fields: Vec<Row<'a>>, at: usize) -> Result<(), SchemaError> {
        let (mut name, mut short, mut number, mut root, mut definition) = (None, None, None, None, None);
        let (mut children, mut parents, mut virtual_children) = (Vec::new(), Vec::new(), Vec::new());
        let (mut common, mut own, mut announceable, mut instance) = (Vec::new(), Vec::new(), false, false);
        for row in fields {
            match row.key {
                "name" => name = Some((self.doc.text_of(&row)?, row.at)),
                "short" => short = Some((self.doc.text_of(&row)?, row.at)),
                "type" => number = Some((self.doc.number(&row)?, row.at)),
                "root" => root = Some(self.doc.text_of(&row)?),
                "definition" => definition = Some(SmolStr::from(self.doc.text_of(&row)?)),
                "children" => children = self.doc.texts(&row)?,
                "parents" => parents = self.doc.texts(&row)?,
                "virtual" => {
                    for row in rows(self.doc.table(&row)?) {
                        virtual_children
                            .push(VirtualChild { short: self.doc.text_of(&row)?.into(), name: row.key.into() });
                    }
                }
                "common" => common = self.doc.texts(&row)?,
                "announceable" => announceable = self.doc.flag(&row)?,
                "instance" => instance = self.doc.flag(&row)?,
                "attributes" => own = rows(self.doc.table(&row)?),
                key => return Err(self.doc.error(row.at, format!("{key}: no such field of a resource type"))),
            }
        }
        let missing = |field: &str| self.doc.error(at, format!("a resource type needs the field {field}"));
        let (name, name_at) = name.ok_or_else(|| missing("name"))?;
        let (short, short_at) = short.ok_or_else(|| missing("short"))?;
        let (number, number_at) = number.ok_or_else(|| missing("type"))?;
        let root = root.map_or_else(|| format!("m2m:{short}").into(), SmolStr::from);
        for (field, at) in [(name, name_at), (short, short_at)] {
            if field.is_empty() {
                return Err(self.doc.error(at, "a resource type needs a name"));
            }
        }
        self.is_new(&Identity { name, short, root: &root, number, definition: definition.as_ref() }, number_at)?;

        let attributes = self.attributes(&common, own, instance, at)?;
        let mut made = ResourceType::with_attributes(name.into(), attributes);
        made.short = short.into();
        made.root = root;
        made.number = number;
        made.definition = definition;
        made.unresolved_children = children.iter().map(|(name, _)| SmolStr::from(*name)).collect();
        made.virtual_children = virtual_children;
        made.announceable = announceable;
        made.instance = instance;
        for (parent, at) in &parents {
            let is_known =
                self.registry.by_name(parent).is_some() || self.pieces.types.iter().any(|(t, _)| t.name == *parent);
            if !is_known {
                return Err(self.doc.error(*at, format!("{parent}: no such resource type")));
            }
        }
        self.pieces.types.push((made, parents.into_iter().map(|(name, _)| name.into()).collect()));
        Ok(())
    }

    /// Universal, common and own attributes. An own one with the name of another stands in its place.
    fn attributes(
        &self,
        common: &[(&'a str, usize)],
        own: Vec<Row<'a>>,
        instance: bool,
        at: usize,
    ) -> Result<Vec<Arc<Attribute>>, SchemaError> {
        let mut attributes: Vec<Arc<Attribute>> = self.registry.universal().to_vec();
        attributes.extend(self.pieces.universal.iter().cloned());
        for (name, at) in common {
            let found = self.common_attribute(name);
            let found = found.ok_or_else(|| self.doc.error(*at, format!("{name}: no such common attribute")))?;
            if attributes.contains(found) {
                return Err(self.doc.error(*at, format!("{name}: listed twice")));
            }
            attributes.push(found.clone());
        }
        for row in own {
            let attribute = Arc::new(self.attribute(&row)?);
            if attributes.iter().any(|other| other.short == attribute.short && other.name != attribute.name) {
                return Err(self.doc.error(row.at, format!("{}: short name {} is taken", row.key, attribute.short)));
            }
            match attributes.iter_mut().find(|other| other.name == attribute.name) {
                Some(other) => *other = attribute,
                None => attributes.push(attribute),
            }
        }
        if attributes.len() > MAX_ATTRIBUTES {
            return Err(self.doc.error(at, format!("a resource type has at most {MAX_ATTRIBUTES} attributes")));
        }
        if instance {
            // TS-0001 9.6.7: what is like a contentInstance is never modified.
            for attribute in attributes.iter_mut().filter(|attribute| attribute.update != Optionality::NotPermitted) {
                Arc::make_mut(attribute).update = Optionality::NotPermitted;
            }
        }
        Ok(attributes)
    }

    /// Names and numbers stand for one type only. Specialisations share number and name with no one but their kin.
    fn is_new(&self, new: &Identity<'_>, at: usize) -> Result<(), SchemaError> {
        let known = self.registry;
        let definition = new.definition.and_then(|definition| known.by_definition(definition));
        let registered = [
            known.by_root(new.root),
            known.by_number(new.number),
            known.by_short(new.short),
            known.by_name(new.name),
            definition,
        ];
        let in_file = self.pieces.types.iter().map(|(made, _)| made);
        for other in in_file.chain(registered.into_iter().flatten().map(AsRef::as_ref)) {
            let taken = if other.root == *new.root {
                format!("root {}", new.root)
            } else if other.definition.is_none() && new.definition.is_none() && other.number == new.number {
                format!("type {}", new.number)
            } else if other.definition.is_none() && new.definition.is_none() && other.short == *new.short {
                format!("short {}", new.short)
            } else if other.definition.as_ref() == new.definition && other.number == new.number {
                format!("definition {}", new.definition.map_or("", SmolStr::as_str))
            } else if other.definition.is_none() && new.definition.is_none() && other.name == *new.name {
                format!("name {}", new.name)
            } else {
                continue;
            };
            return Err(self.doc.error(at, format!("{}: {taken} is defined already, by {}", new.name, other.name)));
        }
        match self.registry.standard_name(new.number) {
            Some(name) if new.definition.is_none() && name != new.name => {
                Err(self.doc.error(at, format!("{}: type {} is {name} in the standard", new.name, new.number)))
            }
            _ => Ok(()),
        }
    }
}

/// What tells a resource type from all others.
struct Identity<'a> {
    name: &'a str,
    short: &'a str,
    root: &'a SmolStr,
    number: u32,
    definition: Option<&'a SmolStr>,
}

fn optionality(text: &str) -> Option<Optionality> {
    Some(match text {
        "M" => Optionality::Mandatory,
        "O" => Optionality::Optional,
        "N" => Optionality::NullOnly,
        "NP" => Optionality::NotPermitted,
        _ => return None,
    })
}

fn announcement(text: &str) -> Option<Announce> {
    Some(match text {
        "MA" => Announce::Mandatory,
        "OA" => Announce::Optional,
        "NA" => Announce::Never,
        _ => return None,
    })
}
