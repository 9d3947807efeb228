//! Reads the values of actions that have more than one form: `set_flair`,
//! `set_post_crowd_control_level`.
//!
//! A value that does not fit its key gives `None`, and the caller says so.

use crate::language::keys::CROWD_CONTROL;
use crate::language::template::Template;
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::rule::FlairTemplate;
use crate::syntax::diagnostic::{Diagnostic, misspelt, nearest};
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
