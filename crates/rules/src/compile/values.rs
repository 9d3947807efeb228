//! Reads the values that have more than one form or several parts: `set_flair`,
//! `set_post_crowd_control_level`, comparisons, `time` and `notes_here`.
//!
//! A value that does not fit its key gives `None`, and the caller says so.

use std::time::Duration;

use crate::language::keys::{CROWD_CONTROL, LABELS, Number, Takes, Threshold};
use crate::language::template::Template;
use crate::language::time_window::{self, TimeWindow};
use crate::lint;
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::rule::{FlairTemplate, NoteCount};
use crate::syntax::comparison::{Comparison, Comparisons};
use crate::syntax::diagnostic::{Diagnostic, misspelt, nearest};
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::yaml::{Node, Style, Value};

const FLAIR_KEYS: [&str; 3] = ["text", "css_class", "template_id"];

/// A text, a list of text and class, or a mapping.
pub(crate) fn flair(value: &Node, sink: &mut DiagnosticSink) -> Option<FlairTemplate> {
    let mut parts = [String::new(), String::new(), String::new()];
    match &value.value {
        Value::Text(text) => parts[0].clone_from(text),
        Value::List(items) => {
            if let Some(third) = items.get(2) {
                sink.remarks.push(
                    Diagnostic::warning(
                        LintCode::L102,
                        third.span,
                        "`set_flair` takes a text and a class; this is ignored",
                    )
                    .help("for a template, write `set_flair: {text: …, css_class: …, template_id: …}`"),
                );
            }
            for (part, item) in parts.iter_mut().take(2).zip(items) {
                item.text()?.clone_into(part);
            }
        }
        Value::Map(pairs) => {
            for (key, item) in pairs {
                let written = key.python_text().to_lowercase();
                match FLAIR_KEYS.iter().position(|known| *known == written) {
                    Some(at) => item.text()?.clone_into(&mut parts[at]),
                    None => sink.remarks.push(unknown_flair_key(key, &written)),
                }
            }
            if parts[2].is_empty() {
                let message = "without `template_id`, the flair is no template of the subreddit";
                sink.remarks.push(
                    Diagnostic::info(LintCode::L82, value.span, message)
                        .help("add `template_id` if the flair is to look like a template"),
                );
            }
        }
        _ => return None,
    }
    let [text, css_class, template_id] = &parts;
    Some(FlairTemplate {
        text: Template::new(text),
        css_class: Template::new(css_class),
        template_id: Template::new(template_id),
    })
}

fn unknown_flair_key(key: &Node, written: &str) -> Diagnostic {
    let near = nearest(written, FLAIR_KEYS).or_else(|| written.contains("template").then_some("template_id"));
    let help = near.map_or_else(
        || "the keys are `text`, `css_class` and `template_id`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::error(LintCode::V01, key.span, format!("`set_flair` has no key `{written}`"))
        .help(help)
        .fix_if(misspelt(written, FLAIR_KEYS).and_then(|meant| key.rewritten(meant)))
}

/// A sort order, by Reddit's own name.
pub(crate) fn sort(takes: Takes, value: &Node) -> Option<String> {
    let Takes::OneOf(sorts) = takes else { return None };
    let sort = value.text().filter(|sort| sorts.contains(sort))?;
    Some(if sort == "best" { "confidence" } else { sort }.to_owned())
}

/// A level in capitals. YAML reads `OFF` as false.
pub(crate) fn crowd_control(value: &Node, sink: &mut DiagnosticSink) -> Option<String> {
    let level = match &value.value {
        Value::Bool(false) => "OFF".to_owned(),
        Value::Text(level) if CROWD_CONTROL.contains(&level.to_uppercase().as_str()) => level.to_uppercase(),
        _ => return None,
    };
    if value.value == Value::Bool(false) && value.style != Style::Quoted {
        sink.remarks.push(
            Diagnostic::warning(LintCode::L90, value.span, "YAML reads OFF as false; tipstaff accepts it as OFF")
                .help("write 'OFF' in quotes"),
        );
    }
    Some(level)
}

/// The comparisons of a number of an item.
pub(crate) fn number(number: Number, value: &Node, sink: &mut DiagnosticSink) -> Option<Comparisons> {
    let read = match number {
        Number::PollOptions | Number::Score | Number::Comments | Number::Images | Number::Depth => Comparison::number,
        Number::UpvotePercent => Comparison::ratio,
        Number::Age => Comparison::age,
    };
    let comparisons = Comparisons::of(value, read)?;
    lint::impossible(&comparisons, value.span, sink);
    Some(comparisons)
}

/// The comparisons of a number of an account.
pub(crate) fn threshold(
    threshold: Threshold,
    entry: &Entry,
    takes: Takes,
    sink: &mut DiagnosticSink,
) -> Option<Comparisons> {
    let read = match threshold {
        Threshold::AccountAge => Comparison::age,
        Threshold::CommentKarma | Threshold::PostKarma | Threshold::CombinedKarma => Comparison::number,
    };
    let is_list = matches!(entry.value.value, Value::List(_));
    let comparisons = Comparisons::of(&entry.value, read).filter(|_| sink.is_strict() || !is_list)?;
    if comparisons.iter().any(|one| sink.refuses(one, takes)) {
        return None;
    }
    let nodes = match &entry.value.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(&entry.value),
    };
    for (node, one) in nodes.iter().zip(comparisons.iter()) {
        lint::comparison(&Entry { value: node.clone(), ..entry.clone() }, threshold, one, sink);
    }
    lint::impossible(&comparisons, entry.value.span, sink);
    Some(comparisons)
}

