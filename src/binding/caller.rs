//! The way out: who carries requests to others.

use std::sync::Arc;
use std::time::Duration;

use super::{BoxFuture, Door};
use crate::codec::format::Format;
use crate::engine::Failure;
use crate::primitive::{Request, Response};
use crate::value::SmolStr;

/// Carries requests to whoever listens at a URL: the client's half of a protocol binding.
pub trait Caller: Send + Sync + 'static {
    /// The URL schemes that it speaks, such as `http`.
    fn schemes(&self) -> &[&str];

    /// The URL of a target behind a point of access, for protocols whose requests name it by a path. The others go to the
    /// point of access as it stands: unless told otherwise, this one.
    fn url(&self, point_of_access: &str, to: &str) -> SmolStr {
        let _ = to;
        point_of_access.into()
    }

    /// Where the other side reaches whoever asks by way of this caller, when it is asked at `url`: for protocols that have one
    /// place for both directions, such as a broker. `None`, unless told otherwise.
    fn point_of_access(&self, url: &str) -> Option<SmolStr> {
        let _ = url;
        None
    }

    /// The same caller with somebody who answers the requests that come back over connections that it opens. `None`, unless
    /// told otherwise: over these nobody is asked.
    fn answering(&self, door: Arc<dyn Door>) -> Option<Arc<dyn Caller>> {
        let _ = door;
        None
    }

    /// Sends a request and waits for its response, no longer than `limit`. Any response of the other side is a response,
    /// however bad its news. The future is dropped when nobody waits for it any more.
    fn call(&self, url: SmolStr, request: Request, limit: Duration) -> BoxFuture<Result<Response, Failure>>;

    /// The same with the content in a format. A caller that knows of one format only, or of none, need not write this.
    fn call_in(
        &self,
        format: Format,
        url: SmolStr,
        request: Request,
        limit: Duration,
    ) -> BoxFuture<Result<Response, Failure>> {
        let _ = format;
        self.call(url, request, limit)
    }
}
