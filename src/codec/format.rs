//! Serialisation formats and the media types that name them (TS-0004 6.7).

/// How a value is spelled on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON (TS-0004 8.4).
    #[default]
    Json,
    /// CBOR (TS-0004 8.5).
    Cbor,
    /// XML (TS-0004 8.3).
    Xml,
}

impl Format {
    /// Every format, the one that all builds have first.
    pub const ALL: [Self; 3] = [Self::Json, Self::Cbor, Self::Xml];

    /// Whether this build can read and write the format.
    #[must_use]
    pub const fn is_supported(self) -> bool {
        match self {
            Self::Json => true,
            Self::Cbor => cfg!(feature = "cbor"),
            Self::Xml => cfg!(feature = "xml"),
        }
    }

    /// The name in a serialization type: `json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Cbor => "cbor",
            Self::Xml => "xml",
        }
    }

    /// The format that a serialization type names (TS-0004 6.3.3): `json`, or a media type.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(text));
        named.or_else(|| MediaType::parse(text).map(|media| media.format))
    }
}

/// What a media type says about the thing that is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `application/json`: anything.
    Generic,
    /// `vnd.onem2m-res+…`: a resource.
    Resource,
    /// `vnd.onem2m-ntfy+…`: a notification, or several.
    Notification,
    /// `vnd.onem2m-preq+…`: a request primitive.
    RequestPrimitive,
    /// `vnd.onem2m-prsp+…`: a response primitive.
    ResponsePrimitive,
}

/// One of the media types that oneM2M knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MediaType {
    /// How it is spelled.
    pub format: Format,
    /// What it is.
    pub family: Family,
}

macro_rules! media_types {
    ($($text:literal $format:ident $family:ident)*) => {
        impl MediaType {
            /// Every media type of TS-0004 table 6.7-1, and the plain ones of TS-0009 6.4.3.
            pub const ALL: &'static [Self] =
                &[$(Self { format: Format::$format, family: Family::$family }),*];

            /// The name in lower case, without parameters.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match (self.format, self.family) {
                    $((Format::$format, Family::$family) => $text,)*
                }
            }
        }
    };
}

media_types! {
    "application/json" Json Generic
    "application/cbor" Cbor Generic
    "application/xml" Xml Generic
    "application/vnd.onem2m-res+json" Json Resource
    "application/vnd.onem2m-res+cbor" Cbor Resource
    "application/vnd.onem2m-res+xml" Xml Resource
    "application/vnd.onem2m-ntfy+json" Json Notification
    "application/vnd.onem2m-ntfy+cbor" Cbor Notification
    "application/vnd.onem2m-ntfy+xml" Xml Notification
    "application/vnd.onem2m-preq+json" Json RequestPrimitive
    "application/vnd.onem2m-preq+cbor" Cbor RequestPrimitive
    "application/vnd.onem2m-preq+xml" Xml RequestPrimitive
    "application/vnd.onem2m-prsp+json" Json ResponsePrimitive
    "application/vnd.onem2m-prsp+cbor" Cbor ResponsePrimitive
    "application/vnd.onem2m-prsp+xml" Xml ResponsePrimitive
}

impl MediaType {
    /// The plain media type of a format: `application/json`.
    #[must_use]
    pub const fn plain(format: Format) -> Self {
        Self { format, family: Family::Generic }
    }

    /// `application/json`.
    pub const JSON: Self = Self { format: Format::Json, family: Family::Generic };

    /// The media type of that name, without parameters, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "application/json" {
            return Some(Self::JSON);
        }
        Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serialization_is_named_by_a_word_or_a_media_type() {
        for (text, format) in [
            ("json", Some(Format::Json)),
            ("XML", Some(Format::Xml)),
            ("application/cbor", Some(Format::Cbor)),
            ("application/vnd.onem2m-ntfy+xml", Some(Format::Xml)),
            ("yaml", None),
            ("", None),
        ] {
            assert_eq!(Format::parse(text), format, "{text}");
        }
    }

    #[test]
    fn every_name_is_read_back_in_any_case() {
        for known in MediaType::ALL {
            assert_eq!(MediaType::parse(known.as_str()), Some(*known));
            assert_eq!(MediaType::parse(&known.as_str().to_uppercase()), Some(*known));
        }
        for unknown in ["", "text/plain", "application/vnd.onem2m-res", "application/json; ty=3"] {
            assert_eq!(MediaType::parse(unknown), None, "{unknown}");
        }
    }
}