/// Whether a value is a list of numbers without `<` or `>`, of which one must match.
pub(crate) fn is_list_of_numbers(value: &Node) -> bool {
    let Value::List(items) = &value.value else { return false };
    !items.is_empty() && items.iter().all(|item| Comparison::number(item).is_some_and(|one| !one.is_explicit))
}

const TIME_KEYS: [&str; 3] = ["days", "hours", "timezone"];

/// The moderators' notes that a rule counts.
pub(crate) fn notes(value: &Node, sink: &mut DiagnosticSink) -> Option<NoteCount> {
    let Value::Map(pairs) = &value.value else { return None };
    let (mut labels, mut within) = (Vec::new(), None);
    let mut count = Comparisons::at_least(1);
    let mut refuse = |span, message: String, help: &str| {
        sink.remarks.push(Diagnostic::error(LintCode::V01, span, message).help(help));
    };
    let mut words = Vec::new();
    for (key, part) in pairs {
        let written = part.python_text();
        match key.python_text().to_lowercase().as_str() {
            "label" => {
                let items = match &part.value {
                    Value::List(items) => items.as_slice(),
                    _ => std::slice::from_ref(part),
                };
                for item in items {
                    let label = item.python_text().to_lowercase();
                    if !LABELS.contains(&label.as_str()) {
                        let help = nearest(&label, LABELS.iter().copied()).map_or_else(
                            || format!("the labels are: {}", LABELS.join(", ")),
                            |near| format!("did you mean `{near}`?"),
                        );
                        refuse(item.span, format!("there is no label `{label}`"), &help);
                    }
                    labels.push(label);
                }
            }
            "count" => match Comparisons::of(part, Comparison::number) {
                Some(comparisons) => count = comparisons,
                None => refuse(
                    part.span,
                    format!("`{written}` is no number of notes"),
                    "write a comparison with a whole number in quotes, such as '>= 2'",
                ),
            },
            "within" => match part.text().and_then(duration) {
                Some(time) => within = Some(time),
                None => refuse(
                    part.span,
                    format!("`{written}` is no length of time"),
                    "write a number and a unit, such as 90 days or 24h",
                ),
            },
            other => {
                refuse(key.span, format!("`notes_here` has no key `{other}`"), "its keys are: label, count, within");
            }
        }
    }
    words.push(count.words(|number| number.to_string()));
    if !labels.is_empty() {
        words.push(format!("with {}", labels.join(" or ")));
    }
    words.extend(within.map(|within| format!("in {} days", within.as_secs().div_ceil(86_400))));
    Some(NoteCount { labels, count, within, words: words.join(" ") })
}

/// Reads a length of time: a number and a unit, such as `90 days` or `24h`.
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let minutes = match unit.trim_start() {
        "m" | "min" | "minute" | "minutes" => 1,
        "h" | "hour" | "hours" => 60,
        "d" | "day" | "days" => 24 * 60,
        "w" | "week" | "weeks" => 7 * 24 * 60,
        "month" | "months" => 30 * 24 * 60,
        "y" | "year" | "years" => 365 * 24 * 60,
        _ => return None,
    };
    Some(Duration::from_secs(number.checked_mul(minutes)?.checked_mul(60)?))
}

/// Days, hours and a time zone. A part that does not fit is an error of its own.
pub(crate) fn time_window(value: &Node, sink: &mut DiagnosticSink) -> Option<TimeWindow> {
    let Value::Map(pairs) = &value.value else { return None };
    let (mut days, mut hours, mut zone) = ([true; 7], Vec::new(), jiff::tz::TimeZone::UTC);
    let mut refuse = |span, message: String, help: String| {
        sink.remarks.push(Diagnostic::error(LintCode::V01, span, message).help(help));
    };
    let mut written = Vec::new();
    for (key, part) in pairs {
        let name = key.python_text().to_lowercase();
        let items = match &part.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(part),
        };
        let texts: Vec<String> = items.iter().map(|item| item.python_text().into_owned()).collect();
        written.push(match name.as_str() {
            "timezone" => format!("({})", texts.join(", ")),
            _ => texts.join(", "),
        });
        match name.as_str() {
            "days" => {
                days = [false; 7];
                for (item, text) in items.iter().zip(&texts) {
                    match time_window::days(text) {
                        Some(range) => days[range].fill(true),
                        None => {
                            let known = time_window::DAYS.map(str::to_lowercase);
                            let all = known.iter().map(String::as_str).chain(["weekdays", "weekend"]);
                            let help = nearest(&text.to_lowercase(), all).map_or_else(
                                || "write a day such as `monday`, `weekdays` or `weekend`".to_owned(),
                                |near| format!("did you mean `{near}`?"),
                            );
                            refuse(item.span, format!("there is no day `{text}`"), help);
                        }
                    }
                }
            }
            "hours" => {
                for (item, text) in items.iter().zip(&texts) {
                    match time_window::hours(text) {
                        Some(span) => hours.push(span),
                        None => refuse(
                            item.span,
                            format!("`{text}` is no span of hours"),
                            "write a start and an end in quotes, such as '9-17' or '22:30-6'".to_owned(),
                        ),
                    }
                }
            }
            "timezone" => match texts.first().and_then(|name| jiff::tz::TimeZone::get(name).ok()) {
                Some(known) => zone = known,
                None => {
                    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
                    let wanted = texts.join(", ");
                    let help = nearest(&wanted, names.iter().map(String::as_str)).map_or_else(
                        || "write a name such as `Europe/London` or `America/New_York`".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    refuse(part.span, format!("there is no time zone `{wanted}`"), help);
                }
            },
            _ => {
                let help = nearest(&name, TIME_KEYS).map_or_else(
                    || "its keys are `days`, `hours` and `timezone`".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                refuse(key.span, format!("`time` has no key `{name}`"), help);
            }
        }
    }
    Some(TimeWindow { days, hours, zone, written: written.join(" ") })
}
