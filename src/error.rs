//! What can go wrong for an embedder.

use crate::schema::SchemaError;
use crate::store::StoreError;

/// Why a CSE cannot start or go on. Requests never end in one of these: their originators get a response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be used.
    #[error("configuration: {0}")]
    Config(String),
    /// The store failed.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A schema cannot be read.
    #[error("schema: {0}")]
    Schema(#[from] SchemaError),
    /// A binding cannot listen.
    #[error("{doing}: {reason}")]
    Binding {
        /// What was being done.
        doing: String,
        /// What went wrong and what to do about it.
        reason: String,
    },
    /// The CSE has stopped.
    #[error("the CSE has stopped")]
    Stopped,
}

impl Error {
    /// A binding cannot listen: what was being done, and what went wrong.
    pub fn binding(doing: impl Into<String>, reason: impl ToString) -> Self {
        Self::Binding { doing: doing.into(), reason: reason.to_string() }
    }
}
