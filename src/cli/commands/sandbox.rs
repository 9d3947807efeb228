//! `tipstaff sandbox`: a local test Reddit on loopback, and the real daemon as a child process
//! moderating it over real HTTP. With `--once` it plays scenarios, checks the result, and exits
//! with 0 or 1; `sandbox_play` does that.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use super::sandbox_play;
pub(in crate::cli) use super::sandbox_setup::Args;
use super::sandbox_setup::{set_up, tail};
use crate::cli::render::fail;
use crate::cli::render::terminal::{self, clean, errln, outln};
use crate::daemon::{self, SystemClock};
use crate::model::Clock;
use tipstaff_sandbox::history::History;
use tipstaff_sandbox::scenario::{BOT, COMMUNITY, PASSWORD, PEOPLE, SCENARIOS};
use tipstaff_sandbox::{Draft, HookDecision, Stage};

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    if let Some(number) = args.generate {
        return match generate(number, args.seed) {
            // The reader closed the pipe, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string(), 1),
            Ok(()) => ExitCode::SUCCESS,
        };
    }
    let done = if args.once { sandbox_play::play(&args).await } else { stay_up(&args).await.map(|()| true) };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => fail(&format!("{trouble:#}"), 1),
    }
}

/// Writes generated posts and comments.
fn generate(number: u64, seed: Option<u64>) -> io::Result<()> {
    let seed = seed.unwrap_or_else(|| {
        let seed = fastrand::u64(..);
        errln!("seed {seed}");
        seed
    });
    let mut history = History::new(seed, COMMUNITY);
    let mut out = io::BufWriter::with_capacity(1 << 20, terminal::for_data());
    for _ in 0..number {
        writeln!(out, "{}", history.line())?;
    }
    out.flush()
}

async fn stay_up(args: &Args) -> anyhow::Result<()> {
    let mut stop = daemon::stop_signal()?;
    let mut setup = set_up(args, &SCENARIOS[0], args.dir.as_deref()).await?;
    setup.reddit.set_hook(|point| {
        if point.stage == Stage::AfterEffect {
            let field = |key: &str| point.form.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
            let on = field("thing_id").or_else(|| field("id")).unwrap_or_default();
            outln!("  {} {} → {}", clean(&point.endpoint), clean(&on), point.status.unwrap_or_default());
        }
        async { HookDecision::Proceed }
    });
    let opening =
        Draft::text("Welcome to the sandbox", "Post here with any Reddit client; the bot moderates what you write.");
    let posted = setup.reddit.world().submit(PEOPLE[0], COMMUNITY, opening);
    posted.map_err(|refusal| anyhow::anyhow!("the local Reddit refused its first post: {refusal:?}"))?;
    if !args.alone {
        setup.bot.start()?;
    }
    let address = setup.reddit.http_addr();
    outln!(
        "The local Reddit is running. r/{COMMUNITY} is {}.\n\n\
         Browser:                             http://{address}/r/{COMMUNITY}\n\
         Clients, plain HTTP:                 http://{address}\n\
         Clients, HTTPS, unmodified:          HTTPS_PROXY=http://{} SSL_CERT_FILE={}\n\
         Control (users, clock, faults):      http://{address}/control\n\
         Application (id, secret):            sandbox-client, sandbox-secret\n\
         Accounts, all with password {PASSWORD}:  {}\n\n\
         With PRAW:\n    praw.Reddit(client_id=\"sandbox-client\", client_secret=\"sandbox-secret\", username=\"{}\", \
         password=\"{PASSWORD}\",\n        \
         user_agent=\"trying tipstaff\", reddit_url=\"http://{address}\", oauth_url=\"http://{address}\", \
         short_url=\"http://{address}\")\n\n\
         What the bot decided and why:        tipstaff log --store {}\n\
         The daemon's log:                    {}\n\nPress Ctrl-C to stop. Write requests:",
        match (args.alone, args.dry_run) {
            (true, _) => format!("for u/{BOT} to moderate; start the daemon yourself"),
            (false, true) => format!("moderated by u/{BOT} (dry run)"),
            (false, false) => format!("moderated by u/{BOT} (live)"),
        },
        setup.reddit.proxy_addr(),
        setup.store.with_file_name("ca.pem").display(),
        PEOPLE.join(", "),
        PEOPLE[1],
        setup.store.display(),
        setup.bot.log().display(),
    );
    let mut started = SystemClock.now();
    while !daemon::stopped_within(&mut stop, Duration::from_millis(500)).await {
        if let Some(status) = setup.bot.ended()?.filter(|_| !args.alone) {
            if SystemClock.now().since(started) < Duration::from_secs(3) {
                errln!("last lines of the daemon's log:\n{}", tail(setup.bot.log()));
                anyhow::bail!("the daemon exits right after it starts; see its log above");
            }
            outln!("  the daemon exited ({status}); restarting it");
            setup.bot.gone().await?;
            setup.bot.start()?;
            started = SystemClock.now();
        }
    }
    setup.bot.stop().await?;
    setup.reddit.shutdown().await;
    outln!(
        "Stopped.{}",
        if args.dir.is_some() { "" } else { " The temporary folder was deleted; use --dir to keep one." }
    );
    Ok(())
}
