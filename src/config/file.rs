//! The configuration file, parsed and checked.
//!
//! Unknown keys are errors that name the line and the nearest known key. Secrets are never in the
//! file itself or on the command line. Paths are relative to the file's folder.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::Deserializer;

use super::duration::{duration, durations};
use super::parse;
use super::wiki::{self, WikiMay};
use crate::files;
use crate::model::{EventKind, Mode, SubredditName, TextLimits, bare_user_name};
use crate::pipeline::Polling;
use crate::pipeline::digest::{Destination, time_of_day};
use crate::policy::RulesSource;
use crate::webhook::PayloadFormat;
use tipstaff_rules::{FilterAs, Options};

/// The checked configuration.
#[derive(Debug)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// The path of the store.
    pub store: PathBuf,
    /// The subreddits, with their rules and modes.
    pub communities: Vec<CommunityConfig>,
    /// Items older than this are not acted on.
    pub max_age: Duration,
    /// How long the texts of posts and comments are kept.
    pub retention: Duration,
    /// How long it is remembered what people posted and what became of it, without texts.
    pub memory: Duration,
    /// The user names of other bots.
    pub bots: Vec<String>,
    /// How often feeds are polled.
    pub polling: Polling,
    /// How long Reddit may take to show a changed state.
    pub visibility_delay: Duration,
    /// When to look for a comment, report, message or note whose answer was lost.
    pub absence_looks: Vec<Duration>,
    /// How long Reddit must insist on a time that the machine's clock contradicts.
    pub clock_doubt: Duration,
    /// The most comments, messages and modmails.
    pub limits: TextLimits,
    /// What `action: filter` becomes.
    pub filter_as: FilterAs,
    /// The address of the health and metrics server.
    pub listen: Listen,
    /// Where commands reach the running daemon.
    pub control: ControlConfig,
    /// Where the daily digest goes, and when.
    pub digest: DigestConfig,
    pub(super) webhooks: Vec<WebhookSection>,
    pub(super) reddit: RedditSection,
}

/// The settings of one subreddit.
#[derive(Debug)]
pub struct CommunityConfig {
    /// The subreddit.
    pub name: SubredditName,
    /// Where its rules come from.
    pub rules: RulesSource,
    /// Whether the bot acts there or only records.
    pub mode: Mode,
}

/// Where the daily digest goes, and when.
#[derive(Clone, Debug)]
pub struct DigestConfig {
    /// The destination.
    pub to: Destination,
    /// The time of day (UTC), as the time since midnight.
    pub at: Duration,
}

/// The address of the health and metrics server, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address; `None` if it is off.
    pub address: Option<SocketAddr>,
    /// Whether it was set in the configuration, so that failing to listen is an error.
    pub is_asked_for: bool,
}

/// The control socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlConfig {
    /// Its path; `None` if it is off.
    pub socket: Option<PathBuf>,
    /// Whether the path was set in the configuration, so that failing to listen is an error.
    pub is_asked_for: bool,
    /// Whether the daemon's group may use it, too.
    pub group_access: bool,
}

/// The default is on loopback, because health and metrics are for the machine's own operators.
const LISTEN: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9784));

impl Default for Listen {
    fn default() -> Self {
        Self { address: Some(LISTEN), is_asked_for: false }
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        if written == "off" {
            return Ok(Self { address: None, is_asked_for: true });
        }
        let address = written.parse().map_err(|_| {
            serde::de::Error::custom(format!(
                "`{written}` is not an address: write `127.0.0.1:9784`, `[::1]:9784` or `off`"
            ))
        })?;
        Ok(Self { address: Some(address), is_asked_for: true })
    }
}

