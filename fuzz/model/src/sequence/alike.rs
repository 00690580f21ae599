//! A request or a response that goes another way means the same: in other formats, over other bindings.

use onem2m_cse::binding::{coap, http};
use onem2m_cse::codec::format::Format;
use onem2m_cse::codec::primitive::{to_request, to_response, wrap_request, wrap_response};
use onem2m_cse::codec::{decode, encode};
use onem2m_cse::primitive::{Request, Response};
use onem2m_cse::schema::Registry;

/// The request as it arrives when it goes by `way`.
///
/// # Errors
/// When it does not.
pub fn request(sent: &Request, way: u64) -> Result<Request, String> {
    let registry = Registry::shared();
    let is_attribute = |short: &str| registry.attribute_by_short(short).is_some();
    let format = Format::ALL[usize::try_from(way / 3 % 3).unwrap_or(0)];
    let came = match way % 3 {
        0 => {
            let bytes = encode(format, &wrap_request(sent), registry);
            to_request(&decode(format, &bytes, registry)?).map_err(|rejection| rejection.reason.into_owned())?
        }
        1 => {
            let url = http::mapping::outgoing::url("http://host", &sent.to);
            let message =
                http::mapping::outgoing::request(&url, sent, format, registry).map_err(|e| format!("{e:?}"))?;
            let (parts, body) = message.into_parts();
            let (mut incoming, verdict) =
                http::mapping::Incoming::read_head(&parts.method, &parts.uri, &parts.headers, is_attribute);
            verdict.and_then(|()| incoming.read_body(&body, registry)).map_err(|rejection| rejection.to_string())?;
            incoming.request
        }
        _ => {
            let mut parts = coap::mapping::outgoing::request(sent, format, registry)?;
            let url = http::mapping::outgoing::url("coap://host", &sent.to);
            coap::mapping::Target::parse(&url)?.put(&mut parts.options);
            let (incoming, verdict) = coap::mapping::Incoming::read(&parts, is_attribute, registry);
            verdict.map_err(|rejection| rejection.to_string())?;
            incoming.request
        }
    };
    if came == *sent { Ok(came) } else { Err(format!("way {way}: {came:?} came of {sent:?}")) }
}

/// Whether a response says the same in all formats.
///
/// # Errors
/// When it does not.
pub fn response(said: &Response) -> Result<(), String> {
    let registry = Registry::shared();
    for format in Format::ALL {
        let bytes = encode(format, &wrap_response(said), registry);
        let read = to_response(&decode(format, &bytes, registry)?).map_err(|rejection| rejection.to_string())?;
        if (read.status, &read.request_identifier, read.value())
            != (said.status, &said.request_identifier, said.value())
        {
            return Err(format!("{} says {read:?}, not {said:?}", format.name()));
        }
    }
    Ok(())
}
