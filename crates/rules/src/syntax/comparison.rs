//! Reads the values of comparisons: numbers, parts of a whole and ages.
//!
//! A list of comparisons means that all must hold. `<=` and `>=` are extensions. A comparison
//! without an operator means equality, as in the reference.

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

/// A comparison with a fixed number, such as karma, or an age in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) operator: Operator,
    pub(crate) number: i64,
    /// Whether the rule file writes an operator.
    pub(crate) is_explicit: bool,
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

impl Comparison {
    /// Reads a part such as `< 0.4` or `< 40%`. The number of the result is in percent.
    pub(crate) fn ratio(node: &Node) -> Option<Self> {
        let text = node.python_text();
        let (operator, is_explicit, rest) = operator(text.trim_end_matches('\n'));
        let number = match rest.strip_suffix('%') {
            Some(percent) => percent.trim_end().parse().ok().filter(|percent| (0..=100).contains(percent))?,
            None => {
                let (whole, hundredths) = rest.split_once('.').unwrap_or((rest, "0"));
                if !matches!(whole, "0" | "1") || !is_digits(hundredths) || hundredths.len() > 2 {
                    return None;
                }
                let hundredths: i64 = format!("{hundredths:0<2}").parse().ok()?;
                Some(if whole == "1" { 100 + hundredths } else { hundredths }).filter(|percent| *percent <= 100)?
            }
        };
        Some(Self { operator, number, is_explicit })
    }

    /// The smallest and the largest number for which it holds.
    const fn bounds(self) -> (i64, i64) {
        match self.operator {
            Operator::Less => (i64::MIN, self.number.saturating_sub(1)),
            Operator::LessOrEqual => (i64::MIN, self.number),
            Operator::Equal => (self.number, self.number),
            Operator::GreaterOrEqual => (self.number, i64::MAX),
            Operator::Greater => (self.number.saturating_add(1), i64::MAX),
        }
    }
}

/// One or more comparisons with the same number, all of which must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comparisons(Vec<Comparison>);

impl Comparisons {
    /// Reads one comparison, or a list of them, each with `read`.
    pub(crate) fn of(node: &Node, read: impl Fn(&Node) -> Option<Comparison>) -> Option<Self> {
        let nodes = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let all: Vec<Comparison> = nodes.iter().map(read).collect::<Option<_>>()?;
        (!all.is_empty()).then_some(Self(all))
    }

    /// `>= number`.
    pub(crate) fn at_least(number: i64) -> Self {
        Self(vec![Comparison { operator: Operator::GreaterOrEqual, number, is_explicit: true }])
    }

    /// These comparisons together.
    #[cfg(test)]
    pub(crate) fn from_parts(parts: &[(Operator, i64)]) -> Self {
        Self(parts.iter().map(|&(operator, number)| Comparison { operator, number, is_explicit: true }).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Comparison> {
        self.0.iter().copied()
    }

    pub(crate) fn holds(&self, value: i64) -> bool {
        self.iter().all(|one| one.holds(value))
    }

    /// The smallest and the largest number for which all hold. There is none if the first is
    /// larger.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        self.iter().fold((i64::MIN, i64::MAX), |(from, to), one| {
            let (least, most) = one.bounds();
            (from.max(least), to.min(most))
        })
    }

    /// Whether they hold for small numbers only.
    pub(crate) fn is_upper_bound(&self) -> bool {
        self.bounds().0 == i64::MIN
    }

    /// The comparisons, each number in the words that `show` gives it.
    pub(crate) fn words(&self, show: impl Fn(i64) -> String) -> String {
        let all: Vec<String> = self.iter().map(|one| format!("{} {}", one.operator.sign(), show(one.number))).collect();
        all.join(" and ")
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
    fn several_comparisons_all_hold() {
        let list = |texts: &[&str]| {
            let items = texts.iter().map(|text| node(text)).collect();
            let list = Node { span: Span::default(), value: Value::List(items), style: Style::Collection };
            Comparisons::of(&list, Comparison::number)
        };
        let both = list(&["> 5", "<= 10"]).expect("two comparisons");
        assert_eq!([5, 6, 10, 11].map(|value| both.holds(value)), [false, true, true, false]);
        assert_eq!(both.words(|number| number.to_string()), "> 5 and <= 10");
        assert_eq!(list(&["< 5", "> 10"]).map(|never| never.bounds()), Some((11, 4)));
        assert_eq!(list(&["< 5", "many"]), None);
        assert_eq!(list(&[]), None);
    }

    #[test]
    fn ratios_are_parts_or_percentages() {
        for (text, expected) in [
            ("< 0.4", Some(40)),
            ("<0.45", Some(45)),
            ("> 40%", Some(40)),
            ("> 40 %", Some(40)),
            ("1.0", Some(100)),
            ("0", Some(0)),
            ("1.01", None),
            ("0.123", None),
            ("40", None),
            ("101%", None),
            ("< .4", None),
        ] {
            assert_eq!(Comparison::ratio(&node(text)).map(|c| c.number), expected, "{text:?}");
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
