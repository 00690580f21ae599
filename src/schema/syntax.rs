//! The small languages inside text (TS-0004 6.3.3). A text is looked at once, from left to right.

use std::net::{Ipv4Addr, Ipv6Addr};

/// `xs:token` with something in it: no tab, no line break, no space at either end, no two spaces in a row.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && !text.contains("  ")
        && !text.contains(['\t', '\n', '\r'])
}

/// Not quite `xs:NCName`: peers name things `4711`, so any character may come first. Colons and spaces may not.
pub(super) fn is_ncname(text: &str) -> bool {
    is_id(text) && !text.contains(':')
}

/// `xs:anyURI`, which is any IRI reference, even an empty one. Spaces and control characters must be escaped.
pub(super) fn is_uri(text: &str) -> bool {
    !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// `m2m:ID` in its many shapes: an identifier of an entity or resource, `all`, a domain, with or without wildcards.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && is_uri(text)
}

/// `m2m:roleID`, `m2m:tokenID`: a name of letters, digits, `.`, `_`, `-`, then `@`, then a domain in lower case.
pub(super) fn is_issued_id(text: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    text.split_once('@').is_some_and(|(name, domain)| {
        let is_filled = !name.is_empty() && !domain.is_empty();
        is_filled && name.bytes().all(is_name) && domain.bytes().all(|b| is_name(b) && !b.is_ascii_uppercase())
    })
}

/// `m2m:pointOfAccess`: a URI that names its transport.
pub(super) fn is_point_of_access(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    };
    is_uri(text) && text.split_once("://").is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
}

/// `m2m:contentInfo`: a media type, an encoding (6.3.4.2.28), and perhaps a security (6.3.4.2.38), between colons.
pub(super) fn is_content_info(text: &str) -> bool {
    let mut parts = text.split(':');
    let (media_type, encoding, security) = (parts.next(), parts.next(), parts.next());
    media_type.is_some_and(is_media_type)
        && matches!(encoding, Some("0" | "1" | "2"))
        && matches!(security, None | Some("0" | "1" | "2" | "3" | "4" | "5"))
        && parts.next().is_none()
}

/// A media type (RFC 6838 4.2), with or without parameters.
pub(super) fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.len() <= 127
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&b))
    };
    let mut parts = text.split(';');
    let name = parts.next().and_then(|name| name.split_once('/'));
    name.is_some_and(|(kind, name)| is_name(kind) && is_name(name))
        && parts.all(|parameter| {
            let parameter = parameter.trim_start_matches(' ');
            let is_printable = parameter.bytes().all(|b| b.is_ascii_graphic());
            is_printable && parameter.split_once('=').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty())
        })
}

/// `m2m:serializations`: Release 3 writes `json`, Release 4 and peers the media type.
pub(super) fn is_serialization(text: &str) -> bool {
    let name = text.strip_prefix("application/").unwrap_or(text);
    matches!(name.strip_prefix("vnd.onem2m-res+").unwrap_or(name), "xml" | "json" | "cbor")
}

/// `m2m:releaseVersion`: a number and perhaps a letter. Which releases are spoken here is for the engine to say.
pub(super) fn is_release_version(text: &str) -> bool {
    let digits = text.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(text);
    (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `m2m:ipv4`: dotted decimal, with or without a prefix length.
pub(super) fn is_ipv4(text: &str) -> bool {
    block(text, 32).is_some_and(|address| address.parse::<Ipv4Addr>().is_ok())
}

/// `m2m:ipv6`: RFC 5952, with or without a prefix length.
pub(super) fn is_ipv6(text: &str) -> bool {
    block(text, 128).is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

/// The address in front of a prefix length that is at most `bits`, or the whole text when there is none.
fn block(text: &str, bits: u8) -> Option<&str> {
    let Some((address, length)) = text.split_once('/') else { return Some(text) };
    let is_number = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    (is_number && length.parse::<u8>().is_ok_and(|length| length <= bits)).then_some(address)
}

/// `m2m:countryCode`: two letters (ISO 3166-1).
pub(super) fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// `xs:base64Binary` (RFC 4648 4), padded.
pub(super) fn is_base64(text: &str) -> bool {
    let body = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    text.len().is_multiple_of(4) && body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_info_is_read_strictly() {
        for good in ["text/plain:0", "application/json:1", "application/xml:1:5", "text/plain;charset=utf-8:0"] {
            assert!(is_content_info(good), "{good}");
        }
        for bad in ["", "text/plain", "text/plain:", "text/plain:3", "text/plain:0:6", "text/plain:0:1:2", "text:0"] {
            assert!(!is_content_info(bad), "{bad}");
        }
        for bad in ["/plain:0", "text/:0", "te xt/plain:0", "text/plain:00", "text/plain:0:", "text/plain; charset:0"] {
            assert!(!is_content_info(bad), "{bad}");
        }
    }

    #[test]
    fn a_label_may_have_single_spaces_inside() {
        for good in ["key", "color:red", "living room", "a:b:c"] {
            assert!(is_token(good), "{good}");
        }
        for bad in ["", " a", "a ", "a  b", "a\tb", "a\nb"] {
            assert!(!is_token(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_point_of_access_names_its_transport() {
        assert!(is_point_of_access("http://172.25.0.10:8080/xyz"));
        assert!(is_point_of_access("MQTT://172.25.0.10"));
        for bad in ["", "172.25.0.10:8080", "http://", "://host", "http://a b", "1ttp://host"] {
            assert!(!is_point_of_access(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_come_with_or_without_a_prefix_length() {
        assert!(is_ipv4("10.125.0.0/16") && is_ipv4("122.77.12.1"));
        assert!(is_ipv6("::/0") && is_ipv6("fadf:ddd0::/32") && is_ipv6("::1"));
        for bad in ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "::1"] {
            assert!(!is_ipv4(bad), "{bad}");
        }
        assert!(!is_ipv6("::/129") && !is_ipv6("10.0.0.1"));
    }

    #[test]
    fn small_things_are_told_apart() {
        assert!(is_serialization("json") && is_serialization("application/cbor") && !is_serialization("yaml"));
        assert!(is_release_version("2a") && is_release_version("4") && !is_release_version("a"));
        assert!(is_base64("aGk=") && is_base64("") && !is_base64("aGk") && !is_base64("a=k="));
        assert!(is_issued_id("1234abcd@role-issuer.com") && !is_issued_id("1234@ISSUER") && !is_issued_id("@x"));
        assert!(is_ncname("4711") && !is_ncname("m2m:cnt") && !is_ncname("a b"));
    }
}
