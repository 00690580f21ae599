//! Value → XML.

use std::collections::BTreeSet;

use super::kind::Kind;
use super::names::{is_name, namespace};
use super::scalar::{self, escape, escape_attribute, is_blank, is_char, is_space};
use super::{loose, plain};
use crate::schema::Registry;
use crate::value::{Map, SmolStr, Value};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Writes a document. A content (`{"m2m:cnt": {…}}`) becomes an element of its name; any other value, which no primitive
/// carries, is spelled as `loose` spells it.
#[must_use]
pub fn encode(value: &Value, registry: &Registry) -> Vec<u8> {
    let mut writer = Writer { out: String::with_capacity(512), prefixes: BTreeSet::new(), registry };
    writer.out.push_str(DECLARATION);
    match value.as_map().and_then(Map::single) {
        Some((name, value)) if is_name(name) => writer.slot(Kind::global(registry, name), name, value, false),
        _ => writer.loosely(value),
    }
    let Writer { mut out, prefixes, .. } = writer;
    // The namespaces are known now; they stand in the first tag, behind its name.
    let name = out.get(DECLARATION.len()..).and_then(|rest| rest.find([' ', '>', '/']));
    let mut declared = String::new();
    for prefix in &prefixes {
        declared.push_str(" xmlns:");
        declared.push_str(prefix);
        declared.push_str("=\"");
        escape_attribute(&mut declared, &namespace(registry, prefix));
        declared.push('"');
    }
    out.insert_str(DECLARATION.len().saturating_add(name.unwrap_or(0)), &declared);
    out.into_bytes()
}

struct Writer<'r> {
    out: String,
    prefixes: BTreeSet<SmolStr>,
    registry: &'r Registry,
}

impl<'r> Writer<'r> {
    /// A member: one element, or one for each item of a list where there may be several.
    fn slot(&mut self, kind: Kind<'r>, name: &str, value: &Value, several: bool) {
        match (value, kind.item()) {
            (Value::List(items), Some(item)) if kind.is_inline() => self.inline(name, item, items),
            (Value::List(items), Some(_)) if items.is_empty() => self.text(name, " "),
            (Value::List(items), Some(item))
                if (several || items.len() == 1) && items.iter().all(|value| plain::is_plain(item, value, true)) =>
            {
                items.iter().for_each(|value| self.element(item, name, value));
            }
            (Value::List(items), None) if several && items.len() > 1 && matches!(kind, Kind::Free) => {
                items.iter().for_each(|value| self.element(kind, name, value));
            }
            (Value::Null, _) => self.element(kind, name, value),
            // Where a list is expected and something else comes, nobody may take it for an item.
            (_, Some(_)) => self.explicit(name, value),
            (_, None) => self.element(kind, name, value),
        }
    }

    /// One element.
    fn element(&mut self, kind: Kind<'r>, name: &str, value: &Value) {
        let null = value.is_null() || matches!(value, Value::Decimal(number) if !number.is_finite());
        if null {
            self.open(name);
            // What stands for itself is not null when it is empty.
            if name.contains(':') {
                self.prefixes.insert("xsi".into());
                self.out.push_str(" xsi:nil=\"true\"");
            }
            self.out.push_str("/>");
            return;
        }
        if !plain::is_plain(kind, value, false) {
            return self.explicit(name, value);
        }
        match value {
            Value::Map(map) if kind.is_reference() && plain::is_reference(kind, self.registry, map) => {
                self.reference(kind, name, map);
            }
            Value::Map(map) => self.members(kind, name, map),
            scalar => self.text_of(name, &scalar::write(scalar).unwrap_or_default()),
        }
    }

