//! Elements → value.

use std::collections::HashMap;

use super::document::{self, Body, Element};
use super::kind::Kind;
use super::{loose, scalar};
use crate::schema::Registry;
use crate::value::{Map, SmolStr, Value, excerpt};

/// Reads a document: `{"m2m:cnt": {…}}` from `<m2m:cnt>…</m2m:cnt>`.
///
/// # Errors
/// A sentence about the first thing that is wrong.
pub fn decode(bytes: &[u8], max_depth: usize, registry: &Registry) -> Result<Value, String> {
    // A value may need two elements more than it has levels: one for its innermost text, and one for the step to `fn:`.
    let max_depth = max_depth.min(120);
    let root = document::parse(bytes, max_depth.saturating_add(2), registry)?;
    let value = if root.name.starts_with("fn:") {
        loose::read(&root)?
    } else {
        let inside = Reader { registry }.slot(Kind::global(registry, &root.name), &[&root])?;
        Map::from_iter([(root.name, inside)]).into()
    };
    // Several elements of one name are a list: one level of elements, two of the value.
    if is_within(&value, max_depth) { Ok(value) } else { Err("nested too deep".to_owned()) }
}

/// Whether a value nests no deeper than so many levels.
fn is_within(value: &Value, depth: usize) -> bool {
    let mut inside: Box<dyn Iterator<Item = &Value>> = match value {
        Value::List(items) => Box::new(items.iter()),
        Value::Map(map) => Box::new(map.iter().map(|(_, value)| value)),
        _ => return true,
    };
    depth.checked_sub(1).is_some_and(|depth| inside.all(|value| is_within(value, depth)))
}

struct Reader<'r> {
    registry: &'r Registry,
}

impl<'r> Reader<'r> {
    /// All elements of one name inside another.
    fn slot(&self, kind: Kind<'r>, elements: &[&Element]) -> Result<Value, String> {
        match (kind.item(), elements) {
            (_, [only]) if is_explicit(only) => self.value(Kind::Free, only),
            (None, [only]) => self.value(kind, only),
            (Some(_), [only]) if is_null(only) && !is_global(only) => Ok(Value::Null),
            (Some(item), elements) => self.list(kind, item, elements).map(Value::List),
            (None, elements) if matches!(kind, Kind::Free) => {
                elements.iter().map(|element| self.value(kind, element)).collect::<Result<_, _>>().map(Value::List)
            }
            (None, elements) => {
                let name = elements.first().map_or("", |element| element.name.as_str());
                Err(format!("duplicate name {:?}", excerpt(name)))
            }
        }
    }

    fn list(&self, kind: Kind<'r>, item: Kind<'r>, elements: &[&Element]) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        for element in elements {
            match &element.body {
                Body::Text(parts) if kind.is_inline() => tokens(parts, |token| items.push(scalar::read(item, token))),
                Body::Empty if is_global(element) && !item.has_members() => {}
                // White space alone is a list without items.
                body @ Body::Text(_) if body.is_blank() && element.attributes.is_empty() => {}
                _ => items.push(self.value(item, element)?),
            }
        }
        Ok(items)
    }

    /// What one element says.
    fn value(&self, kind: Kind<'r>, element: &Element) -> Result<Value, String> {
        if element.nil {
            return Ok(Value::Null);
        }
        if let Some(says) = &element.says
            && !matches!(element.body, Body::Elements(_))
        {
            return Ok(scalar::read_as(says, &element.body.text()));
        }
        match &element.body {
            Body::Elements(inside) => match inside.as_slice() {
                [only] if only.name.starts_with("fn:") => loose::read(only),
                inside => self.members(kind, element, inside).map(Value::Map),
            },
            body if !element.attributes.is_empty() => {
                let mut map = self.members(kind, element, &[])?;
                let has_text = kind.is_reference() || !body.is_blank();
                if has_text {
                    if kind.has_members() && !kind.is_reference() {
                        return Err(format!("text in {}, where elements are expected", excerpt(&element.name)));
                    }
                    if map.contains("val") {
                        return Err("duplicate name \"val\"".to_owned());
                    }
                    map.push("val", scalar::read(kind.member(self.registry, "val"), &body.text()));
                }
                Ok(Value::Map(map))
            }
            Body::Empty => Ok(match kind {
                // A resource is no attribute: it cannot be null, but it can have nothing to say.
                Kind::Resource(_) => Map::new().into(),
                kind if is_global(element) && kind.has_members() => Map::new().into(),
                kind if is_global(element) && !matches!(kind, Kind::Free) => "".into(),
                _ => Value::Null,
            }),
            body if kind.has_members() && body.is_blank() => Ok(Map::new().into()),
            body => Ok(scalar::read(kind, &body.text())),
        }
    }

    fn members(&self, kind: Kind<'r>, element: &Element, inside: &[Element]) -> Result<Map, String> {
        let mut places: HashMap<&SmolStr, usize> = HashMap::new();
        let mut slots: Vec<(&SmolStr, Vec<&Element>)> = Vec::new();
        for child in inside {
            let place = *places.entry(&child.name).or_insert(slots.len());
            match slots.get_mut(place) {
                Some((_, elements)) => elements.push(child),
                None => slots.push((&child.name, vec![child])),
            }
        }
        let mut map = Map::with_capacity(slots.len());
        for (name, text) in &element.attributes {
            if places.contains_key(name) {
                return Err(format!("duplicate name {:?}", excerpt(name)));
            }
            map.push(name.clone(), scalar::read(kind.member(self.registry, name), text));
        }
        for (name, elements) in slots {
            map.push(name.clone(), self.slot(kind.member(self.registry, name), &elements)?);
        }
        Ok(map)
    }
}

/// Whether an element says by itself what it holds, whatever the schema says.
fn is_explicit(element: &Element) -> bool {
    element.nil
        || match &element.body {
            Body::Elements(inside) => matches!(inside.as_slice(), [only] if only.name.starts_with("fn:")),
            _ => element.says.is_some(),
        }
}

/// TS-0004 8.3.1: an empty element is NULL.
fn is_null(element: &Element) -> bool {
    matches!(element.body, Body::Empty) && element.attributes.is_empty()
}

/// What stands for itself is no attribute, and cannot be NULL.
fn is_global(element: &Element) -> bool {
    element.name.contains(':')
}

/// The items of an `xs:list`: what stands between white space. A CDATA section is never taken apart.
fn tokens(parts: &[(bool, String)], mut each: impl FnMut(&str)) {
    let mut token: Option<String> = None;
    for (cdata, part) in parts {
        if *cdata {
            token.get_or_insert_default().push_str(part);
            continue;
        }
        for c in part.chars() {
            if !scalar::is_space(c) {
                token.get_or_insert_default().push(c);
            } else if let Some(token) = token.take() {
                each(&token);
            }
        }
    }
    if let Some(token) = token {
        each(&token);
    }
}
