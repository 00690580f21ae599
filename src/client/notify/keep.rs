//! Keeps a connection over which a CSE can ask: opens it again when it has closed.

use std::sync::Arc;

use tokio::sync::watch;

use crate::client::courier::Courier;
use crate::client::{ClientError, Retry};
use crate::primitive::Request;
use crate::value::SmolStr;

/// Makes the CSE know that the AE is at the other end of this connection: by a request in its name that succeeds
/// (TS-0020 6.4).
pub(super) async fn show(courier: &Courier, originator: &SmolStr, entity: &SmolStr) -> Result<(), ClientError> {
    let request = Request::retrieve(entity.clone()).from(originator.clone());
    ClientError::check(courier.carry(request, courier.config.timeout, &Retry::never()).await?).map(drop)
}

/// Does that each time that a connection has closed, until it succeeds.
pub(super) async fn keep(
    courier: Arc<Courier>,
    mut closed: watch::Receiver<u64>,
    originator: SmolStr,
    entity: SmolStr,
) {
    while closed.changed().await.is_ok() {
        let mut failures = 0_u32;
        while let Err(error) = show(&courier, &originator, &entity).await {
            failures = failures.saturating_add(1);
            tracing::debug!(%error, failures, "the connection for notifications is not back yet");
            tokio::time::sleep(courier.config.retry.rest_after(failures)).await;
        }
    }
}
