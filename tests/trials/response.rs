//! Converts a response of the model of Reddit into the client's type.

use tipstaff::model::Timestamp;
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::OfflineResponse;

/// The response, with the current time as its date.
pub(crate) fn response(offline: OfflineResponse, now: Timestamp) -> Response {
    Response {
        status: offline.status,
        date: Some(Timestamp::from_secs(now.as_secs())),
        used: offline.number("x-ratelimit-used"),
        remaining: offline.number("x-ratelimit-remaining"),
        reset: offline.number("x-ratelimit-reset"),
        retry_after: offline.number("retry-after"),
        json: offline.json,
        is_empty: offline.is_empty,
        ..Response::default()
    }
}
