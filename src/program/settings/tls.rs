//! Who this CSE is for others, whom it believes, and who may speak for whom.

use std::path::PathBuf;

use onem2m_cse::binding::tls::{ClientCertificates, ClientTls, ClientTlsConfig, KeyPair, ServerTls, ServerTlsConfig};
use onem2m_cse::binding::{Identities, IdentityRule};
use onem2m_cse::value::SmolStr;

use super::given::Given;
use crate::program::file::{IdentityTable, TlsTable};

/// What the bindings need for TLS. `None`: nobody said anything about it. Empty paths: no such file.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    pub server: Option<ServerTls>,
    pub client: Option<ClientTls>,
    /// Certificate and key of this CSE.
    pub own: Option<(PathBuf, PathBuf)>,
    pub client_roots: PathBuf,
    pub roots: PathBuf,
}

/// Files named by the file, and over it by the environment and the command line; read and checked.
pub fn settings(table: &TlsTable, given: &Given<'_>) -> Result<Tls, String> {
    let path = |said: &Option<PathBuf>, name: &str, table: &Option<PathBuf>| {
        said.clone()
            .or_else(|| (given.environment)(name).filter(|text| !text.is_empty()).map(PathBuf::from))
            .or(table.clone())
    };
    let own = match (pair(given)?, &table.certificates, &table.key) {
        (Some(pair), ..) => Some(pair),
        (None, Some(certificates), Some(key)) => Some((certificates.clone(), key.clone())),
        (None, None, None) => None,
        (None, ..) => return Err("tls: expected certificates and key, both of them".into()),
    };
    let client_roots = path(&given.args.tls_client_roots, "ONEM2M_TLS_CLIENT_ROOTS", &table.client_roots);
    let roots = path(&given.args.tls_roots, "ONEM2M_TLS_ROOTS", &table.roots);
    if own.is_none() && client_roots.is_some() {
        return Err(
            "tls.client_roots: clients are asked only where this CSE shows a certificate: say --tls CERT KEY".into()
        );
    }
    let clients = match (table.clients.as_deref(), client_roots.clone()) {
        (None | Some("optional"), Some(roots)) => ClientCertificates::Optional(roots),
        (Some("required"), Some(roots)) => ClientCertificates::Required(roots),
        (None, None) => ClientCertificates::NotAsked,
        (Some("optional" | "required"), None) => {
            return Err("tls.clients: expected tls.client_roots too: who vouches for them?".into());
        }
        (Some(other), _) => return Err(format!("tls.clients: expected required or optional, got {other:?}")),
    };
    let load = |(certificates, key)| ServerTls::load(ServerTlsConfig { certificates, key, clients });
    let server = own.clone().map(load).transpose().map_err(|error| format!("tls: {error}"))?;
    let config = ClientTlsConfig {
        system_roots: table.system_roots.unwrap_or(true),
        roots: roots.iter().cloned().collect(),
        // A CSE shows others the certificate that it serves with.
        own: own.clone().map(|(certificates, key)| KeyPair { certificates, key }),
    };
    let client = (config != ClientTlsConfig::default()).then(|| ClientTls::load(config)).transpose();
    let client = client.map_err(|error| format!("tls: {error}"))?;
    let (client_roots, roots) = (client_roots.unwrap_or_default(), roots.unwrap_or_default());
    Ok(Tls { server, client, own, client_roots, roots })
}

/// Who may speak for whom.
pub fn identities(tables: &[IdentityTable]) -> Result<Identities, String> {
    let rule = |table: &IdentityTable| {
        if table.identity.is_empty() || table.originators.iter().any(String::is_empty) {
            return Err("identities: expected an identity and originators that are not empty".to_owned());
        }
        let originators = table.originators.iter().map(SmolStr::from).collect();
        Ok(IdentityRule { identity: SmolStr::from(&table.identity), originators })
    };
    Ok(Identities::new(tables.iter().map(rule).collect::<Result<_, _>>()?))
}

/// In the environment the two files stand with a comma between.
fn pair(given: &Given<'_>) -> Result<Option<(PathBuf, PathBuf)>, String> {
    if given.args.tls.is_some() {
        return Ok(given.args.tls.clone());
    }
    let Some(text) = (given.environment)("ONEM2M_TLS").filter(|text| !text.is_empty()) else { return Ok(None) };
    let (certificates, key) = text.split_once(',').ok_or("ONEM2M_TLS: expected CERT,KEY")?;
    Ok(Some((certificates.trim().into(), key.trim().into())))
}
