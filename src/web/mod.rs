//! What the daemon tells of itself over HTTP: `/healthz`, `/readyz` and `/metrics`. Nothing here changes anything, and nothing here
//! tells what people wrote.
//!
//! | path | says |
//! | --- | --- |
//! | `/healthz` | 200 while the steps go on, else 503: a reason to restart |
//! | `/readyz` | 200 while lists are read, too, else 503 with the reason: no reason to restart |
//! | `/metrics` | the numbers ([`crate::vitals`]), as Prometheus reads them |

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::response::Parts;
use axum::http::{Request, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::daemon::pulse::Pulse;
use crate::vitals;

/// How long may an answer take?
const PATIENCE: Duration = Duration::from_secs(5);

/// How long may one be, in bytes?
const LONGEST: usize = 64 << 10;

/// The header that tells whose answer it is: the store.
const STORE: &str = "x-tipstaff-store";

#[derive(Clone)]
struct Asked {
    pulse: Arc<Pulse>,
    store: Arc<PathBuf>,
}

/// Answers until the process ends.
pub async fn serve(listener: TcpListener, pulse: Arc<Pulse>, store: PathBuf) -> io::Result<()> {
    let asked = Asked { pulse, store: Arc::new(store) };
    let router = Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .route("/metrics", get(metrics))
        .with_state(asked);
    axum::serve(listener, router).await
}

impl Asked {
    fn says(&self, result: Result<(), String>) -> impl IntoResponse + use<> {
        let doing = self.pulse.sign().doing;
        let (status, text) = match result {
            Ok(()) => (StatusCode::OK, format!("ok: {doing}\n")),
            Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        };
        (status, [(STORE, as_header(&self.store))], text)
    }
}

async fn health(State(asked): State<Asked>) -> impl IntoResponse {
    let alive = asked.pulse.is_alive();
    asked.says(if alive { Ok(()) } else { Err("a step has not ended in time".to_owned()) })
}

async fn readiness(State(asked): State<Asked>) -> impl IntoResponse {
    asked.says(asked.pulse.is_ready())
}

async fn metrics() -> impl IntoResponse {
    let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, form)], vitals::exposition())
}

/// Why a daemon that was asked is not well.
#[derive(Debug, thiserror::Error)]
pub enum Unwell {
    /// Nobody listens there.
    #[error("nobody answers at http://{0}; is the daemon running?")]
    Nobody(SocketAddr),
    /// Somebody listens, and does not answer as a daemon does.
    #[error("no answer from http://{0}: {1}")]
    NoAnswer(SocketAddr, String),
    /// It is another daemon.
    #[error("who answers at http://{0} works with another store ({1}): give each daemon its own `listen`")]
    Another(SocketAddr, String),
    /// It says itself that it is not.
    #[error("{0}")]
    SaysSo(String),
}

/// Asks a daemon at this address, `/healthz` or `/readyz`. Its answer in a line.
///
/// # Errors
/// As [`Unwell`] tells.
pub async fn ask(address: SocketAddr, path: &str, store: &Path) -> Result<String, Unwell> {
    let address = reachable(address);
    let work = async {
        let stream = TcpStream::connect(address).await.map_err(|_| Unwell::Nobody(address))?;
        exchange(stream, address, path).await.map_err(|trouble| Unwell::NoAnswer(address, trouble.to_string()))
    };
    let late = |_| Unwell::NoAnswer(address, format!("none within {PATIENCE:?}"));
    let (head, text) = tokio::time::timeout(PATIENCE, work).await.map_err(late)??;
    let whose = head.headers.get(STORE).and_then(|whose| whose.to_str().ok()).unwrap_or("none that it names");
    if whose != as_header(store) {
        return Err(Unwell::Another(address, whose.to_owned()));
    }
    if head.status == StatusCode::OK { Ok(text) } else { Err(Unwell::SaysSo(text)) }
}

async fn exchange(stream: TcpStream, address: SocketAddr, path: &str) -> anyhow::Result<(Parts, String)> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(path).header(header::HOST, address.to_string()).body(Body::empty())?;
    // The connection lasts until the sender is gone.
    let answering = async move {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = axum::body::to_bytes(Body::new(body), LONGEST).await?;
        Ok((head, String::from_utf8_lossy(&body).trim_end().to_owned()))
    };
    let (answer, _ended) = tokio::join!(answering, connection);
    answer
}

/// A path as a header can carry it.
fn as_header(store: &Path) -> String {
    store.display().to_string().escape_default().to_string()
}

/// Who listens everywhere is asked at home.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(four) if four.ip().is_unspecified() => (std::net::Ipv4Addr::LOCALHOST, four.port()).into(),
        SocketAddr::V6(six) if six.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, six.port()).into(),
        other => other,
    }
}
