//! The server's side.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{TlsError, names, pem, provider};
use crate::binding::Proven;
use crate::binding::stream::Stream;

/// Which files a server uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerTlsConfig {
    /// PEM: the certificate of this CSE, and after it those that lead from it to one that clients trust.
    pub certificates: PathBuf,
    /// PEM: the private key of the first of them, without a passphrase.
    pub key: PathBuf,
    /// Whether clients show certificates. Default: they are not asked.
    pub clients: ClientCertificates,
}

/// Whether clients show certificates, and who vouches for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    /// They are not asked: nobody proves anything.
    #[default]
    NotAsked,
    /// Who shows one that was issued by a root in this PEM file has proved to be whom it names; who shows none is let in
    /// unproven; who shows another one is not let in.
    Optional(PathBuf),
    /// Only who shows one that was issued by a root in this PEM file is let in.
    Required(PathBuf),
}

/// Certificate and key of a server, ready to be used by any number of bindings. Clones are the same one: what one reloads,
/// all have reloaded.
///
/// ```
/// use onem2m_cse::binding::tls::{ServerTls, ServerTlsConfig};
///
/// let config = ServerTlsConfig { certificates: "no/such.pem".into(), ..ServerTlsConfig::default() };
/// let error = ServerTls::load(config).unwrap_err();
/// assert!(error.to_string().starts_with("no/such.pem: cannot be read"));
/// ```
#[derive(Clone)]
pub struct ServerTls {
    files: Arc<ServerTlsConfig>,
    current: Arc<RwLock<Current>>,
}

/// What is spoken inside, to be agreed on in the handshake (RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// HTTP/2 and HTTP/1.1.
    Http,
    /// HTTP/1.1 alone, from which WebSocket begins.
    WebSocket,
}

#[derive(Clone)]
struct Current {
    http: Arc<ServerConfig>,
    web_socket: Arc<ServerConfig>,
}

/// A handshake that is done.
pub(crate) struct Shaken {
    pub stream: Stream,
    pub is_http2: bool,
    pub proven: Option<Proven>,
}

impl ServerTls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`], with the name of the file and what is wrong with it.
    pub fn load(config: ServerTlsConfig) -> Result<Self, TlsError> {
        let current = read(&config)?;
        Ok(Self { files: Arc::new(config), current: Arc::new(RwLock::new(current)) })
    }

    /// Reads the files again. Connections that are made from now on see the new ones; open ones go on as they are, and no
    /// earlier session is resumed.
    ///
    /// # Errors
    /// As [`load`](Self::load); then what was there before stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        let current = read(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(())
    }

    /// Which files are used.
    #[must_use]
    pub fn config(&self) -> &ServerTlsConfig {
        &self.files
    }

    /// Shakes hands. How long that may take is for the caller to say.
    pub(crate) async fn accept(&self, stream: TcpStream, speaks: Speaks) -> io::Result<Shaken> {
        let acceptor = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            TlsAcceptor::from(Arc::clone(if speaks == Speaks::Http { &current.http } else { &current.web_socket }))
        };
        let stream = acceptor.accept(stream).await?;
        let (_, session) = stream.get_ref();
        let is_http2 = session.alpn_protocol() == Some(b"h2");
        let proven = session.peer_certificates().and_then(<[_]>::first).map(names::proven);
        Ok(Shaken { stream: Stream::Tls(Box::new(stream.into())), is_http2, proven })
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

fn read(files: &ServerTlsConfig) -> Result<Current, TlsError> {
    let certificates = pem::certificates(&files.certificates)?;
    let key = pem::private_key(&files.key)?;
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| TlsError::Setup(error.to_string()))?;
    let builder = match &files.clients {
        ClientCertificates::NotAsked => builder.with_no_client_auth(),
        ClientCertificates::Optional(roots) => builder.with_client_cert_verifier(verifier(roots, true)?),
        ClientCertificates::Required(roots) => builder.with_client_cert_verifier(verifier(roots, false)?),
    };
    let mut config = builder
        .with_single_cert(certificates, key)
        .map_err(|error| pem::mismatch(&files.certificates, &files.key, &error))?;
    if files.clients != ClientCertificates::NotAsked {
        // A session that is taken up again is not verified again: it would outlive the certificate.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let http = Arc::new(config.clone());
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Current { http, web_socket: Arc::new(config) })
}

fn verifier(path: &Path, optional: bool) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    pem::trust(&mut roots, path)?;
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
    let builder = if optional { builder.allow_unauthenticated() } else { builder };
    builder.build().map_err(|error| pem::content(path, error.to_string()))
}
