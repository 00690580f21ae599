//! `fc`: filter criteria as an object (TS-0004 6.3.5.8).

use super::member::{expected, number, positive, small, text, texts, timestamp};
use crate::primitive::{ContentFilter, FilterCriteria, FilterOperation, FilterUsage, GeoQuery, Rejection};
use crate::value::{Map, SmolStr, Value};

/// The most values that one condition may list.
const MAX_VALUES: usize = super::member::MAX_ITEMS;

pub(super) fn read(value: &Value) -> Result<FilterCriteria, Rejection> {
    let members = value.as_map().ok_or_else(|| expected("filterCriteria (fc)", "an object", value))?;
    let mut fc = FilterCriteria::default();
    for (name, value) in members.iter() {
        set(&mut fc, name, value)?;
    }
    Ok(fc)
}

fn set(fc: &mut FilterCriteria, name: &str, value: &Value) -> Result<(), Rejection> {
    match name {
        "crb" => fc.created_before = Some(timestamp(name, value)?),
        "cra" => fc.created_after = Some(timestamp(name, value)?),
        "ms" => fc.modified_since = Some(timestamp(name, value)?),
        "us" => fc.unmodified_since = Some(timestamp(name, value)?),
        "exb" => fc.expire_before = Some(timestamp(name, value)?),
        "exa" => fc.expire_after = Some(timestamp(name, value)?),
        "sts" => fc.state_tag_smaller = Some(count(name, value)?),
        "stb" => fc.state_tag_bigger = Some(count(name, value)?),
        "sza" => fc.size_above = Some(count(name, value)?),
        "szb" => fc.size_below = Some(count(name, value)?),
        "lim" => fc.limit = Some(count(name, value)?),
        "ofst" => fc.offset = Some(count(name, value)?),
        "lvl" => fc.level = Some(positive(name, value)?),
        "lbl" => fc.labels = texts(name, value)?,
        "clbl" => fc.child_labels = texts(name, value)?,
        "palb" => fc.parent_labels = texts(name, value)?,
        "cty" => fc.content_type = texts(name, value)?,
        "lbq" => fc.labels_query = Some(text(name, value)?),
        "arp" => fc.apply_relative_path = Some(text(name, value)?),
        "ty" => fc.resource_type = types(name, value)?,
        "chty" => fc.child_resource_type = types(name, value)?,
        "pty" => fc.parent_resource_type = types(name, value)?,
        "smf" => {
            // One query is one text; its spaces are its own.
            fc.semantics_filter = match value {
                Value::Text(query) => vec![query.as_str().into()],
                other => texts(name, other)?,
            }
        }
        "atr" => fc.attributes = attributes(name, value)?,
        "catr" => fc.child_attributes = attributes(name, value)?,
        "patr" => fc.parent_attributes = attributes(name, value)?,
        "fo" => fc.filter_operation = FilterOperation::from_number(count(name, value)?)?,
        "fu" => fc.filter_usage = Some(FilterUsage::from_number(count(name, value)?)?),
        "cfs" => fc.content_filter.syntax = Some(small(name, value)?),
        "cfq" => fc.content_filter.query = Some(text(name, value)?),
        "gmty" => fc.geo_query.geometry_type = Some(small(name, value)?),
        "gsf" => fc.geo_query.spatial_function = Some(small(name, value)?),
        "geom" => {
            // Peers send the coordinates as text or as the JSON list that the text spells.
            let geometry = match value {
                Value::List(_) => String::from_utf8_lossy(&crate::codec::json::encode(value)).as_ref().into(),
                other => text(name, other)?,
            };
            fc.geo_query.geometry = Some(geometry);
        }
        unknown => {
            let unknown = crate::value::excerpt(unknown);
            return Err(Rejection::bad_request(format!("filter criteria {unknown}: unknown condition")));
        }
    }
    Ok(())
}

fn count(name: &str, value: &Value) -> Result<u64, Rejection> {
    number(name, value).map(|number| number.unsigned_abs())
}

fn types(name: &str, value: &Value) -> Result<Vec<u32>, Rejection> {
    match value {
        Value::List(items) if items.len() <= MAX_VALUES => items.iter().map(|item| small(name, item)).collect(),
        Value::List(_) => Err(Rejection::bad_request(format!("{name}: expected at most {MAX_VALUES} items"))),
        Value::Text(text) => {
            text.split(' ').filter(|item| !item.is_empty()).map(|item| small(name, &item.into())).collect()
        }
        single => Ok(vec![small(name, single)?]),
    }
}

