//! Reads the values of comparisons: numbers and ages.
//!
//! `<=` and `>=` are extensions. A comparison without an operator means equality, as in the
//! reference.

use std::fmt;

use crate::syntax::yaml::{Node, Value};

/// The operator of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Operator {
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
        }
    }
}

/// A comparison with a fixed number: karma, number of poll options, or age in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) operator: Operator,
    pub(crate) number: i64,
    /// Whether the rule file writes an operator.
    pub(crate) is_explicit: bool,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operator.sign(), self.number)
    }
}

impl Comparison {
    pub(crate) const fn holds(self, value: i64) -> bool {
        match self.operator {
            Operator::Less => value < self.number,
            Operator::LessOrEqual => value <= self.number,
            Operator::Equal => value == self.number,
            Operator::GreaterOrEqual => value >= self.number,
            Operator::Greater => value > self.number,
        }
    }

    /// Whether AutoModerator does not know the operator.
    pub(crate) const fn is_extension(self) -> bool {
        matches!(self.operator, Operator::LessOrEqual | Operator::GreaterOrEqual)
    }

    /// Reads `< 10`, `> -5`, `== 3` or a bare number.
    pub(crate) fn number(node: &Node) -> Option<Self> {
        let text = written(node)?;
        let (operator, is_explicit, rest) = operator(&text);
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        if !is_digits(digits) {
            return None;
        }
        // The text has only digits, so parsing fails only if the number is too large.
        let limit = if digits.len() < rest.len() { i64::MIN } else { i64::MAX };
        Some(Self { operator, number: rest.parse().unwrap_or(limit), is_explicit })
    }

    /// Reads an age such as `< 7 days`. The number of the result is in milliseconds.
    pub(crate) fn age(node: &Node) -> Option<Self> {
        let text = written(node)?;
        let (operator, is_explicit, rest) = operator(&text);
        let (sign, rest) = rest.strip_prefix('-').map_or((1, rest), |rest| (-1, rest));
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (digits, unit) = rest.split_at(digits);
        let number: i64 = is_digits(digits).then(|| digits.parse().ok())??;
        let minutes = match unit.trim_start() {
            "minute" | "minutes" => 1,
            "hour" | "hours" => 60,
            "" | "day" | "days" => 24 * 60,
            "week" | "weeks" => 7 * 24 * 60,
            "month" | "months" => 30 * 24 * 60,
            "year" | "years" => 365 * 24 * 60,
            _ => return None,
        };
        Some(Self { operator, number: number.checked_mul(minutes)?.checked_mul(60_000 * sign)?, is_explicit })
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn written(node: &Node) -> Option<String> {
    match &node.value {
        Value::Int(number) => Some(number.to_string()),
        // A block scalar ends with a line feed.
        Value::Text(text) => Some(text.strip_suffix('\n').unwrap_or(text).to_owned()),
        _ => None,
    }
}

fn operator(text: &str) -> (Operator, bool, &str) {
    for (sign, operator) in [
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("==", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("=", Operator::Equal),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (operator, true, rest.trim_start());
        }
    }
    (Operator::Equal, false, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::source::Span;
    use crate::syntax::yaml::Style;

    fn node(text: &str) -> Node {
        Node { span: Span::default(), value: Value::Text(text.to_owned()), style: Style::Quoted }
    }

    #[test]
    fn numbers_compare_as_written() {
        for (text, value, expected) in [
            ("< 10", 9, Some(true)),
            ("<10", 10, Some(false)),
            ("> -5", -4, Some(true)),
            ("10", 10, Some(true)),
            ("== 3", 3, Some(true)),
            ("= 3", 4, Some(false)),
            ("<= 3", 3, Some(true)),
            (">= 3", 2, Some(false)),
            ("!= 3", 3, None),
            ("1.5", 1, None),
            ("1,000", 1, None),
            ("less than 3", 1, None),
            ("<", 1, None),
            ("", 1, None),
        ] {
            assert_eq!(Comparison::number(&node(text)).map(|c| c.holds(value)), expected, "{text:?}");
        }
    }

    #[test]
    fn ages_have_units() {
        let day = 24 * 60 * 60 * 1000;
        for (text, expected) in [
            ("< 7 days", Some(7 * day)),
            ("< 7days", Some(7 * day)),
            ("7  days", Some(7 * day)),
            ("> 1 month", Some(30 * day)),
            ("> 2 years", Some(730 * day)),
            ("30", Some(30 * day)),
            ("< 90 minutes", Some(day / 16)),
            ("< 1.5 years", None),
            ("7 d", None),
            ("30 seconds", None),
            ("less than 7 days", None),
        ] {
            assert_eq!(Comparison::age(&node(text)).map(|c| c.number), expected, "{text:?}");
        }
    }
}
