//! The mapping there and back, and with whatever a stranger may send.

use bytes::Bytes;
use proptest::prelude::*;

use super::{Incoming, Reply, Target, outgoing, put_path};
use crate::binding::any::{any_format, any_request, any_response};
use crate::binding::coap::message::{Code, Kind, Message, Parts};
use crate::binding::coap::options;
use crate::codec::format::Format;
use crate::primitive::{Operation, Rejection, Request, ResponseType, Status};
use crate::schema::Registry;
use crate::value::{Map, Timestamp};

fn anything(_: &str) -> bool {
    true
}

/// Through a datagram, as large as it has to be.
fn wire(parts: Parts) -> Parts {
    let message = Message { kind: Kind::Confirmable, id: 1, token: vec![1], parts };
    let read = Message::decode(&message.encode()).unwrap();
    assert_eq!(read.parts.options.check(), Ok(()));
    read.parts
}

/// Client → wire → server.
fn across(request: &Request, format: Format) -> (Incoming, Result<(), Rejection>) {
    let mut parts = outgoing::request(request, format, Registry::shared()).unwrap();
    let url = outgoing::url("coap://127.0.0.1", &request.to);
    Target::parse(&url).unwrap().put(&mut parts.options);
    Incoming::read(&wire(parts), anything, Registry::shared())
}

/// The next whole second: where a result's life ends is not made earlier.
fn later(at: Timestamp) -> Timestamp {
    earlier(Timestamp::from_micros(at.as_micros() + 999_999))
}

/// TS-0008 has room for whole seconds only.
fn earlier(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_micros() - at.as_micros().rem_euclid(1_000_000))
}

proptest! {
    #[test]
    fn a_request_arrives_as_it_left(mut request in any_request(), format in any_format()) {
        let (incoming, verdict) = across(&request, format);
        prop_assert_eq!(verdict, Ok(()));
        request.originating_timestamp = request.originating_timestamp.map(earlier);
        prop_assert_eq!(incoming.request, request);
    }

    #[test]
    fn a_response_arrives_as_it_left(
        mut response in any_response(),
        created in prop::option::of("(|/id-in/|//sp\\.example\\.com/id-in/)[a-z][a-z0-9é-]{0,12}"),
        format in any_format(),
    ) {
        response.created = created.map(Into::into);
        let request = Request::update("cse-in", "m2m:cb", Map::new()).identified(response.request_identifier.clone());
        let (incoming, _) = across(&request, format);
        let answer = wire(incoming.reply.answer(&response, Registry::shared()).unwrap());
        response.originating_timestamp = response.originating_timestamp.map(earlier);
        response.result_expiration_timestamp = response.result_expiration_timestamp.map(later);
        prop_assert_eq!(outgoing::response(&answer, Operation::Update, Registry::shared()), Ok(response));
    }

    #[test]
    fn no_bytes_anywhere_make_the_mapping_panic(
        code in 1..5_u8,
        list in prop::collection::vec((0..24_usize, prop::collection::vec(any::<u8>(), 0..40)), 0..12),
        query in prop::collection::vec("[a-z.]{1,6}=?[!-~é]{0,12}", 0..4),
        payload in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        const NUMBERS: [u16; 24] = [
            11, 12, 15, 17, 8, 258, 259, 263, 267, 271, 275, 279, 283, 291, 295, 299, 303, 307, 311, 319, 323, 331, 335,
            339,
        ];
        let mut parts = Parts::new(Code(code));
        list.into_iter().for_each(|(place, value)| parts.options.add(NUMBERS[place], value));
        query.into_iter().for_each(|argument| parts.options.add(options::URI_QUERY, argument.into_bytes()));
        parts.payload = payload.into();
        let (incoming, verdict) = Incoming::read(&parts, |name| name.len() == 2, Registry::shared());
        if let Err(rejection) = verdict {
            let answer = incoming.reply.reject(&rejection, &incoming.request, Registry::shared());
            prop_assert!(answer.is_none_or(|answer| answer.code.class() >= 4));
        }
        parts.code = Code::CONTENT;
        let _ = outgoing::response(&parts, Operation::Retrieve, Registry::shared());
    }
}

