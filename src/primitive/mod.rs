//! What travels: request and response primitives with their parameters (TS-0004 6.4, 7.2.1).
//!
//! Every binding, the command line and an embedder end in the same [`Request`] and begin with the same [`Response`].
//! This folder knows nothing of bindings, formats, resources at rest or access control.

mod filter;
mod operation;
mod rejection;
mod release;
mod request;
mod response;
mod result_content;
mod status;

pub use filter::{ContentFilter, FilterCriteria, FilterOperation, FilterUsage, GeoQuery};
pub use operation::{Operation, ResponseType};
pub use rejection::Rejection;
pub use release::ReleaseVersion;
pub use request::{Access, ConnectionId, Request};
pub use response::{Content, ContentStatus, Response};
pub use result_content::{DiscoveryResultType, ResultContent};
pub use status::{Status, StatusClass};
