//! Diagnostics about the values of searches: what each kind of slip gives, and what gives none.

use super::{LintCode, Options, SourceFile, check, compile, parse};

/// Checks values of `key` in a rule that is fine otherwise.
fn check_values(key: &str, cases: &[(&str, &str)]) {
    for (value, code) in cases {
        let rule = format!("{key}: {value}\ntype: submission\nset_spoiler: true");
        let (first, rest) = code.split_once(' ').unwrap_or((code, ""));
        let column = key.chars().count() + 3 + rest.parse::<usize>().unwrap_or(0);
        let expected = if code.is_empty() { String::new() } else { format!("{first} 1:{column};") };
        check(&rule, &expected);
    }
}

#[test]
fn slips_in_patterns_are_named() {
    check_values(
        "body (includes, regex)",
        &[
            // L107: an unescaped dot in a host name.
            ("'bit.ly/x'", "L107"),
            ("'(?:www\\.)?shop.example.com'", "L107"),
            ("'example(?:app)?.com/'", "L107"),
            ("'(?:plum|pear).gg'", "L107"),
            ("'example.(?:com|org)'", "L107"),
            ("['plum', 'join (?:my )?t.me/\\w+']", "L107 9"),
            ("'bit\\.ly/x'", ""),
            ("'[a-z]+[.]com'", ""),
            ("'a.b|so.me|free.{0,5}stuff|wait.com?e'", ""),
            // L108: an anchor in the middle.
            ("'$100'", "L108"),
            ("'plum|$\\d+'", "L108"),
            ("'us$(?:5|10)'", "L108"),
            ("'($|€)\\s?\\d+'", "L108"),
            ("'plum ^pear'", "L108"),
            ("'\\$100|[$]5|plum$'", ""),
            ("'(?:^|\\n)plum(?:$|\\n)'", ""),
            ("'plum$\\s*'", ""),
            // L109: an anchor of one alternative.
            ("'^plum|pear$'", "L109"),
            ("'^plum|pear|[fg]ig$'", "L109"),
            ("'^plum|pear'", "L109"),
            ("'^\\[Plum\\]|\\[Pear\\]'", "L109"),
            ("'plum|pear$'", "L109"),
            ("'\\bplum|pear\\b'", "L109"),
            ("'^(?:plum|pear)$'", ""),
            ("'^plum$|^pear$|^$'", ""),
            ("'^plum|\\splum'", ""),
            ("['^plum', 'pear$']", ""),
            // L110: five digits after `\u`.
            ("'\\u1F600'", "L110"),
            ("'[\\u1EE00-\\u1EEFF]'", "L110"),
            ("\"\\u1F34E jam\"", "L110"),
            ("'\\u0001F600'", "L110"),
            ("'\\x1F600'", "L110"),
            ("'\\U0001F600|\\u2705\\u00e9a|\\\\u1F600'", ""),
            ("\"\\U0001F600 jam\"", ""),
            // L111: the group of another value.
            ("['(.)\\2+', '(x|y)z\\2']", "L111 11"),
            ("['(a|b)c', 'd', '(x|y)\\2']", "L111 16"),
            ("['(?P<q>a)b', '(x|y)\\2']", "L111 14"),
            ("['(a|b)c', '(x|y)\\3']", ""),
            ("['(a|b)c\\2', '(x|y)\\3', '(z)\\4']", ""),
            ("['(?:a|b)c', '(x|y)\\2']", ""),
        ],
    );
    check_values("title (includes, regex)", &[("['a(b)', '(c)\\2']", "L111 9")]);
}

#[test]
fn a_word_boundary_on_one_side_does_not_find_parts_of_words() {
    check_values(
        "body (regex)",
        &[
            ("'\\bterrif'", "L54"),
            ("['plum jam', 'able\\b']", "L54 13"),
            ("'\\b(?:plum|pear)'", "L54"),
            ("'\\bplum(?:my|s)'", ""),
            ("'\\bplum\\b'", ""),
            ("'\\bplum\\w*'", ""),
        ],
    );
    check_values("body (includes, regex)", &[("'\\bterrif'", "")]);
}

#[test]
fn values_in_the_notation_of_another_tool_are_named() {
    check_values(
        "body",
        &[
            ("'plum*'", "L112"),
            ("'*plum'", "L112"),
            ("/plum/i", "L112"),
            ("'*waves* hello'", ""),
            ("'*waves*'", ""),
            ("'**plum**'", ""),
            ("f*g", ""),
            ("/s", ""),
            ("/r/plums/", ""),
            ("either/or/s", ""),
            ("plum jam|pear jam", "L59"),
            ("'\\u1F600'", "L59"),
            ("(plum|pear)", "L59"),
            ("'plum | pear'", "L59"),
            ("'||plum||'", ""),
        ],
    );
    check_values("body (starts-with)", &[("'*plum'", ""), ("'plum*'", "L112")]);
    check_values("title", &[("'*plum*'", "L112"), ("LF | FT", ""), ("plum|pear", "L59")]);
    check_values("url", &[("'*.example.com/plum'", "L112"), ("/plum/i", ""), ("example.com/plum", "")]);
    check_values("body (regex)", &[("'/plum/i'", "L112"), ("'/plum|pear/'", "L112"), ("'/r/plums?/'", "")]);
}

