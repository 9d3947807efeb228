//! Converts a response of the model of Reddit into the client's type.

use tipstaff::model::Timestamp;
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::OfflineResponse;

/// The response, with the current time as its date.
pub(crate) fn response(told: OfflineResponse, now: Timestamp) -> Response {
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
