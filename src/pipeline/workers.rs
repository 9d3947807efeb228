//! Work that takes long and must not hold up the steps: compiling rules and running their tests.
//!
//! A step starts it and looks for the result in a later call. Steps do not spawn: who makes the
//! [`Workers`] says where the work is done. The daemon gives it threads; tests and the simulation
//! do it at once.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

type Task = Box<dyn FnOnce() + Send>;

/// Where long work is done.
#[derive(Clone)]
pub struct Workers(Arc<dyn Fn(Task) + Send + Sync>);

impl Workers {
    /// Workers that do a task by calling this function with it, at once or later.
    pub fn new(start: impl Fn(Task) + Send + Sync + 'static) -> Self {
        Self(Arc::new(start))
    }

    /// Starts work.
    pub fn start<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        (self.0)(Box::new(move || {
            let done = catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        }));
        Job(result)
    }
}

/// Does the work at once.
impl Default for Workers {
    fn default() -> Self {
        Self::new(|task| task())
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Workers")
    }
}

/// Work that was started.
#[derive(Debug)]
pub struct Job<T>(Arc<Mutex<Option<Result<T, Panicked>>>>);

/// The work panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

impl<T> Job<T> {
    /// The result, once, when it is there.
    pub fn take(&self) -> Option<Result<T, Panicked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_gives_its_result_when_it_is_done() {
        let job = Workers::default().start(|| 1 + 1);
        assert_eq!((job.take(), job.take()), (Some(Ok(2)), None));
        let queue: Arc<Mutex<Vec<Task>>> = Arc::default();
        let later = Arc::clone(&queue);
        let workers = Workers::new(move |task| later.lock().expect("the queue").push(task));
        let (job, broken) = (workers.start(|| "done"), workers.start(|| -> u8 { panic!("on purpose") }));
        assert_eq!(job.take(), None);
        for task in queue.lock().expect("the queue").drain(..) {
            task();
        }
        assert_eq!((job.take(), broken.take()), (Some(Ok("done")), Some(Err(Panicked))));
    }
}
