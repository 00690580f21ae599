//! The words after `onem2m-cse request`.

use std::ffi::OsString;
use std::time::Duration;

use lexopt::prelude::{Long, Short, Value as Word, ValueExt as _};
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{ReleaseVersion, Request};

use super::body;
use super::compose::{Parts, resource_type};
use super::secure::Secure;

pub const HELP: &str = "\
Sends one request to a CSE and shows the response.

Usage: onem2m-cse request URL OPERATION TO [OPTIONS]

  URL        where the CSE is: http://localhost:8080, ws://localhost:8180, coap://localhost, or,
             by way of a broker, mqtt://localhost/id-in; with TLS or DTLS https, wss, coaps, mqtts
  OPERATION  CREATE, RETRIEVE, UPDATE, DELETE or NOTIFY; or GET, PUT, DELETE and POST (which is
             NOTIFY when the body is a notification, and CREATE otherwise); or DISCOVER, a
             RETRIEVE of the addresses that a filter finds
  TO         the target: cse-in/ae1/cnt/la, an identifier, or /other-cse/cse-in

Options:
  -o, --originator ID   in whose name: an AE-ID such as Cae1
  -t, --type TYPE       type of the resource to be created: 3, cnt or container; not needed
                        when the body tells it
  -b, --body JSON       the content, such as '{\"m2m:cnt\":{\"rn\":\"c\"}}'; @FILE reads it from a
                        file, - from standard input. JSON, whatever the format is
  -p, --param NAME=VALUE
                        a parameter of the request (rcn, drt, rt, rqet, ec), a filter criterion
                        (lbl, ty, lim, fu) or an attribute to look for, by its short name; may
                        be repeated
      --format FORMAT   how it goes over the wire: json, cbor or xml [default: json]
      --release RELEASE 2, 2a, 3, 4 or 5                            [default: 3]
      --request-id ID   request identifier                           [default: made up]
      --ca FILE         inside TLS and DTLS, trust whom this authority (PEM) vouches for
                                            [default: whom this machine trusts; in DTLS nobody]
      --cert FILE KEY   the certificate to show there, and its key (PEM)
      --psk ID KEY      the pre-shared key for coaps://, in hexadecimal digits; @FILE reads it
      --login NAME PASSWORD
                        who to be for an MQTT broker; @FILE reads the password
      --timeout SECONDS how long to wait                             [default: 10]
      --json            show the whole response primitive as one line of JSON
  -h, --help            print this

Shows the response status code and its name in the first line, then the content. Ends with 0 when
it went well (2xxx), 1 when the CSE refused (4xxx, 5xxx, 6xxx), 2 when the words make no request,
and 3 when nobody answered.

Examples:
  onem2m-cse request http://localhost:8080 GET cse-in -o CAdmin
  onem2m-cse request http://localhost:8080 POST cse-in -o CAdmin -b '{\"m2m:cnt\":{\"rn\":\"c\"}}'
  onem2m-cse request ws://localhost:8180 CREATE cse-in/c -o CAdmin -t cin -b @reading.json
  onem2m-cse request coap://localhost GET cse-in/c/la --originator CAdmin --format cbor
  onem2m-cse request http://localhost:8080 DISCOVER cse-in -o CAdmin -p ty=3 -p lbl=kitchen
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
    pub timeout: Duration,
    pub as_json: bool,
    pub secure: Secure,
}

pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let mut parser = lexopt::Parser::from_args(words);
    read(&mut parser).map_err(|error| format!("{error}; see onem2m-cse request --help"))
}

