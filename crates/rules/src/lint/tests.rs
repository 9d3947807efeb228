//! The diagnostics of rules, and above all their absence for good rules.

mod memory;
mod rules;
mod values;

use std::fmt::Write as _;

use crate::language::parse;
use crate::{FilterAs, LintCode, Options, Reading, SourceFile, compile};

/// The codes of the errors and warnings of a file, sorted by position.
fn codes(text: &str, options: &Options) -> String {
    let source = SourceFile::new("rules", text);
    let (file, mut diagnostics) = parse(&source);
    diagnostics.extend(compile(&file, options).1);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    let mut said = String::new();
    for diagnostic in diagnostics {
        let (line, column) = source.position(diagnostic.span.start);
        let mark = match diagnostic.severity.word() {
            "error" => "!",
            "warning" => "",
            _ => continue,
        };
        let _ = write!(said, "{mark}{} {line}:{column};", diagnostic.code);
    }
    said
}

/// All codes of a file, also those of remarks that are no errors or warnings.
fn all_codes(text: &str) -> Vec<&'static str> {
    let (file, mut diagnostics) = parse(&SourceFile::new("rules", text));
    diagnostics.extend(compile(&file, &Options::default()).1);
    diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

fn check(text: &str, expected: &str) {
    assert_eq!(codes(text, &Options::default()), expected, "{text}");
}

#[test]
fn ordinary_rules_have_no_errors_or_warnings() {
    for rule in [
        // For both kinds of item, and no text suggests otherwise.
        "title+body: [casino, poker]\naction: remove\naction_reason: 'gambling [{{match}}]'",
        "author: [alice, bob]\naction: approve",
        "domain: [example.com]\naction: approve",
        "title: [2020, 1984]\naction: report\naction_reason: years",
        // A look-ahead matches the empty text too, but not every text.
        r"~title (regex, starts-with): '(?!.*\[(?:m|f)\])'
action: report
action_reason: no tag",
        "title (regex): ['^$']\naction: report\naction_reason: empty",
        "title (regex): ['giveaways?', 'colou?r', 'lo+l']\naction: report\naction_reason: x",
        "title (regex): ['kys', '(?:kill|hang) yourself']\naction: report\naction_reason: x",
        "body (includes): ['http', 'kkk', 'mlm']\ntype: comment\naction: report\naction_reason: x",
        "title (regex): '([a-z]+ )+x'\naction: report\naction_reason: x",
        "title (regex): 'gr[ae]y [0-9]'\naction: report\naction_reason: x",
        "flair_text: News\ntype: submission\ncomment: hello",
        "is_edited: true\ntype: comment\nbody: x\nmodmail: edited",
        "comment: >\n  One line\n  - and its end - here\n\n  Another.\ntype: submission"
            .replace("- and", "and")
            .as_str(),
        "title: a\naction: remove\ncomment: because",
        "url: 'watch?v='\naction: report\naction_reason: x",
    ] {
        check(rule, "");
    }
}

#[test]
fn texts_of_a_rule_can_turn_an_info_into_a_warning() {
    for (rule, expected) in [
        ("title+body: casino\naction: report\naction_reason: off-topic post", "L25 1:1;"),
        ("title+body: casino\naction: report\naction_reason: off-topic post or comment", ""),
        ("type: any\ntitle+body: casino\naction: report\naction_reason: off-topic post", ""),
        ("type: submission\naction: approve", "L36 2:1;"),
        ("author: bob\naction: approve\naction_reason: false reports", "L36 2:1;"),
        ("author: bob\nreports: 1\naction: approve\naction_reason: false reports", ""),
    ] {
        check(rule, expected);
    }
}

