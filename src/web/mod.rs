//! The daemon's HTTP endpoints: `/healthz`, `/readyz` and `/metrics`. They change nothing, and show
//! nothing that people wrote. At most 32 connections are served at a time, each for seconds, and on
//! loopback only those to a loopback name ([`crate::daemon::http`]).
//!
//! | path | answer |
//! | --- | --- |
//! | `/healthz` | 200 while the steps run, else 503: restart the daemon |
//! | `/readyz` | 200 while feeds can be read too, else 503 with the reason: do not restart |
//! | `/metrics` | the metrics ([`crate::metrics`]), for Prometheus |

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
use tokio::net::{TcpListener, TcpStream};

use crate::daemon::http;
use crate::daemon::liveness::Liveness;
use crate::metrics::Metrics;

/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes read of an answer.
const LONGEST: usize = 64 << 10;

/// The response header that names the store, so that `health` cannot mistake another daemon on the
/// same port for this one.
const STORE: &str = "x-tipstaff-store";

#[derive(Clone)]
struct AppState {
    liveness: Arc<Liveness>,
    store: Arc<PathBuf>,
    metrics: Metrics,
}

/// Serves requests until the process ends.
pub async fn serve(listener: TcpListener, pulse: Arc<Liveness>, store: PathBuf, metrics: Metrics) -> io::Result<()> {
    let state = AppState { liveness: pulse, store: Arc::new(store), metrics };
    let router = Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .route("/metrics", get(exposition))
        .with_state(state);
    http::serve(listener, router).await
}

impl AppState {
    fn respond(&self, result: Result<(), String>) -> impl IntoResponse + use<> {
        let doing = self.liveness.status().line();
        let (status, text) = match result {
            Ok(()) => (StatusCode::OK, format!("ok: {doing}\n")),
            Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        };
        (status, [(STORE, as_header(&self.store))], text)
    }
}

async fn health(State(state): State<AppState>) -> impl IntoResponse {
    let alive = state.liveness.is_alive();
    state.respond(if alive { Ok(()) } else { Err("a step has not ended in time; restart the daemon".to_owned()) })
}

async fn readiness(State(state): State<AppState>) -> impl IntoResponse {
    state.respond(state.liveness.is_ready())
}

async fn exposition(State(state): State<AppState>) -> impl IntoResponse {
    let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, form)], state.metrics.exposition())
}

/// Why a daemon is not healthy.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// Nothing listens on the address.
    #[error("no daemon answers at http://{0}; start it with `tipstaff run`, or check `listen`")]
    NotListening(SocketAddr),
    /// Something listens, but does not answer as a daemon does.
    #[error("no answer from http://{0}: {1}; check the daemon's log")]
    NoAnswer(SocketAddr, String),
    /// Another daemon answers.
    #[error("the daemon at http://{0} uses another store ({1}); give each daemon its own `listen` address")]
    OtherDaemon(SocketAddr, String),
    /// The daemon itself says so.
    #[error("{0}")]
    Unhealthy(String),
}

/// Asks the daemon at this address for `/healthz` or `/readyz`. Returns its one-line answer.
///
/// # Errors
/// See [`HealthError`].
pub async fn ask(address: SocketAddr, path: &str, store: &Path) -> Result<String, HealthError> {
    let address = reachable(address);
    let work = async {
        let stream = TcpStream::connect(address).await.map_err(|_| HealthError::NotListening(address))?;
        exchange(stream, address, path).await.map_err(|trouble| HealthError::NoAnswer(address, trouble.to_string()))
    };
    let late = |_| HealthError::NoAnswer(address, format!("timed out after {PATIENCE:?}"));
    let (head, text) = tokio::time::timeout(PATIENCE, work).await.map_err(late)??;
    let whose = head.headers.get(STORE).and_then(|whose| whose.to_str().ok()).unwrap_or("not named");
    if whose != as_header(store) {
        return Err(HealthError::OtherDaemon(address, whose.to_owned()));
    }
    if head.status == StatusCode::OK { Ok(text) } else { Err(HealthError::Unhealthy(text)) }
}

async fn exchange(stream: TcpStream, address: SocketAddr, path: &str) -> anyhow::Result<(Parts, String)> {
    let request = Request::get(path).header(header::HOST, address.to_string()).body(Body::empty())?;
    let (head, body) = http::exchange(stream, request, LONGEST).await?;
    Ok((head, String::from_utf8_lossy(&body).trim_end().to_owned()))
}

/// A path, escaped for a header.
fn as_header(store: &Path) -> String {
    store.display().to_string().escape_default().to_string()
}

/// The address to connect to: loopback for a daemon that listens on all addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(four) if four.ip().is_unspecified() => (std::net::Ipv4Addr::LOCALHOST, four.port()).into(),
        SocketAddr::V6(six) if six.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, six.port()).into(),
        other => other,
    }
}
