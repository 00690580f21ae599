//! The configuration file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A file with every default, to begin from. A test reads it back.
pub const DEFAULT: &str = include_str!("default.toml");

/// What a file says; nothing is filled in. Unknown names are mistakes, not comments.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    pub cse: CseTable,
    pub http: HttpTable,
    pub ws: WsTable,
    pub coap: CoapTable,
    pub mqtt: MqttTable,
    pub tls: TlsTable,
    pub psk: Vec<PskTable>,
    pub identities: Vec<IdentityTable>,
    pub store: StoreTable,
    pub log: LogTable,
    pub schemas: SchemasTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CseTable {
    pub id: Option<String>,
    pub name: Option<String>,
    pub sp_id: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub points_of_access: Option<Vec<String>>,
    pub administrator: Option<String>,
    pub allowed_ae_originators: Option<Vec<String>>,
    pub registered_aes_may_retrieve_cse_base: Option<bool>,
    pub registered_aes_may_create: Option<Vec<u32>>,
    pub maximum_lifetime: Option<u64>,
    pub cache_entries: Option<usize>,
    pub results: Option<usize>,
    pub tree_depth: Option<usize>,
    pub discovery_work: Option<usize>,
    pub waiting_requests: Option<usize>,
    pub call_timeout: Option<u64>,
    pub long_poll: Option<u64>,
    pub asking_requests: Option<usize>,
    pub calls: Option<usize>,
    pub calls_per_target: Option<usize>,
    pub subscription_targets: Option<usize>,
    pub notifications_per_target: Option<usize>,
    pub polled_requests: Option<usize>,
    pub group_members: Option<usize>,
    pub group_depth: Option<usize>,
    pub request_resources: Option<u64>,
    pub request_lifetime: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpTable {
    pub addresses: Option<Vec<SocketAddr>>,
    pub allow_plaintext: Option<bool>,
    pub cors_origins: Option<Vec<String>>,
    pub upper_tester: Option<bool>,
    pub body_bytes: Option<usize>,
    pub head_bytes: Option<usize>,
    pub connections: Option<usize>,
    pub in_flight: Option<usize>,
    pub head_timeout: Option<u64>,
    pub body_timeout: Option<u64>,
    pub idle_timeout: Option<u64>,
    pub requests_per_second_and_originator: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WsTable {
    pub addresses: Option<Vec<SocketAddr>>,
    pub allow_plaintext: Option<bool>,
    pub origins: Option<Vec<String>>,
    pub connections: Option<usize>,
    pub message_bytes: Option<usize>,
    pub in_flight: Option<usize>,
    pub handshake_timeout: Option<u64>,
    pub first_message_timeout: Option<u64>,
    pub ping_interval: Option<u64>,
    pub pong_timeout: Option<u64>,
    pub write_timeout: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CoapTable {
    pub addresses: Option<Vec<SocketAddr>>,
    pub secure_addresses: Option<Vec<SocketAddr>>,
    pub allow_plaintext: Option<bool>,
    pub peers: Option<usize>,
    pub exchanges: Option<usize>,
    pub exchanges_per_peer: Option<usize>,
    pub body_bytes: Option<usize>,
    pub block_size: Option<usize>,
    pub transfer_timeout: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MqttTable {
    pub broker: Option<String>,
    pub version: Option<String>,
    pub client_id: Option<String>,
    pub username: Option<String>,
    pub password: Option<String>,
    pub topic_prefix: Option<String>,
    pub keep_alive: Option<u64>,
    pub keep_session: Option<bool>,
    pub broker_verifies_originators: Option<bool>,
    pub transit_cses: Option<Vec<String>>,
    pub allow_plaintext: Option<bool>,
    pub message_bytes: Option<usize>,
    pub in_flight: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsTable {
    pub certificates: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub clients: Option<String>,
    pub client_roots: Option<PathBuf>,
    pub roots: Option<PathBuf>,
    pub system_roots: Option<bool>,
}

/// A key that is shared with somebody.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PskTable {
    pub identity: String,
    /// In hexadecimal digits.
    pub key: String,
    /// The host that it is shown to, when this CSE calls.
    pub at: Option<String>,
}

/// Whom somebody may speak for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityTable {
    pub identity: String,
    pub originators: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreTable {
    pub path: Option<PathBuf>,
    pub memory: Option<bool>,
    pub durability: Option<String>,
    pub profile: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogTable {
    pub format: Option<String>,
    pub level: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SchemasTable {
    pub files: Vec<PathBuf>,
}

impl File {
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read the configuration {}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_a_mistake_with_its_place() {
        let error = File::parse("[cse]\nnmae = \"x\"\n").unwrap_err();
        assert!(error.contains("nmae") && error.contains("line 2"), "{error}");
    }
}
