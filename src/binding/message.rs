//! Messages that are whole primitives (TS-0004 8), for bindings of one's own: what MQTT and WebSocket carry, and any stream of
//! messages can.

use std::sync::Arc;

use bytes::Bytes;

use super::primitives::{self, Said, Unsaid};
use super::{Answer, Door};
use crate::codec::format::Format;
use crate::codec::primitive::{from_request, from_response, to_response, wrap_request, wrap_response};
use crate::codec::{decode, encode};
use crate::primitive::{Access, Request, Response};
use crate::schema::Registry;

/// Has a door answer a message that carries a request primitive: the message with the response primitive. `None` for what
/// cannot be answered, because nobody can tell which request it was meant to be. `access` is what the transport knows about
/// the one who asks.
///
/// ```
/// use onem2m_cse::binding::{Door, message};
/// use onem2m_cse::codec::format::Format;
/// use onem2m_cse::primitive::Access;
/// use std::sync::Arc;
///
/// async fn told(door: &Arc<dyn Door>, line: &[u8]) -> Option<Vec<u8>> {
///     message::answer(door, Format::Json, line, Access::default()).await.map(Into::into)
/// }
/// ```
pub async fn answer(door: &Arc<dyn Door>, format: Format, message: &[u8], access: Access) -> Option<Bytes> {
    let value = decode(format, message, door.registry()).ok()?;
    let response = match primitives::read(&value) {
        Ok(Said::Request(mut request)) => {
            request.access = access;
            match door.request(*request) {
                Answer::Now(response) => response,
                Answer::Later(response) => response.await,
            }
        }
        Err(Unsaid::Refused(response)) => *response,
        Ok(Said::Response(_)) | Err(Unsaid::Response(..) | Unsaid::Nothing(_)) => return None,
    };
    // TS-0004 8.4.2: what is not XML has no root around a primitive; 8.3.2: XML has.
    let value = match format {
        Format::Xml => wrap_response(&response),
        Format::Json | Format::Cbor => from_response(&response).into(),
    };
    Some(encode(format, &value, door.registry()))
}

/// The message that carries a request primitive.
#[must_use]
pub fn request(format: Format, request: &Request, registry: &Registry) -> Bytes {
    let value = match format {
        Format::Xml => wrap_request(request),
        Format::Json | Format::Cbor => from_request(request).into(),
    };
    encode(format, &value, registry)
}

/// The response primitive that a message carries.
///
/// # Errors
/// What it is instead, in a sentence.
pub fn response(format: Format, message: &[u8], registry: &Registry) -> Result<Response, String> {
    to_response(&decode(format, message, registry)?).map_err(|rejection| rejection.reason.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::Status;
    use crate::{Cse, CseConfig};

    #[tokio::test]
    async fn only_xml_has_a_root_around_a_primitive() {
        let cse = Cse::builder(CseConfig::default()).start().await.unwrap();
        let registry = Registry::shared();
        for format in Format::ALL.into_iter().filter(|format| format.is_supported()) {
            let has_root =
                |message: &[u8]| decode(format, message, registry).unwrap().as_map().unwrap().single().is_some();
            let asked = request(format, &Request::retrieve("cse-in").from("CAdmin").identified("7"), registry);
            let said = answer(&cse.door(), format, &asked, Access::default()).await.unwrap();
            assert_eq!(
                (has_root(&asked), has_root(&said)),
                (format == Format::Xml, format == Format::Xml),
                "{format:?}"
            );
        }
        cse.stop().await;
    }

    #[tokio::test]
    async fn a_message_is_answered_with_a_message_in_every_format() {
        let cse = Cse::builder(CseConfig::default()).start().await.unwrap();
        let registry = Registry::shared();
        for format in Format::ALL.into_iter().filter(|format| format.is_supported()) {
            let asked = request(format, &Request::retrieve("cse-in").from("CAdmin").identified("7"), registry);
            let said = answer(&cse.door(), format, &asked, Access::default()).await.unwrap();
            let said = response(format, &said, registry).unwrap();
            assert_eq!((said.status, said.request_identifier.as_str()), (Status::OK, "7"));
        }
        let said = answer(&cse.door(), Format::Json, br#"{"rqi":"8","op":9}"#, Access::default()).await.unwrap();
        assert_eq!(response(Format::Json, &said, registry).unwrap().status, Status::BAD_REQUEST);
        for nothing in [&b"{"[..], b"[]", br#"{"rsc":2000,"rqi":"1"}"#, b"\xff"] {
            assert!(answer(&cse.door(), Format::Json, nothing, Access::default()).await.is_none());
        }
        assert!(response(Format::Json, b"{}", registry).is_err());
        cse.stop().await;
    }
}
