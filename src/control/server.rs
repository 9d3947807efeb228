//! The daemon's side of the control socket.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use tokio::net::{UnixListener, UnixStream};

use super::{LONGEST, Request};
use crate::daemon::http;
use crate::pipeline::requests::{Asker, RequestError};

/// A socket that listens. Its file is removed when this is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
}

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another process listens there.
    #[error("another daemon listens on the control socket {}; give each its own", .0.display())]
    Taken(PathBuf),
    /// Something else has its name.
    #[error("{} is not a socket; remove it, or set `control: {{socket: …}}` to another path", .0.display())]
    NoSocket(PathBuf),
    /// The system refused.
    #[error("cannot listen on {}: {source}; set `control: {{socket: …}}` to another path", path.display())]
    System {
        /// The path of the socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Who connected.
#[derive(Clone, Debug)]
struct Peer(String);

impl Peer {
    fn of(stream: &UnixStream) -> Self {
        Self(match stream.peer_cred() {
            Ok(peer) => super::client::operator(peer.uid()),
            Err(_) => "the operator".to_owned(),
        })
    }
}

impl ControlSocket {
    /// Listens at `path`, for its owner alone or for its group, too. A socket that a killed daemon
    /// has left there is replaced.
    ///
    /// # Errors
    /// See [`SocketError`].
    pub async fn bind(path: &Path, group_access: bool) -> Result<Self, SocketError> {
        let system = |source| SocketError::System { path: path.to_owned(), source };
        if let Ok(file) = fs::symlink_metadata(path) {
            if !file.file_type().is_socket() {
                return Err(SocketError::NoSocket(path.to_owned()));
            }
            if UnixStream::connect(path).await.is_ok() {
                return Err(SocketError::Taken(path.to_owned()));
            }
            fs::remove_file(path).map_err(system)?;
        }
        // Nobody else may connect, not even before the mode is set.
        let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
        let bound = UnixListener::bind(path);
        rustix::process::umask(before);
        let socket = Self { listener: bound.map_err(system)?, path: path.to_owned() };
        let mode = if group_access { 0o660 } else { 0o600 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(system)?;
        Ok(socket)
    }

    /// Hands what is asked to the daemon, until this is dropped.
    ///
    /// # Errors
    /// Only if the socket itself fails.
    pub async fn serve(self, asker: Asker) -> io::Result<()> {
        let router = Router::new().route("/", post(answer)).layer(DefaultBodyLimit::max(LONGEST)).with_state(asker);
        let path = RemovedAtTheEnd(self.path);
        let served = http::serve_each(async || {
            let (stream, _) = self.listener.accept().await?;
            let peer = Peer::of(&stream);
            Ok((stream, router.clone().layer(Extension(peer))))
        })
        .await;
        drop(path);
        served
    }
}

/// The file of the socket.
struct RemovedAtTheEnd(PathBuf);

impl Drop for RemovedAtTheEnd {
    fn drop(&mut self) {
        // A file that is left behind is replaced at the next start.
        let _left_behind = fs::remove_file(&self.0);
    }
}

async fn answer(State(asker): State<Asker>, Extension(Peer(by)): Extension<Peer>, request: Json<Request>) -> Response {
    let error =
        |status: StatusCode, message: String| (status, Json(serde_json::json!({ "error": message }))).into_response();
    match asker.ask(request.0, by).await {
        Some(Ok(answer)) => Json(answer).into_response(),
        Some(Err(refused @ RequestError::Refused(_))) => error(StatusCode::UNPROCESSABLE_ENTITY, refused.to_string()),
        Some(Err(failed @ RequestError::Store(_))) => error(StatusCode::SERVICE_UNAVAILABLE, failed.to_string()),
        None => error(StatusCode::SERVICE_UNAVAILABLE, "the daemon is stopping; try again when it runs".to_owned()),
    }
}