fn parts(code: Code, list: &[(u16, &[u8])]) -> Parts {
    let mut parts = Parts::new(code);
    put_path(&mut parts.options, options::URI_PATH, "cse-in/c");
    parts.options.add(options::RQI, &b"r"[..]);
    list.iter().for_each(|(number, value)| parts.options.add(*number, value.to_vec()));
    parts
}

fn read(parts: &Parts) -> Result<Request, Rejection> {
    let (incoming, verdict) = Incoming::read(parts, anything, Registry::shared());
    verdict.map(|()| incoming.request)
}

/// TS-0008 table 6.2.2.3-1.
#[test]
fn scopes_are_segments() {
    for (to, segments) in [
        ("CSEBase/ae12/cont27", "CSEBase|ae12|cont27"),
        ("/CSE178/CSEBase/ae12", "~|CSE178|CSEBase|ae12"),
        ("//mym2msp.org/CSE178/CSEBase", "_|mym2msp.org|CSE178|CSEBase"),
        ("cin00856", "cin00856"),
    ] {
        let mut options = options::Options::default();
        put_path(&mut options, options::URI_PATH, to);
        let spelled: Vec<_> = options.all(options::URI_PATH).map(|segment| String::from_utf8_lossy(segment)).collect();
        assert_eq!(spelled.join("|"), segments);
        let mut get = Parts { options, ..Parts::new(Code::GET) };
        get.options.add(options::RQI, &b"r"[..]);
        assert_eq!(read(&get).unwrap().to, to);
    }
    for wrong in [&b"a/b"[..], b"a?b", b"a#b", b"\xff"] {
        let rejection = read(&parts(Code::GET, &[(options::URI_PATH, wrong)])).unwrap_err();
        assert!(rejection.reason.starts_with("to (to): "), "{rejection:?}");
    }
    // A path that begins with nothing does not slip into a wider scope; nothing elsewhere is for the engine to refuse.
    let mut wider = Parts::new(Code::GET);
    wider.options.add(options::RQI, &b"r"[..]);
    for segment in ["", "id-in", "cse-in"] {
        wider.options.add(options::URI_PATH, segment);
        assert!(read(&wider).unwrap_err().reason.starts_with("to (to): "));
    }
    assert_eq!(read(&parts(Code::GET, &[(options::URI_PATH, b"")])).unwrap().to, "cse-in/c/");
}

/// TS-0008 6.2.1.
#[test]
fn a_post_is_what_it_says_it_is() {
    let operation = |list: &[(u16, &[u8])]| read(&parts(Code::POST, list)).map(|request| request.operation);
    assert_eq!(operation(&[]), Ok(Operation::Notify));
    assert_eq!(operation(&[(options::TY, b"\x04")]), Ok(Operation::Create));
    let deferred = [(options::URI_QUERY, &b"op=2"[..]), (options::URI_QUERY, b"rt=1")];
    assert_eq!(operation(&deferred), Ok(Operation::Retrieve));
    for wrong in [&b"op=9"[..], b"op=x", b"op=2&op=2"] {
        assert!(operation(&[(options::URI_QUERY, wrong)]).unwrap_err().reason.contains("op"));
    }
    let get = read(&parts(Code::GET, &[(options::URI_QUERY, b"op=4")]));
    assert!(get.unwrap_err().reason.contains("with POST"), "a GET deletes nothing");
    // The other way: TS-0008 6.3.2 wants a POST for what is not answered at once.
    let mut request = Request::retrieve("cse-in");
    request.response_type = Some(ResponseType::NonBlockingSynch);
    assert_eq!(outgoing::request(&request, Format::Json, Registry::shared()).unwrap().code, Code::POST);
}