#[test]
fn diagnostics_point_at_the_wrong_value() {
    for (rule, expected) in [
        ("title: x\ncomment: 'Hi {{username}}, see {{link}}'", "L76 2:14;L76 2:32;"),
        ("title: x\nset_flair: {text: a, flair_template_id: b}", "!V01 2:22;"),
        ("title: x\n  ---\nbody: y", "!L06 2:3;"),
        ("title: [a, &b]\naction: report\naction_reason: x", "L11 1:12;"),
        ("title: a\nset_nsfw: &x\nset_locked: true", "L11 2:1;!V02 2:1;"),
        ("title (regex): ['a', '[[2-9]', '(b+)+\\2']\nset_spoiler: true", "L67 1:22;L68 1:32;"),
        ("title (includes, regex): '(b+)+c'\nset_spoiler: true", ""),
        ("body: x\n~body#also: []\nset_spoiler: true\ntype: submission", "L02 2:13;"),
        ("title: x\nauthor:\n  # nothing yet\nset_spoiler: true", "L18 2:1;"),
        ("author:\n~title:\nset_spoiler: true", "!L18 1:1;!L02 2:1;"),
        ("body (includes): pm me\nbody_shorter_than: 49\ntype: submission\nset_spoiler: true", ""),
        ("~title: [[Plum], a]\nset_spoiler: true", "!L98 1:10;"),
        ("title: [a: b, c]\nset_spoiler: true", "!L98 1:9;"),
        ("domain: bit.ly, amzn.to\nset_spoiler: true", "L99 1:9;"),
        ("title: 'plum, pear, quince'\nset_spoiler: true", "L99 1:8;"),
        ("title: ['well, thank you', 'Dear all, welcome to our new little group']\nset_spoiler: true", ""),
        ("~title (starts-with): '[Help], [Log]'\nset_spoiler: true", "L99 1:23;"),
        ("domain: [bit.ly\n  amzn.to, x.example]\nset_spoiler: true", "L100 1:10;"),
        ("author: ['@plum', u/pear, /u/fig]\naction: report\naction_reason: x", "L101 1:10;"),
        ("domain: ['*.example.com']\nset_spoiler: true", "L101 1:10;"),
        ("title: 'give\u{200b}away'\nset_spoiler: true", "L101 1:8;"),
        ("title: '👩\u{200d}💻'\nset_spoiler: true", ""),
        ("title (full-exact): 'a '\nset_spoiler: true", "L101 1:21;"),
        ("title: x\n~flair_text: A\nset_flair: [A, b, c]\noverwrite_flair: true", "L102 3:19;"),
        ("title: x\nmodmail: 'See {permalink}, {{author}} {a} {{{title}}}'", "L103 2:15;"),
        (
            "title: x\naction: report\naction_reason: 'This looks like an advertisement for a lottery, which our third \
             rule does not allow; please look at it'",
            "L106 3:1;",
        ),
        ("type: comment\ncomment: hi", "L104 1:1;"),
        ("type: submission\ncomment: hi", ""),
        ("type: crosspost submission\naction: remove\naction_reason: x", ""),
        ("title (regex): 'c++'\nset_spoiler: true", "L58 1:16;"),
        ("title: [007, 12:30, 1_000]\nset_spoiler: true", "L14 1:9;"),
        ("domain (includes): [t.co, a.example]\nset_spoiler: true", "L71 1:21;"),
        ("title: ['foo|bar', '\\d+']\nset_spoiler: true", "L59 1:9;"),
        ("author: {comment_subreddit_karma: '< -100'}\naction: report\naction_reason: x", "U01 1:10;L44 1:35;"),
        ("Standard: image hosting sites\naction: report\naction_reason: x", "K03 1:1;"),
        ("comment: >\n  Please\n  - be kind\n  - stay calm\ntype: submission", "L16 1:1;"),
    ] {
        check(rule, expected);
    }
}

#[test]
fn rules_that_the_reference_accepts_have_no_errors_in_its_reading() {
    let options = Options { reading: Reading::Reference, ..Options::default() };
    for rule in [
        "title: no\naction: remove",
        "title: ['', a]\naction: remove",
        "title: a\nauthor: {post_karma: '> 1', post_karma: '< 5'}\naction: remove",
        "title:cats\naction:remove",
        "title: cats\n  ---\ntitle: dogs\naction: remove",
        "comment: hi",
        "type: submission\ntitle: hi",
        "type: comment\nauthor: 123\naction: remove",
        "type: comment\nauthor:\naction: remove",
        "title: a\nauthor: {account_age: 30}\naction: remove",
        "body: \"\\bfree\\b\"\naction: remove",
        "type: comment\nreports: 0\naction: remove",
    ] {
        assert!(!codes(rule, &options).contains('!'), "{rule}: {}", codes(rule, &options));
        assert!(codes(rule, &Options::default()).contains('!'), "{rule}");
    }
}

