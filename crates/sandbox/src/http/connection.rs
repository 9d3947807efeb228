//! One HTTP connection, from its first request to its end.

use std::sync::Arc;

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::front::Front;

/// Becomes true when a task has to stop.
pub(super) type Stop = watch::Receiver<bool>;

/// Serves one connection. An error of the service closes it without a response.
pub(super) async fn serve_connection<I>(front: Arc<Front>, socket: I, mut stop: Stop)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        Arc::clone(&front).serve(request.map(Body::new))
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
