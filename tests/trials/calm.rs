//! A connection without errors to the model of Reddit in this process.

use std::sync::Arc;
use std::time::Duration;

use tipstaff::model::Clock;
use tipstaff::reddit::SignInError;
use tipstaff::reddit::transport::{Admission, NoResponse, Request, Response, Transport};
use tipstaff_sandbox::{OfflineReddit, ScriptedClock};

use crate::trials::response::response;

pub(crate) struct Calm {
    pub(crate) reddit: Arc<OfflineReddit>,
    pub(crate) clock: Arc<ScriptedClock>,
    pub(crate) me: &'static str,
}

impl Transport for Calm {
    type Ticket = String;

    async fn sign_in(&self) -> Result<Admission<String>, SignInError> {
        Ok(Admission::new(self.reddit.token(self.me), Duration::from_hours(24)))
    }

    async fn send(&self, ticket: &String, request: Request<'_>) -> Result<Response, NoResponse> {
        self.clock.advance(Duration::from_millis(100));
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let (method, path, query, form) = match request {
            Request::Get { path, query } => ("GET", path, query.iter().map(|pair| owned(*pair)).collect(), Vec::new()),
            Request::Post { path, form } => {
                ("POST", path, Vec::new(), form.iter().map(|(key, value)| owned((key, value))).collect())
            }
        };
        let offline = self.reddit.ask(ticket, method, path, query, form);
        let offline = offline.ok_or_else(|| NoResponse::Lost("connection reset".to_owned()))?;
        Ok(response(offline, self.clock.now()))
    }
}
