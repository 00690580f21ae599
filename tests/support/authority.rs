//! A certificate authority in a directory of its own, for one test.

use std::fs;
use std::path::PathBuf;

use onem2m_cse::binding::tls::{
    ClientCertificates, ClientTls, ClientTlsConfig, KeyPair as Files, ServerTls, ServerTlsConfig,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};
use tempfile::TempDir;

pub struct Authority {
    dir: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// With `ca.pem` and a pair for `server`, which is `localhost` and `127.0.0.1`.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        // No two have the same name, so that none is taken for another that signs badly.
        params.distinguished_name.push(DnType::CommonName, dir.path().to_str().unwrap());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = Self { dir, issuer };
        fs::write(authority.path("ca.pem"), authority.issuer.pem()).unwrap();
        let localhost = SanType::DnsName("localhost".try_into().unwrap());
        authority.issue("server", vec![localhost, SanType::IpAddress([127, 0, 0, 1].into())]);
        authority
    }

    /// A pair for the AE of that AE-ID, with the URI of TS-0003 10.1.1.5.
    pub fn ae(&self, originator: &str) -> Files {
        let uri = format!("//acme.example.com/id-in/{originator}");
        self.issue(originator, vec![SanType::URI(uri.try_into().unwrap())])
    }

    fn issue(&self, stem: &str, names: Vec<SanType>) -> Files {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, stem);
        params.subject_alt_names = names;
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = self.files(stem);
        fs::write(&files.certificates, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }

    fn files(&self, stem: &str) -> Files {
        Files { certificates: self.path(&format!("{stem}.pem")), key: self.path(&format!("{stem}.key")) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The same, for a command line.
    pub fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn server(&self, clients: ClientCertificates) -> ServerTls {
        let Files { certificates, key } = self.files("server");
        ServerTls::load(ServerTlsConfig { certificates, key, clients }).unwrap()
    }

    /// A server that lets in whoever has a certificate of this authority, and nobody else.
    pub fn strict(&self) -> ServerTls {
        self.server(ClientCertificates::Required(self.path("ca.pem")))
    }

    /// A client that trusts this authority alone, and shows the server's own pair.
    pub fn client(&self) -> ClientTls {
        let (roots, own) = (vec![self.path("ca.pem")], Some(self.files("server")));
        ClientTls::load(ClientTlsConfig { system_roots: false, roots, own }).unwrap()
    }
}
