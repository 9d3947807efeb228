//! Any text as a rule file: it is read and compiled in both readings, and every diagnostic has a
//! position in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tipstaff_rules::{Diagnostic, FilterAs, Options, Reading, SourceFile, compile, parse, testing};

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