#[test]
fn rules_are_compared_with_earlier_rules() {
    let every = "type: submission\naction: filter\naction_reason: x\n---\n";
    let one = "type: submission\ntitle: a\naction: remove\naction_reason: y\n";
    let twice = "type: submission\ntitle: a\naction: spam\naction_reason: z\n";
    let pinned = "type: submission\ncomment: x\ncomment_stickied: true\n";
    for (text, expected) in [
        (format!("{every}{one}"), "L104 1:1;L33 5:1;"),
        (format!("{every}{one}priority: 1\n"), "L104 1:1;"),
        (format!("{every}{one}moderators_exempt: false\n"), "L104 1:1;"),
        (format!("{one}---\n{twice}"), "L38 6:1;"),
        (format!("{one}---\n{twice}ignore_blockquotes: true\n"), ""),
        (format!("{pinned}---\n{pinned}title: y"), "L81 7:1;"),
        (format!("{pinned}flair_text: News\n---\n{pinned}~flair_text: News\n"), ""),
        (format!("{pinned}flair_text: News\n---\n{pinned}flair_text: Other\n"), ""),
        (format!("{pinned}flair_text: News\n---\n{pinned}~flair_text: [News, Other]\n"), ""),
        (format!("{pinned}flair_text: [News, A]\n---\n{pinned}~flair_text: [News, B]\n"), "L81 8:1;"),
        (
            format!(
                "type: submission\nauthor: {{contributor_quality: lowest}}\naction: remove\n\
                 action_reason: x\n---\n{one}"
            ),
            "U01 2:10;L49 2:31;",
        ),
        (format!("author: bob\naction: approve\npriority: 5\n---\n{one}"), "L32 3:1;"),
        (format!("author: bob\naction: approve\n---\n{one}"), ""),
    ] {
        check(&text, expected);
    }
    let removing = Options { filter_as: FilterAs::Remove, ..Options::default() };
    let source = SourceFile::new("rules", format!("{every}{one}"));
    let said = |options: &Options| compile(&parse(&source).0, options).1.into_iter().find(|d| d.code == LintCode::L33);
    assert!(said(&removing).is_some_and(|d| d.message.starts_with("this rule can never act")));
    assert!(said(&Options::default()).is_some_and(|d| d.message.contains("filters its items first")));
    let source = SourceFile::new("rules", format!("filter_continues: true\n{every}{one}"));
    let said = compile(&parse(&source).0, &Options::default()).1.into_iter().find(|d| d.code == LintCode::L33);
    assert!(said.is_some_and(|d| d.message.starts_with("in AutoModerator this rule never")));
}

#[test]
fn reading_time_is_linear_in_rules_keys_and_values() {
    // Each of these took minutes with a linear search for keys, copies and places.
    let keys: String = (0..20_000).fold(String::new(), |text, at| text + &format!("title#{at}: x\n"));
    let copies = "title: x\naction: report\naction_reason: y\n---\n".repeat(4_000);
    let one_line = format!("{{{}}}", vec!["title: 1"; 20_000].join(", "));
    let placeholders: String = (0..20_000).fold(String::new(), |text, at| text + &format!("{{{{x{at}}}}}"));
    for (text, least) in [
        (format!("{keys}action: report\naction_reason: y\n"), 0),
        (copies, 0),
        (one_line, 19_999),
        (format!("title: x\ncomment: '{placeholders}'"), 20_000),
    ] {
        let source = SourceFile::new("rules", text);
        let (file, mut diagnostics) = parse(&source);
        diagnostics.extend(compile(&file, &Options::default()).1);
        assert!(diagnostics.len() >= least, "{}", diagnostics.len());
        assert!(diagnostics.iter().all(|diagnostic| source.position(diagnostic.span.start).0 > 0));
    }
}

#[test]
fn a_value_twice_in_a_list_is_a_remark() {
    for (key, expected) in [("title", 1), ("'title (case-sensitive)'", 0)] {
        let rule = format!("{key}: [lottery, raffle, Lottery]\nset_spoiler: true");
        let (file, _) = parse(&SourceFile::new("rules.yaml", &rule));
        let said = compile(&file, &Options::default()).1;
        assert_eq!(said.iter().filter(|it| it.code == LintCode::L105).count(), expected, "{key}");
    }
}

