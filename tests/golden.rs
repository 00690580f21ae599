//! Primitives and resources in every serialization, as they were written by hand (`tests/golden/`).
#![cfg(all(feature = "cbor", feature = "xml"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use onem2m_cse::codec::format::Format;
use onem2m_cse::codec::{decode, encode};
use onem2m_cse::schema::Registry;
use onem2m_cse::value::Value;

/// Every vector: its name, its value as JSON tells it, its XML and its CBOR.
fn vectors() -> Vec<(String, Value, String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let read = |name: &str, ending: &str| fs::read_to_string(folder.join(format!("{name}.{ending}"))).unwrap();
    let mut vectors = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".json") else { continue };
        let value = decode(Format::Json, read(name, "json").as_bytes(), Registry::shared()).unwrap();
        let hex: Vec<u8> = read(name, "cbor.hex").bytes().filter(u8::is_ascii_hexdigit).collect();
        let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        vectors.push((name.to_owned(), value, read(name, "xml"), hex.chunks(2).map(digits).collect()));
    }
    vectors
}

/// A document without the line breaks that are for the eye.
fn joined(document: &str) -> String {
    document.lines().map(str::trim).collect()
}

#[test]
fn there_is_one_of_each_kind() {
    let vectors = vectors();
    assert!(vectors.len() > 20, "{}", vectors.len());
    for of in Registry::shared().types() {
        let is = |value: &Value| value.as_map().and_then(|map| map.single()).is_some_and(|(root, _)| *root == of.root);
        assert!(vectors.iter().any(|(_, value, ..)| is(value)), "no {}", of.root);
    }
}

#[test]
fn xml_is_read_and_written_as_by_hand() {
    for (name, value, xml, _) in vectors() {
        assert_eq!(decode(Format::Xml, xml.as_bytes(), Registry::shared()).as_ref(), Ok(&value), "{name}");
        let written = encode(Format::Xml, &value, Registry::shared());
        assert_eq!(joined(std::str::from_utf8(&written).unwrap()), joined(&xml), "{name}");
    }
}

#[test]
fn cbor_is_read_and_written_as_by_another_encoder() {
    for (name, value, _, cbor) in vectors() {
        assert_eq!(decode(Format::Cbor, &cbor, Registry::shared()).as_ref(), Ok(&value), "{name}");
        assert_eq!(encode(Format::Cbor, &value, Registry::shared()), cbor, "{name}");
    }
}

/// Libxml2, which knows nothing of oneM2M, finds what we write well-formed, with every prefix bound to a namespace.
#[test]
fn another_parser_takes_the_xml() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        let reason = "this needs xmllint (libxml2-utils), which is not installed";
        assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
        eprintln!("skipped: {reason}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, value, ..) in vectors() {
        let path = folder.path().join(name).with_extension("xml");
        fs::write(&path, encode(Format::Xml, &value, Registry::shared())).unwrap();
        let output = Command::new("xmllint").args(["--nonet", "--noout"]).arg(&path).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaint.is_empty(), "{complaint}");
    }
}
