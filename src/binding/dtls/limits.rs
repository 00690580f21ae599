//! What DTLS may take up.

use std::time::Duration;

/// Limits of a [`DtlsShield`](super::DtlsShield). Each stops something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DtlsLimits {
    /// Associations at a time. Stops memory from growing with the number of devices. Beyond: the one that was silent for the
    /// longest is closed, if it was so for [`busy`](Self::busy); else the new one is refused. Default: 4,096.
    pub associations: usize,
    /// How long an association is safe from making room for another one after it was used. Stops a crowd of new peers from
    /// closing those that work. Default: 30 s.
    pub busy: Duration,
    /// How long an association may be silent. Beyond: it is closed. Default: 24 h.
    pub idle: Duration,
    /// Handshakes at a time. Stops those who begin and never end. Beyond: a ClientHello is not answered, and its sender says
    /// it again; a client's handshake is refused. Default: 256.
    pub handshakes: usize,
    /// Handshakes at a time from one IPv4 address, or one IPv6 network of 64 bits. Stops one host from taking them all.
    /// Beyond: as above. Counts for a server only. Default: 16.
    pub handshakes_per_source: usize,
    /// How long a handshake may take. Stops waiting for who has gone. Beyond: it has failed. Default: 30 s.
    pub handshake: Duration,
    /// After which time a lost flight of a handshake is said again, twice as long after each time. Default: 1 s.
    pub retransmit: Duration,
    /// How long a cookie is good, at least; at most twice as long. Stops cookies from being collected. Beyond: the client gets
    /// a new one. Default: 60 s.
    pub cookie: Duration,
    /// Bytes of a datagram that a handshake is cut into. Stops fragments of IP. Larger messages of the application are sent as
    /// they are. Default: 1,232, what is left of IPv6's smallest MTU.
    pub datagram: usize,
    /// Bytes of a datagram that a handshake takes. Stops strangers from filling memory. Beyond: it is dropped. Default: 4,096.
    pub handshake_datagram: usize,
    /// How long a client may speak over an association without hearing anything. Stops a server that was restarted, and knows
    /// nothing of the association, from being out of reach. Beyond: what is sent next goes through a new handshake.
    /// Default: 10 s.
    pub unanswered: Duration,
    /// Bytes of a message that is to be sent, at most 16,384 by RFC 6347. Beyond: the association is closed. Default: 16,384.
    pub message: usize,
    /// Messages that wait for the end of a handshake. Stops a sender that does not wait. Beyond: the message is dropped, as the
    /// network would. Default: 16.
    pub waiting: usize,
}

impl Default for DtlsLimits {
    fn default() -> Self {
        Self {
            associations: 4096,
            busy: Duration::from_secs(30),
            idle: Duration::from_secs(24 * 3600),
            handshakes: 256,
            handshakes_per_source: 16,
            handshake: Duration::from_secs(30),
            retransmit: Duration::from_secs(1),
            cookie: Duration::from_secs(60),
            datagram: 1232,
            handshake_datagram: 4096,
            unanswered: Duration::from_secs(10),
            message: LARGEST_RECORD,
            waiting: 16,
        }
    }
}

/// RFC 5246 6.2.1: no record is larger.
pub(super) const LARGEST_RECORD: usize = 16_384;