#[test]
fn what_is_wrong_with_an_option_is_said_by_its_name() {
    for (number, value, status, name) in [
        (options::RVI, &b"9"[..], 4001, "(rvi)"),
        (options::OT, b"yesterday", 4000, "(ot)"),
        (options::RQET, b"x", 4000, "(rqet)"),
        (options::FR, b"\xff", 4000, "(fr)"),
        (options::ACCEPT, b"\x28", 5207, "accept"),
        (options::URI_QUERY, b"rt", 4000, "name=value"),
        (options::URI_QUERY, b"rt=7", 4000, "(rt)"),
    ] {
        let (incoming, verdict) = Incoming::read(&parts(Code::GET, &[(number, value)]), anything, Registry::shared());
        let rejection = verdict.unwrap_err();
        assert_eq!(rejection.status.code(), status, "{rejection:?}");
        assert!(rejection.reason.contains(name), "{rejection:?}");
        assert_eq!(incoming.request.request_identifier, "r", "it is sent back");
    }
    let mut nobody = parts(Code::GET, &[]);
    nobody.options.remove(options::RQI);
    assert!(read(&nobody).unwrap_err().reason.contains("(rqi): missing"));
}

#[test]
fn the_answer_comes_as_it_is_wanted() {
    let media = |list: &[(u16, &[u8])]| {
        let (incoming, _) = Incoming::read(&parts(Code::GET, list), anything, Registry::shared());
        let response = crate::primitive::Response::rejected(&Rejection::bad_request("x"), &incoming.request);
        let answer = incoming.reply.answer(&response, Registry::shared()).unwrap();
        answer.options.number(options::CONTENT_FORMAT)
    };
    assert_eq!(media(&[]), Some(50));
    assert_eq!(media(&[(options::ACCEPT, b"\x27\x11")]), Some(10_001));
    #[cfg(feature = "cbor")]
    {
        assert_eq!(media(&[(options::CONTENT_FORMAT, b"\x3c")]), Some(60), "as it was asked");
        assert_eq!(media(&[(options::CONTENT_FORMAT, b"\x32"), (options::ACCEPT, b"\x3c")]), Some(60));
    }
    // A body whose format is not known is not guessed at.
    let mut post = parts(Code::POST, &[(options::CONTENT_FORMAT, b"\x2a")]);
    post.payload = Bytes::from_static(b"{}");
    assert_eq!(read(&post).unwrap_err().status, Status::UNSUPPORTED_MEDIA_TYPE);
}

#[test]
fn nobody_on_the_way_repeats_an_old_answer() {
    let response = crate::primitive::Response::new(Status::OK, &Request::retrieve("cse-in"));
    let answer = |code| {
        let (incoming, _) = Incoming::read(&parts(code, &[]), anything, Registry::shared());
        incoming.reply.answer(&response, Registry::shared()).unwrap().options.number(options::MAX_AGE)
    };
    assert_eq!((answer(Code::GET), answer(Code::PUT)), (Some(0), None));
    assert_eq!(Reply::default().answer(&response, Registry::shared()).unwrap().code, Code::CONTENT);
}

#[test]
fn an_answer_of_a_plain_coap_server_is_still_understood() {
    let mut missing = Parts::new(Code::NOT_FOUND);
    missing.payload = Bytes::from_static(b"no such thing");
    let response = outgoing::response(&missing, Operation::Retrieve, Registry::shared()).unwrap();
    assert_eq!((response.status, response.content), (Status::NOT_FOUND, None));
    let taken = outgoing::response(&Parts::new(Code::CHANGED), Operation::Notify, Registry::shared()).unwrap();
    assert_eq!(taken.status, Status::OK);
    // Some write the response status code in digits.
    let mut digits = Parts::new(Code::CONTENT);
    digits.options.add(options::RSC, &b"2000"[..]);
    assert_eq!(outgoing::response(&digits, Operation::Retrieve, Registry::shared()).unwrap().status, Status::OK);
    digits.options.add_number(options::CONTENT_FORMAT, 50);
    digits.payload = Bytes::from_static(b"{");
    assert!(outgoing::response(&digits, Operation::Retrieve, Registry::shared()).is_err());
}

#[test]
fn what_has_no_room_in_an_option_is_not_sent() {
    let request = Request::retrieve("cse-in").identified("r".repeat(256));
    let reason = outgoing::request(&request, Format::Json, Registry::shared()).unwrap_err();
    assert!(reason.contains("rqi") && reason.contains("255"), "{reason}");
}
