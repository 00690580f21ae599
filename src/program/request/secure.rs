//! Who the program is for the other side, and whom it trusts.

use std::ffi::OsString;
use std::path::PathBuf;

use onem2m_cse::binding::dtls::{CertificateAndKey, DtlsConfig, PreSharedKey};
use onem2m_cse::binding::mqtt::{MqttConfig, MqttLogin};
use onem2m_cse::binding::tls::{ClientTls, ClientTlsConfig, KeyPair};
use onem2m_cse::client::ClientBuilder;

use crate::program::hexadecimal;

/// What the words say of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Secure {
    pub ca: Option<PathBuf>,
    pub own: Option<(PathBuf, PathBuf)>,
    /// Identity and key.
    pub psk: Option<(String, OsString)>,
    /// Name and password.
    pub login: Option<(String, OsString)>,
}

impl Secure {
    /// The client with all that.
    pub fn apply(&self, url: &str, mut client: ClientBuilder) -> Result<ClientBuilder, String> {
        let is_dtls = url.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("coaps:"));
        if is_dtls {
            client = client.dtls(self.dtls()?);
        } else if self.ca.is_some() || self.own.is_some() {
            let own = self.own.clone().map(|(certificates, key)| KeyPair { certificates, key });
            let (system_roots, roots) = (self.ca.is_none(), self.ca.clone().into_iter().collect());
            let tls = ClientTls::load(ClientTlsConfig { system_roots, roots, own });
            client = client.tls(tls.map_err(|error| error.to_string())?);
        }
        if let Some((name, password)) = &self.login {
            let login = MqttLogin { username: name.clone(), password: secret("--login", password)? };
            client = client.mqtt(MqttConfig { login: Some(login), ..MqttConfig::default() });
        }
        Ok(client)
    }

    fn dtls(&self) -> Result<DtlsConfig, String> {
        let mut dtls = DtlsConfig::default();
        if let Some((identity, key)) = &self.psk {
            let key =
                hexadecimal::bytes(&secret("--psk", key)?).ok_or("--psk: expected the key in hexadecimal digits")?;
            dtls.keys.push(PreSharedKey::new(identity.as_str(), key));
        }
        if let Some((certificate, key)) = &self.own {
            dtls.certificate = Some(CertificateAndKey { certificate: text(certificate)?, key: text(key)? });
        }
        if let Some(ca) = &self.ca {
            dtls.roots = text(ca)?;
        }
        Ok(dtls)
    }
}

/// A secret, or the first line of the file that it is in: what stands on a command line, everybody on the machine can see.
fn secret(option: &str, word: &OsString) -> Result<String, String> {
    let word = word.to_str().ok_or_else(|| format!("{option}: expected UTF-8"))?;
    match word.strip_prefix('@') {
        Some(path) => Ok(text(&PathBuf::from(path))?.lines().next().unwrap_or_default().to_owned()),
        None => Ok(word.to_owned()),
    }
}

fn text(path: &PathBuf) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use onem2m_cse::client::Client;

    #[test]
    fn a_key_may_be_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "0102\n").unwrap();
        let of = |key: &str| Secure { psk: Some(("meter".into(), key.into())), ..Secure::default() };
        let from_file = of(&format!("@{}", path.display())).dtls().unwrap();
        assert_eq!(from_file.keys, [PreSharedKey::new("meter", [1, 2])]);
        assert!(of("key").dtls().unwrap_err().contains("hexadecimal"));
        let builder = |url: &str| of("0102").apply(url, Client::builder(url)).unwrap();
        assert!(builder("coaps://localhost").build().is_ok());
        assert!(builder("http://localhost").build().is_ok());
    }
}
