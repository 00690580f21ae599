//! How a line begins to listen, is lost, and ends.

use std::time::{Duration, Instant};

use super::{Command, Running, State, Then};
use crate::binding::after::After as _;
use crate::binding::mqtt::backoff::chance;
use crate::binding::mqtt::wire::{Event, Loss};

/// Time for the last words.
const FAREWELL: Duration = Duration::from_secs(1);

impl Running {
    /// Listens to one filter more.
    pub(super) fn listen(&mut self, filter: String) {
        // More prefixes than these belong to nobody honest: a CSE's peers are told apart by their identifiers.
        if self.line.filters.len() >= 64 || self.line.filters.contains(&filter) {
            return;
        }
        if let (Some(wire), true) = (&self.wire, self.up.is_some()) {
            wire.subscribe(std::slice::from_ref(&filter));
        }
        self.line.filters.push(filter);
    }

    /// The broker listens to us from now on.
    pub(super) fn begin(&mut self, allowed: &[bool]) {
        let broker = &self.line.dial.broker;
        for (filter, _) in self.line.filters.iter().zip(allowed).filter(|(_, allowed)| !**allowed) {
            tracing::error!(%broker, filter, "the broker does not let this CSE listen; nothing will come that way");
        }
        if self.told || self.line.service.is_some() {
            tracing::info!(%broker, "connected with the MQTT broker");
        }
        (self.told, self.forget, self.up, self.heard_by) = (false, false, Some(Instant::now()), None);
        self.line.state.send_replace(State::Up);
    }

    /// The connection is over. Whether there is to be another.
    pub(super) fn lost(&mut self, loss: Loss) -> bool {
        let broker = &self.line.dial.broker;
        let was_up = self.up.take().map(|since| since.elapsed());
        (self.wire, self.heard_by) = (None, None);
        self.outbox.lost();
        let pause = self.backoff.lost(was_up, chance());
        self.retry_at = Instant::now().after(pause);
        if loss == Loss::TooLarge {
            // Kept by the broker, it would come again and again.
            tracing::error!(%broker, "a message came that is far too large; the broker is asked to forget what it keeps");
            self.forget = true;
        }
        if !self.told && !self.is_closing && self.line.service.is_some() {
            let reason = loss.to_string();
            tracing::warn!(%broker, reason, "the MQTT broker cannot be reached; it is tried again until it can");
            self.told = true;
        }
        self.line.state.send_replace(State::Away(loss));
        self.line.service.is_some() || self.is_closing
    }

    /// The last words.
    pub(super) async fn part(mut self) {
        let state = self.line.state.borrow().clone();
        let reason = match state {
            State::Away(loss) => loss.to_string(),
            State::Begins | State::Up => "the connection is closed".to_owned(),
        };
        self.line.commands.close();
        while let Ok(command) = self.line.commands.try_recv() {
            if let Command::Publish(message, told) = command {
                self.outbox.push(message, Then::Tell(told));
            }
        }
        for then in self.outbox.drain() {
            if let Then::Tell(told) = then {
                // Whoever waited may have gone.
                let _ = told.send(Err(reason.clone()));
            }
        }
        self.line.asking.close(&reason);
        let Some(mut wire) = self.wire.take() else { return };
        wire.disconnect();
        let gone = async { while !matches!(wire.event().await, Event::Lost(_)) {} };
        let _ = tokio::time::timeout(FAREWELL, gone).await;
    }
}
