//! The ways by which notifications come, each begun when it is needed for the first time.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Mutex as AsyncMutex, OnceCell};
use tokio::task::JoinHandle;

use super::listener::{Listener, Open};
use super::{Inbox, keep, poll};
use crate::client::courier::Courier;
use crate::client::{Client, ClientError, Reach};
use crate::value::SmolStr;

/// The ways of one client and its clones.
pub(in crate::client) struct Ways {
    courier: Arc<Courier>,
    pub inbox: Arc<Inbox>,
    /// Whether requests come back over connections that we open.
    connects: bool,
    /// What runs for each originator.
    running: AsyncMutex<HashMap<SmolStr, Running>>,
    listener: Option<Listener>,
    listening: OnceCell<Open>,
}

/// A task that ends when this is dropped.
struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Ways {
    pub fn new(courier: Arc<Courier>, inbox: Arc<Inbox>, connects: bool, listener: Option<Listener>) -> Self {
        Self { courier, inbox, connects, running: AsyncMutex::default(), listener, listening: OnceCell::new() }
    }

    /// The way that is taken.
    pub fn reach(&self) -> Reach {
        match self.courier.config.reach {
            Reach::Automatic if self.listener.is_some() => Reach::Listener,
            Reach::Automatic if self.connects => Reach::Connection,
            Reach::Automatic => Reach::PollingChannel,
            chosen => chosen,
        }
    }

    /// The URL at which this program is called, when it listens.
    pub async fn listen(&self) -> Result<Option<SmolStr>, ClientError> {
        let Some(listener) = self.listener.as_ref().filter(|_| self.reach() == Reach::Listener) else {
            return Ok(None);
        };
        let start = || Open::start(&self.inbox, listener, self.courier.config.patience);
        Ok(Some(self.listening.get_or_try_init(start).await?.url.clone()))
    }

    /// Sees to it that notifications come. Answers the URL to be called at, where there is one.
    pub async fn open(&self, client: &Client) -> Result<Option<SmolStr>, ClientError> {
        let reach = self.reach();
        if reach == Reach::Listener {
            return self.listen().await;
        }
        let Some(originator) = client.originator.clone() else {
            return Err(ClientError::Impossible("notifications need an originator to be told to".to_owned()));
        };
        let entity = client.entity();
        let mut running = self.running.lock().await;
        if running.get(&originator).is_some_and(|running| !running.0.is_finished()) {
            return Ok(None);
        }
        let courier = Arc::clone(&self.courier);
        let task = if reach == Reach::Connection {
            let closed = self.inbox.closed();
            keep::show(&courier, &originator, &entity).await?;
            tokio::spawn(keep::keep(courier, closed, originator.clone(), entity))
        } else {
            let pcu = poll::channel(client, &entity).await?;
            tokio::spawn(poll::poll(courier, Arc::clone(&self.inbox), originator.clone(), pcu))
        };
        running.insert(originator, Running(task));
        Ok(None)
    }
}
