//! What an operator can choose, and what a stranger can take up.

use std::fmt;
use std::time::Duration;

#[cfg(feature = "tls")]
use crate::binding::tls::ClientTls;

/// Configuration of the MQTT binding. [`MqttBinding`](super::MqttBinding) takes it.
#[derive(Clone, Debug)]
pub struct MqttConfig {
    /// The broker: `mqtt://host:port` or, with the feature `tls`, `mqtts://host:port`. The port is 1883 or 8883 unless given.
    /// With the feature `mqtt-ws`, and on Linux, also `ws://host:port/path` or `wss://host:port/path`: MQTT inside a WebSocket,
    /// at port 80 or 443 unless given. Default: `mqtt://127.0.0.1:1883`.
    pub broker: String,
    /// Whom to trust at `mqtts` and `wss` brokers, and the certificate that is shown to them, if any: ours and those of others. Default:
    /// `None`, which is
    /// [`ClientTlsConfig::default`](crate::binding::tls::ClientTlsConfig): who the system trusts, without a certificate.
    #[cfg(feature = "tls")]
    pub tls: Option<ClientTls>,
    /// The MQTT that is spoken with it. Default: 3.1.1, which all brokers know.
    pub version: MqttVersion,
    /// The name towards the broker; two clients of one name throw each other out. Default: `None`, which is `C::` and the
    /// CSE-ID (TS-0010 6.3.3), such as `C::id-in`.
    pub client_id: Option<String>,
    /// Who this CSE is for the broker. Default: nobody.
    pub login: Option<MqttLogin>,
    /// Topic levels in front of `/oneM2M/…`, such as `site7`. Default: none.
    pub topic_prefix: String,
    /// How often the broker hears from us, and we from it, when there is nothing to say. At least 5 s. Default: 30 s.
    pub keep_alive: Duration,
    /// Whether the broker keeps requests while this CSE is away. Default: it does.
    pub session: MqttSession,
    /// The broker lets nobody publish under another's identifier (TS-0010 7.2): then originators count as authenticated.
    /// Say `true` only for a broker with a password file or TLS, and access lists as in `docs/mqtt.md`. Default: false.
    pub broker_verifies_originators: bool,
    /// The CSE-IDs of those that may carry requests of third CSEs to this one, such as `/id-mn`. Everybody else speaks for
    /// itself, and a CSE for its own AEs. Default: none.
    pub transit_cses: Vec<String>,
    /// Talk without encryption to a broker that is not on this machine. Without it, only loopback addresses are accepted.
    /// Default: false.
    pub allow_plaintext: bool,
    /// What a stranger, or a broker, can take up.
    pub limits: MqttLimits,
}

/// A version of MQTT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MqttVersion {
    /// 3.1.1.
    #[default]
    V3_1_1,
    /// 5.
    V5,
}

/// What a broker keeps for a client that is away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MqttSession {
    /// Subscriptions and messages, as TS-0010 6.3.3 has it.
    #[default]
    Persistent,
    /// Nothing.
    Clean,
}

/// A user name and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct MqttLogin {
    /// The user name.
    pub username: String,
    /// The password. It never appears in logs.
    pub password: String,
}

impl fmt::Debug for MqttLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MqttLogin").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Default for MqttConfig {
    fn default() -> Self {
        Self {
            broker: "mqtt://127.0.0.1:1883".into(),
            #[cfg(feature = "tls")]
            tls: None,
            version: MqttVersion::default(),
            client_id: None,
            login: None,
            topic_prefix: String::new(),
            keep_alive: Duration::from_secs(30),
            session: MqttSession::default(),
            broker_verifies_originators: false,
            transit_cses: Vec::new(),
            allow_plaintext: false,
            limits: MqttLimits::default(),
        }
    }
}

/// Limits of the MQTT binding. Each names the abuse that it stops.
#[derive(Clone, Debug)]
pub struct MqttLimits {
    /// Bytes of a message. Stops one message from being a day's work. Beyond: answered 4000. A message of sixteen times as
    /// much, or a WebSocket frame of thirty-two times, is not even read: the connection ends, and the session with it.
    /// Default: 1 MiB.
    pub message_bytes: usize,
    /// Requests that are being answered at a time. Stops a flood from taking every thread. Beyond: they wait. Default: 256.
    pub in_flight: usize,
    /// Requests that wait for that. Stops a flood from filling the memory. Beyond: answered 5000. Default:
    /// 65,535, as many as a broker can have under way; some send that many at once after a restart.
    pub queued: usize,
    /// Their bytes. Beyond: answered 5000. Default: 16 MiB.
    pub queued_bytes: usize,
    /// Messages of ours that the broker has not taken yet, because it is away or slow. Beyond: our requests fail at once,
    /// and theirs wait. Default: 1,024.
    pub outgoing: usize,
    /// The bytes of these. Default: 16 MiB.
    pub outgoing_bytes: usize,
    /// Messages of ours on their way to the broker at a time. Default: 100.
    pub unacknowledged: u16,
    /// Time for a connection to a broker. Stops a dead machine from being waited for. Default: 5 s.
    pub connect_timeout: Duration,
    /// The pause before the broker is tried again, which doubles with each failure. Default: 500 ms.
    pub retry_least: Duration,
    /// The longest such pause. Default: 30 s.
    pub retry_most: Duration,
    /// How long a message that the broker sends again is known as the same. Stops a redelivery from having a second effect.
    /// Beyond: carried out again. Default: 10 min.
    pub repeat_window: Duration,
    /// How long the same message, byte for byte, counts as sent again by its originator, also when the broker does not say
    /// so. Zero: never. Default: 10 s.
    pub resend_window: Duration,
    /// Messages that are remembered for this: more than can lie between a message and its second delivery, which is what
    /// waits at the broker. Beyond: the oldest is forgotten. Default: 65,536.
    pub repeats: usize,
    /// The bytes of their answers. Beyond: the oldest is forgotten. Default: 16 MiB.
    pub repeat_bytes: usize,
    /// Other brokers that are talked to at a time, because somebody's point of access is there. Beyond: not reached.
    /// Default: 16.
    pub brokers: usize,
    /// How long a connection to one of these is kept over which nothing is said. Default: 60 s.
    pub broker_idle: Duration,
}

impl Default for MqttLimits {
    fn default() -> Self {
        Self {
            message_bytes: 1024 * 1024,
            in_flight: 256,
            queued: 65_535,
            queued_bytes: 16 * 1024 * 1024,
            outgoing: 1024,
            outgoing_bytes: 16 * 1024 * 1024,
            unacknowledged: 100,
            connect_timeout: Duration::from_secs(5),
            retry_least: Duration::from_millis(500),
            retry_most: Duration::from_secs(30),
            repeat_window: Duration::from_secs(600),
            resend_window: Duration::from_secs(10),
            repeats: 65_536,
            repeat_bytes: 16 * 1024 * 1024,
            brokers: 16,
            broker_idle: Duration::from_secs(60),
        }
    }
}
