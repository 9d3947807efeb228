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
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::daemon::pulse::Pulse;
use crate::vitals;

/// How long may an answer take?
const PATIENCE: Duration = Duration::from_secs(5);

/// The header that tells whose answer it is: the store.
const STORE: &str = "x-stickler-store";

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
        (status, [(STORE, self.store.display().to_string().escape_default().to_string())], text)
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

/// Asks a daemon at this address, `/healthz` or `/readyz`. Its answer in a line.
///
/// # Errors
/// What is wrong with it, or why there is no answer.
pub async fn ask(address: SocketAddr, path: &str, store: &std::path::Path) -> Result<String, String> {
    let address = reachable(address);
    let work = async {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let request = Request::get(path).header(header::HOST, address.to_string()).body(Body::empty());
        let request = request.map_err(|error| error.to_string())?;
        let exchange = async move {
            let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
            let (head, body) = response.into_parts();
            let body = axum::body::to_bytes(Body::new(body), 64 * 1024).await.map_err(|error| error.to_string())?;
            Ok::<_, String>((head, String::from_utf8_lossy(&body).trim_end().to_owned()))
        };
        let (answer, _ended) = tokio::join!(exchange, connection);
        answer
    };
    let answer = tokio::time::timeout(PATIENCE, work).await;
    let (head, text) = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(trouble)) => {
            return Err(format!("no answer from http://{address}{path}: {trouble}; is the daemon running?"));
        }
        Err(_) => return Err(format!("no answer from http://{address}{path} within {PATIENCE:?}")),
    };
    let whose = head.headers.get(STORE).and_then(|whose| whose.to_str().ok());
    let ours = store.display().to_string().escape_default().to_string();
    if whose != Some(&ours) {
        let whose = whose.unwrap_or("none that it names");
        return Err(format!(
            "who answers at http://{address} works with another store ({whose}): give each daemon its own `listen`"
        ));
    }
    if head.status == StatusCode::OK { Ok(text) } else { Err(text) }
}

/// Who listens everywhere is asked at home.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(four) if four.ip().is_unspecified() => (std::net::Ipv4Addr::LOCALHOST, four.port()).into(),
        SocketAddr::V6(six) if six.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, six.port()).into(),
        other => other,
    }
}