    fn members(&mut self, kind: Kind<'r>, name: &str, map: &Map) {
        self.open(name);
        let resource_name = match (kind, map.get("rn")) {
            (Kind::Resource(_), Some(Value::Text(text))) if text.chars().all(is_char) => Some(text),
            _ => None,
        };
        if let Some(text) = resource_name {
            self.attribute("rn", text);
        }
        let mut members: Vec<(usize, &SmolStr, &Value)> = map
            .iter()
            .filter(|(name, _)| resource_name.is_none() || *name != "rn")
            .map(|(name, value)| (kind.rank(name), name, value))
            .collect();
        members.sort_by_key(|(rank, ..)| *rank);
        if members.is_empty() && matches!(kind, Kind::Resource(_)) {
            self.out.push_str("/>");
            return;
        }
        // Without members it is not NULL, so it is not empty either.
        self.out.push_str(if members.is_empty() { "> " } else { ">" });
        for (_, name, value) in members {
            self.slot(kind.member(self.registry, name), name, value, true);
        }
        self.close(name);
    }

    /// `<ch nm="temps" typ="3">cse-in/temps</ch>`.
    fn reference(&mut self, kind: Kind<'r>, name: &str, map: &Map) {
        self.open(name);
        let mut members: Vec<(usize, &SmolStr, &Value)> =
            map.iter().map(|(name, value)| (kind.rank(name), name, value)).collect();
        members.sort_by_key(|(rank, ..)| *rank);
        for (_, name, value) in members.iter().filter(|(_, name, _)| *name != "val") {
            self.attribute(name, &scalar::write(value).unwrap_or_default());
        }
        self.out.push('>');
        if let Some(Value::Text(text)) = map.get("val") {
            escape(&mut self.out, text);
        }
        self.close(name);
    }

    /// A list in one element. An item that white space would take apart stands in a CDATA section.
    fn inline(&mut self, name: &str, item: Kind<'r>, items: &[Value]) {
        let bare = |text: &str| !text.is_empty() && !text.contains(is_space);
        let quotable = |text: &str| !text.contains('\r') && !text.contains("]]>");
        let fits = |value: &Value| {
            let text = scalar::write(value).unwrap_or_default();
            plain::is_plain(item, value, true) && !matches!(value, Value::Map(_)) && (bare(&text) || quotable(&text))
        };
        if !items.iter().all(fits) {
            return self.explicit(name, &Value::List(items.to_vec()));
        }
        self.open(name);
        self.out.push_str(if items.is_empty() { "> " } else { ">" });
        for (place, value) in items.iter().enumerate() {
            if place > 0 {
                self.out.push(' ');
            }
            let text = scalar::write(value).unwrap_or_default();
            if bare(&text) {
                escape(&mut self.out, &text);
            } else {
                self.out.push_str("<![CDATA[");
                self.out.push_str(&text);
                self.out.push_str("]]>");
            }
        }
        self.close(name);
    }

    /// An element that says itself what it holds.
    fn explicit(&mut self, name: &str, value: &Value) {
        match scalar::write(value).filter(|text| text.chars().all(is_char)) {
            Some(text) => {
                self.prefixes.extend([SmolStr::new("xs"), SmolStr::new("xsi")]);
                self.open(name);
                self.attribute("xsi:type", &format!("xs:{}", scalar::says(value)));
                self.out.push('>');
                escape(&mut self.out, &text);
            }
            None => {
                self.open(name);
                self.out.push('>');
                self.loosely(value);
            }
        }
        self.close(name);
    }

    fn loosely(&mut self, value: &Value) {
        self.prefixes.insert("fn".into());
        loose::write(&mut self.out, None, value);
    }

    /// Text that is not NULL, even when it has no characters.
    fn text_of(&mut self, name: &str, text: &str) {
        self.open(name);
        self.out.push_str(if is_blank(text) { "><![CDATA[]]>" } else { ">" });
        escape(&mut self.out, text);
        self.close(name);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.open(name);
        self.out.push('>');
        self.out.push_str(text);
        self.close(name);
    }

    /// The start of a tag; attributes may follow.
    fn open(&mut self, name: &str) {
        if let Some((prefix, _)) = name.split_once(':')
            && !self.prefixes.contains(prefix)
        {
            self.prefixes.insert(prefix.into());
        }
        self.out.push('<');
        self.out.push_str(name);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape_attribute(&mut self.out, value);
        self.out.push('"');
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}
