//! Where a request goes: the three scopes and the path below a CSE (TS-0001 7.2, TS-0004 6.2.4).

use super::SmolStr;

/// The longest address that is looked at, in bytes. A stranger's path costs at most this much work.
pub const MAX_LENGTH: usize = 2048;

/// How far an address reaches, and the identifiers that this takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `cse-in/ae1`: on the CSE that is asked.
    CseRelative,
    /// `/id-in/cse-in/ae1`: on a CSE of the same service provider.
    SpRelative {
        /// The CSE-ID with its slash: `/id-in`.
        cse_id: SmolStr,
    },
    /// `//acme.example.com/id-in/cse-in/ae1`: anywhere.
    Absolute {
        /// The SP-ID with its slashes: `//acme.example.com`.
        sp_id: SmolStr,
        /// The CSE-ID with its slash, SP-relative: `/id-in`.
        cse_id: SmolStr,
    },
}

/// A parsed `to`: a [`Scope`] and what follows it, the CSE-relative part. That part is structured (`cse-in/ae1/c`),
/// unstructured (`cnt-5`) or mixed (`cnt-5/la`); which one, the tree decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// How far it reaches.
    pub scope: Scope,
    path: SmolStr,
}

impl Address {
    /// Parses an address as it stands in the `to` parameter.
    ///
    /// # Errors
    /// A sentence that says what is wrong: empty, too long, an empty segment, a character that no name may have.
    pub fn parse(to: &str) -> Result<Self, String> {
        if to.is_empty() {
            return Err("to (to): expected a resource identifier, got nothing".into());
        }
        if to.len() > MAX_LENGTH {
            return Err(format!("to (to): expected at most {MAX_LENGTH} bytes, got {}", to.len()));
        }
        let (scope, path) = if let Some(rest) = to.strip_prefix("//") {
            let (sp, rest) = rest.split_once('/').unwrap_or((rest, ""));
            let (cse, path) = rest.split_once('/').unwrap_or((rest, ""));
            if sp.is_empty() || cse.is_empty() {
                return Err("to (to): expected //SP-ID/CSE-ID/… in an absolute address".into());
            }
            check(sp)?;
            check(cse)?;
            let scope = Scope::Absolute { sp_id: format!("//{sp}").into(), cse_id: format!("/{cse}").into() };
            (scope, path)
        } else if let Some(rest) = to.strip_prefix('/') {
            let (cse, path) = rest.split_once('/').unwrap_or((rest, ""));
            check(cse)?;
            (Scope::SpRelative { cse_id: format!("/{cse}").into() }, path)
        } else {
            (Scope::CseRelative, to)
        };
        if path.is_empty() && (scope == Scope::CseRelative || to.ends_with('/')) {
            return Err("to (to): expected a resource identifier after the CSE-ID".into());
        }
        if !path.is_empty() {
            path.split('/').try_for_each(check)?;
        }
        Ok(Self { scope, path: path.into() })
    }

    /// The CSE-relative part without its scope. Empty when the address is a bare CSE-ID.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The names and identifiers between the slashes.
    pub fn segments(&self) -> Segments<'_> {
        self.path.split('/')
    }
}

/// The segments of a path.
pub type Segments<'a> = std::str::Split<'a, char>;

/// Whether a character may stand in a resource name or identifier: the unreserved ones of RFC 3986 (TS-0004 6.2.2).
#[must_use]
pub const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether a text can be a resource name: 1 to 255 unreserved characters, and not a name that paths give a meaning
/// (`.`, `..`, `-`, `~`, `_`).
#[must_use]
pub fn is_resource_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.bytes().all(is_unreserved) && !matches!(name, "." | ".." | "-" | "~" | "_")
}

fn check(segment: &str) -> Result<(), String> {
    if segment.is_empty() {
        return Err("to (to): expected a name between two slashes, got nothing".into());
    }
    // `%`, `@` and `:` occur in identifiers of other CSEs; nothing else that could mean something to a parser does.
    match segment
        .chars()
        .find(|c| !(c.is_ascii() && (is_unreserved(*c as u8) || matches!(c, '@' | ':' | '%' | '+' | '*'))))
    {
        Some(c) => Err(format!("to (to): {c:?} cannot stand in a resource identifier")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_three_scopes_are_told_apart() {
        let parse = |to: &str| Address::parse(to).unwrap();
        assert_eq!(parse("cse-in/ae1").scope, Scope::CseRelative);
        assert_eq!(parse("/id-in/cse-in").scope, Scope::SpRelative { cse_id: "/id-in".into() });
        let absolute = parse("//sp.example.com/id-in/-/ae1");
        assert_eq!(absolute.scope, Scope::Absolute { sp_id: "//sp.example.com".into(), cse_id: "/id-in".into() });
        assert_eq!(absolute.path(), "-/ae1");
        assert_eq!(parse("/id-in").path(), "");
    }

    #[test]
    fn malformed_addresses_are_refused_with_a_sentence() {
        for to in ["", "/", "//", "//sp", "//sp/", "/id-in/", "a//b", "a/", "a b", "ä", "a/b?c", "a/\u{0}"] {
            assert!(Address::parse(to).unwrap_err().starts_with("to (to): "), "{to}");
        }
        assert!(Address::parse(&"a".repeat(MAX_LENGTH + 1)).is_err());
    }

    #[test]
    fn names_that_mean_something_in_a_path_are_no_names() {
        for name in ["", ".", "..", "-", "~", "_", "a/b", "a b", "é"] {
            assert!(!is_resource_name(name), "{name}");
        }
        assert!(is_resource_name("4711"));
        assert!(is_resource_name("a.b-c_d~e"));
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(to in "\\PC{0,60}") {
            let _ = Address::parse(&to);
        }

        #[test]
        fn a_path_comes_back_segment_by_segment(names in prop::collection::vec("[a-zA-Z0-9._~-]{1,12}", 1..8)) {
            let address = Address::parse(&format!("/cse/{}", names.join("/"))).unwrap();
            prop_assert_eq!(address.segments().collect::<Vec<_>>(), names);
        }
    }
}