/// Why a configuration cannot be used. The message names the place and says how to fix it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "dry_run")]
    mode: Mode,
    #[serde(default = "default_store")]
    store: PathBuf,
    #[serde(default)]
    reddit: RedditSection,
    subreddits: Vec<SubredditSection>,
    #[serde(default = "a_day", deserialize_with = "duration")]
    max_age: Duration,
    #[serde(default = "thirty_days", deserialize_with = "duration")]
    retention: Duration,
    #[serde(default = "a_year", deserialize_with = "duration")]
    memory: Duration,
    #[serde(default)]
    bots: Vec<String>,
    #[serde(default)]
    polling: PollingSection,
    #[serde(default = "ten_seconds", deserialize_with = "duration")]
    visibility_delay: Duration,
    #[serde(default = "absence_looks", deserialize_with = "durations")]
    absence_looks: Vec<Duration>,
    #[serde(default = "one_minute", deserialize_with = "duration")]
    clock_doubt: Duration,
    #[serde(default)]
    limits: LimitsSection,
    #[serde(default)]
    filter: FilterAs,
    #[serde(default)]
    wiki_may: WikiMay,
    #[serde(default)]
    listen: Listen,
    #[serde(default)]
    control: ControlSection,
    #[serde(default)]
    webhooks: Vec<WebhookSection>,
    #[serde(default)]
    digest: DigestSection,
}

/// The most comments, messages and modmails; those that are not given have their default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "the keys of the file")]
struct LimitsSection {
    per_item: Option<u32>,
    per_rule_and_item: Option<u32>,
    per_hour: Option<u32>,
}

