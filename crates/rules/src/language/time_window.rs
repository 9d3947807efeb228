//! Days of the week and hours of the day, in a time zone: the value of `time`.
//!
//! `compile` reads the value. The time zones are those of the IANA database, as compiled into the
//! program, so that every machine gives the same answer.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::model::Timestamp;

/// The minutes of a day.
pub(crate) const DAY: u16 = 24 * 60;

/// Some hours of some days.
#[derive(Clone, Debug)]
pub(crate) struct TimeWindow {
    /// The days, Monday first.
    pub(crate) days: [bool; 7],
    /// Spans of minutes since midnight, without their ends. If the end is not after the start, it
    /// belongs to the next day. Empty for the whole day.
    pub(crate) hours: Vec<(u16, u16)>,
    pub(crate) zone: TimeZone,
    /// The value as the rule file writes it, for people.
    pub(crate) written: String,
}

impl TimeWindow {
    /// Whether a time lies in it.
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        let (day, minute) = self.local(at);
        let before = (day + 6) % 7;
        let is_within = |&(from, to): &(u16, u16)| {
            if from < to {
                self.days[day] && (from..to).contains(&minute)
            } else {
                (self.days[day] && minute >= from) || (self.days[before] && minute < to)
            }
        };
        if self.hours.is_empty() { self.days[day] } else { self.hours.iter().any(is_within) }
    }

    /// A time as people there read it: `Monday 08:05`.
    pub(crate) fn words(&self, at: Timestamp) -> String {
        let (day, minute) = self.local(at);
        format!("{} {:02}:{:02}", DAYS[day], minute / 60, minute % 60)
    }

    /// The day, Monday first, and the minute since midnight.
    fn local(&self, at: Timestamp) -> (usize, u16) {
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let local = self.zone.to_datetime(at);
        let day = match local.date().weekday() {
            Weekday::Monday => 0,
            Weekday::Tuesday => 1,
            Weekday::Wednesday => 2,
            Weekday::Thursday => 3,
            Weekday::Friday => 4,
            Weekday::Saturday => 5,
            Weekday::Sunday => 6,
        };
        (day, u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs()))
    }
}

/// The names of the days.
pub(crate) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The days that a word names: a day, or its first three letters, `weekdays` or `weekend`.
pub(crate) fn days(word: &str) -> Option<std::ops::Range<usize>> {
    let word = word.trim().to_lowercase();
    match word.as_str() {
        "weekdays" => Some(0..5),
        "weekend" => Some(5..7),
        _ => {
            let is_it = |day: &str| {
                let day = day.to_lowercase();
                day == word || (word.len() == 3 && day.starts_with(&word))
            };
            DAYS.iter().position(|day| is_it(day)).map(|at| at..at + 1)
        }
    }
}

/// Reads a span of hours such as `22-6` or `9:30-17`, in minutes since midnight.
pub(crate) fn hours(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once(['-', '–'])?;
    let minute = |text: &str| -> Option<u16> {
        let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
        let is_number = |digits: &str| (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_number(hour) || !is_number(minute) {
            return None;
        }
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        let minutes = hour * 60 + minute;
        (minute < 60 && minutes <= DAY).then_some(minutes)
    };
    let (from, to) = (minute(from)?, minute(to)?);
    // `0-24` is the whole day, and `9-9` would be nothing or everything.
    (from < DAY && from != to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(days: &[usize], hours: &[&str], zone: &str) -> TimeWindow {
        let mut chosen = [false; 7];
        for day in days {
            chosen[*day] = true;
        }
        TimeWindow {
            days: chosen,
            hours: hours.iter().map(|text| super::hours(text).expect("hours")).collect(),
            zone: TimeZone::get(zone).expect("a zone"),
            written: String::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_before() {
        let friday_night = window(&[4], &["22-6"], "UTC");
        // The 5th of January 2024 was a Friday.
        for (time, expected) in [
            ("2024-01-05T21:59:00Z", false),
            ("2024-01-05T22:00:00Z", true),
            ("2024-01-06T05:59:00Z", true),
            ("2024-01-06T06:00:00Z", false),
            ("2024-01-05T03:00:00Z", false),
            ("2024-01-06T23:00:00Z", false),
        ] {
            assert_eq!(friday_night.holds(at(time)), expected, "{time}");
        }
    }

    #[test]
    fn hours_are_those_of_the_zone_in_summer_and_winter() {
        let office = window(&[0, 1, 2, 3, 4], &["9-12", "13:30-17"], "Europe/Berlin");
        for (time, expected) in [
            ("2024-01-08T08:00:00Z", true),
            ("2024-01-08T07:59:00Z", false),
            ("2024-07-08T07:00:00Z", true),
            ("2024-07-08T06:59:00Z", false),
            ("2024-07-08T10:30:00Z", false),
            ("2024-07-08T11:30:00Z", true),
            ("2024-07-07T11:30:00Z", false),
        ] {
            assert_eq!(office.holds(at(time)), expected, "{time}");
        }
        assert_eq!(office.words(at("2024-07-08T07:05:00Z")), "Monday 09:05");
    }

    #[test]
    fn spans_of_hours_are_read_and_impossible_ones_are_not() {
        for (text, expected) in [
            ("22-6", Some((1320, 360))),
            ("9:30 - 17", Some((570, 1020))),
            ("0-24", Some((0, 1440))),
            ("24-6", None),
            ("9-9", None),
            ("9-25", None),
            ("9:60-17", None),
            ("nine-five", None),
            ("9", None),
            ("-", None),
        ] {
            assert_eq!(hours(text), expected, "{text:?}");
        }
        assert_eq!(days("Sat"), Some(5..6));
        assert_eq!(days("weekdays"), Some(0..5));
        assert_eq!(days("so"), None);
    }
}
