//! One answer out of many (TS-0004 7.4.14.2.5, 6.3.5.33): `{"m2m:agr": {"m2m:rsp": [{"rsc": …, "fr": …, "pc": …}, …]}}`.

use crate::codec::json;
use crate::codec::primitive::from_response;
use crate::primitive::{Content, Rejection, Request, Response, Status};
use crate::value::SmolStr;

/// The most that an aggregate holds, in bytes. What the members said beyond that is left out.
const MOST: usize = 64 << 20;

/// The answers of the members so far, in their order.
#[derive(Debug)]
pub struct Aggregate {
    text: Vec<u8>,
    count: usize,
}

impl Aggregate {
    /// For about so many members.
    pub fn new(members: usize) -> Self {
        let mut text = Vec::with_capacity(members.min(1024).saturating_mul(256));
        text.extend_from_slice(br#"{"m2m:agr":{"m2m:rsp":["#);
        Self { text, count: 0 }
    }

    /// Whether nobody has answered.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds what a member said. It stands under the member's identifier, so that the originator knows who said it, and can
    /// name the member in a further request.
    pub fn add(&mut self, member: &SmolStr, mut response: Response) {
        response.from = Some(member.clone());
        let mut content = response.content.take().map(|content| content.to_json());
        if self.text.len().saturating_add(content.as_ref().map_or(0, bytes::Bytes::len)) > MOST {
            content = None;
            if response.status == Status::OK {
                let reason = "the answers of all members are too large for one; name some members (grtm)";
                response.take_back(&Rejection::new(Status::NOT_ACCEPTABLE, reason));
                content = response.content.take().as_ref().map(Content::to_json);
            }
        }
        if self.count > 0 {
            self.text.push(b',');
        }
        json::write_map(&mut self.text, &from_response(&response));
        if let Some(content) = content {
            // The object is open again: what the member wrote is taken as it stands.
            self.text.pop();
            self.text.extend_from_slice(br#","pc":"#);
            self.text.extend_from_slice(&content);
            self.text.push(b'}');
        }
        self.count = self.count.saturating_add(1);
    }

    /// The whole. It went well whatever the members say, as long as one of them says anything.
    pub fn finish(mut self, request: &Request) -> Response {
        self.text.extend_from_slice(b"]}}");
        let mut response = Response::new(Status::OK, request);
        response.content = Some(Content::Json(self.text.into()));
        response
    }
}
