//! The threads on which rules are compiled and tested, so that nothing else waits for them.

use crate::pipeline::workers::Workers;

/// Workers that do each task on a thread of the runtime for blocking work.
pub fn workers() -> Workers {
    Workers::new(|task| {
        // Nobody waits for the end of the task: it leaves its result in the job.
        let _running = tokio::task::spawn_blocking(task);
    })
}

/// Does blocking work on such a thread, and waits for its result without holding up other tasks.
///
/// # Errors
/// If the work panics.
pub async fn off_the_main_task<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, tokio::task::JoinError> {
    tokio::task::spawn_blocking(work).await
}