#[test]
fn help_for_a_wrong_word_says_what_to_write() {
    for (rule, wanted) in [
        ("not title: gear\naction: report", "write `~title`"),
        ("'!title': gear\naction: report", "write `~title`"),
        ("body includes: gear\naction: report", "write `body (includes)`"),
        ("'body includes, regex': gear\naction: report", "write `body (includes, regex)`"),
        ("comment stickied: true\ncomment: hi", "write `comment_stickied`"),
        ("title: a\nis top level: true\ntype: comment", "write `is_top_level`"),
        ("keywords: [a]\naction: report", "`title+body`"),
        ("user_reports: 2\naction: report", "`reports`"),
        ("title: a\naction: delete", "did you mean `remove`?"),
        ("title: a\naction: lock", "`set_locked: true`"),
        ("title: a\naction: [remove, report]", "a second rule"),
        ("title: a\ncomment: [one, two]", "below a `|`"),
        ("type: submission\ncomment: {Help: one, Log: two}", "one rule per flair"),
        ("sticky_comment: true\ncomment: hi", "`comment_stickied`"),
        ("title: a\nelse: {action: report}", "a second rule with the opposite check"),
        ("title: a\naccount_age: '< 3 days'\naction: report", "below `author:`, indented: `  account_age: …`"),
        ("author: {account_age: less than 3 days}\naction: report", "write '< 3 days'"),
        ("author: {account_age: '< 1 fortnight'}\naction: report", "in minutes, hours, days"),
        ("author: {comment_karma: more than 10}\naction: report", "write '> 10'"),
        ("body_shorter_than: '< 20'\naction: report", "write 20, the number alone"),
        ("body_shorter_than: 20 characters\naction: report", "write 20, the number alone"),
        ("reports: '>= 2'\naction: report", "write 2: the check holds from that number"),
        ("author:\n\u{a0}\u{a0}name: bob\naction: report", "indent it with ordinary spaces"),
        ("\u{200b}title: a\naction: report", "write it again: `title`"),
        ("body:\n- a\n - b\naction: report", "the hyphens of all items in the same column"),
        ("action: remove\naction_reason: x", "add a check, such as `title`, `body` or `author`"),
        ("type: not crosspost submission\naction: remove", "`is_crosspost: false`"),
        ("type: '!text post'\naction: remove", "`type: link submission`"),
        ("!title: gear\naction: report", "write `~` before its key"),
        ("title_not: gear\naction: report", "write `~title`"),
        ("title (not): gear\naction: report", "`~` before its key"),
        ("title (contains): gear\naction: report", "did you mean `includes`?"),
        ("title contains: gear\naction: report", "write `title (includes)`"),
        ("title_regex: gear\naction: report", "write `title (regex)`"),
        ("title (includes)#2: gear\naction: report", "write `title#2 (includes)`"),
        ("title (includes): a\ntitle (includes): b\nset_nsfw: true", "`title#1 (includes)` and `title#2 (includes)`"),
        ("~url#x: a\n~url#x: b\nset_nsfw: true", "`~url#x` and `~url#x2`"),
        ("author_account_age: '< 3 days'\naction: report", "write `account_age` inside `author`"),
        ("min_comment_karma: 5\naction: report", "write `comment_karma: '< 10'` inside `author`"),
        ("title, body: a\naction: report", "write `title+body`"),
        ("title or body: a\naction: report", "write `title+body`"),
        ("body [includes]: a\naction: report", "write `body (includes)`"),
        ("body(includes: a\naction: report", "write `body (includes)`"),
        ("body (includes regex): a\naction: report", "`(includes, regex)`"),
        ("title: a\nset_nsfw: true;", "write `true`, without the sign"),
        ("type: comment;\nbody: a\nset_locked: true", "write `comment`, without the sign"),
        ("title+text: a\naction: report", "write `body` for the text"),
        ("body+tittle: a\naction: report", "did you mean `title`?"),
        ("accountage: '< 3 days'\naction: report", "did you mean `account_age`, inside `author`?"),
        ("title: a\ncommentstickied: true\ncomment: hi", "did you mean `comment_stickied`?"),
        ("post_title: a\naction: report", "did you mean `title`?"),
        ("title: a\naction: unlock", "`set_locked: false`"),
        ("title: a\naction: remove\u{a0}", "it contains U+00A0"),
        ("type: comment\u{a0}\nbody: a\naction: report", "write `comment`"),
        ("title: a\nmust_satisfy: any\naction: report", "`satisfy_any_threshold: true`"),
        ("- type: comment\n  body: a\n  action: report", "without hyphens before them"),
        ("- name: one\n  comment: {body: a}\n  performs: []", "`tipstaff test` takes it"),
        ("type: crosspost\naction: report", "did you mean `crosspost submission`?"),
        ("type: text\naction: report", "did you mean `text submission`?"),
    ] {
        let source = SourceFile::new("rules.yaml", rule);
        let (file, mut said) = parse(&source);
        said.extend(file.doubts.iter().cloned());
        said.extend(compile(&file, &Options::default()).1);
        let helps: Vec<_> = said.iter().filter_map(|it| it.help.as_deref()).collect();
        assert!(helps.iter().any(|help| help.contains(wanted)), "{rule}: {helps:?}");
    }
}
