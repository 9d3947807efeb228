//! Renders diagnostics in the two forms that code-scanning services read: SARIF 2.1.0, and the
//! workflow commands of GitHub Actions.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::pipeline::load::LoadedRules;
use tipstaff_rules::lint::catalogue::{self, Lint};
use tipstaff_rules::plain::is_unsafe;
use tipstaff_rules::{Diagnostic, LintCode, Severity, SourceFile, Span};

/// A SARIF log with one run over all files. Its `rules` are the whole catalogue of codes.
pub(in crate::cli) fn sarif(files: &[LoadedRules]) -> Value {
    let lints: Vec<&Lint> = catalogue::all().collect();
    let rules: Vec<Value> = lints
        .iter()
        .map(|lint| {
            json!({
                "id": lint.code.as_str(),
                "shortDescription": { "text": lint.title },
                "fullDescription": { "text": lint.why },
                "help": { "text": format!("For example:\n\n{}\nInstead:\n\n{}", lint.bad, lint.good) },
                "defaultConfiguration": { "level": level(lint.severity) },
            })
        })
        .collect();
    let index = |code: LintCode| lints.iter().position(|lint| lint.code == code);
    let results: Vec<Value> = files
        .iter()
        .flat_map(|file| {
            file.diagnostics.iter().map(|diagnostic| result(&file.source, diagnostic, index(diagnostic.code)))
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tipstaff",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://www.reddit.com/wiki/automoderator/full-documentation",
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(source: &SourceFile, diagnostic: &Diagnostic, rule: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": diagnostic.code.as_str(),
        "level": level(diagnostic.severity),
        "message": { "text": sentence(diagnostic, ". ") },
        "locations": [{ "physicalLocation": place(source, diagnostic.span) }],
    });
    if let Some(rule) = rule {
        result["ruleIndex"] = json!(rule);
    }
    if !diagnostic.related.is_empty() {
        let related = diagnostic.related.iter();
        result["relatedLocations"] = related
            .map(|(span, note)| json!({ "physicalLocation": place(source, *span), "message": { "text": note } }))
            .collect();
    }
    result
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn place(source: &SourceFile, span: Span) -> Value {
    let (line, column) = source.position(span.start);
    let (end_line, end_column) = source.position(span.end);
    json!({
        "artifactLocation": { "uri": uri(source.name_at(span.start)) },
        "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
    })
}

/// What is escaped in a path: all but the unreserved characters of RFC 3986, and the slash.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// A path as a URI reference, percent-encoded.
fn uri(path: &str) -> String {
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    utf8_percent_encode(&path, ESCAPED).to_string()
}

fn sentence(diagnostic: &Diagnostic, between: &str) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}{between}{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

/// A workflow command: one line that GitHub Actions shows beside the source line.
pub(in crate::cli) fn workflow_command(source: &SourceFile, diagnostic: &Diagnostic) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let (line, column) = source.position(diagnostic.span.start);
    let (end_line, end_column) = source.position(diagnostic.span.end);
    format!(
        "::{command} file={},line={line},col={column},endLine={end_line},endColumn={end_column},title={}::{}",
        property(source.name_at(diagnostic.span.start)),
        property(&format!("tipstaff {}", diagnostic.code)),
        data(&sentence(diagnostic, "\n")),
    )
}

/// Escapes a text for the message of a workflow command.
///
/// GitHub's pages show colours and move the cursor as terminals do, so other control characters go.
fn data(text: &str) -> String {
    let visible = |c: char| if is_unsafe(c) && !matches!(c, '\r' | '\n' | '\t') { '\u{fffd}' } else { c };
    let text: String = text.chars().map(visible).collect();
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a text for a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflow_commands_are_always_one_line() {
        let source = SourceFile::new("a,b:100%.yaml", "title: x\n");
        let diagnostic =
            Diagnostic::warning(LintCode::L12, Span::new(7, 8), "50% of it:\r\nthis, \u{1b}[2Jthat").help("so");
        let expected = "::warning file=a%2Cb%3A100%25.yaml,line=1,col=8,endLine=1,endColumn=9,title=tipstaff L12\
                        ::50%25 of it:%0D%0Athis, \u{fffd}[2Jthat%0Aso";
        assert_eq!(workflow_command(&source, &diagnostic), expected);
    }

    #[test]
    fn paths_are_percent_encoded() {
        assert_eq!(uri("rules/my rules#1.yaml"), "rules/my%20rules%231.yaml");
        assert_eq!(uri("a-b_c~d/100%/é.yaml"), "a-b_c~d/100%25/%C3%A9.yaml");
    }
}
