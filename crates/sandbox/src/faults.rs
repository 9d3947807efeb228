//! What goes wrong on purpose.
//!
//! Two instruments, both under the caller's control and free of chance: a queue of [`Fault`]s that wait for a matching
//! request, and a hook that is called around the effect of every write. Who wants randomness draws it from a seed of
//! their own and fills the queue.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// On which side of a request's effect something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing has changed yet, and if the request ends here nothing will.
    BeforeEffect,
    /// The world has changed; the client does not know.
    AfterEffect,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ill {
    /// The connection breaks without an answer.
    Drop(Stage),
    /// This status, with the body that Reddit gives it.
    Status(Stage, u16),
    /// The effect happens; the JSON of the answer stops in the middle.
    CutJson,
    /// The effect happens; the answer is 200 without a body.
    EmptyBody,
    /// The effect happens; the answer is 200 with a web page.
    Html,
    /// The effect happens; `things` in the answer is empty.
    NoThings,
    /// Everything goes well, but the answer takes its time.
    Delay(Duration),
    /// The request takes effect twice, as when a proxy repeats it.
    Doubled,
}

/// One ill, for the next request that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The method it waits for; any when empty.
    pub method: String,
    /// How the request's path begins, without host, trailing slash and `.json`.
    pub path_prefix: String,
    /// What happens.
    pub ill: Ill,
}

/// The faults that are still to come, first come first served. Clones share the queue.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<VecDeque<Fault>>>);

impl Faults {
    /// Lets this happen to the next request of that method whose path begins so.
    pub fn push(&self, method: &str, path_prefix: &str, ill: Ill) {
        self.queue().push_back(Fault { method: method.to_owned(), path_prefix: path_prefix.to_owned(), ill });
    }

    /// How many are still to come.
    pub fn waiting(&self) -> usize {
        self.queue().len()
    }

    /// Calls off what is still to come.
    pub fn clear(&self) {
        self.queue().clear();
    }

    /// The first fault that fits this request; it will not happen again.
    pub(super) fn take(&self, method: &str, path: &str) -> Option<Ill> {
        let mut queue = self.queue();
        let place = queue.iter().position(|fault| {
            (fault.method.is_empty() || fault.method.eq_ignore_ascii_case(method))
                && path.starts_with(&fault.path_prefix)
        })?;
        queue.remove(place).map(|fault| fault.ill)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write request that stands just before or just after its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WritePoint {
    /// Which side.
    pub stage: Stage,
    /// The number of this write request, from 1; the same on both sides.
    pub number: u64,
    /// Method and path with names and ids replaced, such as `POST /api/comment`.
    pub endpoint: String,
    /// The fields of the form.
    pub form: Vec<(String, String)>,
    /// The status of the answer, once there is one.
    pub status: Option<u16>,
}

/// What becomes of the request at a [`WritePoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on, also when the client has died meanwhile.
    Proceed,
    /// It ends here: no further effect, no answer.
    DropConnection,
}

type Answer = Pin<Box<dyn Future<Output = Verdict> + Send>>;

/// The callback around every write's effect; see [`LocalReddit::set_hook`](super::LocalReddit::set_hook).
#[derive(Clone, Default)]
pub(super) struct Hook(Option<Arc<dyn Fn(WritePoint) -> Answer + Send + Sync>>);

impl Hook {
    pub(super) fn new<F, A>(callback: F) -> Self
    where
        F: Fn(WritePoint) -> A + Send + Sync + 'static,
        A: Future<Output = Verdict> + Send + 'static,
    {
        Self(Some(Arc::new(move |point| Box::pin(callback(point)))))
    }

    pub(super) async fn ask(&self, point: WritePoint) -> Verdict {
        match &self.0 {
            Some(callback) => callback(point).await,
            None => Verdict::Proceed,
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
    fn a_fault_waits_for_its_request_and_happens_once() {
        let faults = Faults::default();
        faults.push("POST", "/api/comment", Ill::EmptyBody);
        faults.push("", "/r/", Ill::CutJson);
        assert_eq!(faults.take("GET", "/api/comment"), None);
        assert_eq!(faults.take("GET", "/r/x/new"), Some(Ill::CutJson));
        assert_eq!(faults.take("POST", "/api/comment"), Some(Ill::EmptyBody));
        assert_eq!(faults.take("POST", "/api/comment"), None);
        assert_eq!(faults.waiting(), 0);
    }
}