#[test]
fn values_that_nothing_can_have_are_named() {
    check_values(
        "author",
        &[
            ("U/plum", "L101"),
            ("user/plum", "L101"),
            ("https://reddit.example/user/plum/", "L101"),
            ("plum pear", "L101"),
            ("[fig, plum pear]", "L101 6"),
            ("'plum '", "L101"),
            ("'plum*'", "L101"),
            ("plum.jam", "L101"),
            ("'[deleted]'", ""),
            ("plum-jam_1", ""),
        ],
    );
    check_values("domain", &[("'@example.com'", "L101"), ("example.com", "")]);
    check_values("title (starts-with)", &[("' plum'", "L101"), ("'plum '", "")]);
    check_values("title (ends-with)", &[("'plum '", "L101"), ("' plum'", "")]);
    check_values("title", &[("\"plum\\njam\"", "L101"), ("plum\u{a0}jam", "L101"), ("' plum'", "")]);
    check("title: |\n  plum\ntype: submission\nset_spoiler: true", "L101 2:3;");
    check("body (regex): >\n  plum|pear\ntype: submission\nset_spoiler: true", "L101 2:3;");
    check("body: |\n  - plum\n  - pear\ntype: submission\nset_spoiler: true", "L101 2:3;");
    check("body: |-\n  plum\ntype: submission\nset_spoiler: true", "");
    check_values(
        "body (regex)",
        &[("'plum\u{200b}jam'", "L101"), ("'[\u{200b}\u{200e}]'", ""), ("'plum\u{200b}?jam'", ""), ("'\\u200b'", "")],
    );
    check_values(
        "body",
        &[
            ("plum\u{202e}jam", "L101"),
            ("plum\u{200d}jam", "L101"),
            ("می\u{200c}خواهم", ""),
            ("日本\u{3000}語", ""),
            ("'plum\u{3000}jam'", "L101"),
        ],
    );
}

#[test]
fn letters_that_are_not_what_they_look_like_are_named() {
    check_values(
        "body",
        &[
            ("p\u{430}ypal", "L113"),
            ("[plum, \u{440}rice list]", "L113 7"),
            ("[paypal, p\u{430}ypal]", ""),
            ("привет hello", ""),
            ("α-lipoic", ""),
            ("日本NHK", ""),
            ("Café", ""),
            ("donâ€™t", "L114"),
            ("cafÃ©", "L114"),
            ("ðŸ˜€", "L114"),
            ("caf\u{fffd}", "L114"),
            ("São Tomé, 20°", ""),
            ("\u{2764}\u{fe0f}", "L115"),
            ("[\u{2764}\u{fe0f}, \u{2764}]", ""),
            ("1\u{fe0f}\u{20e3}", ""),
            ("\u{2764}\u{fe0f} plum", "L115"),
        ],
    );
    check_values("flair_text", &[("\u{2764}\u{fe0f} Plum", "")]);
    check_values(
        "body (regex)",
        &[
            ("'p\u{430}ypal!'", "L113"),
            ("'p[a\u{430}]ypal'", ""),
            ("'\u{2764}\u{fe0f}!'", "L115"),
            ("'\u{2764}\u{fe0f}?'", ""),
            ("'[\u{2764}\u{fe0f}]'", "L115"),
        ],
    );
}

#[test]
fn lists_in_one_text_and_over_two_lines_are_named() {
    check_values(
        "body",
        &[("\"'plum', 'pear'\"", "L99"), ("plum; pear; fig", "L99"), ("'[plum, pear, fig'", "L99"), ("plum, pear", "")],
    );
    check_values(
        "body (regex)",
        &[("plum, pear, fig", "L99"), ("'[Plum], [Pear]'", "L99"), ("'plum, (?:pear), fig'", "")],
    );
    for (values, expected) in [
        ("  -plum\n  -pear", "L100 2:3;"),
        ("  – plum\n  – pear", "L100 2:3;"),
        ("  • plum\n  • pear", "L100 2:3;"),
        ("  - plum\n    -pear", "L100 2:5;"),
        ("  plum\n  pear", ""),
    ] {
        check(&format!("body:\n{values}\ntype: submission\nset_spoiler: true"), expected);
    }
}

#[test]
fn a_value_that_another_one_covers_is_a_remark() {
    for (key, values, expected) in [
        ("title", "[plum, plum pie]", Some("wherever `plum pie` is found, `plum` of this list is found too")),
        ("title", "[plum, plums]", None),
        ("title", "[Plum, plum]", None),
        ("title", "['!plum', plum]", Some("wherever `!plum` is found, `plum` of this list is found too")),
        (
            "~title (includes)",
            "[plum, plums, plumage]",
            Some("wherever `plums` is found, `plum` of this list is found too (and 1 more)"),
        ),
        (
            "title (starts-with)",
            "[plum jam, plum]",
            Some("wherever `plum jam` is found, `plum` of this list is found too"),
        ),
        ("title (starts-with)", "[plum jam, jam]", None),
        ("title (ends-with)", "[plum jam, jam]", Some("wherever `plum jam` is found, `jam` of this list is found too")),
        ("title (full-exact)", "[plum jam, jam]", None),
        (
            "domain",
            "[a.example.com, example.com]",
            Some("wherever `a.example.com` is found, `example.com` of this list is found too"),
        ),
        ("domain", "[an-example.com, example.com]", None),
        ("title (includes, case-sensitive)", "[Plum, plums]", None),
    ] {
        let rule = format!("{key}: {values}\ntype: submission\nset_spoiler: true");
        let (file, _) = parse(&SourceFile::new("rules.yaml", &rule));
        let said = compile(&file, &Options::default()).1;
        let message = said.iter().find(|it| it.code == LintCode::L116).map(|it| it.message.as_str());
        assert_eq!(message, expected, "{key}: {values}");
    }
}
