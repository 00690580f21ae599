//! The client's side.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;

use super::{TlsError, pem, provider, reason};
use crate::binding::stream::Stream;

/// Whom a client trusts, and who it says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientTlsConfig {
    /// Trust whom this machine trusts. Default: yes.
    pub system_roots: bool,
    /// PEM: further roots to trust. Default: none.
    pub roots: Vec<PathBuf>,
    /// Certificate and key that are shown to servers that ask for one. Default: none.
    pub own: Option<KeyPair>,
}

/// A certificate and its key, in files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPair {
    /// PEM: the certificate, and after it those that lead to one that servers trust.
    pub certificates: PathBuf,
    /// PEM: the private key of the first of them, without a passphrase.
    pub key: PathBuf,
}

impl Default for ClientTlsConfig {
    fn default() -> Self {
        Self { system_roots: true, roots: Vec::new(), own: None }
    }
}

/// Whom a client trusts and who it is, ready to be used by any number of clients. Clones are the same one: what one
/// reloads, all have reloaded.
#[derive(Clone)]
pub struct ClientTls {
    files: Arc<ClientTlsConfig>,
    current: Arc<RwLock<Arc<ClientConfig>>>,
}

impl ClientTls {
    /// Reads the files, and the system's roots if they are wanted. A root of the system that cannot be used is left out.
    ///
    /// # Errors
    /// [`TlsError`], with the name of the file and what is wrong with it.
    pub fn load(config: ClientTlsConfig) -> Result<Self, TlsError> {
        let current = Arc::new(read(&config)?);
        Ok(Self { files: Arc::new(config), current: Arc::new(RwLock::new(current)) })
    }

    /// Reads the files again, for connections that are made from now on.
    ///
    /// # Errors
    /// As [`load`](Self::load); then what was there before stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        let current = Arc::new(read(&self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(())
    }

    /// Which files are used.
    #[must_use]
    pub fn config(&self) -> &ClientTlsConfig {
        &self.files
    }

    /// The same for whoever speaks TLS by itself. It names no protocol inside (ALPN).
    #[must_use]
    pub fn rustls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

/// Makes connections secure. Without a configuration it trusts whom the system trusts, and looks that up when the first
/// connection needs it: hardly anybody calls anybody over TLS without having said how.
#[derive(Clone, Default)]
pub(crate) struct Dialer {
    tls: Arc<OnceCell<ClientTls>>,
}

impl Dialer {
    pub fn new(tls: Option<ClientTls>) -> Self {
        Self { tls: Arc::new(OnceCell::new_with(tls)) }
    }

    /// Whom is trusted, for whoever speaks TLS by itself.
    pub async fn client(&self) -> Result<ClientTls, String> {
        let tls = self.tls.get_or_try_init(|| async {
            let load = tokio::task::spawn_blocking(|| ClientTls::load(ClientTlsConfig::default()));
            load.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
        });
        tls.await.cloned()
    }

    /// Shakes hands with the server of that name, which may be an IP address. How long that may take is for the caller to
    /// say.
    pub async fn secure(&self, stream: TcpStream, host: &str) -> Result<Stream, String> {
        let config = self.client().await?.rustls();
        let name = ServerName::try_from(host.to_owned()).map_err(|error| format!("{host}: {error}"))?;
        let stream = TlsConnector::from(config).connect(name, stream).await;
        let stream = stream.map_err(|error| format!("TLS: {}", reason(&error)))?;
        Ok(Stream::Tls(Box::new(stream.into())))
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tls.get().fmt(f)
    }
}

fn read(files: &ClientTlsConfig) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    if files.system_roots {
        add_system(&mut roots, !files.roots.is_empty())?;
    }
    for path in &files.roots {
        pem::trust(&mut roots, path)?;
    }
    if roots.is_empty() {
        let reason = "a client that trusts nobody reaches nobody: expected the system's roots or some of its own";
        return Err(TlsError::Setup(reason.to_owned()));
    }
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| TlsError::Setup(error.to_string()))?.with_root_certificates(roots);
    let Some(KeyPair { certificates, key }) = &files.own else { return Ok(builder.with_no_client_auth()) };
    let (chain, private_key) = (pem::certificates(certificates)?, pem::private_key(key)?);
    builder.with_client_auth_cert(chain, private_key).map_err(|error| pem::mismatch(certificates, key, &error))
}

/// A system without roots is no harm to whoever brings some.
fn add_system(roots: &mut RootCertStore, has_others: bool) -> Result<(), TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added > 0 || has_others {
        return Ok(());
    }
    let reason = match found.errors.first() {
        Some(error) => error.to_string(),
        None => "there are none; install the package ca-certificates, or name roots of your own".to_owned(),
    };
    Err(TlsError::SystemRoots(reason))
}
