//! Simple types (TS-0004 6.3.2, 6.3.3), one line each.

use super::syntax;
use crate::value::{AbsRelTimestamp, Duration, ScheduleEntry, Timestamp, Value, is_resource_name};

macro_rules! simple_types {
    ($($variant:ident $name:literal $expected:literal $accepts:expr;)*) => {
        /// A simple type. The name in a schema file is the standard's, without its prefix.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Simple {
            $(#[doc = concat!("`", $name, "`: ", $expected, ".")] $variant,)*
        }

        impl Simple {
            /// Every simple type.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in a schema file.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What a value must be, for messages.
            #[must_use]
            pub const fn expected(self) -> &'static str {
                match self { $(Self::$variant => $expected,)* }
            }

            /// Whether a value is of this type.
            #[must_use]
            pub fn accepts(self, value: &Value) -> bool {
                match self { $(Self::$variant => $accepts(value),)* }
            }

            /// The simple type of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

simple_types! {
    Any                "any"                "a value"                                       |v: &Value| !v.is_null();
    String             "string"             "text"                                          text(|_| true);
    Token              "token"              "text without tabs, line breaks or spare spaces" text(syntax::is_token);
    NcName             "ncname"             "a name without spaces or colons"               text(syntax::is_ncname);
    Boolean            "boolean"            "true or false"                                 |v: &Value| matches!(v, Value::Bool(_));
    Integer            "integer"            "an integer"                                    within(i64::MIN, i64::MAX);
    NonNegativeInteger "nonNegativeInteger" "a non-negative integer"                        within(0, i64::MAX);
    PositiveInteger    "positiveInteger"    "a positive integer"                            within(1, i64::MAX);
    UnsignedLong       "unsignedLong"       "a non-negative integer"                        within(0, i64::MAX);
    UnsignedInt        "unsignedInt"        "an integer from 0 to 4294967295"               within(0, 0xFFFF_FFFF);
    UnsignedShort      "unsignedShort"      "an integer from 0 to 65535"                    within(0, 0xFFFF);
    UnsignedByte       "unsignedByte"       "an integer from 0 to 255"                      within(0, 0xFF);
    Float              "float"              "a number"                                      number;
    Double             "double"             "a number"                                      number;
    Decimal            "decimal"            "a number"                                      number;
    Duration           "duration"           "a duration such as PT10S"                      text(|t| Duration::parse(t).is_some());
    Timestamp          "timestamp"          "a timestamp such as 20261120T160743"           text(|t| Timestamp::parse(t).is_some());
    AbsRelTimestamp    "absRelTimestamp"    "a timestamp, or milliseconds in text"          text(|t| AbsRelTimestamp::parse(t).is_some());
    AnyUri             "anyURI"             "a URI"                                         text(syntax::is_uri);
    Id                 "ID"                 "an identifier"                                 text(syntax::is_id);
    NodeId             "nodeID"             "a node identifier"                             text(syntax::is_id);
    ExternalId         "externalID"         "an external identifier"                        text(syntax::is_id);
    RoleId             "roleID"             "an identifier such as 1234abcd@issuer.example" text(syntax::is_issued_id);
    TokenId            "tokenID"            "an identifier such as 1234abcd@issuer.example" text(syntax::is_issued_id);
    ResourceName       "resourceName"       "a resource name"                               text(is_resource_name);
    PointOfAccess      "pointOfAccess"      "a URI such as http://192.0.2.1:8080"           text(syntax::is_point_of_access);
    ContentInfo        "contentInfo"        "media type, encoding (0 to 2), security (0 to 5) such as text/plain:0" text(syntax::is_content_info);
    MediaType          "mediaType"          "a media type such as application/json"         text(syntax::is_media_type);
    Serialization      "serialization"      "xml, json or cbor, or its media type"          text(syntax::is_serialization);
    ReleaseVersion     "releaseVersion"     "a release such as 2a or 4"                     text(syntax::is_release_version);
    ScheduleEntry      "scheduleEntry"      "seven fields such as * 0-5 2,6,10 * * * *"     text(|t| ScheduleEntry::parse(t).is_ok());
    Ipv4               "ipv4"               "an IPv4 address, or a block such as 192.0.2.0/24" text(syntax::is_ipv4);
    Ipv6               "ipv6"               "an IPv6 address, or a block such as 2001:db8::/32" text(syntax::is_ipv6);
    CountryCode        "countryCode"        "a country code such as KR"                     text(syntax::is_country_code);
    Base64Binary       "base64Binary"       "text in Base64"                                text(syntax::is_base64);
}

fn text(accepts: impl Fn(&str) -> bool) -> impl Fn(&Value) -> bool {
    move |value| value.as_text().is_some_and(&accepts)
}

fn within(least: i64, greatest: i64) -> impl Fn(&Value) -> bool {
    move |value| value.as_int().is_some_and(|number| (least..=greatest).contains(&number))
}

/// `xs:float` and its kin: JSON does not tell `1` from `1.0`, so a whole number will do.
const fn number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Decimal(_))
}
