//! Values of any data type, as the schemas have it.

use arbitrary::{Result, Unstructured};

use super::{Vocabulary, now_and_then, simple};
use crate::schema::{Complex, DataType, Optionality, ResourceType, Simple};
use crate::value::{Map, SmolStr, Value};

/// The longest list where the schema sets no end.
const LIST: usize = 3;

/// Kinds of geometry, with coordinates that fit (RFC 7946 3.1).
const PLACES: [(i64, &str); 4] = [
    (1, "[8.4,49.0]"),
    (2, "[[8.4,49.0],[8.5,49.1]]"),
    (3, "[[[8,49],[9,49],[9,50],[8,49]]]"),
    (4, "[[8.4,49.0],[180,-90]]"),
];

impl Vocabulary<'_> {
    /// What a CREATE (`creates`) or an UPDATE of a resource of that type may say: everything mandatory, and some of the rest.
    ///
    /// # Errors
    /// As [`Unstructured`].
    pub fn attributes(&self, of: &ResourceType, creates: bool, u: &mut Unstructured<'_>) -> Result<Map> {
        let mut map = Map::default();
        for attribute in of.attributes() {
            let wanted = match if creates { attribute.create } else { attribute.update } {
                Optionality::Mandatory => true,
                Optionality::Optional => now_and_then(u, 8)?,
                Optionality::NullOnly => {
                    if now_and_then(u, 16)? {
                        map.set(attribute.short.clone(), Value::Null);
                    }
                    false
                }
                Optionality::NotPermitted => false,
            };
            if wanted && let Some(value) = self.attribute_value(&attribute.short, &attribute.data_type, u)? {
                map.set(attribute.short.clone(), value);
            }
        }
        // TS-0001 9.6.1.3.2: an UPDATE that changes who may do what says nothing else.
        if let Some(alone) = (!creates).then(|| map.remove("acpi")).flatten() {
            map = Map::from_iter([("acpi", alone)]);
        }
        Ok(map)
    }

    /// Some attributes have more to them than their type says; a value out of nowhere would be refused nearly always. `None`: it
    /// is better left out.
    fn attribute_value(&self, short: &str, of: &DataType, u: &mut Unstructured<'_>) -> Result<Option<Value>> {
        Ok(Some(match short {
            // Names out of few collide, so half of the resources have none of their own.
            "rn" if now_and_then(u, 2)? => return Ok(None),
            // In the future.
            "et" => Value::from(*u.choose(&["20991231T235959", "20350607T080910,111213"])?),
            "acpi" | "macp" => {
                let policies = self.some_places(1, u)?;
                return Ok((!policies.is_empty()).then(|| policies.into()));
            }
            "pvs" => Map::from_iter([("acr", vec![Value::from(self.rule(u)?)])]).into(),
            "mid" => self.some_places(0, u)?.into(),
            "nu" => vec![self.target(u)?].into(),
            "api" => Value::from(*u.choose(&["Na", "Nexample.app", "R123.example"])?),
            "mt" => Value::Int(0),
            // They belong to types that are not there.
            "nco" | "spty" => return Ok(None),
            _ => self.typed(of, u)?,
        }))
    }

    /// A rule that lets somebody in.
    fn rule(&self, u: &mut Unstructured<'_>) -> Result<Map> {
        let who = if now_and_then(u, 2)? { SmolStr::new_static("all") } else { self.any_originator(u)? };
        let operations = *u.choose(&[63, 1, 2, 34, 12, 48])?;
        Ok(Map::from_iter([("acor", Value::from(vec![Value::from(who.as_str())])), ("acop", Value::Int(operations))]))
    }

    /// A value of a data type.
    ///
    /// # Errors
    /// As [`Unstructured`].
    pub fn typed(&self, of: &DataType, u: &mut Unstructured<'_>) -> Result<Value> {
        Ok(match of {
            DataType::Simple(Simple::AnyUri | Simple::Id) if !now_and_then(u, 4)? => self.any_place(u)?.into(),
            DataType::Simple(kind) => simple::value(*kind, u)?,
            DataType::ResourceType | DataType::MemberType(_) => Value::Int(i64::from(self.any_type(u)?.number)),
            DataType::Enumeration(set) => {
                let ends: Vec<i64> = set.ranges().flat_map(|(from, to, _)| [from, to]).collect();
                Value::Int(*u.choose(&ends)?)
            }
            DataType::Complex(complex) => self.complex(complex, u)?.into(),
            DataType::List(list) => {
                let most = if list.max == usize::MAX { list.min.saturating_add(LIST) } else { list.max };
                let length = u.int_in_range(list.min.max(1).min(most)..=most)?;
                (0..length).map(|_| self.typed(&list.of, u)).collect::<Result<Vec<_>>>()?.into()
            }
        })
    }

    fn complex(&self, of: &Complex, u: &mut Unstructured<'_>) -> Result<Map> {
        let mut map = Map::default();
        if of.name == "m2m:geoCoordinates" {
            let (kind, coordinates) = *u.choose(&PLACES)?;
            return Ok(Map::from_iter([("typ", Value::Int(kind)), ("crd", coordinates.into())]));
        }
        if of.choice {
            let member = u.choose(&of.members)?;
            map.set(member.short.clone(), self.typed(&member.data_type, u)?);
            return Ok(map);
        }
        for member in &of.members {
            // Missing data are of time series, which are not there.
            if member.mandatory || (now_and_then(u, 8)? && member.short != "md") {
                map.set(member.short.clone(), self.typed(&member.data_type, u)?);
            }
        }
        Ok(map)
    }
}
