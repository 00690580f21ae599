//! CoAP: conversations through all layers, and requests and responses ↔ primitives (TS-0008 clause 6).

use arbitrary::{Arbitrary as _, Unstructured};
use onem2m_cse::binding::coap::mapping::{Incoming, Target, outgoing};
use onem2m_cse::binding::coap::{Code, Parts};
use onem2m_cse::codec::format::Format;
use onem2m_cse::primitive::{Content, Operation, Response, Status};
use onem2m_cse::schema::Registry;

/// Two ends, a bad wire, and a stranger.
pub fn coap(data: &[u8]) {
    onem2m_cse::fuzzing::coap_conversation(data);
}

/// The options that mean something, and one that does not.
const OPTIONS: [u16; 25] =
    [3, 4, 8, 11, 12, 14, 15, 17, 20, 256, 257, 258, 259, 260, 261, 262, 263, 264, 265, 266, 267, 271, 279, 283, 284];

/// A message: its code, then options with a number, a length and so many bytes; what is left is the payload.
pub fn coap_mapping(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok(mut parts) = u8::arbitrary(&mut bytes).map(|code| Parts::new(Code(code))) else { return };
    for _ in 0..bytes.int_in_range(0..=24).unwrap_or(0) {
        let (Ok(number), Ok(length)) = (bytes.choose(&OPTIONS), bytes.int_in_range(0..=40)) else { break };
        let Ok(value) = bytes.bytes(length.min(bytes.len())) else { break };
        parts.options.add(*number, value.to_vec());
    }
    parts.payload = bytes.take_rest().to_vec().into();
    let registry = Registry::shared();
    for operation in [Operation::Create, Operation::Retrieve, Operation::Update, Operation::Delete, Operation::Notify] {
        let _ = outgoing::response(&parts, operation, registry);
    }
    let is_attribute = |short: &str| registry.attribute_by_short(short).is_some();
    let (incoming, verdict) = Incoming::read(&parts, is_attribute, registry);
    if let Err(rejection) = verdict {
        let _ = incoming.reply.reject(&rejection, &incoming.request, registry);
        return;
    }
    let mut response = Response::new(Status::OK, &incoming.request);
    response.content = incoming.request.content.clone().map(Content::Value);
    if let Some(answer) = incoming.reply.answer(&response, registry) {
        let read =
            outgoing::response(&answer, incoming.request.operation, registry).expect("our own answer can be read");
        assert_eq!((read.status, &read.request_identifier), (response.status, &response.request_identifier));
        assert_eq!(read.value(), response.value());
    }
    for format in Format::ALL {
        let Ok(mut again) = outgoing::request(&incoming.request, format, registry) else { continue };
        let url = onem2m_cse::binding::http::mapping::outgoing::url("coap://host", &incoming.request.to);
        let Ok(target) = Target::parse(&url) else { continue };
        target.put(&mut again.options);
        let (came, verdict) = Incoming::read(&again, is_attribute, registry);
        verdict.unwrap_or_else(|rejection| panic!("{rejection}: {again:?} from {:?}", incoming.request));
        assert_eq!(came.request, incoming.request, "{again:?}");
    }
}
