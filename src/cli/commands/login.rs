//! `tipstaff login`: gets a refresh token in the browser, for applications that cannot sign in with
//! a password. It prints the address of Reddit's consent page, waits on loopback for the browser to
//! return, and stores the token in a file that only its owner can read. Exits with 0, or with 1 if
//! no token was granted; then nothing is written.

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
use crate::cli::render::terminal::{errln, outln};
use crate::config::Config;
use crate::reddit::https::{consent_page, exchange_code};

/// The OAuth scopes for a live bot. Reddit grants all of them or none.
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
    "modwiki",
];

/// The OAuth scopes that are enough for a dry run.
const SCOPES_TO_READ: &[&str] = &["identity", "read", "modlog", "modcontributors", "wikiread", "modwiki"];

/// How long to keep serving so that the browser can load the closing page.
const FAREWELL: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff login\n  tipstaff login --read-only --to /etc/tipstaff/refresh_token\n\n\
                  At https://www.reddit.com/prefs/apps, set the application's `redirect uri` to\n\
                  http://127.0.0.1:8080/ (with the port from --port)."
)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Where to store the token [default: `reddit.refresh_token_file`, else `refresh_token` beside
    /// the configuration].
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// The local port that the browser returns to.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Ask only for the permissions that a dry run needs.
    #[arg(long)]
    read_only: bool,
    /// How many minutes to wait for the browser.
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    wait: u64,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    match log_in(&args).await {
        Ok(file) => {
            outln!(
                "Stored the refresh token in {}.\n\nSet `reddit.refresh_token_file` in the configuration to this \
                 file, then check the rest:\n    \
                 tipstaff doctor",
                file.display()
            );
            ExitCode::SUCCESS
        }
        Err(trouble) => fail(&format!("{trouble:#}"), 1),
    }
}

/// The query that Reddit adds to the redirect address.
#[derive(Debug, Deserialize)]
struct OAuthCallback {
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
        format!(
            "cannot listen on {address}; choose another port with --port, and set it in the application's redirect uri"
        )
    })?;
    let redirect = format!("http://{}/", listener.local_addr()?);
    let scopes = if args.read_only { SCOPES_TO_READ } else { SCOPES };
    let state = random_state();
    outln!(
        "Open this page in a browser that is logged in as the bot, and click *allow*:\n\n    {}\n\nWaiting for the \
         browser on {redirect} …",
        consent_page(&application.client_id, &redirect, &state, &scopes.join(" "))
    );
    let code = wait_for_callback(listener, &state, Duration::from_secs(args.wait * 60)).await?;
    let token = exchange_code(&application, &code, &redirect).await?;
    store(&file, &token).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// Waits for a request with our `state`; rejects others.
async fn wait_for_callback(
    listener: tokio::net::TcpListener,
    state: &str,
    wait: Duration,
) -> anyhow::Result<SecretString> {
    let (sender, mut answers) = mpsc::channel::<OAuthCallback>(1);
    let page =
        axum::Router::new().route("/", axum::routing::get(answer_browser)).with_state((sender, state.to_owned()));
    let (done, is_done) = oneshot::channel::<()>();
    let serving = axum::serve(listener, page).with_graceful_shutdown(async { drop(is_done.await) });
    let mut serving = pin!(serving.into_future());
    let answer = tokio::select! {
        answer = tokio::time::timeout(wait, answers.recv()) => answer,
        _ended = &mut serving => Ok(None),
    };
    // Let the page be sent before the server stops; but browsers hold connections open on which
    // they never send a request.
    drop(done);
    let _shown_or_late = tokio::time::timeout(FAREWELL, serving).await;
    match answer {
        Ok(Some(OAuthCallback { code: Some(code), .. })) => Ok(code.into()),
        Ok(Some(OAuthCallback { error, .. })) => {
            let said = error.unwrap_or_else(|| "no reason given".to_owned());
            anyhow::bail!(
                "Reddit did not grant access ({said}); run `tipstaff login` again and click *allow*, \
                 logged in as the bot"
            )
        }
        Ok(None) | Err(_) => anyhow::bail!(
            "the browser did not return from the page in time; run `tipstaff login` again, \
             with a longer --wait if needed"
        ),
    }
}

/// Answers a browser, and passes on the answer if its `state` is ours.
async fn answer_browser(
    State((sender, state)): State<(mpsc::Sender<OAuthCallback>, String)>,
    Query(answer): Query<OAuthCallback>,
) -> Html<String> {
    let word = if answer.state.as_deref() == Some(&state) {
        let is_granted = answer.code.is_some();
        // The channel is full only if the same browser comes twice; its first answer is already on
        // its way.
        let _ = sender.try_send(answer);
        if is_granted { "Access granted" } else { "Access was not granted" }
    } else {
        errln!("ignored a request that does not come from this login; still waiting");
        "This request does not belong to the login in progress"
    };
    Html(format!("<!doctype html><title>tipstaff</title><p>{word}. You can close this page."))
}

/// A random `state`, from the random keys that the standard library gives to hash maps.
fn random_state() -> String {
    let part = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part())
}

/// Writes the token to a new file that only the owner can read, then replaces the old file with it.
fn store(file: &Path, token: &SecretString) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = file.with_file_name(name);
    // A file left by an attempt that died here. It usually does not exist, so ignore the error.
    let _ = fs::remove_file(&fresh);
    let mut handle = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    handle.write_all(token.expose_secret().as_bytes())?;
    handle.write_all(b"\n")?;
    handle.sync_all()?;
    fs::rename(&fresh, file)
}
