//! The words after `onem2m-cse request`.

use std::ffi::OsString;
use std::io::Read as _;
use std::time::Duration;

use lexopt::prelude::{Long, Short, Value as Word, ValueExt as _};
use onem2m_cse::codec::format::Format;
use onem2m_cse::codec::json;
use onem2m_cse::primitive::{
    DiscoveryResultType, FilterCriteria, FilterUsage, Operation, ReleaseVersion, Request, ResultContent,
};
use onem2m_cse::schema::Registry;
use onem2m_cse::value::{Map, Value};

pub const HELP: &str = "\
Sends one request to a CSE and shows the response.

Usage: onem2m-cse request URL OPERATION TO [OPTIONS]

  URL        where the CSE is: http://localhost:8080, ws://localhost:8180
  OPERATION  CREATE, RETRIEVE, UPDATE, DELETE, NOTIFY or DISCOVER; or GET, PUT, and POST
             (which is NOTIFY when the body is a notification, and CREATE otherwise)
  TO         the target: cse-in/ae1/cnt/la, an identifier, or /other-cse/cse-in

Options:
  -o, --originator ID   in whose name: an AE-ID such as Cae1
  -t, --type TYPE       type of the resource to be created: 3, cnt or container; not needed
                        when the body tells it
  -b, --body JSON       the content, such as '{\"m2m:cnt\":{\"rn\":\"c\"}}'; - reads it from standard
                        input. JSON, whatever the format is
  -f, --filter NAME=VALUE
                        a filter criterion by its short name, or an attribute; may be repeated
      --rcn NUMBER      result content
      --drt NUMBER      how discovered resources are named: 1 paths, 2 identifiers
      --format FORMAT   json, cbor or xml                            [default: json]
      --release RELEASE 2a, 3, 4, 5                                   [default: 3]
      --request-id ID   request identifier                           [default: made up]
      --timeout SECONDS how long to wait                             [default: 10]
      --json            the whole response as one JSON object
  -h, --help            print this

Ends with 0 when it went well, 1 when the CSE refused, 2 when the words make no request, and 3
when nobody answered.
";

/// What the words ask for.
pub enum Asked {
    Help,
    Request(Box<Wanted>),
}

/// A request, and how it is to be sent.
#[derive(Debug)]
pub struct Wanted {
    pub url: String,
    pub request: Request,
    pub format: Format,
    pub release: ReleaseVersion,
    pub timeout: Duration,
    pub as_json: bool,
}

/// What is known before the words are put together.
#[derive(Default)]
struct Parts {
    words: Vec<String>,
    originator: Option<String>,
    resource_type: Option<u32>,
    body: Option<Value>,
    filter: FilterCriteria,
    filtered: bool,
    result_content: Option<ResultContent>,
    naming: Option<DiscoveryResultType>,
    identifier: Option<String>,
}

pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let mut parser = lexopt::Parser::from_args(words);
    read(&mut parser).map_err(|error| format!("{error}; see onem2m-cse request --help"))
}

fn read(parser: &mut lexopt::Parser) -> Result<Asked, lexopt::Error> {
    let mut parts = Parts::default();
    let (mut format, mut release, mut timeout) = (Format::Json, ReleaseVersion::R3, Duration::from_secs(10));
    let mut as_json = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Asked::Help),
            Short('o') | Long("originator") => parts.originator = Some(parser.value()?.string()?),
            Short('t') | Long("type") => parts.resource_type = Some(resource_type(&parser.value()?.string()?)?),
            Short('b') | Long("body") => parts.body = Some(body(parser.value()?.string()?)?),
            Short('f') | Long("filter") => condition(&mut parts, &parser.value()?.string()?)?,
            Long("rcn") => {
                let number: i64 = parser.value()?.parse()?;
                let rcn = ResultContent::from_number(number);
                parts.result_content = Some(rcn.ok_or_else(|| format!("--rcn: there is no result content {number}"))?);
            }
            Long("drt") => {
                let drt = DiscoveryResultType::from_number(parser.value()?.parse()?);
                parts.naming = Some(drt.ok_or("--drt: expected 1 or 2")?);
            }
            Long("format") => {
                let name = parser.value()?.string()?;
                format = Format::parse(&name)
                    .ok_or_else(|| format!("--format: expected json, cbor or xml, got {name:?}"))?;
            }
            Long("release") => {
                let text = parser.value()?.string()?;
                release =
                    ReleaseVersion::parse(&text).ok_or_else(|| format!("--release: there is no release {text:?}"))?;
            }
            Long("request-id") => parts.identifier = Some(parser.value()?.string()?),
            Long("timeout") => {
                let seconds: f64 = parser.value()?.parse()?;
                let given = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero());
                timeout = given.ok_or("--timeout: expected seconds, more than 0")?;
            }
            Long("json") => as_json = true,
            Word(word) => parts.words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let [url, operation, to] = <[String; 3]>::try_from(std::mem::take(&mut parts.words))
        .map_err(|words| format!("expected URL, OPERATION and TO, got {} words", words.len()))?;
    let request = put_together(parts, &operation, &to)?;
    Ok(Asked::Request(Box::new(Wanted { url, request, format, release, timeout, as_json })))
}

