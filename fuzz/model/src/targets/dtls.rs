//! Datagrams of strangers at a DTLS server, before anybody proved anything: hellos, cookies, and anything else.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use onem2m_cse::binding::coap::shield::{Shield as _, Shielded};
use onem2m_cse::binding::dtls::{DtlsConfig, DtlsShield, PreSharedKey};

/// Datagrams, each behind a byte for who sends it and two for its length. Nobody among them takes up what the server says:
/// a cookie comes back only if the bytes happen to hold it.
pub fn dtls(data: &[u8]) {
    let config = DtlsConfig { keys: vec![PreSharedKey::new("meter", vec![7; 16])], ..DtlsConfig::default() };
    let most = config.limits.handshakes;
    let mut server = DtlsShield::server(config).expect("a key will do");
    let (mut now, mut rest) = (Instant::now(), data);
    for _ in 0..32 {
        let [who, high, low, tail @ ..] = rest else { break };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (datagram, tail) = tail.split_at(length.min(tail.len()));
        rest = tail;
        let peer: SocketAddr = ([10, 0, 0, who & 3], 5684).into();
        let mut out = Vec::new();
        server.received(now, peer, datagram, &mut out);
        let sent: usize =
            out.iter().map(|said| if let Shielded::Transmit(_, bytes) = said { bytes.len() } else { 0 }).sum();
        // Before a cookie came back, nobody gets more than it sent: a forged address must not be flooded.
        assert!(server.handshakes() > 0 || sent <= datagram.len().max(64), "{sent} bytes for {}", datagram.len());
        assert!(!out.iter().any(|said| matches!(said, Shielded::Deliver { .. })), "nobody has proved anything");
        assert!(server.handshakes() <= most && server.associations() == 0);
        now += Duration::from_millis(u64::from(*who) * 10);
        if server.next_due().is_some_and(|at| at <= now) {
            server.due(now, &mut Vec::new());
        }
    }
    for _ in 0..1000 {
        let Some(at) = server.next_due() else { break };
        now = now.max(at);
        server.due(now, &mut Vec::new());
    }
    assert_eq!(server.handshakes(), 0, "a handshake that nobody goes on with is forgotten");
}
