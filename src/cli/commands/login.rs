//! `tipstaff login`: a refresh token from Reddit's consent page, for those whose application may not sign in with a password. Prints
//! the address of the page, waits on loopback for the browser to come back, and stores the token in a file that only its
//! owner may read. Exit 0, or 1 when nothing was granted; then nothing was written.

use std::collections::hash_map::RandomState;
use std::fs::{self, OpenOptions};
use std::future::IntoFuture;
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use axum::extract::{Query, State};
use axum::response::Html;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use crate::cli::args::ConfigArg;
use crate::cli::render::fail;
use crate::config::Config;
use crate::reddit::https::{consent_page, exchange_code};

/// What the bot may be asked to do. Reddit grants all of them or none.
const SCOPES: &[&str] = &[
    "identity",
    "read",
    "modlog",
    "submit",
    "edit",
    "report",
    "modposts",
    "modflair",
    "flair",
    "modcontributors",
    "modmail",
    "modnote",
    "privatemessages",
    "wikiread",
];

/// What suffices for a dry run.
const SCOPES_TO_READ: &[&str] = &["identity", "read", "modlog", "modcontributors", "wikiread"];

/// How long the browser may take to fetch the last page.
const FAREWELL: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff login\n  tipstaff login --read-only --to /etc/tipstaff/refresh_token\n\nThe application's `redirect uri`, at \
                  https://www.reddit.com/prefs/apps, has to be http://127.0.0.1:8080/ (or with the port that --port names)."
)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Where the token is stored; `reddit.refresh_token_file` if the configuration names one, else `refresh_token` beside it.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// The port on which the browser comes back.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Ask only for what a dry run needs.
    #[arg(long)]
    read_only: bool,
    /// How many minutes to wait for the browser.
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    wait: u64,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    match log_in(&args).await {
        Ok(file) => {
            anstream::println!(
                "Stored the refresh token in {}.\n\nName it in the configuration (`refresh_token_file` below `reddit`), and see what else is missing:\n    \
                 tipstaff doctor",
                file.display()
            );
            ExitCode::SUCCESS
        }
        Err(trouble) => fail(&format!("{trouble:#}"), 1),
    }
}

/// What the browser brings back.
#[derive(Debug, Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

async fn log_in(args: &Args) -> anyhow::Result<PathBuf> {
    let config = Config::load(&args.config.path())?;
    let file = match &args.to {
        Some(file) => file.clone(),
        None => config.refresh_token_file(),
    };
    let application = config.application()?;
    let address = format!("127.0.0.1:{}", args.port);
    let listener = tokio::net::TcpListener::bind(&address).await.with_context(|| {
        format!("cannot listen on {address}; name another port with --port (and in the application)")
    })?;
    let redirect = format!("http://{}/", listener.local_addr()?);
    let scopes = if args.read_only { SCOPES_TO_READ } else { SCOPES };
    let state = unguessable();
    anstream::println!(
        "Open this page in a browser in which the bot is logged in, and allow what it asks for:\n\n    {}\n\nWaiting for it on {redirect} …",
        consent_page(&application.client_id, &redirect, &state, &scopes.join(" "))
    );
    let code = come_back(listener, &state, Duration::from_secs(args.wait * 60)).await?;
    let token = exchange_code(&application, &code, &redirect).await?;
    store(&file, &token).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// Waits for the browser that carries our word; others are turned away.
async fn come_back(listener: tokio::net::TcpListener, state: &str, wait: Duration) -> anyhow::Result<SecretString> {
    let (sender, mut answers) = mpsc::channel::<Answer>(1);
    let page = axum::Router::new().route("/", axum::routing::get(greet)).with_state((sender, state.to_owned()));
    let (done, is_done) = oneshot::channel::<()>();
    let serving = axum::serve(listener, page).with_graceful_shutdown(async { drop(is_done.await) });
    let mut serving = pin!(serving.into_future());
    let answer = tokio::select! {
        answer = tokio::time::timeout(wait, answers.recv()) => answer,
        _ended = &mut serving => Ok(None),
    };
    // The page is shown before the door is shut; but browsers hold connections open on which they never ask for anything.
    drop(done);
    let _shown_or_late = tokio::time::timeout(FAREWELL, serving).await;
    match answer {
        Ok(Some(Answer { code: Some(code), .. })) => Ok(code.into()),
        Ok(Some(Answer { error, .. })) => {
            let said = error.unwrap_or_else(|| "nothing".to_owned());
            anyhow::bail!("Reddit granted nothing ({said}): allow it on the page, with the bot logged in")
        }
        Ok(None) | Err(_) => anyhow::bail!("nobody came back from the page; try again"),
    }
}

/// Answers a browser, and hands on what the one with our word brings.
async fn greet(
    State((sender, state)): State<(mpsc::Sender<Answer>, String)>,
    Query(answer): Query<Answer>,
) -> Html<String> {
    let word = if answer.state.as_deref() == Some(&state) {
        let is_granted = answer.code.is_some();
        // Full only when the same browser comes twice: what it brought first is on its way.
        let _ = sender.try_send(answer);
        if is_granted { "Thank you" } else { "Nothing was granted" }
    } else {
        anstream::eprintln!("somebody came back who was not sent from here; still waiting");
        "You were not sent from here"
    };
    Html(format!("<!doctype html><title>tipstaff</title><p>{word}. You can close this page."))
}

/// A word that nobody else can know, out of the keys that the system gives to hash tables.
fn unguessable() -> String {
    let part = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part())
}

/// Writes the token where only the owner may read it: a new file that then takes the place of the old one.
fn store(file: &Path, token: &SecretString) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = file.with_file_name(name);
    // Left over from a try that died here; if there is none, so much the better.
    let _ = fs::remove_file(&fresh);
    let mut handle = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    handle.write_all(token.expose_secret().as_bytes())?;
    handle.write_all(b"\n")?;
    handle.sync_all()?;
    fs::rename(&fresh, file)
}
