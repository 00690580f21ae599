//! `m2m:geoCoordinates` (Release 4): a kind of geometry, and its coordinates as GeoJSON text (RFC 7946 3.1).

use serde_json::Value as Json;

use super::Path;
use crate::primitive::Rejection;
use crate::value::{Map, Value};

/// The complex type that this file has a rule for.
pub(super) const TYPE_NAME: &str = "m2m:geoCoordinates";

/// Holds the coordinates against the kind of geometry.
pub(super) fn check(path: &Path<'_>, map: &Map) -> Result<(), Rejection> {
    let kind = map.get("typ").and_then(Value::as_int);
    let coordinates = map.get("crd").and_then(Value::as_text).and_then(|text| serde_json::from_str(text).ok());
    match (kind, coordinates) {
        (Some(kind), Some(coordinates)) if fits(kind, &coordinates) => Ok(()),
        _ => Err(Rejection::bad_request(format!("{path}.crd: expected the coordinates of the geometry in typ"))),
    }
}

fn fits(kind: i64, coordinates: &Json) -> bool {
    match kind {
        1 => is_position(coordinates),
        2 => is_line(coordinates),
        3 => is_polygon(coordinates),
        4 => all(coordinates, 1, is_position),
        5 => all(coordinates, 1, is_line),
        6 => all(coordinates, 1, is_polygon),
        _ => false,
    }
}

/// Longitude, latitude, perhaps altitude.
fn is_position(value: &Json) -> bool {
    all(value, 2, Json::is_number) && value.as_array().is_some_and(|numbers| numbers.len() <= 3)
}

fn is_line(value: &Json) -> bool {
    all(value, 2, is_position)
}

/// Rings as GeoJSON has them, or a single ring as peers write it.
fn is_polygon(value: &Json) -> bool {
    is_ring(value) || all(value, 1, is_ring)
}

/// Four positions or more, ending where it began.
fn is_ring(value: &Json) -> bool {
    all(value, 4, is_position) && value.as_array().is_some_and(|ring| ring.first() == ring.last())
}

fn all(value: &Json, least: usize, accepts: impl Fn(&Json) -> bool) -> bool {
    value.as_array().is_some_and(|items| items.len() >= least && items.iter().all(accepts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits_text(kind: i64, text: &str) -> bool {
        let map = Map::from_iter([("typ", Value::from(kind)), ("crd", Value::from(text))]);
        check(&Path::Root("location", "loc"), &map).is_ok()
    }

    #[test]
    fn each_geometry_has_its_own_nesting() {
        assert!(fits_text(1, "[1.0, 2.0]"));
        assert!(fits_text(2, "[[1.0, 2.0], [3.0, 4.0]]"));
        assert!(fits_text(3, "[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [1.0, 2.0]]"));
        assert!(fits_text(3, "[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [1.0, 2.0]]]"));
        assert!(fits_text(5, "[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]"));
        assert!(fits_text(6, "[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [1.0, 2.0]]]"));
    }

    #[test]
    fn coordinates_of_another_geometry_are_refused() {
        assert!(!fits_text(1, "[[1.0, 2.0], [3.0, 4.0]]"));
        assert!(!fits_text(2, "[[1.0, 2.0]]"));
        assert!(!fits_text(3, "[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]"));
        assert!(!fits_text(4, "[1.0, 2.0]"));
        assert!(!fits_text(1, "[1.0]") && !fits_text(1, "here") && !fits_text(9, "[1.0, 2.0]"));
    }
}
