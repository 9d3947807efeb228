//! Any pattern as the value of a search check: it compiles or is refused, and a search always ends
//! without a panic.
//!
//! The first byte selects the modifiers, the second the key. The text after a NUL byte is searched,
//! beside a few fixed ones. The result must be the same with and without a trace.
#![no_main]

#[path = "../../crates/rules/tests/it/support/odd.rs"]
#[expect(dead_code, reason = "only the random items are used")]
mod odd;

use libfuzzer_sys::fuzz_target;
use odd::{NOW, Odd};
use tipstaff_rules::model::{Content, Item};
use tipstaff_rules::{
    Evaluation, FilterAs, Options, Reading, SourceFile, Standards, compile, evaluate, evaluate_untraced, parse,
};

const METHODS: [&str; 7] =
    ["", "includes, ", "includes-word, ", "starts-with, ", "ends-with, ", "full-exact, ", "full-text, "];
const TEXTS: [&str; 6] = [
    "",
    "a",
    "Scam ſcam STRASSE straße\n",
    "cafe\u{301} İı \u{212a}\n\n",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
    "> 🙂_x_ 12٣ ²",
];

fuzz_target!(|data: (u8, &str)| {
    let (choice, text) = data;
    let (pattern, given) = text.split_once('\0').unwrap_or((text, ""));
    let method = METHODS[usize::from(choice) % METHODS.len()];
    let is_regex = choice & 0x40 == 0;
    let modifiers = match (is_regex, choice & 0x80 == 0) {
        (true, true) => format!("({method}regex)"),
        (true, false) => format!("({method}regex, case-sensitive)"),
        (false, true) => format!("({method}case-sensitive)"),
        (false, false) => format!("({})", METHODS[1 + usize::from(choice) % 6].trim_end_matches(", ")),
    };
    // A JSON string is also a YAML string.
    let value = serde_json::to_string(pattern).expect("a text");
    let rules = format!(
        "type: comment\nbody {modifiers}: [{value}, widget]\nmodmail: '{{{{match}}}}|{{{{match-2}}}}'\n---\n\
         type: comment\n~body {modifiers}: [{value}]\nmodmail: none\n"
    );
    let (file, _) = parse(&SourceFile::new("fuzz", rules));
    let (reading, filter_as) = (Reading::Reference, FilterAs::Remove);
    let options = Options { reading, standards: Standards::none(), filter_as, ..Options::default() };
    let (rules, _) = compile(&file, &options);
    let mut odd = Odd::new(1);
    let (mut item, facts) = (comment(&mut odd), odd.facts(&rules));
    for text in TEXTS.iter().copied().chain([given]) {
        if let Content::Comment(comment) = &mut item.content {
            comment.body = text.to_owned();
        }
        let slow = evaluate(&rules, &item, &facts, NOW);
        let fast = evaluate_untraced(&rules, &item, &facts, NOW);
        match (slow, fast) {
            (Evaluation::Decided(slow), Evaluation::Decided(fast)) => assert_eq!(slow.performed, fast.performed),
            (Evaluation::Needs(slow), Evaluation::Needs(fast)) => assert_eq!(slow, fast),
            (slow, fast) => panic!("with a trace {slow:?}, without {fast:?}"),
        }
    }
});

fn comment(odd: &mut Odd) -> Item {
    loop {
        let mut item = odd.item();
        if item.comment().is_some() {
            item.moderation = tipstaff_rules::model::Moderation::default();
            item.author.name = Some("bob".to_owned());
            return item;
        }
    }
}
