//! How long a connection waits for what.

use std::time::Duration;

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::end::End;

/// The limits of a connection.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    pub in_flight: usize,
    /// Until the first primitive.
    pub first_message: Option<Duration>,
    /// Between primitives.
    pub idle: Option<Duration>,
    pub ping_interval: Duration,
    pub pong: Duration,
    pub write: Duration,
}

/// What has become due.
pub(super) enum Due {
    /// The peer is to be asked whether it is there.
    Ping,
    End(End),
}

/// What happened when.
#[derive(Debug)]
pub(super) struct Pace {
    patience: Patience,
    heard: Instant,
    /// When the last primitive came or went; before the first, when the connection began.
    used: Instant,
    pinged: Option<Instant>,
    spoke: bool,
}

impl Pace {
    pub const fn new(patience: Patience, now: Instant) -> Self {
        Self { patience, heard: now, used: now, pinged: None, spoke: false }
    }

    /// Something came: a sign of life.
    pub const fn heard(&mut self, now: Instant) {
        (self.heard, self.pinged) = (now, None);
    }

    /// A primitive came.
    pub const fn spoke(&mut self, now: Instant) {
        (self.spoke, self.used) = (true, now);
    }

    /// A primitive of ours goes.
    pub const fn used(&mut self, now: Instant) {
        if self.spoke || self.patience.first_message.is_none() {
            self.used = now;
        }
    }

    /// When to look at the clock.
    pub fn deadline(&self) -> Instant {
        let sign = match self.pinged {
            Some(pinged) => later(pinged, self.patience.pong),
            None => later(self.heard, self.patience.ping_interval),
        };
        let first = self.patience.first_message.filter(|_| !self.spoke).map(|time| later(self.used, time));
        let idle = self.patience.idle.map(|time| later(self.used, time));
        [Some(sign), first, idle].into_iter().flatten().min().unwrap_or(sign)
    }

    /// What is due now. A connection over which somebody asks is not idle.
    pub fn look(&mut self, now: Instant, is_asking: bool) -> Option<Due> {
        let over = |since: Instant, time: Option<Duration>| time.is_some_and(|time| later(since, time) <= now);
        if !self.spoke && over(self.used, self.patience.first_message) {
            let reason = "no primitive came in time".to_owned();
            return Some(Due::End(End::Close(CloseCode::Policy, reason)));
        }
        if over(self.used, self.patience.idle) {
            if !is_asking {
                return Some(Due::End(End::Close(CloseCode::Normal, "idle".to_owned())));
            }
            self.used = now;
        }
        match self.pinged {
            Some(pinged) if later(pinged, self.patience.pong) <= now => Some(Due::End(End::Gone)),
            None if later(self.heard, self.patience.ping_interval) <= now => {
                self.pinged = Some(now);
                Some(Due::Ping)
            }
            _ => None,
        }
    }
}

fn later(since: Instant, time: Duration) -> Instant {
    since.checked_add(time).or_else(|| since.checked_add(Duration::from_secs(86_400))).unwrap_or(since)
}
