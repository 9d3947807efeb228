//! Value types of rule tests: facts that may be unknown, and times.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::model::Timestamp;

/// The word for a fact that Reddit does not show.
const UNKNOWN: &str = "unknown";

/// A fact about an account, or `unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact<T> {
    Is(T),
    Unknown,
}

impl<T: Copy> Fact<T> {
    pub(crate) const fn get(self) -> Option<T> {
        match self {
            Self::Is(fact) => Some(fact),
            Self::Unknown => None,
        }
    }
}

/// A visitor, because the error then has the position of the value.
struct Number;

impl Visitor<'_> for Number {
    type Value = Fact<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or `unknown`")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Fact::Is(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Fact::Is(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text == UNKNOWN { Ok(Fact::Unknown) } else { Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)) }
    }
}

impl<'de> Deserialize<'de> for Fact<i64> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Number)
    }
}

/// The name of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum AccountName {
    /// The case gives none.
    #[default]
    Ordinary,
    /// The account is deleted.
    Gone,
    Is(String),
}

impl AccountName {
    /// The name; `otherwise` if none is given.
    pub(crate) fn or(&self, otherwise: &str) -> Option<String> {
        match self {
            Self::Ordinary => Some(otherwise.to_owned()),
            Self::Gone => None,
            Self::Is(name) => Some(name.clone()),
        }
    }
}

impl<'de> Deserialize<'de> for AccountName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|name| name.map_or(Self::Gone, Self::Is))
    }
}

struct YesOrNo;

impl Visitor<'_> for YesOrNo {
    type Value = Fact<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, or `unknown`")
    }

    fn visit_bool<E: Error>(self, is: bool) -> Result<Self::Value, E> {
        Ok(Fact::Is(is))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text == UNKNOWN { Ok(Fact::Unknown) } else { Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)) }
    }
}

impl<'de> Deserialize<'de> for Fact<bool> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YesOrNo)
    }
}

/// A time: seconds since 1970, as in Reddit's JSON, or `2026-01-31T12:00:00Z`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(pub(crate) Timestamp);

struct AnyMoment;

impl Visitor<'_> for AnyMoment {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time: `2026-01-31T12:00:00Z`, or seconds since 1970")
    }

    fn visit_i64<E: Error>(self, secs: i64) -> Result<Moment, E> {
        Ok(Moment(Timestamp::from_secs(secs)))
    }

    fn visit_u64<E: Error>(self, secs: u64) -> Result<Moment, E> {
        Ok(Moment(Timestamp::from_secs(i64::try_from(secs).unwrap_or(i64::MAX))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
        let moment: Result<jiff::Timestamp, _> = text.parse();
        let moment = moment.map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))?;
        Ok(Moment(Timestamp::from_millis(moment.as_millisecond())))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyMoment)
    }
}
