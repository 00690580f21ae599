//! The Content-Type header: a media type, and the resource type of a CREATE (TS-0009 6.4.3).

use crate::binding::text::bad;
use crate::codec::format::{Format, MediaType};
use crate::primitive::{Rejection, Status};
use crate::value::excerpt;

/// What a request says its body is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ContentType {
    /// Nothing.
    Absent,
    /// One of ours.
    Known(MediaType),
    /// Something else; the beginning of what was sent. An error only when there is a body.
    Unknown(String),
}

impl ContentType {
    /// Reads the header. Parameters come in any order, and those that mean nothing here are passed over.
    pub(super) fn read(&mut self, text: &str) -> Result<Option<u32>, Rejection> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        *self = MediaType::parse(name).map_or_else(|| Self::Unknown(excerpt(name)), Self::Known);
        let mut resource_type = None;
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("ty") {
                let digits = value.bytes().all(|b| b.is_ascii_digit());
                let number: Option<u32> = if digits { value.parse().ok() } else { None };
                let what = "expected one resource type number, such as ty=3";
                let number = number.filter(|_| resource_type.is_none());
                resource_type = Some(number.ok_or_else(|| bad("resourceType (ty)", what))?);
            } else if name.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
                *self = Self::Unknown(excerpt(text));
            }
        }
        Ok(resource_type)
    }

    /// The media type of a body that is there.
    pub(super) fn known(&self) -> Result<MediaType, Rejection> {
        let got = match self {
            Self::Known(media) => return Ok(*media),
            Self::Unknown(text) => format!("got \"{text}\""),
            Self::Absent => "got none".to_owned(),
        };
        let reason = format!("content-type: expected {}, or its oneM2M name, {got}", spoken());
        Err(Rejection::new(Status::UNSUPPORTED_MEDIA_TYPE, reason))
    }

    /// The format that the header names, if it is one of ours.
    pub(super) const fn format(&self) -> Option<Format> {
        match self {
            Self::Known(media) => Some(media.format),
            Self::Unknown(_) | Self::Absent => None,
        }
    }
}

/// What this build speaks, for messages.
pub(super) fn spoken() -> String {
    let spoken = Format::ALL.into_iter().filter(|format| format.is_supported());
    spoken.map(|format| MediaType::plain(format).as_str()).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (ContentType, Result<Option<u32>, Rejection>) {
        let mut content_type = ContentType::Absent;
        let ty = content_type.read(text);
        (content_type, ty)
    }

    #[test]
    fn parameters_come_in_any_order_and_spacing() {
        for text in [
            "application/json;ty=3",
            "application/json;       ty=3",
            "Application/JSON ; charset=UTF-8 ; TY = 3",
            "application/json; ty=\"3\"; charset=\"utf-8\"; v=2",
        ] {
            assert_eq!(read(text), (ContentType::Known(MediaType::JSON), Ok(Some(3))), "{text}");
        }
        assert_eq!(read("application/json").1, Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["application/json;ty=x", "application/json;ty=", "application/json;ty=3;ty=3", "a/b;ty=-1"] {
            assert!(read(text).1.is_err(), "{text}");
        }
        for text in ["text/plain", "", "application/json;charset=latin1", ";;;"] {
            let rejection = read(text).0.known().unwrap_err();
            assert_eq!(rejection.status, Status::UNSUPPORTED_MEDIA_TYPE, "{text}");
        }
    }
}
