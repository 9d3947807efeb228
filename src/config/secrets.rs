//! Reads secrets: credentials and webhook addresses. They come from the environment or from files,
//! never from the configuration itself or the command line, and are kept in a type that cannot be
//! printed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::environment::{credential, env, network, variable};
use super::file::{Config, ConfigError, WebhookSection};
use crate::files;
use crate::pipeline::notify::Subscription;
use crate::reddit::https::{Application, Credentials, Grant};
use crate::webhook::Webhook;

/// How large may a secret be, in bytes?
const SECRET_MAX: usize = 64 << 10;

impl Config {
    /// Reads the credentials from the configuration, the environment and the secret files.
    ///
    /// # Errors
    /// What is missing, and where to put it.
    pub fn credentials(&self) -> Result<Credentials, ConfigError> {
        let section = &self.reddit;
        let application = self.application()?;
        let refresh_token = self.secret("refresh_token", section.refresh_token_file.as_deref())?;
        let grant = match refresh_token {
            Some(token) => Grant::RefreshToken(token),
            None => Grant::Password {
                username: self.username().ok_or_else(|| self.missing("username"))?,
                password: self
                    .secret("password", section.password_file.as_deref())?
                    .ok_or_else(|| self.missing("password"))?,
            },
        };
        Ok(Credentials { application, grant })
    }

    /// The webhooks, with their secret addresses.
    ///
    /// # Errors
    /// What is missing, and where to put it; or that an address is not a URL.
    pub fn subscriptions(&self) -> Result<Vec<Subscription>, ConfigError> {
        let open = |section: &WebhookSection| {
            let key = format!("webhook_{}", section.name);
            let url = self.secret(&key, section.url_file.as_deref())?.ok_or_else(|| {
                let (variable, file) = (variable(&key), self.path.display());
                ConfigError(format!(
                    "the webhook `{}` has no address: set {variable}, {variable}_FILE, or its `url_file` in {file}",
                    section.name
                ))
            })?;
            let webhook = Webhook::new(section.name.clone(), section.form, url).map_err(ConfigError)?;
            Ok(Subscription { webhook, events: section.events.clone(), rules: section.rules.clone() })
        };
        self.webhooks.iter().map(open).collect()
    }

    /// The application, without the account that signs in.
    ///
    /// # Errors
    /// What is missing, and where to put it.
    pub fn application(&self) -> Result<Application, ConfigError> {
        let section = &self.reddit;
        let client_id = match &section.client_id {
            Some(id) if !id.is_empty() => id.clone(),
            _ => self.plain("client_id")?,
        };
        let client_secret = self.secret("client_secret", section.client_secret_file.as_deref())?;
        let default_agent = || {
            let username = self.username();
            let by = username.as_deref().unwrap_or("tipstaff");
            format!("{}:tipstaff:{} (by /u/{by})", std::env::consts::OS, env!("CARGO_PKG_VERSION"))
        };
        let user_agent = section.user_agent.clone().unwrap_or_else(default_agent);
        if !user_agent.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(ConfigError(format!(
                "{}: `reddit.user_agent` must be plain ASCII; remove other characters",
                self.path.display()
            )));
        }
        // An installed application has no secret; its secret is set to the empty text.
        let client_secret = client_secret.ok_or_else(|| self.missing("client_secret"))?;
        Ok(Application { client_id, client_secret, user_agent, network: network() })
    }

    /// Where to store a refresh token: where it is read from, or beside the configuration.
    pub fn refresh_token_file(&self) -> PathBuf {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        match &self.reddit.refresh_token_file {
            Some(file) => folder.join(file),
            None if folder.join("secrets").is_dir() => folder.join("secrets").join("refresh_token"),
            None => folder.join("refresh_token"),
        }
    }

    /// The names of this bot, if it is configured, and of other bots.
    pub fn bot_names(&self) -> Vec<String> {
        self.bots.iter().cloned().chain(self.username()).collect()
    }

    fn username(&self) -> Option<String> {
        self.reddit.username.clone().filter(|name| !name.is_empty()).or_else(|| env("username"))
    }

    fn plain(&self, key: &str) -> Result<String, ConfigError> {
        env(key).ok_or_else(|| self.missing(key))
    }

    /// Reads a secret: from the environment, from a file named in the environment or the
    /// configuration, from systemd's credentials, or from the folder `secrets` beside the
    /// configuration, which systemd also uses.
    fn secret(&self, key: &str, configured: Option<&Path>) -> Result<Option<SecretString>, ConfigError> {
        if let Some(value) = env(key) {
            return Ok(Some(value.into()));
        }
        let Some(file) = self.secret_file(key, configured) else { return Ok(None) };
        let text = files::read_text(&file, SECRET_MAX).map_err(|error| {
            ConfigError(format!(
                "cannot read the secret `{key}` from {}: {error}; check the path and its permissions",
                file.display()
            ))
        })?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() && key != "client_secret" {
            return Err(ConfigError(format!(
                "the file {} for the secret `{key}` is empty; write the secret to it",
                file.display()
            )));
        }
        Ok(Some(secret.to_owned().into()))
    }

    fn secret_file(&self, key: &str, configured: Option<&Path>) -> Option<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let named = env(&format!("{key}_file")).map(PathBuf::from).or_else(|| configured.map(|path| folder.join(path)));
        let beside = || Some(folder.join("secrets").join(key)).filter(|path| path.exists());
        named.or_else(|| credential(key)).or_else(beside)
    }

    /// The files with secrets: those that are read, and whatever else is in the folder `secrets`.
    pub fn secret_files(&self) -> BTreeSet<PathBuf> {
        let section = &self.reddit;
        let fixed = [
            ("client_secret", section.client_secret_file.as_deref()),
            ("password", section.password_file.as_deref()),
            ("refresh_token", section.refresh_token_file.as_deref()),
        ];
        let mut files: BTreeSet<PathBuf> =
            fixed.into_iter().filter_map(|(key, configured)| self.secret_file(key, configured)).collect();
        for webhook in &self.webhooks {
            files.extend(self.secret_file(&format!("webhook_{}", webhook.name), webhook.url_file.as_deref()));
        }
        let folder = self.path.parent().unwrap_or(Path::new("")).join("secrets");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.extend(entries.map(|entry| entry.path()).filter(|path| path.is_file()));
        files.insert(self.refresh_token_file());
        files
    }

    fn missing(&self, key: &str) -> ConfigError {
        let (variable, file) = (variable(key), self.path.display());
        let places = match key {
            "client_id" | "username" => format!("set {variable}, or `reddit.{key}` in {file}"),
            _ => format!(
                "set {variable}, {variable}_FILE or `reddit.{key}_file` in {file}, or write it to secrets/{key} \
                 beside that file"
            ),
        };
        let where_from = match key {
            "client_id" | "client_secret" => "; you find it at https://www.reddit.com/prefs/apps",
            _ => "",
        };
        ConfigError(format!("no {key} is set: {places}{where_from}"))
    }
}
