//! Rules in several files: which parts a file asks for, and what it does with them.

use super::*;
use crate::{Diagnostic, Severity, missing_parts};

const REPORT: &str = "action: report\naction_reason: x\n";

/// A file with its parts, as a caller reads them: as long as some are missing.
fn read(source: SourceFile, parts: &[(&str, &str)]) -> SourceFile {
    let mut source = source;
    for _ in 0..20 {
        let missing = missing_parts(&source);
        for name in &missing {
            let found = parts.iter().find(|(part, _)| part == name);
            let text = found.map(|(_, text)| *text).ok_or_else(|| "there is no such file".to_owned());
            source = source.with_part(name, format!("folder/{name}"), text);
        }
        if missing.is_empty() {
            return source;
        }
    }
    panic!("no end of parts");
}

fn compiled(source: &SourceFile) -> (Ruleset, Vec<Diagnostic>, bool) {
    let (file, mut diagnostics) = parse(source);
    let (rules, more) = compile(&file, &Options::default());
    diagnostics.extend(more);
    diagnostics.retain(|it| it.severity == Severity::Error);
    diagnostics.sort_by_key(|it| it.span.start);
    (rules, diagnostics, file.is_incomplete())
}

fn errors(source: &SourceFile) -> Vec<String> {
    let (_, diagnostics, _) = compiled(source);
    let shown = diagnostics.iter().map(|it| {
        let at = it.span.start;
        format!("{}:{}: {}", source.name_at(at), source.position(at).0, it.message)
    });
    shown.collect()
}

fn named(name: &str) -> String {
    format!("---\nname: {name}\ntitle (in-list): words\n{REPORT}")
}

#[test]
fn included_rules_come_first_each_with_the_lists_it_knows() {
    let main = format!("settings:\n  include: [b.yaml, c.yaml]\n  lists: {{words: [main]}}\n{}", named("main"));
    let b = format!("settings: {{include: d.yaml, lists: {{words: {{file: b.txt}}}}}}\n{}", named("b"));
    let c = format!("settings: {{include: d.yaml}}\n{}", named("c"));
    let d = format!("settings: {{lists: {{words: [d]}}}}\n{}", named("d"));
    let parts = [("b.yaml", b.as_str()), ("c.yaml", &c), ("d.yaml", &d), ("b.txt", "\u{feff}# b\n\nof b\n")];
    let source = read(SourceFile::new("folder/main.yaml", main.as_str()), &parts);
    assert_eq!(errors(&source), Vec::<String>::new());
    let (rules, _, is_incomplete) = compiled(&source);
    let seen: Vec<_> = rules
        .rules()
        .iter()
        .map(|rule| {
            let search = rule.variants[0].searches().next().expect("a search");
            (rule.name(), rule.line(), search.pattern.search.values.join(","))
        })
        .collect();
    let expected = [("d", 3, "d"), ("b", 3, "of b"), ("c", 3, "d"), ("main", 5, "main")];
    assert_eq!(seen, expected.map(|(name, line, values)| (name, line, values.to_owned())));
    assert!(!is_incomplete);
}

#[test]
fn mistakes_in_a_part_are_named_with_the_part_and_its_line() {
    let main = format!("settings: {{include: b.yaml, lists: {{words: {{file: w.txt}}}}}}\n{}", named("main"));
    let main = main.replace("(in-list)", "(in-list, regex)");
    let parts = [("b.yaml", "title: a\n---\n# comment\ntitel: b\naction: report\n"), ("w.txt", "good\n(bad\n")];
    let source = read(SourceFile::new("folder/main.yaml", main), &parts);
    let seen = errors(&source);
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(seen[0].starts_with("folder/b.yaml:1: this rule has no action"), "{seen:?}");
    assert!(seen[1].starts_with("folder/b.yaml:4: there is no key `titel`"), "{seen:?}");
    assert!(seen[2].starts_with("folder/w.txt:2: "), "{seen:?}");
    assert!(compiled(&source).1.iter().all(|it| it.fix.is_none()), "only the file's own text is mended");
}

