//! A vendor's file: what it can add, and how its mistakes are reported.

use crate::schema::{Registry, check};
use crate::value::{Map, Value};

const VENDOR: &str = r#"
name = "sun"
short = "sun"
type = 20001
root = "acme:sun"
children = ["subscription", "moon"]
parents = ["container"]
common = ["expirationTime", "labels"]

[attributes]
colour = { short = "clr", type = "acme:colour",          n = "1",       c = "M", u = "O",  a = "OA" }
spans  = { short = "spn", type = "list of acme:span",    n = "0..1(L)", c = "O", u = "O",  a = "NA" }
labels = { short = "lbl", type = "list of string",       n = "0..1(L)", c = "O", u = "NP", a = "NA" }

[enumerations]
"acme:colour" = { 1 = "red", "10..19" = "shades of blue" }

[complex."acme:span"]
from = { short = "frm", type = "float", n = "1" }
"#;

fn extended() -> Registry {
    let mut registry = Registry::standard().unwrap();
    registry.extend_toml("acme.toml", VENDOR).unwrap();
    registry
}

fn complaint(text: &str) -> String {
    Registry::standard().unwrap().extend_toml("acme.toml", text).unwrap_err().to_string()
}

#[test]
fn a_vendor_adds_a_type_an_enumeration_and_a_complex_type() {
    let registry = extended();
    let sun = registry.by_root("acme:sun").unwrap();
    let content = |clr: i64| Map::from_iter([("clr", Value::from(clr))]);
    check::create(sun, &registry, content(15)).unwrap();
    check::create(sun, &registry, content(2)).unwrap_err();
    assert_eq!(sun.attributes().len(), 10);
    assert!(registry.by_short("cnt").unwrap().may_hold(20001));
    let labels = registry.attribute_by_short("lbl").unwrap();
    assert_ne!(sun.attribute("lbl"), Some(labels), "its own row stands in place of the common one");
}

#[test]
fn a_child_is_resolved_when_its_type_is_read() {
    let mut registry = extended();
    assert_eq!(registry.by_short("sun").unwrap().unresolved_children, ["moon"]);
    registry.extend_toml("moon.toml", "name = 'moon'\nshort = 'moon'\ntype = 20002\n").unwrap();
    assert!(registry.by_short("sun").unwrap().may_hold(20002));
}

#[test]
fn specialisations_share_a_number_and_are_found_by_definition() {
    let text = "[[resource]]\nname = 'lamp'\nshort = 'lmp'\ntype = 28\nroot = 'acme:lmp'\ndefinition = 'org.acme.lamp'\n\
                [[resource]]\nname = 'fan'\nshort = 'fan'\ntype = 28\nroot = 'acme:fan'\ndefinition = 'org.acme.fan'\n\
                [resource.attributes]\nspeed = { short = 'spd', type = 'integer', n = '1', c = 'M', u = 'O', a = 'OA' }\n";
    let mut registry = Registry::standard().unwrap();
    registry.extend_toml("acme.toml", text).unwrap();
    assert!(registry.by_definition("org.acme.fan").unwrap().attribute("spd").is_some());
    assert_eq!(registry.by_number(28), None);
}

#[test]
fn nothing_is_defined_twice() {
    let mut registry = extended();
    let again = registry.extend_toml("again.toml", VENDOR).unwrap_err();
    assert_eq!(again.to_string(), "again.toml:16: acme:colour: defined already");
    assert_eq!(
        complaint("name = 'box'\nshort = 'box'\ntype = 3\n"),
        "acme.toml:3: box: type 3 is defined already, by container"
    );
    assert_eq!(
        complaint("name = 'box'\nshort = 'box'\ntype = 29\n"),
        "acme.toml:3: box: type 29 is timeSeries in the standard"
    );
    assert!(
        complaint("name = 'box'\nshort = 'cnt'\nroot = 'a:b'\ntype = 20001\n").contains("short cnt is defined already")
    );
}

#[test]
fn a_mistake_is_reported_with_its_line_and_leaves_no_trace() {
    let row = |row: &str| complaint(&format!("name = 'box'\nshort = 'box'\ntype = 20001\n[attributes]\n{row}\n"));
    let good = "short = 'b', n = '1', c = 'M', u = 'O', a = 'OA'";
    assert!(row(&format!("a = {{ {good}, type = 'colour' }}")).starts_with("acme.toml:5: colour: no such data type"));
    assert_eq!(row(&format!("a = {{ {good} }}")), "acme.toml:5: a: column type is missing");
    assert!(row(&format!("a = {{ {good}, type = 'list of string' }}")).contains("(L) in column n goes with a list"));
    assert!(row(&format!("a = {{ {good}, type = 'string', d = 'O' }}")).contains("a: no such column: d"));
    assert!(row("a = { short = 'b', c = 'X' }").contains("a: c: expected M, O, N or NP, got \"X\""));
    assert!(
        row("a = { short = 'ri', type = 'string', n = '1', c = 'M', u = 'O', a = 'OA' }")
            .contains("short name ri is taken")
    );
    assert!(
        complaint("name = 'box'\nshort = 'box'\ntype = 20001\ncommon = [\n'labels',\n'lables']")
            .starts_with("acme.toml:6: lables")
    );
    assert!(complaint("name = 'box'\nshort = \n").starts_with("acme.toml:2: "));
    assert_eq!(complaint("name = 'box'\ncolour = 1\n"), "acme.toml:2: colour: no such field of a resource type");

    assert!(
        complaint("name = 'box'\nshort = 'box'\ntype = 20001\ncommon = ['labels', 'labels']").contains("listed twice")
    );
    assert!(complaint("[universal]\na = 1").starts_with("acme.toml:2: a: defined already"));
    assert!(
        complaint("[enumerations]\n'a:b' = { '5..1' = 'x' }")
            .starts_with("acme.toml:2: 5..1: expected a number or a range")
    );

    let mut registry = Registry::standard().unwrap();
    registry.extend_toml("acme.toml", &VENDOR.replace("20001", "3")).unwrap_err();
    assert!(registry.enumeration("acme:colour").is_none());
}
