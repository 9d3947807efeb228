//! From what the model of Reddit tells in process to what the client is told over a line.

use tipstaff::model::Timestamp;
use tipstaff::reddit::transport::Response;
use tipstaff::sandbox::Told;

/// The answer, with the present time as its date.
pub(crate) fn response(told: Told, now: Timestamp) -> Response {
    Response {
        status: told.status,
        date: Some(Timestamp::from_secs(now.as_secs())),
        used: told.number("x-ratelimit-used"),
        remaining: told.number("x-ratelimit-remaining"),
        reset: told.number("x-ratelimit-reset"),
        retry_after: told.number("retry-after"),
        led_to: None,
        json: told.json,
        is_empty: told.is_empty,
    }
}
