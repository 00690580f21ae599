//! Values of simple types: of each a few that programs stumble over, and for numbers any in between.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::schema::Simple;
use crate::value::{Map, Value};

/// A value that the type accepts.
pub(super) fn value(of: Simple, u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match of {
        Simple::Any => Value::arbitrary(u)?,
        Simple::Boolean => Value::Bool(bool::arbitrary(u)?),
        Simple::Integer => number(u, i64::MIN, i64::MAX)?,
        Simple::NonNegativeInteger | Simple::UnsignedLong => number(u, 0, i64::MAX)?,
        Simple::PositiveInteger => number(u, 1, i64::MAX)?,
        Simple::UnsignedInt => number(u, 0, 0xFFFF_FFFF)?,
        Simple::UnsignedShort => number(u, 0, 0xFFFF)?,
        Simple::UnsignedByte => number(u, 0, 0xFF)?,
        Simple::Float | Simple::Double | Simple::Decimal => decimal(u)?,
        Simple::String => Value::Text(text(u)?),
        other => Value::from(*u.choose(words(other))?),
    })
}

/// Small ones as often as any, and the ends.
fn number(u: &mut Unstructured<'_>, least: i64, greatest: i64) -> Result<Value> {
    Ok(Value::Int(match u.int_in_range(0..=7)? {
        0..=4 => u.int_in_range(least.max(0)..=greatest.min(9))?,
        5 => least,
        6 => greatest,
        _ => u.int_in_range(least..=greatest)?,
    }))
}

fn decimal(u: &mut Unstructured<'_>) -> Result<Value> {
    let number = f64::arbitrary(u)?;
    Ok(if number.is_finite() { Value::Decimal(number) } else { Value::Int(0) })
}

/// At most 24 characters, out of all scripts.
fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let length = u.int_in_range(0..=24)?;
    (0..length).map(|_| char::arbitrary(u)).collect()
}

/// Of types whose values have a form, some that have it.
const fn words(of: Simple) -> &'static [&'static str] {
    match of {
        Simple::Token => &["a", "two words", "é", "key:value"],
        Simple::Duration => &["PT10S", "P1DT2H", "PT0.5S", "P1Y"],
        Simple::Timestamp => &["20991231T235959", "20260101T000000", "20350607T080910,111213"],
        Simple::AbsRelTimestamp => &["60000", "1", "20991231T235959"],
        Simple::NcName => &["lbl", "mni", "et", "x"],
        Simple::AnyUri => &["http://192.0.2.1:8080/x", "cse-in", "/id-in/cse-in", "coap://[2001:db8::1]/a"],
        Simple::Id | Simple::NodeId | Simple::ExternalId => {
            &["CAdmin", "/id-in/Cae1", "//sp.example.com/id-in/C1", "all"]
        }
        Simple::RoleId | Simple::TokenId => &["1234abcd@issuer.example"],
        Simple::ResourceName => &["n0", "n1", "a.b", "x~y"],
        Simple::PointOfAccess => &["http://192.0.2.1:8080", "mqtt://broker.example", "coap://[2001:db8::1]"],
        Simple::ContentInfo => &["text/plain:0", "application/json:1", "application/xml:2:5"],
        Simple::MediaType => &["application/json", "text/plain"],
        Simple::Serialization => &["json", "application/cbor", "xml"],
        Simple::ReleaseVersion => &["3", "2a", "4", "5"],
        Simple::ScheduleEntry => &["* * * * * * *", "0 0-30/10 2,6 1 * * *", "* * * * * 0 2027"],
        Simple::Ipv4 => &["192.0.2.0/24", "10.0.0.1", "0.0.0.0/0"],
        Simple::Ipv6 => &["2001:db8::/32", "::1"],
        Simple::CountryCode => &["KR", "DE"],
        Simple::Base64Binary => &["QUJD", "", "QUI="],
        // Those above that are no words.
        _ => &["1"],
    }
}

/// Any value but null. Three levels deep at most.
impl<'a> Arbitrary<'a> for Value {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        any(u, 3)
    }
}

fn any(u: &mut Unstructured<'_>, levels: u8) -> Result<Value> {
    let kinds = if levels == 0 { 4 } else { 6 };
    Ok(match u.int_in_range(0..=kinds)? {
        0 | 1 => Value::Text(text(u)?),
        2 => Value::Bool(bool::arbitrary(u)?),
        3 => number(u, i64::MIN, i64::MAX)?,
        4 => decimal(u)?,
        5 => {
            let length = u.int_in_range(0..=3)?;
            (0..length).map(|_| any(u, levels.saturating_sub(1))).collect::<Result<Vec<_>>>()?.into()
        }
        _ => {
            let mut map = Map::default();
            for _ in 0..u.int_in_range(0..=3)? {
                map.set(*u.choose(&["a", "b", "lbl", "m2m:cnt"])?, any(u, levels.saturating_sub(1))?);
            }
            map.into()
        }
    })
}
