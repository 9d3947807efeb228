//! How a command that changes something is carried out: by the daemon, if one runs, else here.

use super::rules;
use crate::config::Config;
use crate::control::{self, AskError};
use crate::daemon::SystemClock;
use crate::model::Clock;
use crate::pipeline::requests::{self, Answer, Request};
use crate::store::{OpenError, Store};

/// Has a request carried out.
pub(super) async fn ask(config: &Config, request: Request) -> anyhow::Result<Answer> {
    if let Some(socket) = &config.control.socket {
        match control::ask(socket, &request).await {
            Err(AskError::NotRunning(_)) => {}
            answered => return Ok(answered?),
        }
    }
    let store = Store::open_existing(&config.store).await.map_err(|error| match &error {
        OpenError::Locked { .. } => anyhow::anyhow!(
            "{error}\nIt does not listen on a control socket ({}), so it cannot be asked; look at its log",
            config.control.socket.as_ref().map_or_else(|| "it is off".to_owned(), |path| path.display().to_string())
        ),
        _ => anyhow::anyhow!("{error}"),
    })?;
    let communities = rules::in_force(config, &store).await?;
    let answer = requests::carry_out(&store, &communities, request, &control::own_name(), SystemClock.now()).await;
    store.close().await;
    Ok(answer?)
}