fn read(parser: &mut lexopt::Parser) -> Result<Asked, lexopt::Error> {
    let mut parts = Parts::default();
    parts.set("rvi", ReleaseVersion::R3.as_str());
    let (mut format, mut timeout, mut as_json) = (Format::Json, Duration::from_secs(10), false);
    let (mut words, mut secure) = (Vec::new(), Secure::default());
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Asked::Help),
            Short('o') | Long("originator") => parts.set("fr", parser.value()?.string()?.as_str()),
            Short('t') | Long("type") => parts.resource_type = Some(resource_type(&parser.value()?.string()?)?),
            Short('b') | Long("body") => parts.body = Some(body::read(&parser.value()?.string()?)?),
            Short('p') | Long("param") => parts.parameter(&parser.value()?.string()?)?,
            Long("format") => {
                let name = parser.value()?.string()?;
                format = Format::parse(&name)
                    .ok_or_else(|| format!("--format: expected json, cbor or xml, got {name:?}"))?;
            }
            Long("release") => parts.set("rvi", parser.value()?.string()?.as_str()),
            Long("request-id") => parts.set("rqi", parser.value()?.string()?.as_str()),
            Long("timeout") => {
                let seconds: f64 = parser.value()?.parse()?;
                let given = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero());
                timeout = given.ok_or("--timeout: expected seconds, more than 0")?;
            }
            Long("ca") => secure.ca = Some(parser.value()?.into()),
            Long("cert") => secure.own = Some((parser.value()?.into(), parser.value()?.into())),
            Long("psk") => secure.psk = Some((parser.value()?.string()?, parser.value()?)),
            Long("login") => secure.login = Some((parser.value()?.string()?, parser.value()?)),
            Long("json") => as_json = true,
            Word(word) => words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let [url, operation, to] = <[String; 3]>::try_from(words)
        .map_err(|words| format!("expected URL, OPERATION and TO, got {} words", words.len()))?;
    let request = parts.request(&operation, &to)?;
    Ok(Asked::Request(Box::new(Wanted { url, request, format, timeout, as_json, secure })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use onem2m_cse::primitive::Operation;

    fn of(words: &[&str]) -> Result<Wanted, String> {
        match parse(words.iter().map(OsString::from))? {
            Asked::Request(wanted) => Ok(*wanted),
            Asked::Help => Err("help".into()),
        }
    }

    #[test]
    fn words_make_a_request() {
        let line = "http://x GET cse-in --originator Cae -p rcn=4 --timeout 0.5 --release 2a --request-id 7 --json";
        let wanted = of(&line.split(' ').collect::<Vec<_>>()).unwrap();
        let Wanted { url, request, format, timeout, as_json, secure } = wanted;
        assert_eq!((&*url, format, timeout.as_millis(), as_json), ("http://x", Format::Json, 500, true));
        assert_eq!(secure, Secure::default());
        assert_eq!((request.operation, request.originator.as_deref()), (Operation::Retrieve, Some("Cae")));
        assert_eq!((&*request.request_identifier, request.release_version_indicator), ("7", ReleaseVersion::R2A));
        let created = of(&["http://x", "create", "cse-in", "--type", "container", "-b", "{}"]).unwrap();
        assert_eq!(created.request.resource_type, Some(3));
        assert_eq!(created.request.release_version_indicator, ReleaseVersion::R3);
        let line = "https://x GET cse-in --ca ca.pem --cert ae.pem ae.key --psk meter 0102 --login Cae secret";
        let wanted = of(&line.split(' ').collect::<Vec<_>>()).unwrap();
        let own = Some(("ae.pem".into(), "ae.key".into()));
        let (psk, login) = (Some(("meter".into(), "0102".into())), Some(("Cae".into(), "secret".into())));
        assert_eq!(wanted.secure, Secure { ca: Some("ca.pem".into()), own, psk, login });
    }

    #[test]
    fn mistakes_point_to_the_help() {
        for words in [
            &["http://x", "GET"][..],
            &["http://x", "FETCH", "cse-in"],
            &["http://x", "PUT", "cse-in"],
            &["http://x", "GET", "cse-in", "--type", "teapot"],
            &["http://x", "GET", "cse-in", "--body", "{"],
            &["http://x", "GET", "cse-in", "--param", "lim=many"],
            &["http://x", "GET", "cse-in", "--timeout", "0"],
            &["http://x", "GET", "cse-in", "--format", "yaml"],
            &["http://x", "GET", "cse-in", "--release", "9"],
            &["http://x", "GET", "cse-in", "--what"],
        ] {
            assert!(of(words).unwrap_err().ends_with("see onem2m-cse request --help"), "{words:?}");
        }
        assert_eq!(of(&["--help"]).unwrap_err(), "help");
    }
}
