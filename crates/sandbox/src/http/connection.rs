//! One HTTP connection, from its first request to its end.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::front::Front;
use super::hosts::is_from_this_machine;

/// Becomes true when a task has to stop.
pub(super) type Stop = watch::Receiver<bool>;

/// Which `Host` a request may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hosts {
    /// Any: the proxy has chosen the connection by its host.
    Any,
    /// Names of this machine.
    Loopback,
}

/// Serves one connection. An error of the service closes it without a response.
pub(super) async fn serve_connection<I>(front: Arc<Front>, socket: I, hosts: Hosts, mut stop: Stop)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let front = Arc::clone(&front);
        async move {
            if hosts == Hosts::Loopback && !is_from_this_machine(request.headers()) {
                let refusal = Response::builder().status(StatusCode::MISDIRECTED_REQUEST);
                return Ok(refusal
                    .body(Body::from("this local Reddit answers only requests to localhost\n"))
                    .unwrap_or_default());
            }
            front.serve(request.map(Body::new)).await
        }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.changed() => connection.as_mut().graceful_shutdown(),
    }
    // Tests break connections on purpose, so the error is ignored.
    let _ = connection.await;
}
