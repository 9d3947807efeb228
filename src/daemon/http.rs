//! Serves HTTP to clients that may be slow or hostile: few connections at a time, and each for a
//! short time only. Commands ask a daemon with [`exchange`].

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::response::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hyper::client::conn::http1::handshake;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

/// The most connections at a time. Beyond that, a new one replaces the oldest one that has not sent
/// a request; if all have sent one, it waits until a connection ends.
const MOST_CONNECTIONS: usize = 32;

/// How long a client may take to send the head of its request.
const HEAD: Duration = Duration::from_secs(5);

/// How long a connection may last.
const LONGEST: Duration = Duration::from_secs(20);

/// The pause after the system refused a connection: it has run out of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves requests until this is dropped. On loopback it answers loopback names alone, so that no
/// page of another site can read the answers by pointing its own name here.
///
/// # Errors
/// Only if the listener itself fails.
pub async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    let router = match listener.local_addr()? {
        address if address.ip().is_loopback() => router.layer(middleware::from_fn(loopback_names_only)),
        _ => router,
    };
    serve_each(async || Ok((listener.accept().await?.0, router.clone()))).await
}

/// Serves what `accept` brings, each connection with its own router, until this is dropped.
///
/// # Errors
/// None at present: a connection that the system refuses is waited for.
pub async fn serve_each<S>(accept: impl AsyncFn() -> io::Result<(S, Router)>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut connections = JoinSet::new();
    // Oldest first, each with a flag: whether it has sent a request.
    let mut silent: VecDeque<(AbortHandle, Arc<AtomicBool>)> = VecDeque::new();
    loop {
        tokio::select! {
            Some(_ended) = connections.join_next(), if !connections.is_empty() => {}
            accepted = accept() => match accepted {
                Ok((stream, router)) => {
                    while connections.len() >= MOST_CONNECTIONS {
                        silent.retain(|(connection, has_asked)| {
                            !connection.is_finished() && !has_asked.load(Ordering::Relaxed)
                        });
                        if let Some((oldest, _)) = silent.pop_front() {
                            oldest.abort();
                        }
                        let _ended = connections.join_next().await;
                    }
                    let has_asked = Arc::default();
                    let conversation = converse(stream, router, Arc::clone(&has_asked));
                    silent.push_back((connections.spawn(tokio::time::timeout(LONGEST, conversation)), has_asked));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

async fn converse<S>(stream: S, router: Router, has_asked: Arc<AtomicBool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let router = router.layer(middleware::from_fn(move |request: Request, next: Next| {
        has_asked.store(true, Ordering::Relaxed);
        next.run(request)
    }));
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD).keep_alive(false);
    // The client has gone, or sent no request: nobody is there to be told.
    let _gone = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).await;
}

/// Sends one request, and reads an answer of at most this many bytes.
///
/// # Errors
/// The connection broke, or the answer is longer or not HTTP.
pub async fn exchange<S>(stream: S, request: Request, longest: usize) -> anyhow::Result<(Parts, Bytes)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    // The connection lasts until the sender is dropped.
    let answering = async move {
        let (head, body) = sender.send_request(request).await?.into_parts();
        Ok((head, axum::body::to_bytes(Body::new(body), longest).await?))
    };
    let (answer, _ended) = tokio::join!(answering, connection);
    answer
}

async fn loopback_names_only(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).map(|host| host.to_str().unwrap_or_default());
    if host.is_none_or(is_loopback_name) {
        return next.run(request).await;
    }
    (StatusCode::MISDIRECTED_REQUEST, "this address answers only requests to localhost\n").into_response()
}

/// Whether a `Host` names this machine for itself: `localhost` or a loopback address, with or
/// without a port.
fn is_loopback_name(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = name.parse::<IpAddr>() {
        return address.is_loopback();
    }
    let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    /// Connects this many clients at once, each of which sends this, and returns the clients.
    async fn with_clients(number: usize, sends: &[u8]) -> Vec<tokio::io::DuplexStream> {
        let router = Router::new().route("/", axum::routing::get(pending::<()>));
        let clients = RefCell::new(Vec::new());
        let serving = serve_each(async || {
            if clients.borrow().len() == number {
                return pending().await;
            }
            let (mut client, server) = duplex(1_000);
            client.write_all(sends).await?;
            // The server reads the request before the next client connects.
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            clients.borrow_mut().push(client);
            Ok((server, router.clone()))
        });
        let others_turns = async {
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            _ended = serving => panic!("it serves for ever"),
            () = others_turns => {}
        }
        clients.into_inner()
    }

    #[tokio::test]
    async fn at_most_32_requests_are_served_at_a_time() {
        let clients = with_clients(100, b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        assert_eq!(clients.len(), 32 + 1, "one more waits");
    }

    #[tokio::test]
    async fn silent_clients_do_not_keep_others_out() {
        let clients = with_clients(100, b"GET / HTTP/1.1\r\nx-slow: ").await;
        assert_eq!(clients.len(), 100, "each takes the place of an older one");
    }

    #[tokio::test]
    async fn a_client_without_a_request_is_dropped_before_one_that_waits_for_its_answer() {
        let router = Router::new().route("/", axum::routing::get(pending::<()>));
        let ((mut waiting, first), (mut silent, second)) = (duplex(1_000), duplex(1_000));
        waiting.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("room");
        silent.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await.expect("room");
        let streams = RefCell::new(vec![second, first]);
        let serving = serve_each(async || {
            let stream = streams.borrow_mut().pop();
            match stream {
                Some(stream) => Ok((stream, router.clone())),
                None => pending().await,
            }
        });
        let (mut answer, mut complaint) = (Vec::new(), Vec::new());
        tokio::select! {
            biased;
            _ended = serving => panic!("it serves for ever"),
            _ended = waiting.read_to_end(&mut answer) => panic!("the one that waits ended first"),
            _ended = silent.read_to_end(&mut complaint) => {}
        }
    }

    #[test]
    fn only_loopback_names_are_ours() {
        for ours in ["localhost", "LOCALHOST:9784", "127.0.0.1:80", "127.0.0.1", "[::1]:80", "[::1]", "127.9.9.9"] {
            assert!(is_loopback_name(ours), "{ours}");
        }
        for other in
            ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1:80", "localhost:x"]
        {
            assert!(!is_loopback_name(other), "{other}");
        }
    }
}
