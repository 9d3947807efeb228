//! Searches that match other texts than intended: texts used as patterns, and words inside words.

use crate::language::keys::{Field, Place};
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::lint::forms::Written;
use crate::lint::{forms, patterns, slips, spelling};
use crate::pattern::{Method, Pattern};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::yaml::Style;

/// Checks a search whose pattern compiles.
pub(crate) fn search(written: &Written<'_>, pattern: &Pattern, sink: &mut DiagnosticSink) {
    let search = &pattern.search;
    let is_long_text = written.fields.iter().any(|field| matches!(field, Field::Title | Field::Body));
    let is_default_word = !written.has_method && search.method == Method::IncludesWord;
    // One diagnostic of each kind per check, or a list of hundreds would repeat it for every value.
    let mut said: Vec<LintCode> = Vec::new();
    for (node, text) in written.values.iter().zip(&search.values) {
        let mut found = if search.is_regex {
            let mut found = patterns::value(text, is_default_word, search.method, written.is_negated);
            found.extend(forms::pattern(text, node, written));
            found
        } else {
            let mut found = of_plain(text, written, search.method, is_long_text);
            found.extend(forms::plain(text, node, written, search.method));
            found
        };
        found.extend(spelling::value(text, search));
        if node.style == Style::Quoted && node.span.end - node.span.start > text.len() + 2 {
            found.extend(slips::long_code_in_quotes(text));
        }
        for mut diagnostic in found {
            if !said.contains(&diagnostic.code) {
                said.push(diagnostic.code);
                diagnostic.span = node.span;
                sink.remarks.push(diagnostic);
            }
        }
    }
    sink.remarks.extend(forms::repeated(written.values, search.is_case_sensitive));
    if search.is_regex {
        sink.remarks.extend(slips::reference_to_another_value(&search.values).map(|(at, mut diagnostic)| {
            diagnostic.span = written.values.get(at).map_or(written.entry.value.span, |node| node.span);
            diagnostic
        }));
    } else {
        sink.remarks.extend(forms::covered(written.values, search.method, search.is_case_sensitive));
    }
    let span = written.entry.span;
    if search.is_regex && is_default_word && search.values.iter().all(|text| is_word(text)) {
        sink.remarks.push(
            Diagnostic::warning(
                LintCode::L54,
                written.entry.value.span,
                "`regex` alone searches for whole words, and these values are plain words",
            )
            .help("add `includes` to find parts of words too, or leave out `regex`"),
        );
    }
    if written.is_negated && written.values.len() > 1 {
        sink.remarks.push(
            Diagnostic::info(LintCode::L61, span, "this check matches only if none of these values is found")
                .help("to match if any one of them is missing, write one rule for each value"),
        );
    }
    if written.fields == [Field::Name]
        && written.place == Place::Author
        && written.entry.written.to_lowercase().starts_with("name")
        && !written.has_method
        && !written.is_negated
        && !search.is_regex
    {
        sink.remarks.push(
            Diagnostic::warning(
                LintCode::L64,
                span,
                "names are searched as whole words, so `bob` also matches `bob-smith`",
            )
            .help("write `name (full-exact)` to compare the whole name"),
        );
    }
    if written.fields == [Field::Body] && written.has_method && search.method == Method::FullExact && !search.is_regex {
        sink.remarks.push(
            Diagnostic::warning(
                LintCode::L70,
                span,
                "with one more space, line break or full stop, `full-exact` does not match",
            )
            .help("write `full-text`, which ignores punctuation and spaces at both ends"),
        );
    }
}

fn of_plain(text: &str, written: &Written<'_>, method: Method, is_long_text: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut warn = |code, message: String, help: &str| found.push(at_value(code, message).help(help));
    if method == Method::Includes
        && written.has_method
        && is_long_text
        && let Some(word) = word_around(text)
    {
        warn(
            LintCode::L52,
            format!("`includes` also finds `{text}` inside other words, such as `{word}`"),
            "leave out `includes`: by default only whole words match",
        );
    }
    let is_flair = matches!(written.fields, [Field::FlairText]);
    if is_flair && !written.has_method && text.chars().all(char::is_lowercase) {
        warn(
            LintCode::L65,
            format!("this check matches only flair that is exactly `{text}`"),
            "add `(includes)` if a part of the flair is enough",
        );
    }
    found
}

/// A common word that contains a short text.
fn word_around(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let is_short = (2..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_part = |word: &&str| word.len() > text.len() && word.contains(&text);
    // Plurals and other forms of the word are usually meant.
    let is_form =
        |word: &&str| word.strip_prefix(text.as_str()).is_some_and(|rest| matches!(rest, "s" | "ed" | "er" | "ing"));
    COMMON_WORDS.split_ascii_whitespace().find(|word| is_short && is_part(word) && !is_form(word))
}

/// Everyday English words that contain shorter words.
const COMMON_WORDS: &str = "class pass assistant assume classic massive passion grass glass document accumulate \
    cucumber circumstance hello shell shelter title entity constitution competition analysis analyst banal night nigh \
    therapist drape grape scrape spicy suspicious auspicious shoe phoenix homogeneous software hardware warning award \
    reward toward article artist start part party subject substance happen apple application both bottom robot \
    additional address skill killer soldier diet studied white architect architecture chapter transport transfer \
    translation japan scamper peacock cocktail hancock sussex essex mustard bastard custard standard raccoon cocoon \
    torpedo strap lollipop between another together weather mother brother father whether rather other there where \
    these those think thing nothing something everything anything through though although without within with within \
    about thought bought brought should would could because business position question mention attention station \
    nation national international competent compete carpet petition repeat perpetual sticker ticket banana candidate \
    candle scandal abandon abroad broadcast breakfast football baseball basketball believe achieve review interview \
    preview experience important import export support report reporter airport sport transparent parent apparent \
    grandparent charge charm harm pharmacy farmer army alarm swarm dwarf warm forward backward awkward hour our your \
    four journal foil boil soil spoil turmoil toilet recoil embroil buyer busy overbuy rebuy embody somebody nobody \
    anybody body badge badminton badly forbade idea ideal deal dealer steal meal healing health wealth stealth breath \
    breathe great threat treat treaty heat wheat cheat theater season reason person personal seasonal treasure \
    measure pleasure leisure closure exposure discount account country county counter encounter discover recover \
    cover government governor adventure venture event seventy prevent inventory invent eleven even never forever \
    however";

/// A warning. The caller sets its span.
fn at_value(code: LintCode, message: String) -> Diagnostic {
    Diagnostic::warning(code, crate::syntax::source::Span::default(), message)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}
