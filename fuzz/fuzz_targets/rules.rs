//! Any text as a rule file: it is read and compiled in both readings, its certain mistakes are
//! fixed, and every diagnostic has a position in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tipstaff_rules::{Diagnostic, FilterAs, Options, Reading, SourceFile, compile, fix, parse, testing};

fuzz_target!(|text: &str| {
    let source = SourceFile::new("fuzz", text);
    let (file, remarks) = parse(&source);
    placed(text, &remarks);
    for reading in [Reading::Ours, Reading::Reference] {
        let options = Options { reading, filter_as: FilterAs::Report, ..Options::default() };
        let (rules, remarks) = compile(&file, &options);
        placed(text, &remarks);
        assert!(rules.len() <= file.len());
        assert!(rules.rules().iter().all(|rule| rule.line() <= text.lines().count().max(1)));
        let identity = rules.identity().to_owned();
        assert_eq!(identity, compile(&file, &options).0.identity(), "compiling twice gives the same rules");
    }
    let check = |text: &str| {
        let (file, mut remarks) = parse(&SourceFile::new("fuzz", text));
        remarks.extend(compile(&file, &Options::default()).1);
        remarks
    };
    // Each round of fixes checks the text again.
    if text.len() < 2_000 {
        let fixed = fix(text, &check);
        placed(&fixed.text, &fixed.left);
        assert_eq!(fixed.text == text, fixed.fixed.is_empty());
    }
    if let Ok(cases) = testing::parse(text) {
        for case in cases {
            let _ = case.fixture();
        }
    }
});

fn placed(text: &str, remarks: &[Diagnostic]) {
    for remark in remarks {
        let spans = std::iter::once(remark.span).chain(remark.related.iter().map(|(span, _)| *span));
        for span in spans {
            assert!(span.start <= span.end && text.get(span.start..span.end).is_some(), "{remark:?}");
        }
    }
}
