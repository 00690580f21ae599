//! Resources of every type, through every format and from each into each.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;

use super::format::Format;
use super::{decode, encode, encode_content, json};
use crate::primitive::Content;
use crate::schema::{DataType, Path, Registry, ResourceType, Simple};
use crate::value::{Map, Value};

fn formats() -> Vec<Format> {
    Format::ALL.into_iter().filter(|format| format.is_supported()).collect()
}

fn text(pattern: &str) -> BoxedStrategy<Value> {
    proptest::string::string_regex(pattern).unwrap().prop_map(Value::Text).boxed()
}

fn one_of(values: &[&str]) -> BoxedStrategy<Value> {
    prop::sample::select(values.iter().map(|value| Value::from(*value)).collect::<Vec<_>>()).boxed()
}

/// A value that a simple type accepts; the least likely ones among them.
fn simple(simple: Simple) -> BoxedStrategy<Value> {
    let number = |least: i64, greatest: i64| {
        prop_oneof![Just(least), Just(greatest), least..=greatest].prop_map(Value::Int).boxed()
    };
    match simple {
        Simple::Any => json::tests::any_value().prop_filter("null is no value", |value| !value.is_null()).boxed(),
        Simple::String => text("\\PC{0,12}|[ \\r\\n\\t]{0,3}|[\\x00-\\x1f<&>\"'\\\\]{0,6}"),
        Simple::Token => text("|[!-~é]{1,8}( [!-~é]{1,8}){0,2}"),
        Simple::Boolean => any::<bool>().prop_map(Value::Bool).boxed(),
        Simple::Integer => number(i64::MIN, i64::MAX),
        Simple::NonNegativeInteger | Simple::UnsignedLong => number(0, i64::MAX),
        Simple::PositiveInteger => number(1, i64::MAX),
        Simple::UnsignedInt => number(0, 0xFFFF_FFFF),
        Simple::UnsignedShort => number(0, 0xFFFF),
        Simple::UnsignedByte => number(0, 0xFF),
        Simple::Float | Simple::Double | Simple::Decimal => prop_oneof![
            any::<i64>().prop_map(Value::Int),
            (-1e15..1e15).prop_map(Value::Decimal),
            Just(Value::Decimal(1e300))
        ]
        .boxed(),
        Simple::Duration => one_of(&["PT10S", "P1DT2H"]),
        Simple::Timestamp => one_of(&["20261120T160743", "20261120T160743,000001"]),
        Simple::AbsRelTimestamp => one_of(&["20261120T160743", "5000"]),
        Simple::MediaType => one_of(&["application/json"]),
        Simple::ContentInfo => one_of(&["text/plain:0", "application/xml:1:5"]),
        Simple::Serialization => one_of(&["json", "application/xml"]),
        Simple::ReleaseVersion => one_of(&["2a", "4"]),
        Simple::ScheduleEntry => one_of(&["* 0-5 2,6,10 * * * *", "0 0 0 * * * *"]),
        Simple::Ipv4 => one_of(&["192.0.2.0/24", "10.0.0.1"]),
        Simple::Ipv6 => one_of(&["2001:db8::/32"]),
        Simple::CountryCode => one_of(&["KR"]),
        Simple::Base64Binary => one_of(&["", "QUJD", "QUI="]),
        Simple::RoleId | Simple::TokenId => one_of(&["1234abcd@issuer.example"]),
        Simple::PointOfAccess => one_of(&["http://192.0.2.1:8080", "mqtt://broker?a=1&b=2"]),
        Simple::ResourceName | Simple::NcName => text("[a-z_][a-z0-9_.-]{0,8}"),
        Simple::AnyUri | Simple::Id | Simple::NodeId | Simple::ExternalId => text("[a-zA-Z0-9/._?=&%-]{1,12}"),
    }
    .prop_filter("accepted", move |value| simple.accepts(value))
    .boxed()
}

fn of_type(data_type: &DataType) -> BoxedStrategy<Value> {
    match data_type {
        DataType::Simple(kind) => simple(*kind),
        DataType::ResourceType | DataType::MemberType(_) => {
            prop::sample::select(vec![2_i64, 3, 4, 23]).prop_map(Value::Int).boxed()
        }
        DataType::Enumeration(set) => {
            let numbers: Vec<i64> = set.ranges().flat_map(|(from, to, _)| [from, to]).collect();
            prop::sample::select(numbers).prop_map(Value::Int).boxed()
        }
        DataType::Complex(complex) if complex.choice => {
            let members: Vec<_> = complex
                .members
                .iter()
                .map(|member| {
                    let name = member.short.clone();
                    of_type(&member.data_type)
                        .prop_map(move |value| Value::from(Map::from_iter([(name.clone(), value)])))
                        .boxed()
                })
                .collect();
            proptest::strategy::Union::new(members).boxed()
        }
        DataType::Complex(complex) => members(
            complex.members.iter().map(|member| (member.short.to_string(), &member.data_type, member.mandatory)),
        ),
        DataType::List(list) => {
            let most = if list.max == usize::MAX { list.min + 3 } else { list.max };
            prop::collection::vec(of_type(&list.of), list.min..=most).prop_map(Value::List).boxed()
        }
    }
}

