use super::*;
use crate::codec::json;
use crate::schema::Registry;
use crate::value::{Map, Value};

const M2M: &str = "http://www.onem2m.org/xml/protocols";

fn value(text: &str) -> Value {
    json::decode(text.as_bytes(), json::DEFAULT_DEPTH).unwrap()
}

fn read(text: &str) -> Result<Value, String> {
    decode(text.as_bytes(), json::DEFAULT_DEPTH, Registry::shared())
}

/// What is written of JSON, without declaration and namespaces.
fn written(text: &str) -> String {
    let document = String::from_utf8(encode(&value(text), Registry::shared())).unwrap();
    assert_eq!(read(&document), Ok(value(text)), "{document}");
    let mut body = document.lines().skip(1).collect::<Vec<_>>().join("\n");
    while let Some((before, declared)) = body.split_once(" xmlns:") {
        let (_, after) = declared.split_once("\"").unwrap().1.split_once("\"").unwrap();
        body = format!("{before}{after}");
    }
    body
}

#[test]
fn a_resource_is_an_element_with_its_name_as_an_attribute() {
    assert_eq!(
        written(r#"{"m2m:cnt": {"mni": 10, "lbl": ["a", "b:c"], "rn": "temps", "disr": true}}"#),
        "<m2m:cnt rn=\"temps\"><lbl>a b:c</lbl><mni>10</mni><disr>true</disr></m2m:cnt>"
    );
    let document = encode(&value(r#"{"m2m:cnt": {}}"#), Registry::shared());
    let expected = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<m2m:cnt xmlns:m2m=\"{M2M}\"/>");
    assert_eq!(String::from_utf8(document).unwrap(), expected);
}

#[test]
fn null_is_an_empty_element_and_what_is_merely_empty_is_not() {
    assert_eq!(written(r#"{"m2m:grp": {"mnm": null}}"#), "<m2m:grp><mnm/></m2m:grp>");
    assert_eq!(written(r#"{"m2m:cb": {"pi": ""}}"#), "<m2m:cb><pi><![CDATA[]]></pi></m2m:cb>");
    assert_eq!(written(r#"{"m2m:cnt": {"at": []}}"#), "<m2m:cnt><at> </at></m2m:cnt>");
    assert_eq!(written(r#"{"m2m:acp": {"pv": {}}}"#), "<m2m:acp><pv> </pv></m2m:acp>");
    assert_eq!(read("<m2m:grp><mnm></mnm></m2m:grp>"), Ok(value(r#"{"m2m:grp": {"mnm": null}}"#)));
    assert_eq!(read("<m2m:cnt/>"), Ok(value(r#"{"m2m:cnt": {}}"#)));
    assert_eq!(read("<m2m:uril/>"), Ok(value(r#"{"m2m:uril": []}"#)));
}

#[test]
fn objects_and_what_has_spaces_stand_in_an_element_each() {
    assert_eq!(
        written(r#"{"m2m:acp": {"pv": {"acr": [{"acor": ["all", "C1"], "acop": 2}, {"acor": ["C2"], "acop": 63}]}}}"#),
        "<m2m:acp><pv><acr><acor>all C1</acor><acop>2</acop></acr><acr><acor>C2</acor><acop>63</acop></acr></pv></m2m:acp>"
    );
    assert_eq!(
        written(r#"{"m2m:sch": {"se": {"sce": ["* * 8-20 * * * *"]}}}"#),
        "<m2m:sch><se><sce>* * 8-20 * * * *</sce></se></m2m:sch>"
    );
    assert_eq!(written(r#"{"m2m:cnt": {"lbl": ["a b", "c"]}}"#), "<m2m:cnt><lbl><![CDATA[a b]]> c</lbl></m2m:cnt>");
}

#[test]
fn children_stand_inside_and_references_are_text_with_attributes() {
    assert_eq!(
        written(r#"{"m2m:ae": {"rn": "a", "m2m:cnt": [{"rn": "b", "m2m:cin": [{"con": "1"}, {"con": "2"}]}]}}"#),
        "<m2m:ae rn=\"a\"><m2m:cnt rn=\"b\"><m2m:cin><con>1</con></m2m:cin><m2m:cin><con>2</con></m2m:cin></m2m:cnt></m2m:ae>"
    );
    assert_eq!(
        written(r#"{"m2m:ae": {"ch": [{"nm": "b", "typ": 3, "val": "cse-in/a/b"}]}}"#),
        "<m2m:ae><ch nm=\"b\" typ=\"3\">cse-in/a/b</ch></m2m:ae>"
    );
    assert_eq!(
        written(r#"{"m2m:rrl": {"rrf": [{"nm": "b", "typ": 28, "val": "x/b", "spid": "org.acme"}]}}"#),
        "<m2m:rrl><rrf nm=\"b\" typ=\"28\" spid=\"org.acme\">x/b</rrf></m2m:rrl>"
    );
    for empty in [r#"{"m2m:ae": {"m2m:cnt": [], "ch": []}}"#, r#"{"m2m:ae": {"m2m:cnt": [{}, {}]}}"#] {
        written(empty);
    }
}

#[test]
fn content_keeps_its_kind() {
    assert_eq!(written(r#"{"m2m:cin": {"con": " 21 "}}"#), "<m2m:cin><con> 21 </con></m2m:cin>");
    assert_eq!(written(r#"{"m2m:cin": {"con": 21}}"#), "<m2m:cin><con xsi:type=\"xs:integer\">21</con></m2m:cin>");
    assert_eq!(
        written(r#"{"m2m:cin": {"con": {"t": "21", "u": ["a", "b"]}}}"#),
        "<m2m:cin><con><t>21</t><u>a</u><u>b</u></con></m2m:cin>"
    );
    assert_eq!(
        written(r#"{"m2m:cin": {"con": {"in °C": [21.5]}}}"#),
        "<m2m:cin><con><fn:map><fn:array key=\"in °C\"><fn:number>21.5</fn:number></fn:array></fn:map></con></m2m:cin>"
    );
    assert_eq!(
        written(r#"{"m2m:cin": {"con": "a\u0001\\b"}}"#),
        "<m2m:cin><con><fn:string escaped=\"true\">a\\u0001\\\\b</fn:string></con></m2m:cin>"
    );
    for text in [
        "null",
        "\"\"",
        "\" \"",
        "\"\\r\\n\"",
        "[]",
        "{}",
        "[1]",
        "[[]]",
        "[{},null]",
        "{\"a\":{}}",
        "\"]]>\"",
        "1e300",
    ] {
        written(&format!("{{\"m2m:cin\": {{\"con\": {text}}}}}"));
    }
}

#[test]
fn what_does_not_fit_its_type_is_not_bent() {
    for text in [
        r#"{"m2m:cnt": {"mni": "10"}}"#,
        r#"{"m2m:cnt": {"mni": "ten", "lbl": "a"}}"#,
        r#"{"m2m:cnt": {"mni": [1, 2], "lbl": [1, null, {}]}}"#,
        r#"{"m2m:cnt": {"mni": 1.5, "lbl": ["", " ", "a]]>b c", "a\rb"]}}"#,
        r#"{"m2m:cnt": {"rn": 5, "lbl": {"a": 1}, "m2m:cin": {"con": 1}, "m2m:sub": null}}"#,
        r#"{"m2m:acp": {"pv": "x", "pvs": {"acr": [{}, {"acop": []}]}}}"#,
        r#"{"m2m:rrl": {"rrf": [{"val": "x"}, {}]}}"#,
        r#"{"acme:x": {"fn:map": 1, "xmlns:a": 2, "": 3}}"#,
    ] {
        written(text);
    }
    assert_eq!(read("<m2m:cnt><mni>ten</mni></m2m:cnt>"), Ok(value(r#"{"m2m:cnt": {"mni": "ten"}}"#)));
    assert_eq!(
        read("<m2m:cnt><mni>99999999999999999999</mni></m2m:cnt>"),
        Ok(value(r#"{"m2m:cnt": {"mni": "99999999999999999999"}}"#))
    );
}

#[test]
fn other_writers_have_other_habits() {
    let expected = value(r#"{"m2m:cnt": {"rn": "a", "mni": 1, "lbl": ["x", "y"], "disr": true}}"#);
    for text in [
        format!("<q:cnt xmlns:q='{M2M}' rn='a'>\n  <mni> 1 </mni><lbl>x\n\ty</lbl><disr>1</disr>\n</q:cnt >"),
        format!("<cnt xmlns=\"{M2M}\" rn=\"a\"><mni>1</mni><lbl>x</lbl><lbl>y</lbl><disr>true</disr></cnt>"),
        "<m2m:cnt><rn>a</rn><!-- one --><mni>&#49;</mni><lbl>x y</lbl><disr>true</disr></m2m:cnt>".to_owned(),
        format!(
            "\u{feff}<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<m2m:cnt xmlns:m2m='{M2M}' rn='a' \
             xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:schemaLocation='x y'>\
             <mni><![CDATA[1]]></mni><lbl> x y </lbl><disr>true</disr></m2m:cnt>\n"
        ),
    ] {
        assert_eq!(read(&text).as_ref(), Ok(&expected), "{text}");
    }
    assert_eq!(
        read("<m2m:cin><con a='1'>x&amp;y\r\n</con></m2m:cin>"),
        Ok(value("{\"m2m:cin\": {\"con\": {\"a\": \"1\", \"val\": \"x&y\\n\"}}}"))
    );
}

#[test]
fn mistakes_and_traps_are_refused() {
    let many: String = (0..40).map(|n| format!(" a{n}=''")).collect();
    let spaces: String = (0..32).map(|n| format!(" xmlns:n{n}='x'")).collect();
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><m2m:cin><con>&c;</con></m2m:cin>";
    for (text, word) in [
        ("", "no element"),
        ("  ", "no element"),
        ("x", "one element"),
        ("<a>", "breaks off"),
        ("<a></b>", "expected"),
        ("</a>", "a"),
        ("<a/><b/>", "second root"),
        ("<a/>x", "one element"),
        (bomb, "document type"),
        ("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "document type"),
        ("<?php x?><a/>", "processing instructions"),
        ("<a><?b c?></a>", "processing instructions"),
        ("<a>&c;</a>", "&c; is unknown"),
        ("<a>&#0;</a>", "unknown"),
        ("<a>&#xD800;</a>", "unknown"),
        ("<a>&#x110000;</a>", "unknown"),
        ("<a b='&c;'/>", ""),
        ("<a b='&#1;'/>", ""),
        ("<a b='<'/>", "XML attribute"),
        ("<a b='1' b='2'/>", ""),
        ("<a>x<b/></a>", "side by side"),
        ("<a>]]></a>", "]]>"),
        ("<a>\u{1}</a>", "does not exist"),
        ("<?xml version='1.1'?><a/>", "XML 1.0"),
        ("<?xml version='1.0' encoding='latin1'?><a/>", "UTF-8"),
        (" <?xml version='1.0'?><a/>", ""),
        ("<m2m:cnt><mni>1</mni><mni>2</mni></m2m:cnt>", "duplicate"),
        ("<m2m:cnt rn='a'><rn>b</rn></m2m:cnt>", "duplicate"),
        ("<m2m:cnt rn='a'>x</m2m:cnt>", "where elements are expected"),
        (&format!("<a{many}/>"), "at most 32"),
        (&format!("<a{spaces}>").repeat(3), "at most 64"),
        ("<fn:map xmlns:fn='http://www.w3.org/2005/xpath-functions'><fn:null/></fn:map>", "malformed"),
        ("<fn:number>x</fn:number>", "malformed"),
        ("<fn:string escaped='true'>\\q</fn:string>", "malformed"),
    ] {
        let reason = read(text).expect_err(text);
        assert!(reason.contains(word), "{text}: {reason}");
    }
    assert!(decode(b"<a>\xff</a>", 32, Registry::shared()).unwrap_err().contains("UTF-8"));
}

#[test]
fn a_hundred_thousand_elements_inside_each_other_are_refused() {
    assert!(read(&"<a>".repeat(100_000)).unwrap_err().contains("nested too deep"));
    let twins = format!("{}{}", "<a><a/>".repeat(30), "</a>".repeat(30));
    assert!(read(&twins).unwrap_err().contains("nested too deep"), "each level is an object with a list");
    let mut deep = Value::from("x");
    for _ in 0..31 {
        deep = Value::List(vec![deep]);
    }
    let deep = Value::from(Map::from_iter([("con", deep)]));
    assert_eq!(decode(&encode(&deep, Registry::shared()), 32, Registry::shared()), Ok(deep));
}

#[test]
fn a_vendor_says_what_its_prefix_means() {
    let mut registry = Registry::standard().unwrap();
    let schema = r#"
        name = "sun"
        short = "sun"
        type = 20001
        root = "acme:sun"
        parents = ["container"]
        [namespaces]
        acme = "http://acme.example/xml"
        [attributes]
        brightness = { short = "brght", type = "float", n = "0..1", c = "O", u = "O", a = "OA" }
    "#;
    registry.extend_toml("acme.toml", schema).unwrap();
    let sun = value(r#"{"m2m:cnt": {"acme:sun": [{"rn": "a", "brght": 1.5}]}}"#);
    let text = String::from_utf8(encode(&sun, &registry)).unwrap();
    assert!(text.contains("xmlns:acme=\"http://acme.example/xml\""), "{text}");
    assert_eq!(decode(text.replace("acme:", "a:").replace(":acme=", ":a=").as_bytes(), 32, &registry), Ok(sun));
    let again = registry.extend_toml("other.toml", "[namespaces]\nother = \"http://acme.example/xml\"");
    assert!(again.unwrap_err().reason.contains("defined already"));
}
