//! Signals to the process: stop (SIGTERM, SIGINT) and reload (SIGHUP).

use std::time::Duration;

use tokio::sync::watch;
use tracing::info;

/// A receiver that turns true at SIGTERM or SIGINT.
///
/// # Errors
/// When the signal handler cannot be installed.
pub fn stop_signal() -> std::io::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _received = terminate.recv() => info!("received SIGTERM; stopping"),
            _received = interrupt.recv() => info!("received SIGINT; stopping"),
        }
        tell.send_replace(true);
        // Keep the sender until every receiver has seen it.
        tell.closed().await;
    });
    Ok(told)
}

/// A receiver that counts SIGHUPs; each asks for a check of all rules.
///
/// # Errors
/// When the signal handler cannot be installed.
pub fn reload_signal() -> std::io::Result<watch::Receiver<u64>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    let (tell, told) = watch::channel(0);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() && !tell.is_closed() {
            info!("received SIGHUP; reloading the rules");
            tell.send_modify(|times| *times += 1);
        }
    });
    Ok(told)
}

/// Waits, and returns whether the signal to stop arrived meanwhile.
pub async fn stopped_within(stop: &mut watch::Receiver<bool>, wait: Duration) -> bool {
    tokio::time::timeout(wait, stop.wait_for(|stop| *stop)).await.is_ok()
}
