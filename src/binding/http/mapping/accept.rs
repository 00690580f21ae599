//! The Accept header → the media type of the answer (TS-0009 6.4.2, RFC 9110 12.5.1).

use hyper::header::HeaderValue;

use crate::codec::format::{Family, Format, MediaType};

/// How welcome each of the answers we can give is, in thousandths. What no range names is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Acceptance {
    present: bool,
    json: Weights,
    cbor: Weights,
    xml: Weights,
    any: Option<u16>,
}

/// How welcome a format is under each of its names.
#[derive(Clone, Copy, Debug, Default)]
struct Weights {
    plain: Option<u16>,
    resource: Option<u16>,
}

impl Acceptance {
    /// Takes one Accept header in; there may be several.
    pub(super) fn add(&mut self, value: &HeaderValue) {
        match value.as_bytes() {
            b"*/*" => (self.present, self.any) = (true, Some(1000)),
            b"application/json" => (self.present, self.json.plain) = (true, Some(1000)),
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
            Some(media) => {
                let weights = match media.format {
                    Format::Json => &mut self.json,
                    Format::Cbor => &mut self.cbor,
                    Format::Xml => &mut self.xml,
                };
                match media.family {
                    Family::Generic => &mut weights.plain,
                    Family::Resource => &mut weights.resource,
                    _ => return,
                }
            }
            None if name == "*/*" || name.eq_ignore_ascii_case("application/*") => &mut self.any,
            None => return,
        };
        *place = Some(weight.max(place.unwrap_or(0)));
    }

    const fn weights(&self, format: Format) -> Weights {
        match format {
            Format::Json => self.json,
            Format::Cbor => self.cbor,
            Format::Xml => self.xml,
        }
    }

    /// The media type to answer in; `None` when nothing we speak is acceptable. What is as welcome as something else gives
    /// way to what was asked for by name, then to the format of the request's own body, then to JSON.
    pub(super) fn answer(self, body: Option<Format>) -> Option<MediaType> {
        let body = body.filter(|format| format.is_supported());
        if !self.present {
            return Some(MediaType::plain(body.unwrap_or_default()));
        }
        let mut best: Option<((u16, bool), MediaType)> = None;
        for format in body.into_iter().chain(Format::ALL).filter(|format| format.is_supported()) {
            let (media, weight, named) = self.within(format);
            let rank = (weight, named);
            if weight > 0 && best.is_none_or(|(other, _)| rank > other) {
                best = Some((rank, media));
            }
        }
        best.map(|(_, media)| media)
    }

    /// The name under which a format is most welcome, how welcome, and whether it was asked for by a name of its own.
    /// The plain name wins a tie, unless only the oneM2M name was asked for: that is what clients in the field decode.
    fn within(&self, format: Format) -> (MediaType, u16, bool) {
        let Weights { plain, resource } = self.weights(format);
        let named = plain.is_some_and(|weight| weight > 0) || resource.is_some_and(|weight| weight > 0);
        let by_resource_name = plain.is_none() && resource.is_some();
        let (plain, resource) = (plain.or(self.any).unwrap_or(0), resource.or(self.any).unwrap_or(0));
        if resource > plain || (resource == plain && by_resource_name) {
            return (MediaType { format, family: Family::Resource }, resource, named);
        }
        (MediaType::plain(format), plain, named)
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

    fn answer_to(body: Option<Format>, headers: &[&'static str]) -> Option<&'static str> {
        let mut accept = Acceptance::default();
        headers.iter().for_each(|text| accept.add(&HeaderValue::from_static(text)));
        accept.answer(body).map(MediaType::as_str)
    }

    fn answer(headers: &[&'static str]) -> Option<&'static str> {
        answer_to(None, headers)
    }

    #[test]
    fn plain_json_is_what_clients_get_unless_they_ask_otherwise() {
        let (json, resource) = (Some("application/json"), Some("application/vnd.onem2m-res+json"));
        assert_eq!(answer(&[]), json);
        assert_eq!(answer(&[""]), json);
        assert_eq!(answer(&["*/*"]), json);
        assert_eq!(answer(&["text/html, application/json;q=0.1"]), json);
        assert_eq!(answer(&["application/vnd.onem2m-res+json"]), resource);
        assert_eq!(answer(&["application/vnd.onem2m-res+json, */*"]), resource);
        assert_eq!(answer(&["application/vnd.onem2m-res+json", "application/json"]), json);
        assert_eq!(answer(&["application/json;q=0.2, application/vnd.onem2m-res+json;q=0.9"]), resource);
        assert_eq!(answer(&["APPLICATION/JSON; charset=utf-8"]), json);
    }

    #[cfg(not(any(feature = "cbor", feature = "xml")))]
    #[test]
    fn what_we_cannot_speak_is_not_answered_in_something_else() {
        assert_eq!(answer(&["application/json;q=0, application/*"]), Some("application/vnd.onem2m-res+json"));
        assert_eq!(answer(&["application/xml"]), None);
        assert_eq!(answer(&["application/cbor", "text/html"]), None);
        assert_eq!(answer(&["application/json;q=0"]), None);
        assert_eq!(answer_to(Some(Format::Xml), &[]), Some("application/json"));
    }

    #[cfg(all(feature = "cbor", feature = "xml"))]
    #[test]
    fn the_format_is_the_most_welcome_one() {
        let (cbor, xml) = (Some("application/cbor"), Some("application/xml"));
        assert_eq!(answer(&["application/cbor, application/json;q=0.1"]), cbor);
        assert_eq!(answer(&["application/json;q=0.3, application/xml;q=0.7"]), xml);
        assert_eq!(answer(&["application/cbor, */*"]), cbor);
        assert_eq!(answer(&["application/cbor, application/json"]), Some("application/json"));
        assert_eq!(answer(&["application/vnd.onem2m-res+xml"]), Some("application/vnd.onem2m-res+xml"));
        assert_eq!(answer(&["application/xml;q=0, application/cbor;q=0, application/json;q=0"]), None);
        assert_eq!(answer(&["text/html"]), None);
        assert_eq!(answer(&["application/vnd.onem2m-ntfy+xml"]), None);
    }

    #[cfg(all(feature = "cbor", feature = "xml"))]
    #[test]
    fn who_does_not_say_gets_the_format_of_the_request() {
        assert_eq!(answer_to(Some(Format::Xml), &[]), Some("application/xml"));
        assert_eq!(answer_to(Some(Format::Cbor), &["*/*"]), Some("application/cbor"));
        assert_eq!(answer_to(Some(Format::Cbor), &["application/json, application/cbor"]), Some("application/cbor"));
        assert_eq!(answer_to(Some(Format::Cbor), &["application/json"]), Some("application/json"));
        assert_eq!(answer_to(Some(Format::Xml), &["application/json;q=0.5, */*;q=0.1"]), Some("application/json"));
    }
}
