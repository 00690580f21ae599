//! Path ↔ `to` (TS-0009 6.2.2.1, TS-0008 6.2.2.3).

#[cfg(any(feature = "http", test))]
use super::text::decode;
use super::text::{bad, encode};
use crate::primitive::Rejection;
use crate::value::{SmolStr, is_unreserved};

const NAME: &str = "to (to)";

/// The target that a path means: `/x` is CSE-relative, `/~/cse/x` SP-relative, `/_/sp/cse/x` absolute.
///
/// Two slashes at the beginning are refused: taken literally they would be an SP-relative address that slips past
/// whoever filters on `/~`. So are `/`, `?` and `#` in percent-encoding, which no identifier may contain.
///
/// # Errors
/// 4000 with a sentence. Whether the result is a well-formed address is for the engine to say.
#[cfg(any(feature = "http", test))]
pub fn from_path(path: &str) -> Result<SmolStr, Rejection> {
    let decoded = decode(NAME, path, false)?;
    let slashes = |text: &str| text.bytes().filter(|b| *b == b'/').count();
    if decoded.len() != path.len() && (slashes(&decoded) != slashes(path) || decoded.contains(['?', '#'])) {
        return Err(bad(NAME, "/, ? and # cannot stand in a resource identifier, even percent-encoded"));
    }
    let Some(rest) = decoded.strip_prefix('/') else {
        return Err(bad(NAME, "expected a path that begins with /"));
    };
    from_rest(rest)
}

/// The same from what stands behind the first slash, with nothing percent-encoded any more.
///
/// # Errors
/// 4000 with a sentence.
pub(crate) fn from_rest(rest: &str) -> Result<SmolStr, Rejection> {
    match rest {
        "" => Err(bad(NAME, "expected a path to a resource, such as /cse-in; got /")),
        "~" | "_" => Err(bad(NAME, "expected an identifier after /~ or /_")),
        _ if rest.starts_with('/') => Err(bad(NAME, "expected one / at the beginning; /~/ or /_/ for wider scopes")),
        _ => Ok(match rest.strip_prefix("~/") {
            // The slash belongs to the CSE-ID.
            Some(_) => rest.get(1..).unwrap_or_default().into(),
            None => match rest.strip_prefix("_/") {
                Some(absolute) => format!("//{absolute}").into(),
                None => rest.into(),
            },
        }),
    }
}

/// The path of a target. What no identifier contains is percent-encoded, so it arrives as what it is.
#[must_use]
pub fn to_path(to: &str) -> String {
    let (prefix, rest) = match (to.strip_prefix("//"), to.starts_with('/')) {
        (Some(absolute), _) => ("/_/", absolute),
        (None, true) => ("/~", to),
        (None, false) => ("/", to),
    };
    let mut path = String::with_capacity(prefix.len().saturating_add(rest.len()));
    path.push_str(prefix);
    encode(&mut path, rest, |b| is_unreserved(b) || matches!(b, b'/' | b':' | b'@' | b'*'));
    path
}

/// The URL of a target behind a point of access: `http://host:8080` and `/id-in/cse-in` make
/// `http://host:8080/~/id-in/cse-in`.
#[must_use]
pub fn url(point_of_access: &str, to: &str) -> String {
    format!("{}{}", point_of_access.trim_end_matches('/'), to_path(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_six_examples_of_the_standard() {
        for (to, path) in [
            ("CSEBase/ae12/cont27/contInst696", "/CSEBase/ae12/cont27/contInst696"),
            ("cin00856", "/cin00856"),
            ("/CSE178/CSEBase/ae12/cont27/contInst696", "/~/CSE178/CSEBase/ae12/cont27/contInst696"),
            ("/CSE178/cin00856", "/~/CSE178/cin00856"),
            ("//mym2msp.org/CSE178/CSEBase/ae12", "/_/mym2msp.org/CSE178/CSEBase/ae12"),
            ("//mym2msp.org/CSE178/cin00856", "/_/mym2msp.org/CSE178/cin00856"),
        ] {
            assert_eq!(from_path(path).unwrap(), to);
            assert_eq!(to_path(to), path);
        }
    }

    #[test]
    fn a_wider_scope_cannot_be_smuggled_in() {
        for path in ["//id-in/cse-in", "/cse-in%2Fae", "/%2F/id-in", "/a%23b", "/a%3Fb", "/", "/~", "/_", "", "*"] {
            assert!(from_path(path).unwrap_err().reason.starts_with("to (to): "), "{path}");
        }
        assert_eq!(from_path("/%7E/id-in/x").unwrap(), "/id-in/x");
        assert_eq!(from_path("/~name").unwrap(), "~name");
        assert_eq!(from_path("/cse-in/").unwrap(), "cse-in/", "the engine refuses this");
    }

    #[test]
    fn percent_encoding_is_undone_once_and_strictly() {
        assert_eq!(from_path("/cse-in/caf%C3%A9").unwrap(), "cse-in/café");
        assert_eq!(from_path("/a%2541").unwrap(), "a%41");
        for path in ["/a%", "/a%4", "/a%zz", "/a%ff"] {
            assert!(from_path(path).is_err(), "{path}");
        }
    }
}
