//! Whom an entry of `accessControlOriginators` means (TS-0004 7.3.3.15, TS-0003 7.1.3).
//!
//! An entry may name an AE or a CSE in any form of identifier, with stars, or a service provider, which means everybody
//! there. Originators of this CSE are known here by their CSE-relative identifier.

use super::glob;

/// Where a decision is made, which is where short identifiers are at home.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// The M2M-SP-ID with its slashes.
    pub sp_id: &'a str,
    /// The CSE-ID with its slash.
    pub cse_id: &'a str,
}

/// Whether an entry means an originator. Only the entry can be a pattern.
pub(super) fn means(entry: &str, originator: &str, home: Home<'_>) -> bool {
    if entry == "all" {
        return true;
    }
    if originator.is_empty() {
        return false;
    }
    glob(entry, originator) || (entry.starts_with('/') && means_in_full(entry, originator, home))
}

/// Whether an entry can be the identifier of a group: a path, or what this CSE calls its groups. Patterns are none.
pub(super) fn may_be_a_group(entry: &str) -> bool {
    !entry.contains('*') && (entry.contains('/') || entry.starts_with("grp-"))
}

/// The same for entries with a scope, against the originator's identifier in the same scope.
fn means_in_full(entry: &str, originator: &str, home: Home<'_>) -> bool {
    let absolute = if originator.starts_with("//") {
        originator.to_owned()
    } else if originator.starts_with('/') {
        format!("{}{originator}", home.sp_id)
    } else {
        format!("{}{}/{originator}", home.sp_id, home.cse_id)
    };
    match entry.strip_prefix("//") {
        Some(provider) if !provider.contains('/') => {
            let of = absolute.strip_prefix("//").and_then(|rest| rest.split_once('/'));
            !provider.is_empty() && of.is_some_and(|(of, _)| glob(provider, of))
        }
        Some(_) => step_by_step(entry, &absolute),
        None => {
            let here = absolute.strip_prefix(home.sp_id).filter(|rest| rest.starts_with('/'));
            here.is_some_and(|relative| step_by_step(entry, relative))
        }
    }
}

/// TS-0003 7.1.3: a star ends at a slash.
fn step_by_step(entry: &str, identifier: &str) -> bool {
    let (mut wanted, mut got) = (entry.split('/'), identifier.split('/'));
    loop {
        match (wanted.next(), got.next()) {
            (None, None) => return true,
            (Some(pattern), Some(text)) if glob(pattern, text) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Home<'_> = Home { sp_id: "//sp.example.com", cse_id: "/id-in" };

    #[test]
    fn an_ae_of_this_cse_is_meant_in_every_form() {
        for entry in ["Cae", "/id-in/Cae", "//sp.example.com/id-in/Cae", "C*", "/id-in/C*", "//*/id-in/Cae", "/*/Cae"] {
            assert!(means(entry, "Cae", HOME), "{entry}");
        }
        for entry in
            ["/id-mn/Cae", "//other.example.com/id-in/Cae", "/id-in", "/*", "//sp.example.com/*", "/Cae", "/", "//"]
        {
            assert!(!means(entry, "Cae", HOME), "{entry}");
        }
    }

    #[test]
    fn a_provider_means_everybody_there() {
        for originator in ["Cae", "/id-mn", "/id-mn/Cae", "//sp.example.com/id-mn/Cae"] {
            assert!(means("//sp.example.com", originator, HOME), "{originator}");
            assert!(means("//*.example.com", originator, HOME), "{originator}");
            assert!(!means("//other.example.com", originator, HOME), "{originator}");
            assert!(!means("//sp.example", originator, HOME), "{originator}");
        }
        assert!(!means("//sp.example.com", "//sp.example.com.evil.org/id/Cae", HOME));
        assert!(!means("//sp.example.com", "", HOME));
    }

    #[test]
    fn others_are_meant_by_their_scope() {
        assert!(means("//sp.example.com/id-mn/C*", "/id-mn/Cae", HOME));
        assert!(means("/id-mn/Cae", "//sp.example.com/id-mn/Cae", HOME));
        assert!(!means("/id-mn/Cae", "//other.example.com/id-mn/Cae", HOME));
    }
}