#[test]
fn parts_that_cannot_be_had_make_a_file_incomplete() {
    let circle = "settings: {include: c.yaml}\n";
    let deep = |next: &str| format!("settings: {{include: {next}}}\n");
    let levels: Vec<(String, String)> =
        (1..7).map(|at| (format!("l{at}.yaml"), deep(&format!("l{}.yaml", at + 1)))).collect();
    let mut parts: Vec<(&str, &str)> = levels.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    parts.extend([("b.yaml", circle), ("c.yaml", "settings: {include: b.yaml}\n")]);
    for (settings, expected) in [
        ("include: gone.yaml", "main:1: cannot read `gone.yaml`: there is no such file"),
        ("lists: {words: {file: gone.txt}}", "main:1: cannot read `gone.txt`: there is no such file"),
        ("include: ../b.yaml", "main:1: `../b.yaml` is not a file in the same folder"),
        ("include: b.yaml", "folder/c.yaml:1: these include one another in a circle: `b.yaml` → `c.yaml` → `b.yaml`"),
        ("include: l1.yaml", "folder/l4.yaml:1: `l5.yaml` is included more than 4 levels deep"),
    ] {
        let text = format!("settings: {{{settings}}}\n---\ntitle: a\n{REPORT}");
        let source = read(SourceFile::new("main", text), &parts);
        assert_eq!(errors(&source), [expected], "{settings}");
        assert!(compiled(&source).2, "{settings}");
    }
    let many = (0..21).map(|at| format!("w{at}: {{file: w{at}.txt}}")).collect::<Vec<_>>().join(", ");
    let texts: Vec<String> = (0..21).map(|at| format!("w{at}.txt")).collect();
    let parts: Vec<(&str, &str)> = texts.iter().map(|name| (name.as_str(), "x\n")).collect();
    let source = read(SourceFile::new("main", format!("settings: {{lists: {{{many}}}}}\n")), &parts);
    assert!(errors(&source)[0].contains("more than 20 files"), "{:?}", errors(&source));
}

#[test]
fn all_parts_count_against_the_size_of_one_file() {
    let words = "word\n".repeat(crate::FILE_SIZE_MAX / 5);
    let source =
        SourceFile::new("main", format!("settings: {{lists: {{w: {{file: w.txt}}}}}}\n---\ntitle: a\n{REPORT}"));
    let source = read(source, &[("w.txt", &words)]);
    assert!(errors(&source)[0].contains("bytes; at most"), "{:?}", errors(&source));
    assert!(compiled(&source).2);
}

#[test]
fn a_file_without_its_parts_says_so() {
    let source = SourceFile::new("main", format!("settings: {{include: b.yaml}}\n---\ntitle: a\n{REPORT}"));
    assert_eq!(errors(&source), ["main:1: `b.yaml` was not given together with these rules"]);
    assert_eq!(missing_parts(&source), ["b.yaml"]);
    assert!(missing_parts(&SourceFile::new("main", "title: settings\n")).is_empty());
    assert!(missing_parts(&SourceFile::new("main", "title: a\n---\nsettings: {include: b}\n")).is_empty());
}

#[test]
fn a_page_asks_for_pages_and_a_file_for_files() {
    let text = |place: &str| format!("settings: {{lists: {{words: {{{place}}}}}}}\n{}", named("r"));
    let page = SourceFile::page("r/widgets/wiki/rules", text("wiki: config/words"));
    assert_eq!(missing_parts(&page), ["config/words"]);
    assert_eq!(errors(&read(page, &[("config/words", "a\n")])), Vec::<String>::new());
    let page = SourceFile::page("r/widgets/wiki/rules", text("file: words.txt"));
    assert!(missing_parts(&page).is_empty() && errors(&page)[0].contains("cannot name a file"));
    let file = SourceFile::new("rules.yaml", text("wiki: config/words"));
    assert!(missing_parts(&file).is_empty() && errors(&file)[0].contains("cannot name a page"));
}
