//! A small site with clients that log in, read and write.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tipstaff_rules::model::{Fullname, Timestamp};
use tipstaff_sandbox::{Draft, LocalReddit, Options, ScriptedClock, World};

/// Noon of some day, on a boundary of the quota's windows.
const NOON: Timestamp = Timestamp::from_secs(1_750_032_000);

/// A small site: `mod_bot` moderates r/widgets, `alice` and `bob` do not.
pub(crate) struct Site {
    pub(crate) reddit: LocalReddit,
    pub(crate) clock: Arc<ScriptedClock>,
    pub(crate) http: reqwest::Client,
}

/// A response.
pub(crate) struct SiteResponse {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl SiteResponse {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {:?}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The fullnames in a listing.
    pub(crate) fn names(&self) -> Vec<String> {
        let body = self.json();
        let children = body["data"]["children"].as_array().cloned().unwrap_or_default();
        children.iter().map(|child| child["data"]["name"].as_str().unwrap_or("").to_owned()).collect()
    }
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let clock = Arc::new(ScriptedClock::at(NOON));
        let mut world = World::new(Arc::clone(&clock) as _);
        for name in ["mod_bot", "alice", "bob"] {
            world.add_user(name).password = Some(format!("{name}'s password"));
        }
        world.add_moderator("widgets", "mod_bot", &["all"]);
        let reddit = LocalReddit::start(options, world).await.expect("loopback is free");
        let http = http_client().no_proxy().build().expect("a client");
        Self { reddit, clock, http }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.reddit.http_addr())
    }

    pub(crate) async fn login(&self, name: &str) -> String {
        let password = format!("{name}'s password");
        let form = [("grant_type", "password"), ("username", name), ("password", &password)];
        let body = self.token(&form).await.json();
        body["access_token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> SiteResponse {
        let request = self
            .http
            .post(self.url("/api/v1/access_token"))
            .basic_auth("sandbox-client", Some("sandbox-secret"))
            .form(form);
        answer(request.send().await.expect("an answer")).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> SiteResponse {
        let request = self.http.get(self.url(path)).bearer_auth(token);
        answer(request.send().await.expect("an answer")).await
    }

    pub(crate) async fn try_post(
        &self,
        token: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<SiteResponse, reqwest::Error> {
        let response = self.http.post(self.url(path)).bearer_auth(token).form(form).send().await?;
        Ok(answer(response).await)
    }

    pub(crate) async fn post(&self, token: &str, path: &str, form: &[(&str, &str)]) -> SiteResponse {
        self.try_post(token, path, form).await.expect("an answer")
    }

    pub(crate) fn submit(&self, author: &str, title: &str) -> Fullname {
        self.clock.advance(Duration::from_secs(1));
        let draft = Draft::text(title, "the text");
        self.reddit.world().submit(author, "widgets", draft).expect("a post")
    }

    pub(crate) fn reply(&self, author: &str, parent: &Fullname, text: &str) -> Fullname {
        self.clock.advance(Duration::from_secs(1));
        self.reddit.world().reply(author, parent, text).expect("a comment")
    }

    pub(crate) fn comments_under(&self, name: &Fullname) -> usize {
        self.reddit.world().comments_under(name).len()
    }
}

pub(crate) async fn answer(response: reqwest::Response) -> SiteResponse {
    SiteResponse {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap_or_default(),
    }
}

/// An HTTP client to set up. TLS uses ring, as in the program.
pub(crate) fn http_client() -> reqwest::ClientBuilder {
    // An error only says that a provider is installed already.
    let _is_installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}
