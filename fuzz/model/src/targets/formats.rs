//! JSON ↔ CBOR ↔ XML: the same value from each, wherever in a primitive it stands.

use arbitrary::{Arbitrary as _, Result, Unstructured};
use onem2m_cse::primitive::{Operation, ReleaseVersion, Request, ResultContent};
use onem2m_cse::value::{Map, Value};

use super::value::{primitives, survives};

/// Names that the schemas know as numbers, lists, lists of objects and anything; and some that they do not know.
const NAMES: [&str; 24] = [
    "m2m:cnt", "m2m:cin", "m2m:sub", "m2m:acp", "m2m:grp", "m2m:rqp", "m2m:rsp", "m2m:uril", "m2m:rrl", "m2m:agr",
    "m2m:dbg", "mni", "lbl", "con", "pv", "acr", "acor", "enc", "net", "rn", "ch", "x", "x:y", "val",
];

/// A value as the bytes choose it, through all formats; bare, below a root, and as the content of a request.
pub fn formats(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok(value) = any(&mut bytes, 4) else { return };
    survives(&value);
    let root = NAMES[usize::from(u8::arbitrary(&mut bytes).unwrap_or(0)) % NAMES.len()];
    let wrapped = Value::from(Map::from_iter([(root, value.clone())]));
    survives(&wrapped);
    let mut request =
        Request::new(Operation::Update, "cse-in/a").from("Cae").identified("1").wanting(ResultContent::Nothing);
    request.content = Some(wrapped);
    request.release_version_indicator = ReleaseVersion::R4;
    let primitive = onem2m_cse::codec::primitive::wrap_request(&request);
    survives(&primitive);
    primitives(&primitive);
}

fn any(bytes: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    let kinds = if depth == 0 { 6 } else { 9 };
    Ok(match bytes.int_in_range(0..=kinds)? {
        0 => Value::Null,
        1 => Value::Bool(bool::arbitrary(bytes)?),
        2 => Value::Int(i64::arbitrary(bytes)?),
        3 => Value::Int(i64::from(i8::arbitrary(bytes)?)),
        4 => Value::Decimal(Some(f64::arbitrary(bytes)?).filter(|number| number.is_finite()).unwrap_or(0.5)),
        5 => Value::Text(text(bytes)?),
        6 => Value::Text(
            ["", " ", "true", "1", "null", "]]>", "a b", "\r\n\t", "<a/>", "é", "-1.5e3"][bytes.choose_index(11)?]
                .to_owned(),
        ),
        7 => Value::List((0..bytes.int_in_range(0..=4)?).map(|_| any(bytes, depth - 1)).collect::<Result<_>>()?),
        _ => {
            let mut map = Map::new();
            for _ in 0..bytes.int_in_range(0..=4)? {
                let name = if u8::arbitrary(bytes)? < 200 { (*bytes.choose(&NAMES)?).to_owned() } else { text(bytes)? };
                map.set(name, any(bytes, depth - 1)?);
            }
            map.into()
        }
    })
}

fn text(bytes: &mut Unstructured<'_>) -> Result<String> {
    let text = <&str>::arbitrary(bytes)?;
    Ok(text.chars().take(40).collect())
}
