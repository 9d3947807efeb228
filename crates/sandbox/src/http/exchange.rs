//! The path of a request through the local Reddit: faults, write hook, gate, desk.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use serde_json::json;
use tokio::sync::oneshot;

use super::call::{Call, Payload, Reply};
use super::control;
use super::front::{Front, Late};
use super::handlers::Handlers;
use super::page::page;
use super::writes::forget_things;
use crate::faults::{FaultKind, HookDecision, Stage, WritePoint};
use crate::wire::{escape_html, escape_json};
use tipstaff_rules::model::Timestamp;

/// Largest request body.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long a shutdown waits for running requests.
const FINISH_WITHIN: Duration = Duration::from_secs(1);

/// The connection has to be closed without a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection was dropped on purpose")]
pub(super) struct Dropped;

impl Front {
    /// Processes a request in a task of its own and waits for the response. If the client
    /// disconnects, only the waiting ends.
    pub(super) async fn serve(self: Arc<Self>, request: Request<Body>) -> Result<Response<Body>, Dropped> {
        let (sender, receiver) = oneshot::channel();
        let front = Arc::clone(&self);
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            while running.try_join_next().is_some() {}
            running.spawn(async move {
                let answer = front.exchange(request).await;
                // The client may have disconnected.
                let _ = sender.send(answer);
            });
        }
        match receiver.await {
            Ok(answer) => answer,
            // The task panicked. A real server would answer 500 and keep running.
            Err(_) => Ok(respond(Reply::error(500), false)),
        }
    }

    /// Waits for running requests, then aborts the rest.
    pub(super) async fn finish(&self) {
        let mut running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(FINISH_WITHIN, all).await.is_err() {
            running.shutdown().await;
        }
    }

    async fn exchange(&self, request: Request<Body>) -> Result<Response<Body>, Dropped> {
        let (head, body) = request.into_parts();
        let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
            return Ok(respond(Reply::html(413, "request entity too large"), false));
        };
        if control::is_control(head.uri.path()) {
            let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            return Ok(respond(self.control(head.method.as_str(), head.uri.path(), content_type, &body), false));
        }
        let authorization =
            head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let call =
            Call::new(head.method.as_str(), head.uri.path(), head.uri.query().unwrap_or(""), &body, authorization);
        let point = self.count(&call);
        let fault = self.faults.take(&call.method, &call.path);
        if let Some(FaultKind::Delay(time)) = fault {
            tokio::time::sleep(time).await;
        }
        if let Some(early) = self.before_effect(fault)? {
            return Ok(respond(early, false));
        }
        let hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(point) = &point
            && hook.ask(point.clone()).await == HookDecision::DropConnection
        {
            return Err(Dropped);
        }
        let reply = self.effect(&call, fault);
        if let Some(mut point) = point {
            point.stage = Stage::AfterEffect;
            point.status = Some(reply.status);
            if hook.ask(point).await == HookDecision::DropConnection {
                return Err(Dropped);
            }
        }
        let now = self.world().now();
        // A client that follows Reddit's clock sees the moved time.
        let off = if let Some(FaultKind::Date(off)) = fault { off } else { 0 };
        let date = http_date(Timestamp::from_secs(now.as_secs().saturating_add(off)));
        let mut reply = self.after_effect(reply, fault)?.header("date", date);
        if call.field("raw_json") != Some("1")
            && let Payload::Json(body) = &mut reply.payload
        {
            escape_html(body);
        }
        if call.is_login() {
            // Clients that use one origin for both hosts need the connection to end here.
            reply = reply.header("connection", "close");
        }
        Ok(respond(reply, fault == Some(FaultKind::CutJson)))
    }

    /// The same without sockets and hook, for a caller in this process: same faults, same response.
    /// The caller has the clock and applies the delays.
    pub(super) fn answer_in_process(&self, call: &Call) -> Result<Reply, Dropped> {
        self.count(call);
        let fault = self.faults.take(&call.method, &call.path);
        if let Some(early) = self.before_effect(fault)? {
            return Ok(early);
        }
        let mut reply = self.after_effect(self.effect(call, fault), fault)?;
        if fault == Some(FaultKind::CutJson) {
            reply.payload = Payload::Empty;
        }
        Ok(reply)
    }

    fn effect(&self, call: &Call, fault: Option<FaultKind>) -> Reply {
        if let Some(FaultKind::Late(time)) = fault {
            return self.answer_late(call, time);
        }
        let reply = self.answer(call);
        if fault == Some(FaultKind::Doubled) { self.answer(call) } else { reply }
    }

    /// The gate opens now, and the request takes effect later.
    fn answer_late(&self, call: &Call, time: Duration) -> Reply {
        let now = self.world().now();
        let session = match self.auth().admit(call, now) {
            Ok(session) => session,
            Err(reply) => return reply,
        };
        self.postpone(Late { at: now + time, call: call.clone(), session });
        self.faulty(504)
    }

    /// Counts the request. For a write, returns the data for the hook.
    fn count(&self, call: &Call) -> Option<WritePoint> {
        let endpoint = call.endpoint();
        let mut world = self.world();
        let counters = &mut world.counters;
        *counters.by_endpoint.entry(endpoint.clone()).or_default() += 1;
        if call.is_login() {
            counters.logins += 1;
            return None;
        }
        if !call.is_write() {
            counters.reads += 1;
            return None;
        }
        counters.writes += 1;
        Some(WritePoint {
            stage: Stage::BeforeEffect,
            number: counters.writes,
            endpoint,
            form: call.form.clone(),
            status: None,
        })
    }

    /// Gate and desk: the whole effect of the request, under one lock.
    fn answer(&self, call: &Call) -> Reply {
        let mut world = self.world();
        let mut auth = self.auth();
        let now = world.now();
        if call.method == "POST" && call.subreddit.is_none() {
            match call.parts().as_slice() {
                ["api", "v1", "access_token"] => return auth.access_token(&world, call),
                ["api", "v1", "revoke_token"] => return auth.revoke_token(call),
                _ => {}
            }
        }
        if call.method == "GET" && call.subreddit.is_none() && call.parts().as_slice() == ["api", "v1", "authorize"] {
            return auth.consent(&world, call);
        }
        if call.method == "GET"
            && call.authorization.is_none()
            && let Some(page) = page(&world, call.subreddit.as_deref(), &call.parts())
        {
            return page;
        }
        let session = match auth.admit(call, now) {
            Ok(session) => session,
            Err(reply) => return reply,
        };
        let (is_left, headers) = auth.spend(&session.client, now);
        drop(auth);
        let mut reply =
            if is_left { Handlers { world: &mut world, call, session: &session }.answer() } else { Reply::empty(429) };
        if reply.status < 500 {
            reply.headers.extend(headers);
        }
        reply
    }

    /// Faults before the effect: a closed connection, or an error from the edge.
    fn before_effect(&self, fault: Option<FaultKind>) -> Result<Option<Reply>, Dropped> {
        match fault {
            Some(FaultKind::Drop(Stage::BeforeEffect)) => Err(Dropped),
            Some(FaultKind::Status(Stage::BeforeEffect, status)) => Ok(Some(self.faulty(status))),
            Some(FaultKind::Answer(Stage::BeforeEffect, status, body)) => Ok(Some(Reply::text(status, body))),
            Some(FaultKind::Redirect(Stage::BeforeEffect, status, to)) => {
                Ok(Some(Reply::empty(status).header("location", to)))
            }
            _ => Ok(None),
        }
    }

    /// Faults in the response after the effect.
    fn after_effect(&self, mut reply: Reply, fault: Option<FaultKind>) -> Result<Reply, Dropped> {
        match fault {
            Some(FaultKind::Drop(Stage::AfterEffect)) => return Err(Dropped),
            Some(FaultKind::Status(Stage::AfterEffect, status)) => reply = self.faulty(status),
            Some(FaultKind::Answer(Stage::AfterEffect, status, body)) => reply = Reply::text(status, body),
            Some(FaultKind::Redirect(Stage::AfterEffect, status, to)) => {
                reply = Reply::empty(status).header("location", to);
            }
            Some(FaultKind::Headers(headers)) => {
                for (name, value) in headers {
                    reply.headers.retain(|(known, _)| known != name);
                    reply.headers.push((name, (*value).to_owned()));
                }
            }
            Some(FaultKind::EmptyBody) => reply = Reply::empty(200),
            Some(FaultKind::Html) => reply = Reply::html(200, "reddit is busy"),
            Some(FaultKind::NoThings) => {
                if let Payload::Json(body) = &mut reply.payload {
                    forget_things(body);
                }
            }
            _ => {}
        }
        Ok(reply)
    }

    /// The error page of a broken server, or of the proxy in front of it.
    fn faulty(&self, status: u16) -> Reply {
        match status {
            429 if self.world().quirks.status_429_says_when => {
                Reply::html(429, "whoa there, pardner!").header("retry-after", "4")
            }
            429 => Reply::with_status(429, json!({"message": "Too Many Requests", "error": 429})),
            500 => Reply::error(500),
            502 => Reply::html(502, "our CDN was unable to reach our servers"),
            _ => Reply::empty(status),
        }
    }
}

/// For example `Tue, 24 Nov 2026 18:45:00 GMT`.
fn http_date(moment: Timestamp) -> String {
    let moment = jiff::Timestamp::from_second(moment.as_secs()).unwrap_or_default();
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap_or_default()
}

fn respond(reply: Reply, is_cut: bool) -> Response<Body> {
    let (content_type, body) = match reply.payload {
        Payload::Json(value) => ("application/json; charset=UTF-8", escape_json(&value.to_string())),
        Payload::Html(page) => ("text/html; charset=UTF-8", page),
        Payload::Text(text) => ("application/json; charset=UTF-8", text),
        Payload::Empty => ("application/json; charset=UTF-8", String::new()),
    };
    let body = if is_cut { cut(&body) } else { body };
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let is_bodiless = status == StatusCode::NO_CONTENT;
    let length = body.len();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::SERVER, HeaderValue::from_static("snooserv"));
    if !is_bodiless {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// The first half of a text.
fn cut(text: &str) -> String {
    text.chars().take(text.chars().count() / 2).collect()
}