fn members<'t>(all: impl Iterator<Item = (String, &'t DataType, bool)>) -> BoxedStrategy<Value> {
    let strategies: Vec<BoxedStrategy<(String, Option<Value>)>> = all
        .map(|(name, data_type, mandatory)| {
            let value = of_type(data_type);
            let value = if mandatory { value.prop_map(Some).boxed() } else { prop::option::of(value).boxed() };
            value.prop_map(move |value| (name.clone(), value)).boxed()
        })
        .collect();
    strategies
        .prop_map(|members| Map::from_iter(members.into_iter().filter_map(|(name, value)| Some((name, value?)))).into())
        .boxed()
}

/// A resource with any of its attributes.
fn resource(of: &Arc<ResourceType>) -> BoxedStrategy<Value> {
    let root = of.root.clone();
    members(of.attributes().map(|attribute| (attribute.short.to_string(), &attribute.data_type, false)))
        .prop_map(move |attributes| Map::from_iter([(root.clone(), attributes)]).into())
        .boxed()
}

/// A resource of any type, alone or with children, or what deletes some of its attributes.
fn any_resource() -> BoxedStrategy<Value> {
    let types: Vec<_> = Registry::shared().types().map(resource).collect();
    let alone = proptest::strategy::Union::new(types);
    (alone.clone(), prop::collection::vec(alone, 0..3), 0..4)
        .prop_map(|(parent, children, shape)| {
            let Some((root, Value::Map(attributes))) = (match parent {
                Value::Map(map) => map.into_iter().next(),
                _ => None,
            }) else {
                panic!("a resource has a root")
            };
            let mut attributes = attributes;
            match shape {
                0 => attributes = attributes.into_iter().map(|(name, _)| (name, Value::Null)).collect(),
                1 => {
                    for (root, child) in children.iter().filter_map(|child| child.as_map()?.single()) {
                        match attributes.get_mut(root) {
                            Some(Value::List(list)) => list.push(child.clone()),
                            _ => attributes.set(root.clone(), Value::List(vec![child.clone()])),
                        }
                    }
                }
                _ => {}
            }
            Map::from_iter([(root, attributes)]).into()
        })
        .boxed()
}

/// Through the formats, one after the other.
fn through(formats: &[Format], value: &Value) -> Result<Value, String> {
    let mut value = value.clone();
    for format in formats {
        value = decode(*format, &encode(*format, &value, Registry::shared()), Registry::shared())?;
    }
    Ok(value)
}

proptest! {
    #[test]
    fn any_resource_survives_any_chain_of_formats(
        resource in any_resource(),
        chain in prop::collection::vec(prop::sample::select(formats()), 1..6),
    ) {
        prop_assert_eq!(through(&chain, &resource), Ok(resource));
    }

    #[test]
    fn it_survives_inside_a_primitive_too(resource in any_resource(), chain in prop::collection::vec(prop::sample::select(formats()), 1..4)) {
        let event = Map::from_iter([("nev", Map::from_iter([("rep", resource.clone())]))]);
        let response = Map::from_iter([("rsc", Value::Int(2000)), ("rqi", "1".into()), ("pc", resource)]);
        for value in [
            Map::from_iter([("m2m:sgn", event.clone())]),
            Map::from_iter([("m2m:agn", Map::from_iter([("m2m:sgn", vec![event])]))]),
            Map::from_iter([("m2m:rsp", response.clone())]),
            Map::from_iter([("m2m:agr", Map::from_iter([("m2m:rsp", vec![response])]))]),
        ] {
            prop_assert_eq!(through(&chain, &value.clone().into()), Ok(value.into()));
        }
    }
}

#[test]
fn the_generator_makes_what_the_schemas_accept() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for of in Registry::shared().types() {
        for attribute in of.attributes() {
            let value = of_type(&attribute.data_type).new_tree(&mut runner).unwrap().current();
            let path = Path::Root(&attribute.name, &attribute.short);
            // Coordinates are held against their type, which the generator does not know.
            if attribute.short != "loc" {
                attribute.data_type.check(Registry::shared(), &path, &value).unwrap();
            }
        }
    }
}

#[test]
fn a_format_that_is_not_there_is_not_read() {
    for format in Format::ALL.into_iter().filter(|format| !format.is_supported()) {
        assert!(decode(format, b"<a/>", Registry::shared()).unwrap_err().contains("not supported"));
    }
}

#[test]
fn json_that_is_there_as_text_goes_out_as_it_stands() {
    let content = Content::Json(bytes::Bytes::from_static(b"{\"m2m:cnt\":{ }}"));
    assert_eq!(encode_content(Format::Json, &content, Registry::shared()), "{\"m2m:cnt\":{ }}");
    for format in formats() {
        let sent = encode_content(format, &content, Registry::shared());
        assert_eq!(decode(format, &sent, Registry::shared()), Ok(content.to_value()));
    }
}