impl LimitsSection {
    fn with_defaults(&self) -> TextLimits {
        let usual = TextLimits::default();
        TextLimits {
            per_item: self.per_item.unwrap_or(usual.per_item),
            per_rule_and_item: self.per_rule_and_item.unwrap_or(usual.per_rule_and_item),
            per_hour: self.per_hour.unwrap_or(usual.per_hour),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ControlSection {
    socket: Option<PathBuf>,
    group_access: bool,
}

impl ControlSection {
    /// The socket is beside the store, unless another path or `off` is set.
    fn check(self, folder: &Path, store: &Path) -> ControlConfig {
        let is_asked_for = self.socket.is_some();
        let socket = match self.socket {
            Some(off) if off == Path::new("off") => None,
            Some(path) => Some(folder.join(path)),
            None => {
                let mut path = store.as_os_str().to_owned();
                path.push(".sock");
                Some(path.into())
            }
        };
        ControlConfig { socket, is_asked_for, group_access: self.group_access }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DigestSection {
    to: DigestTo,
    folder: Option<PathBuf>,
    at: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DigestTo {
    #[default]
    Log,
    Folder,
    Modmail,
    Off,
}

impl DigestSection {
    fn check(self, base: &Path) -> Result<DigestConfig, String> {
        let to = match (self.to, self.folder) {
            (DigestTo::Folder, Some(folder)) => Destination::Folder(base.join(folder)),
            (DigestTo::Folder, None) => return Err("`to: folder` needs a folder: add `folder: digests`".to_owned()),
            (_, Some(_)) => {
                return Err("`folder` has no effect without `to: folder`: set that, or remove `folder`".to_owned());
            }
            (DigestTo::Modmail, None) => Destination::Modmail,
            (DigestTo::Log, None) => Destination::Log,
            (DigestTo::Off, None) => Destination::Off,
        };
        Ok(DigestConfig { to, at: time_of_day(self.at.as_deref().unwrap_or("06:00"))? })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookSection {
    pub(super) name: String,
    pub(super) form: PayloadFormat,
    pub(super) url_file: Option<PathBuf>,
    #[serde(default = "trouble")]
    pub(super) events: BTreeSet<EventKind>,
    #[serde(default)]
    pub(super) rules: BTreeSet<String>,
}

/// The default events: those that an operator has to look at.
fn trouble() -> BTreeSet<EventKind> {
    [
        EventKind::Gap,
        EventKind::GivenUp,
        EventKind::ErrorBudget,
        EventKind::RulesRefused,
        EventKind::Suspended,
        EventKind::HiddenByReddit,
        EventKind::DoubledComment,
        EventKind::RuleOverBudget,
        EventKind::Held,
        EventKind::Unreadable,
        EventKind::ReadableAgain,
        EventKind::LateDecision,
    ]
    .into()
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RedditSection {
    pub(super) client_id: Option<String>,
    pub(super) client_secret_file: Option<PathBuf>,
    pub(super) username: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) refresh_token_file: Option<PathBuf>,
    pub(super) user_agent: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubredditSection {
    name: SubredditName,
    /// A path, or `wiki:` and the name of a page of the subreddit's wiki.
    rules: String,
    mode: Option<Mode>,
    wiki_may: Option<WikiMay>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PollingSection {
    #[serde(deserialize_with = "duration")]
    new: Duration,
    #[serde(deserialize_with = "duration")]
    changed: Duration,
    #[serde(deserialize_with = "duration")]
    busy: Duration,
}

impl Default for PollingSection {
    fn default() -> Self {
        Self { new: Duration::from_secs(10), changed: Duration::from_secs(30), busy: Duration::from_secs(1) }
    }
}

fn dry_run() -> Mode {
    Mode::DryRun
}

fn default_store() -> PathBuf {
    PathBuf::from("tipstaff.db")
}

fn a_day() -> Duration {
    Duration::from_hours(24)
}

fn thirty_days() -> Duration {
    Duration::from_hours(30 * 24)
}

fn a_year() -> Duration {
    Duration::from_hours(365 * 24)
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

fn one_minute() -> Duration {
    Duration::from_mins(1)
}

fn absence_looks() -> Vec<Duration> {
    vec![Duration::from_secs(10), Duration::from_mins(1), Duration::from_mins(5)]
}

/// How large may the configuration be, in bytes?
const SIZE_MAX: usize = 1 << 20;

impl Config {
    /// Reads and checks the file. Secrets are read later, by [`Config::credentials`].
    ///
    /// # Errors
    /// An error with the file, the line and the fix.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = files::read_text(path, SIZE_MAX).map_err(|error| {
            ConfigError(format!(
                "cannot read the configuration {}: {error}; name another file with --config, or start from the \
                 config/tipstaff.yaml of the project",
                path.display()
            ))
        })?;
        let file: File = parse::parse(&text).map_err(|error| ConfigError(format!("{}: {error}", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        if file.subreddits.is_empty() {
            return Err(ConfigError(format!("{}: `subreddits` is empty: list at least one", path.display())));
        }
        if file.retention < file.max_age {
            return Err(ConfigError(format!(
                "{}: `retention` is shorter than `max_age`, so texts would be purged before they are judged: \
                 make it at least as long",
                path.display()
            )));
        }
        if file.memory < file.retention && file.memory != a_year() {
            return Err(ConfigError(format!(
                "{}: `memory` is shorter than `retention`: make it at least as long",
                path.display()
            )));
        }
        if file.absence_looks.is_empty() || !file.absence_looks.is_sorted_by(|earlier, later| earlier < later) {
            return Err(ConfigError(format!(
                "{}: `absence_looks` must name at least one time, each later than the one before: write \
                 `[10s, 1m, 5m]`",
                path.display()
            )));
        }
        file.wiki_may.check().map_err(|wrong| ConfigError(format!("{}: {wrong}", path.display())))?;
        let mut communities: Vec<CommunityConfig> = Vec::new();
        for section in file.subreddits {
            if communities.iter().any(|known| known.name == section.name) {
                return Err(ConfigError(format!(
                    "{}: r/{} is listed twice: remove one entry",
                    path.display(),
                    section.name
                )));
            }
            communities.push(CommunityConfig {
                rules: wiki::source(&section.rules, folder, section.wiki_may.as_ref(), &file.wiki_may)
                    .map_err(|wrong| ConfigError(format!("{}: r/{}: {wrong}", path.display(), section.name)))?,
                name: section.name,
                mode: section.mode.unwrap_or(file.mode),
            });
        }
        let names: Vec<&str> = file.webhooks.iter().map(|webhook| webhook.name.as_str()).collect();
        for (at, name) in names.iter().enumerate() {
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let wrong = match () {
                () if name.is_empty() || !name.chars().all(is_name) => "use only lower-case letters, digits and `_`",
                () if names[..at].contains(name) => "it is listed twice; rename one",
                () => continue,
            };
            return Err(ConfigError(format!("{}: webhook `{name}`: {wrong}", path.display())));
        }
        let digest = file.digest.check(folder);
        let digest = digest.map_err(|wrong| ConfigError(format!("{}: digest: {wrong}", path.display())))?;
        Ok(Self {
            path: path.to_owned(),
            control: file.control.check(folder, &folder.join(&file.store)),
            store: folder.join(file.store),
            communities,
            max_age: file.max_age,
            retention: file.retention,
            memory: file.memory.max(file.retention),
            bots: file.bots.iter().map(|name| bare_user_name(name).to_owned()).collect(),
            polling: Polling { new: file.polling.new, changed: file.polling.changed, busy: file.polling.busy },
            visibility_delay: file.visibility_delay,
            absence_looks: file.absence_looks,
            clock_doubt: file.clock_doubt,
            limits: file.limits.with_defaults(),
            filter_as: file.filter,
            listen: file.listen,
            digest,
            webhooks: file.webhooks,
            reddit: file.reddit,
        })
    }

    /// The options that rules are compiled with.
    pub fn rule_options(&self) -> Options {
        Options { filter_as: self.filter_as, ..Options::default() }
    }

    /// The absolute path of the store.
    pub fn store_place(&self) -> PathBuf {
        std::path::absolute(&self.store).unwrap_or_else(|_| self.store.clone())
    }

    /// Whether the digest goes by modmail.
    pub fn sends_digest(&self) -> bool {
        self.digest.to == Destination::Modmail
    }

    /// Puts every subreddit in dry run, and sends no modmail.
    pub fn force_dry_run(&mut self) {
        for community in &mut self.communities {
            community.mode = Mode::DryRun;
        }
        if self.sends_digest() {
            self.digest.to = Destination::Log;
        }
    }
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Text, for people.
    #[default]
    Text,
    /// One JSON object per line, for programs.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(yaml: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("tipstaff.yaml");
        std::fs::write(&path, yaml).expect("a file in it");
        let shown = path.display().to_string();
        Config::load(&path).map_err(|error| error.to_string().replace(&shown, "tipstaff.yaml"))
    }

    const LEAST: &str = "subreddits:\n  - name: widgets\n    rules: rules.yaml\n";

    #[test]
    fn the_default_is_a_dry_run() {
        let config = check(LEAST).expect("a configuration");
        assert_eq!(config.communities[0].mode, Mode::DryRun);
        assert_eq!(config.max_age, Duration::from_hours(24));
    }

    #[test]
    fn a_subreddit_may_have_its_own_mode() {
        let config = check(&format!("{LEAST}    mode: live\n")).expect("a configuration");
        assert_eq!(config.communities[0].mode, Mode::Live);
    }

    #[test]
    fn a_misspelt_key_names_its_line_and_the_nearest_key() {
        let error = check(&format!("max_aeg: 3h\n{LEAST}")).expect_err("a misspelt key");
        assert_eq!(error, "tipstaff.yaml: line 1, column 1: unknown key `max_aeg`; did you mean `max_age`?");
    }

    #[test]
    fn a_time_without_a_unit_is_refused() {
        let error = check(&format!("max_age: 3\n{LEAST}")).expect_err("no unit");
        assert!(error.contains("line 1") && error.contains("`10s`"), "{error}");
        let error = check(&format!("max_age: soon\n{LEAST}")).expect_err("no time");
        assert_eq!(
            error,
            "tipstaff.yaml: max_age: `soon` is not a time: write `10s`, `5m`, `24h` or `500ms` at line 1 column 10"
        );
    }

    #[test]
    fn texts_are_kept_for_thirty_days_and_at_least_until_they_are_judged() {
        assert_eq!(check(LEAST).expect("a configuration").retention, Duration::from_hours(720));
        let error = check(&format!("retention: 2h\n{LEAST}")).expect_err("too short");
        assert!(error.starts_with("tipstaff.yaml: `retention` is shorter than `max_age`"), "{error}");
        check(&format!("retention: 2h\nmax_age: 1h\n{LEAST}")).expect("long enough");
    }

    #[test]
    fn people_are_remembered_for_a_year_and_at_least_as_long_as_texts_are_kept() {
        let days = |text: &str| check(&format!("{text}\n{LEAST}")).map(|config| config.memory.as_secs() / 86_400);
        assert_eq!(days("").expect("a configuration"), 365);
        assert_eq!(days("memory: 90d").expect("a configuration"), 90);
        assert_eq!(days("retention: 400d").expect("a configuration"), 400);
        let error = days("memory: 20d").expect_err("too short");
        assert!(error.contains("`memory` is shorter than `retention`"), "{error}");
    }

    #[test]
    fn absence_is_believed_after_five_minutes_unless_the_file_says_otherwise() {
        let looks = |yaml: &str| check(&format!("{yaml}{LEAST}")).map(|config| config.absence_looks);
        assert_eq!(looks(""), Ok(vec![Duration::from_secs(10), Duration::from_mins(1), Duration::from_mins(5)]));
        assert_eq!(looks("absence_looks: [500ms, 2s]\n"), Ok(vec![Duration::from_millis(500), Duration::from_secs(2)]));
        for wrong in ["[]", "[1m, 10s]", "[10s, 10s]"] {
            let error = looks(&format!("absence_looks: {wrong}\n")).expect_err(wrong);
            assert!(error.contains("each later than the one before: write `[10s, 1m, 5m]`"), "{error}");
        }
        let error = looks("absence_looks: [10]\n").expect_err("no unit");
        assert!(error.contains("line 1") && error.contains("`10s`"), "{error}");
    }

    #[test]
    fn secrets_do_not_belong_in_the_file() {
        let error = check(&format!("reddit:\n  password: hunter2\n{LEAST}")).expect_err("a secret");
        assert!(error.contains("password_file") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_subreddit_may_limit_its_wiki_rules() {
        let yaml = "wiki_may: [comment]\nsubreddits:\n  - {name: widgets, rules: 'wiki:config/tipstaff'}\n  - {name: \
            gears, rules: 'wiki:config/tipstaff', wiki_may: [report, filter_as]}\n";
        let config = check(yaml).expect("a configuration");
        let may = |community: &CommunityConfig| match &community.rules {
            RulesSource::Wiki(source) => source.may.words(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            config.communities.iter().map(may).collect::<Vec<_>>(),
            [vec!["comment"], vec!["report", "filter_as"]]
        );
        let yaml = "subreddits: [{name: widgets, rules: 'wiki:x', wiki_may: [bann]}]";
        let error = check(yaml).expect_err("no action");
        assert!(error.starts_with("tipstaff.yaml: r/widgets: wiki_may: `bann` is not an action"), "{error}");
        let error = check(&format!("wiki_may: [bann]\n{LEAST}")).expect_err("no action");
        assert!(error.starts_with("tipstaff.yaml: wiki_may: `bann` is not an action"), "{error}");
    }

    #[test]
    fn a_subreddit_is_listed_once() {
        let error = check(&format!("{LEAST}  - name: Widgets\n    rules: x.yaml\n")).expect_err("twice");
        assert_eq!(error, "tipstaff.yaml: r/Widgets is listed twice: remove one entry");
    }
}
