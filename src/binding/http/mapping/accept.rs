//! The Accept header → the media type of the answer (TS-0009 6.4.2, RFC 9110 12.5.1).

use hyper::header::HeaderValue;

use crate::codec::format::{Family, Format, MediaType};

/// How welcome each of the answers we can give is, in thousandths. What no range names is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Acceptance {
    present: bool,
    json: Option<u16>,
    resource: Option<u16>,
    any: Option<u16>,
}

impl Acceptance {
    /// Takes one Accept header in; there may be several.
    pub(super) fn add(&mut self, value: &HeaderValue) {
        match value.as_bytes() {
            b"*/*" => (self.present, self.any) = (true, Some(1000)),
            b"application/json" => (self.present, self.json) = (true, Some(1000)),
            bytes => {
                // A range that is not text is a range that we do not know.
                String::from_utf8_lossy(bytes).split(',').for_each(|range| self.range(range));
            }
        }
    }

    fn range(&mut self, range: &str) {
        let mut parts = range.split(';').map(str::trim);
        let Some(name) = parts.next().filter(|name| !name.is_empty()) else { return };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(1000, thousandths);
        self.present = true;
        let place = match MediaType::parse(name) {
            Some(MediaType { format: Format::Json, family: Family::Generic }) => &mut self.json,
            Some(MediaType { format: Format::Json, family: Family::Resource }) => &mut self.resource,
            None if name == "*/*" || name.eq_ignore_ascii_case("application/*") => &mut self.any,
            _ => return,
        };
        *place = Some(weight.max(place.unwrap_or(0)));
    }

    /// The media type to answer in; `None` when nothing we speak is acceptable. Plain `application/json` wins a tie,
    /// unless only the oneM2M name was asked for by name: that is what clients in the field decode.
    pub(super) fn answer(self) -> Option<MediaType> {
        if !self.present {
            return Some(MediaType::JSON);
        }
        let json = self.json.or(self.any).unwrap_or(0);
        let resource = self.resource.or(self.any).unwrap_or(0);
        let by_name = self.json.is_none() && self.resource.is_some();
        match json.max(resource) {
            0 => None,
            best if best == json && !(by_name && resource == json) => Some(MediaType::JSON),
            _ => Some(MediaType { format: Format::Json, family: Family::Resource }),
        }
    }
}

/// A weight such as `0.8`. What cannot be read counts as 1: the type was named, after all.
fn thousandths(text: &str) -> u16 {
    match text.trim().split_once('.').unwrap_or((text.trim(), "")) {
        ("0", fraction) if fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{fraction:0<3}").parse().unwrap_or(1000)
        }
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[&'static str]) -> Option<&'static str> {
        let mut accept = Acceptance::default();
        headers.iter().for_each(|text| accept.add(&HeaderValue::from_static(text)));
        accept.answer().map(MediaType::as_str)
    }

    #[test]
    fn plain_json_is_what_clients_get_unless_they_ask_otherwise() {
        let (json, resource) = (Some("application/json"), Some("application/vnd.onem2m-res+json"));
        assert_eq!(answer(&[]), json);
        assert_eq!(answer(&[""]), json);
        assert_eq!(answer(&["*/*"]), json);
        assert_eq!(answer(&["application/cbor, application/json;q=0.1"]), json);
        assert_eq!(answer(&["application/vnd.onem2m-res+json"]), resource);
        assert_eq!(answer(&["application/vnd.onem2m-res+json, */*"]), resource);
        assert_eq!(answer(&["application/vnd.onem2m-res+json", "application/json"]), json);
        assert_eq!(answer(&["application/json;q=0.2, application/vnd.onem2m-res+json;q=0.9"]), resource);
        assert_eq!(answer(&["application/json;q=0, application/*"]), resource);
        assert_eq!(answer(&["APPLICATION/JSON; charset=utf-8"]), json);
    }

    #[test]
    fn what_we_cannot_speak_is_not_answered_in_something_else() {
        assert_eq!(answer(&["application/xml"]), None);
        assert_eq!(answer(&["application/cbor", "text/html"]), None);
        assert_eq!(answer(&["application/json;q=0"]), None);
    }
}
