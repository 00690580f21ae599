//! WebSocket.

use std::time::Duration;

use onem2m_cse::binding::Identities;
use onem2m_cse::binding::ws::{WsClientConfig, WsConfig};

use super::given::{Given, guarded, set};
use super::tls::Tls;
use crate::program::file::WsTable;

/// What the file says, and over it the environment and the command line; and whether anybody said where to listen.
pub fn settings(
    table: &WsTable,
    given: &Given<'_>,
    tls: &Tls,
    identities: &Identities,
) -> Result<(WsConfig, bool), String> {
    let mut ws = WsConfig::default();
    read(&mut ws, table);
    let said = given.addresses(&given.args.ws, "ONEM2M_WS")?;
    set(&mut ws.addresses, &said);
    ws.allow_plaintext |= given.plaintext_is_allowed()?;
    ws.tls.clone_from(&tls.server);
    ws.identities = identities.clone();
    // Without anything said, the caller that is there already does.
    ws.client = tls.client.clone().map(|tls| WsClientConfig { tls: Some(tls), ..WsClientConfig::default() });
    guarded("ws", "WebSocket", &ws.addresses, ws.allow_plaintext || ws.tls.is_some())?;
    Ok((ws, said.is_some() || table.addresses.is_some()))
}

pub fn read(ws: &mut WsConfig, table: &WsTable) {
    set(&mut ws.addresses, &table.addresses);
    set(&mut ws.allow_plaintext, &table.allow_plaintext);
    set(&mut ws.origins, &table.origins);
    let limits = &mut ws.limits;
    set(&mut limits.connections, &table.connections);
    set(&mut limits.message_bytes, &table.message_bytes);
    set(&mut limits.in_flight, &table.in_flight);
    set(&mut limits.handshake_timeout, &table.handshake_timeout.map(Duration::from_secs));
    set(&mut limits.first_message_timeout, &table.first_message_timeout.map(Duration::from_secs));
    set(&mut limits.ping_interval, &table.ping_interval.map(Duration::from_secs));
    set(&mut limits.pong_timeout, &table.pong_timeout.map(Duration::from_secs));
    set(&mut limits.write_timeout, &table.write_timeout.map(Duration::from_secs));
}
