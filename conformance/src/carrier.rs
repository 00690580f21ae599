//! Where a protocol binding becomes something that carries requests: a line for each.

use std::sync::Arc;

use onem2m_cse::binding::Caller;
use onem2m_cse::binding::coap::{CoapClient, CoapClientConfig};
use onem2m_cse::binding::http::{ClientConfig, HttpClient};
use onem2m_cse::binding::ws::{WsClient, WsClientConfig};

use crate::mqtt::MqttTester;

/// Everybody who carries requests here.
#[must_use]
pub fn callers() -> Vec<Arc<dyn Caller>> {
    vec![
        Arc::new(HttpClient::new(ClientConfig::default())),
        Arc::new(WsClient::new(WsClientConfig::default())),
        Arc::new(CoapClient::new(CoapClientConfig::default())),
        Arc::new(MqttTester::default()),
    ]
}

/// Whoever speaks the scheme of a URL.
///
/// # Errors
/// A sentence that names the schemes that are spoken.
pub fn caller_for(url: &str) -> Result<Arc<dyn Caller>, String> {
    let scheme = scheme(url);
    let callers = callers();
    let spoken: Vec<String> = callers.iter().flat_map(|c| c.schemes().iter().map(|s| (*s).to_owned())).collect();
    let found = callers.into_iter().find(|caller| caller.schemes().contains(&scheme));
    found.ok_or_else(|| format!("{url:?}: expected a URL that begins with one of {}", spoken.join(", ")))
}

fn scheme(url: &str) -> &str {
    url.split_once("://").map_or("", |(scheme, _)| scheme)
}
