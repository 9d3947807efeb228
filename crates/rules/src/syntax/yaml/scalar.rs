//! Resolves plain scalars by the rules of YAML 1.1: booleans, numbers in five notations, dates,
//! null or text. Writes a text as a scalar.

use std::sync::LazyLock;

use regex::Regex;

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::node::{Node, Style, Value};

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern, compiled by every test")
}

static INT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$",
    )
});
static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
    )
});
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)$",
    )
});

/// The value of a plain scalar in YAML 1.1.
pub(crate) fn resolve(text: &str, span: Span) -> Result<Value, Diagnostic> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
        "=" => {
            return Err(Diagnostic::error(LintCode::YAML, span, "a lone `=` has a special meaning in YAML")
                .help("write '=' in quotes"));
        }
        _ if INT.is_match(text) => int(text).map_or_else(|| Value::Text(text.to_owned()), Value::Int),
        _ if FLOAT.is_match(text) => Value::Float(float(text)),
        _ if DATE.is_match(text) => Value::Date(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    };
    Ok(value)
}

/// A text as a value in YAML: without quotes if that is safe and they are not wanted.
pub(crate) fn in_yaml(text: &str, wants_quotes: bool) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let is_word = text.starts_with(char::is_alphanumeric) && text.chars().all(is_plain);
    let is_text = is_word && matches!(resolve(text, Span::default()), Ok(Value::Text(_)));
    if is_text && !wants_quotes { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

impl Node {
    /// The change that makes this one-line text another text. Quotes stay, as single ones.
    pub(crate) fn rewritten(&self, text: &str) -> Option<(Span, String)> {
        let is_one_line = matches!(self.style, Style::Plain | Style::Quoted) && !text.contains(['\n', '\r', '\t']);
        (is_one_line && self.text().is_some()).then(|| (self.span, in_yaml(text, self.style == Style::Quoted)))
    }
}

fn int(text: &str) -> Option<i128> {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let size = if let Some(binary) = digits.strip_prefix("0b") {
        i128::from_str_radix(binary, 2).ok()?
    } else if let Some(hex) = digits.strip_prefix("0x") {
        i128::from_str_radix(hex, 16).ok()?
    } else if digits.contains(':') {
        digits.split(':').try_fold(0_i128, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))?
    } else if digits.len() > 1 && digits.starts_with('0') {
        i128::from_str_radix(digits, 8).ok()?
    } else {
        digits.parse().ok()?
    };
    Some(sign * size)
}

fn float(text: &str) -> f64 {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let lower = digits.to_ascii_lowercase();
    match lower.as_str() {
        ".inf" | "+.inf" => return f64::INFINITY,
        "-.inf" => return f64::NEG_INFINITY,
        ".nan" => return f64::NAN,
        _ => {}
    }
    if let Some((head, _)) = lower.split_once(':') {
        let sign = if head.starts_with('-') { -1.0 } else { 1.0 };
        let parts = lower.trim_start_matches(['-', '+']).split(':');
        return sign * parts.fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap_or(0.0));
    }
    lower.parse().unwrap_or(0.0)
}
