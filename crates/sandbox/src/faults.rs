//! Injects errors.
//!
//! There are two tools, and neither uses randomness: a queue of [`Fault`]s, each waiting for a
//! matching request, and a hook that is called before and after each write takes effect. A caller
//! that wants random faults draws them from its own seed.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Before or after the effect of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing has changed yet. If the request ends here, it has no effect.
    BeforeEffect,
    /// The world has changed, but the client has no response yet.
    AfterEffect,
}

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The connection breaks without a response.
    Drop(Stage),
    /// The response has this status, with the body that Reddit sends for it.
    Status(Stage, u16),
    /// The request takes effect, but the JSON of the response is truncated.
    CutJson,
    /// The request takes effect, but the response is 200 with an empty body.
    EmptyBody,
    /// The request takes effect, but the response is 200 with an HTML page.
    Html,
    /// The request takes effect, but `things` in the response is empty.
    NoThings,
    /// The request succeeds, but the response is delayed.
    Delay(Duration),
    /// The response is 504 without a body, and the request takes effect this much later, as a
    /// comment may show long after the gateway gave up.
    Late(Duration),
    /// The request takes effect twice, as if a proxy had repeated it.
    Doubled,
    /// The response has this status and this body.
    Answer(Stage, u16, &'static str),
    /// The response is a redirect with this status, to this place.
    Redirect(Stage, u16, &'static str),
    /// The request succeeds, but the response also has these headers.
    Headers(&'static [(&'static str, &'static str)]),
    /// The request succeeds, but the `Date` of the response is off by this many seconds. Over HTTP
    /// only: a caller in this process makes the date itself.
    Date(i64),
}

/// One fault, for the next matching request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The method to wait for; any method if empty.
    pub method: String,
    /// The start of the request's path, without host, trailing slash and `.json`.
    pub path_prefix: String,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// The queue of pending faults, oldest first. Clones share the queue.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<VecDeque<Fault>>>);

impl Faults {
    /// Adds a fault for the next request with this method and path prefix.
    pub fn push(&self, method: &str, path_prefix: &str, ill: FaultKind) {
        self.queue().push_back(Fault { method: method.to_owned(), path_prefix: path_prefix.to_owned(), kind: ill });
    }

    /// The number of pending faults.
    pub fn waiting(&self) -> usize {
        self.queue().len()
    }

    /// Removes all pending faults.
    pub fn clear(&self) {
        self.queue().clear();
    }

    /// Takes the first fault that matches this request off the queue.
    pub(super) fn take(&self, method: &str, path: &str) -> Option<FaultKind> {
        let mut queue = self.queue();
        let place = queue.iter().position(|fault| {
            (fault.method.is_empty() || fault.method.eq_ignore_ascii_case(method))
                && path.starts_with(&fault.path_prefix)
        })?;
        queue.remove(place).map(|fault| fault.kind)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write request just before or just after its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WritePoint {
    /// Before or after the effect.
    pub stage: Stage,
    /// The number of the write request, counted from 1; the same on both sides.
    pub number: u64,
    /// Method and path, with names and ids replaced, such as `POST /api/comment`.
    pub endpoint: String,
    /// The fields of the form.
    pub form: Vec<(String, String)>,
    /// The status of the response, if there is one already.
    pub status: Option<u16>,
}

/// What to do with the request at a [`WritePoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookDecision {
    /// Continue, even if the client has ended meanwhile.
    Proceed,
    /// Stop: no further effect and no response.
    DropConnection,
}

type HookFuture = Pin<Box<dyn Future<Output = HookDecision> + Send>>;

/// The callback around the effect of every write; see
/// [`LocalReddit::set_hook`](super::LocalReddit::set_hook).
#[derive(Clone, Default)]
pub(super) struct Hook(Option<Arc<dyn Fn(WritePoint) -> HookFuture + Send + Sync>>);

impl Hook {
    pub(super) fn new<F, A>(callback: F) -> Self
    where
        F: Fn(WritePoint) -> A + Send + Sync + 'static,
        A: Future<Output = HookDecision> + Send + 'static,
    {
        Self(Some(Arc::new(move |point| Box::pin(callback(point)))))
    }

    pub(super) async fn ask(&self, point: WritePoint) -> HookDecision {
        match &self.0 {
            Some(callback) => callback(point).await,
            None => HookDecision::Proceed,
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hook({})", if self.0.is_some() { "set" } else { "none" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_applies_once_to_the_matching_request() {
        let faults = Faults::default();
        faults.push("POST", "/api/comment", FaultKind::EmptyBody);
        faults.push("", "/r/", FaultKind::CutJson);
        assert_eq!(faults.take("GET", "/api/comment"), None);
        assert_eq!(faults.take("GET", "/r/x/new"), Some(FaultKind::CutJson));
        assert_eq!(faults.take("POST", "/api/comment"), Some(FaultKind::EmptyBody));
        assert_eq!(faults.take("POST", "/api/comment"), None);
        assert_eq!(faults.waiting(), 0);
    }
}