/// `[{"nm": …, "val": …}]`, or one such object.
fn attributes(name: &str, value: &Value) -> Result<Vec<(SmolStr, Value)>, Rejection> {
    let pair = |item: &Value| -> Result<(SmolStr, Value), Rejection> {
        let wrong = || expected(name, "objects with nm and val", item);
        let members = item.as_map().filter(|map| map.len() == 2).ok_or_else(wrong)?;
        let attribute = members.get("nm").and_then(Value::as_text).ok_or_else(wrong)?;
        Ok((attribute.into(), members.get("val").ok_or_else(wrong)?.clone()))
    };
    match value {
        Value::List(items) if items.len() <= MAX_VALUES => items.iter().map(pair).collect(),
        Value::List(_) => Err(Rejection::bad_request(format!("{name}: expected at most {MAX_VALUES} items"))),
        single => Ok(vec![pair(single)?]),
    }
}

pub(super) fn write(fc: &FilterCriteria) -> Map {
    let mut map = Map::new();
    // Taking the criteria apart here makes the compiler name every condition that this forgets.
    let FilterCriteria {
        created_before,
        created_after,
        modified_since,
        unmodified_since,
        state_tag_smaller,
        state_tag_bigger,
        expire_before,
        expire_after,
        labels,
        labels_query,
        child_labels,
        parent_labels,
        resource_type,
        child_resource_type,
        parent_resource_type,
        size_above,
        size_below,
        content_type,
        attributes,
        child_attributes,
        parent_attributes,
        semantics_filter,
        filter_operation,
        content_filter: ContentFilter { syntax, query },
        geo_query: GeoQuery { geometry_type, geometry, spatial_function },
        filter_usage,
        limit,
        level,
        offset,
        apply_relative_path,
    } = fc;
    some(&mut map, "crb", *created_before);
    some(&mut map, "cra", *created_after);
    some(&mut map, "ms", *modified_since);
    some(&mut map, "us", *unmodified_since);
    some(&mut map, "sts", *state_tag_smaller);
    some(&mut map, "stb", *state_tag_bigger);
    some(&mut map, "exb", *expire_before);
    some(&mut map, "exa", *expire_after);
    many(&mut map, "lbl", labels);
    some(&mut map, "lbq", labels_query.clone());
    many(&mut map, "clbl", child_labels);
    many(&mut map, "palb", parent_labels);
    many(&mut map, "ty", resource_type);
    many(&mut map, "chty", child_resource_type);
    many(&mut map, "pty", parent_resource_type);
    some(&mut map, "sza", *size_above);
    some(&mut map, "szb", *size_below);
    many(&mut map, "cty", content_type);
    pairs(&mut map, "atr", attributes);
    pairs(&mut map, "catr", child_attributes);
    pairs(&mut map, "patr", parent_attributes);
    many(&mut map, "smf", semantics_filter);
    match filter_operation {
        FilterOperation::And => {}
        FilterOperation::Or => map.push("fo", 2_i64),
        FilterOperation::Xor => map.push("fo", 3_i64),
    }
    some(&mut map, "cfs", *syntax);
    some(&mut map, "cfq", query.clone());
    some(&mut map, "gmty", *geometry_type);
    some(&mut map, "geom", geometry.clone());
    some(&mut map, "gsf", *spatial_function);
    some(&mut map, "fu", filter_usage.map(usage_number));
    some(&mut map, "lim", *limit);
    some(&mut map, "lvl", *level);
    some(&mut map, "ofst", *offset);
    some(&mut map, "arp", apply_relative_path.clone());
    map
}

/// The number on the wire.
const fn usage_number(usage: FilterUsage) -> u32 {
    match usage {
        FilterUsage::Discovery => 1,
        FilterUsage::Conditional => 2,
        FilterUsage::IpeOnDemandDiscovery => 3,
        FilterUsage::DiscoveryBasedOperation => 4,
    }
}

fn some(map: &mut Map, name: &'static str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.push(name, value);
    }
}

fn many<T: Clone + Into<Value>>(map: &mut Map, name: &'static str, items: &[T]) {
    if !items.is_empty() {
        map.push(name, items.to_vec());
    }
}

fn pairs(map: &mut Map, name: &'static str, items: &[(SmolStr, Value)]) {
    if !items.is_empty() {
        let pair = |(nm, val): &(SmolStr, Value)| Map::from_iter([("nm", nm.clone().into()), ("val", val.clone())]);
        map.push(name, items.iter().map(pair).collect::<Vec<_>>());
    }
}
