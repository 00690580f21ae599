//! Content-Formats ↔ media types (TS-0008 6.2.2.2 and table 6.2.2.2-1).

use crate::codec::format::{Family, Format, MediaType};

use Family::{Generic, Notification, RequestPrimitive, Resource, ResponsePrimitive};
use Format::{Cbor, Json, Xml};

/// All of them.
const TABLE: [(u16, Format, Family); 15] = [
    (41, Xml, Generic),
    (50, Json, Generic),
    (60, Cbor, Generic),
    (10014, Xml, Resource),
    (10001, Json, Resource),
    (10010, Cbor, Resource),
    (10002, Xml, Notification),
    (10003, Json, Notification),
    (10011, Cbor, Notification),
    (10006, Xml, RequestPrimitive),
    (10007, Json, RequestPrimitive),
    (10012, Cbor, RequestPrimitive),
    (10008, Xml, ResponsePrimitive),
    (10009, Json, ResponsePrimitive),
    (10013, Cbor, ResponsePrimitive),
];

/// The media type of that number.
#[must_use]
pub fn from_number(number: u64) -> Option<MediaType> {
    let row = TABLE.iter().find(|(known, ..)| u64::from(*known) == number);
    row.map(|(_, format, family)| MediaType { format: *format, family: *family })
}

/// The number of a media type.
#[must_use]
pub fn to_number(media: MediaType) -> u16 {
    let row = TABLE.iter().find(|(_, format, family)| *format == media.format && *family == media.family);
    row.map_or(50, |(number, ..)| *number)
}

/// What this build speaks, for messages.
pub(super) fn spoken() -> String {
    let spoken = Format::ALL.into_iter().filter(|format| format.is_supported());
    let name = |format| format!("{} ({})", to_number(MediaType::plain(format)), MediaType::plain(format).as_str());
    spoken.map(name).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_media_type_has_a_number_of_its_own() {
        for media in MediaType::ALL {
            assert_eq!(from_number(u64::from(to_number(*media))), Some(*media));
        }
        assert_eq!(from_number(0), None);
        assert_eq!(from_number(1 << 40), None);
    }
}
