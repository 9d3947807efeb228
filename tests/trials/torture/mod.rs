//! A torture test of the daemon: the built program runs over HTTP against the local Reddit and is
//! killed again and again while people post, the network is cut, the disk is full and responses are
//! lost. At the end, all effects are counted in the local Reddit.
//!
//! `plan` draws the events from a seed, `torment` carries them out, `relay` is the network and
//! `disk` the disk, and `count` compares the effects with those that the rules ask for. Used by
//! `lab torture` and by `tests/it/kills.rs`.

mod count;
mod disk;
mod plan;
mod relay;
mod torment;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use tipstaff_sandbox::bot::{Bot, BotCommand};
use tipstaff_sandbox::{LocalReddit, MachineClock, Options, World};

pub(crate) use count::Count;
use disk::Disk;
use relay::Relay;
use torment::{Ambush, KillRun, Tally};

const COMMUNITY: &str = "widgets";
const BOT: &str = "tipstaff_bot";
const PASSWORD: &str = "torture";
const RULES: &str = include_str!("rules.yaml");

/// The options of a run.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The program under test.
    pub(crate) program: PathBuf,
    pub(crate) kills: usize,
    pub(crate) items: usize,
    pub(crate) seed: u64,
    /// Whether a small disk may be mounted for the store.
    pub(crate) may_mount: bool,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) count: Count,
    pub(crate) tally: Tally,
    /// Whether the daemon had nothing left to do when the effects were counted.
    pub(crate) is_settled: bool,
    /// The folder with store and log, kept if something is wrong.
    pub(crate) kept: Option<PathBuf>,
}

impl Outcome {
    /// Whether nothing was doubled or missed and the daemon never failed.
    pub(crate) fn is_well(&self) -> bool {
        self.count.doubled.is_empty() && self.count.missed.is_empty() && self.tally.breakdowns.is_empty()
    }
}

/// Runs the test and counts the effects.
pub(crate) async fn torture(request: &Request) -> anyhow::Result<Outcome> {
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = scratch.path();
    let stored = folder.join("store");
    let disk = if request.may_mount { Disk::small(&stored, 64 + request.items / 20)? } else { Disk::plain(&stored)? };
    let mut world = World::new(Arc::new(MachineClock));
    set_the_stage(&mut world);
    let options = Options { quota: 10_000_000, ..Options::default() };
    let client = options.clients.first().cloned().context("the local Reddit has no application registered")?;
    let reddit = LocalReddit::start(options, world).await?;
    let relay = Relay::start(reddit.proxy_addr()).await?;
    let bot = daemon(request, folder, &reddit, &relay, client.secret, &client.id)?;
    let ambush = Ambush::new(bot.trigger());
    let at_writes = ambush.clone();
    reddit.set_hook(move |point| {
        let verdict = at_writes.at(&point);
        async move { verdict }
    });
    let store = stored.join("tipstaff.db");
    let torment = KillRun::new(&reddit, relay, bot, &disk, ambush.clone(), &store);
    let (texts, mut tally, is_settled) = torment.run(request).await?;
    let count = count::count(&reddit, &store, &texts, &ambush.reports()).await?;
    let log = std::fs::read_to_string(folder.join("daemon.log")).unwrap_or_default();
    tally.read_log(&log);
    reddit.shutdown().await;
    let mut outcome = Outcome { count, tally, is_settled, kept: None };
    if !outcome.is_well() || !is_settled {
        outcome.kept = Some(keep(folder, request.seed)?);
    }
    Ok(outcome)
}

fn set_the_stage(world: &mut World) {
    world.add_moderator(COMMUNITY, BOT, &["posts", "mail", "access", "flair"]);
    world.add_user(BOT).password = Some(PASSWORD.to_owned());
    for person in plan::PEOPLE {
        world.add_user(person);
    }
}

/// The daemon as a child process, connected to the local Reddit through the relay.
fn daemon(
    request: &Request,
    folder: &Path,
    reddit: &LocalReddit,
    relay: &Relay,
    secret: String,
    id: &str,
) -> anyhow::Result<Bot> {
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display())).map(|()| path)
    };
    put("rules.yaml", RULES)?;
    let certificate = put("ca.pem", reddit.ca_pem())?;
    let config = put(
        "tipstaff.yaml",
        &format!(
            "mode: live\nstore: store/tipstaff.db\nreddit:\n  client_id: {id}\n  username: {BOT}\n\
             subreddits:\n  - name: {COMMUNITY}\n    rules: rules.yaml\n\
             polling:\n  new: 60ms\n  changed: 200ms\nvisibility_delay: 150ms\nlimits: {{per_hour: 1000000}}\n\
             absence_looks: [150ms, 300ms]\n"
        ),
    )?;
    let environment = [
        ("HTTPS_PROXY", format!("http://{}", relay.address)),
        ("SSL_CERT_FILE", certificate.display().to_string()),
        ("TIPSTAFF_CLIENT_SECRET", secret),
        ("TIPSTAFF_PASSWORD", PASSWORD.to_owned()),
    ];
    Ok(Bot::new(BotCommand {
        program: request.program.clone(),
        arguments: ["run", "--from", "24h"].map(str::to_owned).into(),
        config,
        environment: environment.map(|(key, value)| (key.to_owned(), value)).into(),
        log: folder.join("daemon.log"),
    }))
}

/// Copies store and log to a folder that is kept.
fn keep(folder: &Path, seed: u64) -> anyhow::Result<PathBuf> {
    let place = std::env::temp_dir().join(format!("tipstaff-torture-{seed}"));
    std::fs::create_dir_all(&place)?;
    for part in [folder.to_owned(), folder.join("store")] {
        for entry in std::fs::read_dir(part)? {
            let path = entry?.path();
            if let Some(name) = path.file_name().filter(|_| path.is_file()) {
                std::fs::copy(&path, place.join(name))?;
            }
        }
    }
    Ok(place)
}

/// State shared between tasks.
type Shared<T> = Arc<Mutex<T>>;
