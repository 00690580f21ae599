//! Names of elements: prefixes and the namespaces behind them.

use crate::schema::Registry;
use crate::value::SmolStr;

/// What stands before the prefix of a name whose namespace no schema file tells.
const UNNAMED: &str = "urn:x-prefix:";

/// Prefixes that the codec itself needs, or XML keeps for itself.
const TAKEN: [&str; 5] = ["fn", "xsi", "xs", "xml", "xmlns"];

/// The most declarations of namespaces that hold at one place.
const MAX_NAMESPACES: usize = 64;

/// The namespace of a prefix.
pub fn namespace(registry: &Registry, prefix: &str) -> String {
    match prefix {
        "fn" => super::FUNCTIONS.to_owned(),
        "xsi" => super::INSTANCE.to_owned(),
        "xs" => super::SCHEMA.to_owned(),
        own => registry.namespace(own).map_or_else(|| format!("{UNNAMED}{own}"), str::to_owned),
    }
}

/// The prefix that this crate uses for a namespace.
pub fn prefix<'a>(registry: &'a Registry, namespace: &'a str) -> Option<&'a str> {
    match namespace {
        super::FUNCTIONS => Some("fn"),
        super::INSTANCE => Some("xsi"),
        super::SCHEMA => Some("xs"),
        other => registry.prefix_of(other).or_else(|| other.strip_prefix(UNNAMED)),
    }
}

/// Whether a member's name can be that of an element. XML has more names than these, but no schema does.
pub fn is_name(name: &str) -> bool {
    match name.split_once(':') {
        None => is_part(name),
        Some((prefix, local)) => is_part(prefix) && is_part(local) && !TAKEN.contains(&prefix),
    }
}

fn is_part(part: &str) -> bool {
    let reserved = part.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"));
    !reserved
        && part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// The prefixes that mean something where the reader stands.
#[derive(Default)]
pub struct Scope {
    /// Prefix and namespace; later ones hide earlier ones. The empty prefix is that of names without one.
    known: Vec<(SmolStr, SmolStr)>,
}

impl Scope {
    /// How much is known, to go back to.
    pub const fn mark(&self) -> usize {
        self.known.len()
    }

    pub fn back_to(&mut self, mark: usize) {
        self.known.truncate(mark);
    }

    /// Notes a declaration, unless there are too many: each name is looked for among them.
    pub fn declare(&mut self, prefix: &str, namespace: &str) -> Result<(), String> {
        if self.known.len() >= MAX_NAMESPACES {
            return Err(format!("expected at most {MAX_NAMESPACES} declarations of namespaces at once"));
        }
        self.known.push((prefix.into(), namespace.into()));
        Ok(())
    }

    fn find(&self, prefix: &str) -> Option<&str> {
        self.known.iter().rev().find(|(known, _)| known == prefix).map(|(_, uri)| uri.as_str())
    }

    /// A name with the prefix that this crate uses. A prefix that was not declared, or whose namespace nobody knows,
    /// stands for itself: the standard's own examples leave the declaration out.
    pub fn canonical(&self, registry: &Registry, name: &str) -> SmolStr {
        let Some((written, local)) = name.split_once(':') else { return name.into() };
        match self.find(written).and_then(|uri| prefix(registry, uri)) {
            Some(prefix) if prefix != written => format!("{prefix}:{local}").into(),
            _ => name.into(),
        }
    }

    /// The same for the name of an element: without a prefix it belongs to the namespace that was declared for such.
    pub fn canonical_element(&self, registry: &Registry, name: &str) -> SmolStr {
        if name.contains(':') {
            return self.canonical(registry, name);
        }
        let default = self.find("").and_then(|uri| prefix(registry, uri));
        let whole: Option<SmolStr> = default.map(|prefix| format!("{prefix}:{name}").into());
        // Attributes are in no namespace, and stand as they are; only what stands for itself has a prefix.
        let global = |whole: &SmolStr| {
            whole.starts_with("fn:") || !matches!(super::kind::Kind::global(registry, whole), super::kind::Kind::Free)
        };
        whole.filter(global).unwrap_or_else(|| name.into())
    }
}
