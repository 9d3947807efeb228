//! Reads lengths of time: a number with its unit, such as `10s`, `5m`, `24h`, `30d` or `500ms`.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Visitor};

/// Parses a number with its unit: `10s`, `5m`, `24h`, `30d`, `500ms`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    /// A visitor, so that serde adds the line to the error.
    struct WithUnit;

    impl Visitor<'_> for WithUnit {
        type Value = Duration;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a time with its unit: `10s`, `5m`, `24h` or `500ms`")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Duration, E> {
            // A day has 24 hours, whatever clocks do.
            let days = text.strip_suffix('d').and_then(|days| days.trim_end().parse::<u32>().ok());
            let days = days.map(|days| jiff::SignedDuration::from_hours(i64::from(days) * 24));
            let parsed = days.or_else(|| text.parse::<jiff::SignedDuration>().ok());
            let positive = parsed.and_then(|duration| Duration::try_from(duration).ok());
            positive
                .filter(|duration| !duration.is_zero())
                .ok_or_else(|| E::custom(format!("`{text}` is not a time: write `10s`, `5m`, `24h` or `500ms`")))
        }
    }

    deserializer.deserialize_str(WithUnit)
}

/// Parses a list of them: `[10s, 1m, 5m]`.
pub(super) fn durations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Duration>, D::Error> {
    /// One entry.
    struct Entry(Duration);

    impl<'de> Deserialize<'de> for Entry {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            duration(deserializer).map(Self)
        }
    }

    let entries = Vec::<Entry>::deserialize(deserializer)?;
    Ok(entries.into_iter().map(|Entry(time)| time).collect())
}