fn put_together(parts: Parts, name: &str, to: &str) -> Result<Request, String> {
    let root = parts.body.as_ref().and_then(Value::as_map).and_then(Map::single).map(|(root, _)| root.as_str());
    let told = root.and_then(|root| Registry::shared().by_root(root)).map(|known| known.number);
    let is_notification = parts.resource_type.is_none() && matches!(root, Some("m2m:sgn" | "m2m:agn" | "m2m:rsp"));
    let operation = match name.to_ascii_uppercase().as_str() {
        "POST" if is_notification => Operation::Notify,
        "CREATE" | "POST" => Operation::Create,
        "RETRIEVE" | "GET" | "DISCOVER" | "DISCOVERY" => Operation::Retrieve,
        "UPDATE" | "PUT" => Operation::Update,
        "DELETE" => Operation::Delete,
        "NOTIFY" => Operation::Notify,
        _ => return Err(format!("there is no operation {name:?}")),
    };
    let mut request = Request::new(operation, to);
    if operation == Operation::Create {
        let missing = "a CREATE needs --type, or a --body that tells it, such as '{\"m2m:cnt\":{}}'";
        request.resource_type = Some(parts.resource_type.or(told).ok_or(missing)?);
    }
    if parts.body.is_none() && matches!(operation, Operation::Create | Operation::Update | Operation::Notify) {
        return Err(format!("{} needs a --body", operation.name()));
    }
    let mut filter = parts.filter;
    if name.to_ascii_uppercase().starts_with("DISCOVER") {
        filter.filter_usage = filter.filter_usage.or(Some(FilterUsage::Discovery));
    }
    let is_filtered = parts.filtered || filter.filter_usage.is_some();
    request.filter_criteria = is_filtered.then(|| Box::new(filter));
    request.content = parts.body;
    request.originator = parts.originator.map(Into::into);
    request.result_content = parts.result_content;
    request.discovery_result_type = parts.naming;
    request.request_identifier = parts.identifier.unwrap_or_default().into();
    Ok(request)
}

/// A type by its number, its short name or its name.
fn resource_type(text: &str) -> Result<u32, String> {
    let registry = Registry::shared();
    let named = || registry.by_short(text).or_else(|| registry.by_name(text)).map(|known| known.number);
    text.parse().ok().or_else(named).ok_or_else(|| format!("--type: there is no type {text:?}"))
}

fn body(text: String) -> Result<Value, String> {
    let mut bytes = text.into_bytes();
    if bytes == b"-" {
        bytes.clear();
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("--body: {error}"))?;
    }
    json::decode(&bytes, json::DEFAULT_DEPTH).map_err(|error| format!("--body: expected JSON: {error}"))
}

fn condition(parts: &mut Parts, text: &str) -> Result<(), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("--filter: expected NAME=VALUE, got {text:?}"))?;
    parts.filtered = true;
    let wrong = |rejection: onem2m_cse::primitive::Rejection| format!("--filter: {}", rejection.reason);
    if parts.filter.set_text(name, value).map_err(wrong)? {
        return Ok(());
    }
    // Attributes of types that only the CSE knows may be meant.
    parts.filter.set_attribute("", name, plain(value)).map_err(wrong)
}

/// The value of an attribute: a number or a truth where it reads like one.
fn plain(text: &str) -> Value {
    match json::decode(text.as_bytes(), 1) {
        Ok(value @ (Value::Int(_) | Value::Decimal(_) | Value::Bool(_))) => value,
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Wanted, String> {
        match parse(words.iter().map(OsString::from))? {
            Asked::Request(wanted) => Ok(*wanted),
            Asked::Help => Err("help".into()),
        }
    }

    #[test]
    fn words_make_a_request() {
        let wanted = of(&["http://x", "get", "cse-in", "-o", "Cae", "--rcn", "4", "--timeout", "0.5"]).unwrap();
        assert_eq!(
            (wanted.request.operation, wanted.request.originator.as_deref()),
            (Operation::Retrieve, Some("Cae"))
        );
        assert_eq!((wanted.timeout.as_millis(), wanted.request.filter_criteria), (500, None));
        let body = r#"{"m2m:cnt":{"rn":"c"}}"#;
        for create in ["CREATE", "POST"] {
            assert_eq!(of(&["http://x", create, "cse-in", "--body", body]).unwrap().request.resource_type, Some(3));
        }
        let told = of(&["http://x", "POST", "Cae", "--body", r#"{"m2m:sgn":{}}"#]).unwrap();
        assert_eq!(told.request.operation, Operation::Notify);
        let named = of(&["http://x", "create", "cse-in", "--type", "container", "-b", "{}"]).unwrap();
        assert_eq!(named.request.resource_type, Some(3));
        let found = of(&["http://x", "DISCOVER", "cse-in", "-f", "lbl=a", "-f", "mni=5", "-f", "lim=2"]).unwrap();
        let filter = found.request.filter_criteria.unwrap();
        assert_eq!((filter.filter_usage, filter.limit), (Some(FilterUsage::Discovery), Some(2)));
        assert_eq!(filter.attributes, [("mni".into(), Value::Int(5))]);
    }

    #[test]
    fn mistakes_point_to_the_help() {
        for words in [
            &["http://x", "GET"][..],
            &["http://x", "FETCH", "cse-in"],
            &["http://x", "CREATE", "cse-in"],
            &["http://x", "PUT", "cse-in"],
            &["http://x", "GET", "cse-in", "--type", "teapot"],
            &["http://x", "GET", "cse-in", "--body", "{"],
            &["http://x", "GET", "cse-in", "--filter", "lim"],
            &["http://x", "GET", "cse-in", "--filter", "lim=many"],
            &["http://x", "GET", "cse-in", "--timeout", "0"],
            &["http://x", "GET", "cse-in", "--format", "yaml"],
            &["http://x", "GET", "cse-in", "--what"],
        ] {
            assert!(of(words).unwrap_err().ends_with("see onem2m-cse request --help"), "{words:?}");
        }
        assert_eq!(of(&["--help"]).unwrap_err(), "help");
    }
}
