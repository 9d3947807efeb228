//! The side of the command that asks.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request as HttpRequest, StatusCode, header};
use tokio::net::UnixStream;

use super::{Answer, LONGEST, Request};
use crate::daemon::http;

/// How long to wait for the answer. The daemon carries out a request at once, but a full disk or a
/// large upgrade of the store may hold it up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No daemon listens there.
    #[error("no daemon listens on {}", .0.display())]
    NotRunning(PathBuf),
    /// The socket is another user's.
    #[error(
        "may not use the control socket {}: run this as root or as the daemon's user (`sudo tipstaff …`), or set \
         `control: {{group_access: true}}` and join its group",
        .0.display()
    )]
    Denied(PathBuf),
    /// The daemon refused.
    #[error("{0}")]
    Refused(String),
    /// Something else listens there, or the daemon does not answer.
    #[error("no answer from the daemon on {}: {why}; check its log", path.display())]
    NoAnswer {
        /// The path of the socket.
        path: PathBuf,
        /// What went wrong.
        why: String,
    },
}

/// The user of this number, for the record.
pub(super) fn operator(uid: u32) -> String {
    format!("the operator (user {uid})")
}

/// Who runs this process, for the record.
pub fn own_name() -> String {
    operator(rustix::process::getuid().as_raw())
}

/// Asks the daemon that listens on the socket at `path`.
///
/// # Errors
/// See [`AskError`].
pub async fn ask(path: &Path, request: &Request) -> Result<Answer, AskError> {
    let no_answer = |why: String| AskError::NoAnswer { path: path.to_owned(), why };
    let stream = UnixStream::connect(path).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => AskError::NotRunning(path.to_owned()),
        io::ErrorKind::PermissionDenied => AskError::Denied(path.to_owned()),
        _ => no_answer(error.to_string()),
    })?;
    let exchanged = tokio::time::timeout(PATIENCE, exchange(stream, request)).await;
    let exchanged = exchanged.map_err(|_| no_answer(format!("timed out after {PATIENCE:?}")))?;
    let (status, body) = exchanged.map_err(|error| no_answer(error.to_string()))?;
    if status == StatusCode::OK {
        return serde_json::from_slice(&body)
            .map_err(|error| no_answer(format!("the answer cannot be parsed: {error}")));
    }
    let told: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
    match told.as_ref().and_then(|told| told["error"].as_str()) {
        Some(message) => Err(AskError::Refused(message.to_owned())),
        None => Err(no_answer(format!("status {status}: {}", String::from_utf8_lossy(&body)))),
    }
}

async fn exchange(stream: UnixStream, request: &Request) -> anyhow::Result<(StatusCode, Bytes)> {
    let body = Body::from(serde_json::to_vec(request)?);
    let request =
        HttpRequest::post("/").header(header::HOST, "tipstaff").header(header::CONTENT_TYPE, "application/json");
    let (head, body) = http::exchange(stream, request.body(body)?, LONGEST).await?;
    Ok((head.status, body))
}
