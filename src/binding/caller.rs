//! The way out: who carries requests to others.

use std::time::Duration;

use super::BoxFuture;
use crate::codec::format::Format;
use crate::engine::Failure;
use crate::primitive::{Request, Response};
use crate::value::SmolStr;

/// Carries requests to whoever listens at a URL: the client's half of a protocol binding.
pub trait Caller: Send + Sync + 'static {
    /// The URL schemes that it speaks, such as `http`.
    fn schemes(&self) -> &[&str];

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
