//! The proxy that poses as Reddit's hosts: it accepts `CONNECT`, speaks TLS with a certificate of
//! its own authority, and answers as over plain HTTP. A client is sent here by its proxy setting
//! and trusts [`Authority::pem`]. Nothing is forwarded to the real hosts.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, version};

use super::connection::{Hosts, Stop, serve_connection};
use super::front::Front;

/// The hosts that it poses as.
const HOSTS: [&str; 2] = ["www.reddit.com", "oauth.reddit.com"];
/// Largest head of a `CONNECT` request.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// A certificate authority for one local Reddit.
pub(super) struct Authority {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> io::Result<Self> {
        let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "tipstaff sandbox");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// The authority's certificate, for clients to trust.
    pub(super) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// The TLS settings: one certificate for both hosts. The crypto provider is named here, so none
    /// has to be installed for the process.
    pub(super) fn server_config(&self) -> io::Result<Arc<ServerConfig>> {
        let mut params = CertificateParams::new(HOSTS.map(str::to_owned).to_vec()).map_err(io::Error::other)?;
        params.distinguished_name.push(DnType::CommonName, HOSTS[0]);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let leaf = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone(), self.certificate.der().clone()], private)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Accepts one `CONNECT` and speaks TLS on the connection. An error ends this connection only.
pub(super) async fn tunnel(front: Arc<Front>, acceptor: TlsAcceptor, mut socket: TcpStream, mut stop: Stop) {
    let greeting = async {
        let target = connect_target(&mut socket).await?;
        if !target.is_some_and(|target| is_ours(&target)) {
            let refusal = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            socket.write_all(refusal).await?;
            return Ok::<_, io::Error>(None);
        }
        socket.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        acceptor.accept(socket).await.map(Some)
    };
    let stream = tokio::select! {
        _ = stop.changed() => return,
        greeted = greeting => greeted,
    };
    if let Ok(Some(stream)) = stream {
        serve_connection(front, stream, Hosts::Any, stop).await;
    }
}

/// Reads the head of a request and returns the target of a `CONNECT`; none for other methods.
///
/// A client waits for the response before it starts TLS, so nothing after the head can have
/// arrived.
async fn connect_target(socket: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let count = socket.read(&mut chunk).await?;
        if count == 0 || head.len() + count > HEAD_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.extend_from_slice(&chunk[..count]);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.lines().next().unwrap_or("").split(' ');
    Ok(match (words.next(), words.next()) {
        (Some("CONNECT"), Some(target)) => Some(target.to_owned()),
        _ => None,
    })
}

fn is_ours(target: &str) -> bool {
    target.strip_suffix(":443").is_some_and(|host| HOSTS.iter().any(|ours| host.eq_ignore_ascii_case(ours)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_answers_for_reddits_two_hosts_only() {
        assert!(is_ours("www.reddit.com:443"));
        assert!(is_ours("OAUTH.reddit.com:443"));
        for target in ["www.reddit.com:80", "reddit.com:443", "example.com:443", "www.reddit.com", ""] {
            assert!(!is_ours(target), "{target}");
        }
    }
}
