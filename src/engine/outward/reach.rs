//! How somebody is reached: a URL as it stands, an AE by its polling channel, its open connection or its points of access.

use crate::codec::format::Format;
use crate::primitive::ReleaseVersion;
use crate::store::{Direction, StoreError};
use crate::tree::{Node, Record, View};
use crate::value::{Attr, SmolStr};

use super::call::Failure;
use super::links;
use crate::engine::Core;

/// The type of an AE.
const AE: u32 = 2;
/// The type of a polling channel.
pub const POLLING_CHANNEL: u32 = 15;
const POINT_OF_ACCESS: Attr<Vec<SmolStr>> = Attr::new("poa");
const CONTENT_SERIALIZATION: Attr<Vec<SmolStr>> = Attr::new("csz");
const REQUEST_REACHABILITY: Attr<bool> = Attr::new("rr");
const SUPPORTED_RELEASE_VERSIONS: Attr<Vec<SmolStr>> = Attr::new("srv");

/// A way to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Any of these URLs; the next when nobody answers at one. With how the content is to be spelled.
    Urls(Vec<SmolStr>, Format),
    /// A polling channel: whoever listens there takes it along.
    Channel(Node),
}

/// The way to a target: a URL, or the identifier of an AE.
///
/// # Errors
/// The outer one when the store fails, the inner one when there is no way: now ([`Failure::Unreachable`]), or never.
pub fn route(core: &Core, view: &View<'_>, target: &str) -> Result<Result<Route, Failure>, StoreError> {
    if links::is_link(target) {
        // Whoever names the connection of somebody else is not to reach it.
        return Ok(Err(Failure::Impossible("a connection cannot be named as a target".into())));
    }
    if target.contains("://") {
        let format = wanted_format(target).unwrap_or_default();
        return Ok(Ok(Route::Urls(vec![without_serialization(target)], format)));
    }
    let wanted = wanted_format(target);
    let target = &*without_serialization(target);
    let Some(record) = crate::engine::references::find_in(core, view, target)? else {
        return Ok(Err(Failure::Unreachable(format!("no AE of this CSE is {}", crate::value::excerpt(target)))));
    };
    if record.resource_type != AE {
        let reason = format!("{} is not an AE: nothing can be told to it", crate::value::excerpt(target));
        return Ok(Err(Failure::Impossible(reason)));
    }
    let way = entity(core, view, &record)?;
    Ok(way.map(|route| match (route, wanted) {
        (Route::Urls(points, _), Some(format)) => Route::Urls(points, format),
        (route, _) => route,
    }))
}

/// The format that is appended to a target.
fn wanted_format(target: &str) -> Option<Format> {
    serialization(target).and_then(Format::parse).filter(|format| format.is_supported())
}

/// The way to an AE.
///
/// # Errors
/// As [`route`].
pub fn entity(core: &Core, view: &View<'_>, record: &Record) -> Result<Result<Route, Failure>, StoreError> {
    // TS-0004 7.3.3.9.1: the points of access are for AEs without a polling channel.
    if let Some(channel) = view.children(record.node, Some(POLLING_CHANNEL), Direction::Forward)?.next() {
        return Ok(Ok(Route::Channel(channel?.1)));
    }
    // TS-0020 6.4: whoever has registered is routed to over its connection, whatever its reachability says: the connection
    // is there.
    let mut ways = links::read(core).ways(record.node);
    // TS-0001 9.6.5: without request reachability there is nobody to be called.
    if REQUEST_REACHABILITY.get(record.attributes()) != Some(false) {
        let points = POINT_OF_ACCESS.get(record.attributes()).unwrap_or_default();
        let points = points.into_iter().filter(|point| !links::is_link(point));
        ways.extend(points.map(|point| at_broker(&point, &record.resource_id).unwrap_or(point)));
    }
    if ways.is_empty() {
        let reason = format!(
            "{} has neither a polling channel nor an open connection nor a point of access",
            record.resource_id
        );
        return Ok(Err(Failure::Unreachable(reason)));
    }
    Ok(Ok(Route::Urls(ways, preferred(record))))
}

/// A point of access that is an MQTT broker, which many share: who is meant stands behind it as `#Cae1`. `None` for others.
fn at_broker(point: &str, entity: &str) -> Option<SmolStr> {
    let (scheme, _) = point.split_once("://")?;
    let is_broker = scheme.eq_ignore_ascii_case("mqtt") || scheme.eq_ignore_ascii_case("mqtts");
    is_broker.then(|| format!("{point}#{entity}").into())
}

/// The first that this CSE speaks of the serializations that an AE can read (TS-0001 table 9.6.5-1).
fn preferred(record: &Record) -> Format {
    let listed = CONTENT_SERIALIZATION.get(record.attributes()).unwrap_or_default();
    let spoken = listed.iter().filter_map(|name| Format::parse(name)).find(|format| format.is_supported());
    spoken.unwrap_or_default()
}

/// The release to speak to a target: the highest that an AE of ours says it knows; towards strangers, Release 3.
///
/// # Errors
/// When the store fails.
pub fn release(core: &Core, view: &View<'_>, target: &str) -> Result<ReleaseVersion, StoreError> {
    if target.contains("://") {
        return Ok(ReleaseVersion::R3);
    }
    let Some(record) = crate::engine::references::find_in(core, view, &without_serialization(target))? else {
        return Ok(ReleaseVersion::R3);
    };
    let releases = SUPPORTED_RELEASE_VERSIONS.get(record.attributes()).unwrap_or_default();
    let known = releases.iter().filter_map(|release| ReleaseVersion::parse(release)).max();
    Ok(known.unwrap_or(ReleaseVersion::R1))
}

/// A target without the serialization that may be appended to it, as `?ct=json` or `&ct=json` (TS-0001 9.6.8).
#[must_use]
pub fn without_serialization(target: &str) -> SmolStr {
    let Some((head, query)) = target.split_once('?') else { return target.into() };
    let kept: Vec<&str> = query.split('&').filter(|part| !part.starts_with("ct=")).collect();
    if kept.is_empty() { head.into() } else { format!("{head}?{}", kept.join("&")).into() }
}

/// The serialization that is appended to a target.
#[must_use]
pub fn serialization(target: &str) -> Option<&str> {
    target.split_once('?')?.1.split('&').find_map(|part| part.strip_prefix("ct="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_told_who_is_meant() {
        assert_eq!(at_broker("mqtt://h:1883/p", "Cae1").as_deref(), Some("mqtt://h:1883/p#Cae1"));
        assert_eq!(at_broker("MQTTS://h", "Cae1").as_deref(), Some("MQTTS://h#Cae1"));
        assert_eq!(at_broker("http://h/mqtt://", "Cae1"), None);
    }

    #[test]
    fn the_serialization_is_not_part_of_the_address() {
        for (target, bare, wanted) in [
            ("http://a/b", "http://a/b", None),
            ("http://a/b?ct=json", "http://a/b", Some("json")),
            ("http://a/b?q=true&ct=xml", "http://a/b?q=true", Some("xml")),
            ("Cae1?ct=cbor", "Cae1", Some("cbor")),
        ] {
            assert_eq!((without_serialization(target).as_str(), serialization(target)), (bare, wanted));
        }
    }
}
