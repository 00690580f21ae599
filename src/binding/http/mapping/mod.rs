//! HTTP messages ↔ primitives (TS-0009 clause 6). Pure: no socket, no clock, no task.
//!
//! A request is read in two steps. [`Incoming::read_head`] looks at the request line and the headers, so a request that
//! cannot be right is refused before a byte of its body is waited for; [`Incoming::read_body`] adds the content.
//! [`Reply`] keeps what the request said about how it wants its answer, and writes the response.
//! [`outgoing`] is the same road the other way, for the client.

pub mod outgoing;

mod accept;
mod content_type;
mod head;
mod reply;
mod status;

pub use crate::binding::path::{from_path, to_path};
pub use reply::Reply;
pub(super) use reply::refusal;
pub use status::{from_http, to_http};

use hyper::{HeaderMap, Method, Uri};

use crate::binding::{path, query};
use crate::codec::{self, primitive};
use crate::primitive::{Operation, Rejection, Request, Status};
use crate::schema::Registry;
use content_type::ContentType;

/// The longest request identifier that is taken: it is stored, logged and sent back.
pub const MAX_REQUEST_IDENTIFIER: usize = 255;

/// A request on its way in, and what has to be remembered for its answer.
#[derive(Debug)]
pub struct Incoming {
    /// The request as far as it has been read. Complete only when nothing was rejected.
    pub request: Request,
    /// How the answer is wanted.
    pub reply: Reply,
    content_type: ContentType,
}

impl Incoming {
    /// Reads request line and headers. `is_attribute` says which short names are attributes of a known resource type.
    ///
    /// The verdict comes beside what could be read, since a rejection too carries the request's identifier back.
    pub fn read_head(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        is_attribute: impl Fn(&str) -> bool,
    ) -> (Self, Result<(), Rejection>) {
        // What stands here until the method is known reaches nobody.
        let mut incoming = Self {
            request: Request::new(Operation::Retrieve, ""),
            reply: Reply::default(),
            content_type: ContentType::Absent,
        };
        let verdict = incoming.head(method, uri, headers, &is_attribute);
        (incoming, verdict)
    }

    fn head(
        &mut self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        is_attribute: &dyn Fn(&str) -> bool,
    ) -> Result<(), Rejection> {
        let headers = self.read_headers(headers);
        self.request.operation = self.operation(method)?;
        headers?;
        self.request.to = path::from_path(uri.path())?;
        if let Some(query) = uri.query() {
            query::read(&mut self.request, query, is_attribute)?;
        }
        primitive::permit(&self.request)
    }

    /// TS-0009 6.2.1: four methods, and POST is a CREATE exactly when the content type names a resource type.
    fn operation(&self, method: &Method) -> Result<Operation, Rejection> {
        match *method {
            Method::GET => Ok(Operation::Retrieve),
            Method::POST if self.request.resource_type.is_some() => Ok(Operation::Create),
            Method::POST => Ok(Operation::Notify),
            Method::PUT => Ok(Operation::Update),
            Method::DELETE => Ok(Operation::Delete),
            _ => Err(Rejection::not_allowed("method: expected GET, POST, PUT or DELETE")),
        }
    }

    /// Adds the body. An empty body is no content. The schemas tell what XML means.
    ///
    /// # Errors
    /// 4015 when the content type is missing or unknown; 4000 when the bytes are not what it says, or when the operation
    /// takes no content.
    pub fn read_body(&mut self, body: &[u8], registry: &Registry) -> Result<(), Rejection> {
        if body.is_empty() {
            return Ok(());
        }
        let media = self.content_type.known()?;
        if !media.format.is_supported() {
            let (got, spoken) = (media.as_str(), content_type::spoken());
            let reason = format!("content-type: {got} is not supported here, use {spoken}");
            return Err(Rejection::new(Status::UNSUPPORTED_MEDIA_TYPE, reason));
        }
        if self.request.content.is_some() {
            return Err(Rejection::bad_request("attributeList (atrl): not permitted together with a body"));
        }
        let value = codec::decode(media.format, body, registry)
            .map_err(|error| Rejection::bad_request(format!("content (pc): {error}")))?;
        self.request.content = Some(value);
        primitive::permit(&self.request)
    }
}

#[cfg(test)]
mod tests;
