//! CoAP in clear text.

use std::time::Duration;

use onem2m_cse::binding::coap::CoapConfig;

use super::given::{Given, guarded, set};
use crate::program::file::CoapTable;

/// What the file says, and over it the environment and the command line; and whether anybody said where to listen.
pub fn settings(table: &CoapTable, given: &Given<'_>) -> Result<(CoapConfig, bool), String> {
    let mut coap = CoapConfig::default();
    read(&mut coap, table);
    let said = given.addresses(&given.args.coap, "ONEM2M_COAP")?;
    set(&mut coap.addresses, &said);
    coap.allow_plaintext |= given.plaintext_is_allowed()?;
    guarded("coap", "CoAP", &coap.addresses, coap.allow_plaintext)?;
    Ok((coap, said.is_some() || table.addresses.is_some()))
}

pub fn read(coap: &mut CoapConfig, table: &CoapTable) {
    set(&mut coap.addresses, &table.addresses);
    set(&mut coap.allow_plaintext, &table.allow_plaintext);
    let limits = &mut coap.limits;
    set(&mut limits.peers, &table.peers);
    set(&mut limits.exchanges, &table.exchanges);
    set(&mut limits.exchanges_per_peer, &table.exchanges_per_peer);
    set(&mut limits.body_bytes, &table.body_bytes);
    set(&mut limits.block_size, &table.block_size);
    set(&mut limits.transfer_timeout, &table.transfer_timeout.map(Duration::from_secs));
}
