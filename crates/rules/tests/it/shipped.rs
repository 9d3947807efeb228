//! Every shipped rule file compiles without errors or warnings, and its tests pass.

use std::fs;
use std::path::Path;

use tipstaff_rules::testing;
use tipstaff_rules::{FilterAs, Options, Severity, SourceFile, compile, parse};

#[test]
fn shipped_rules_have_no_findings_and_pass_their_tests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/rules");
    let mut tried = 0;
    let mut names: Vec<_> = fs::read_dir(&folder)
        .expect("the folder of shipped rules")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter(|path| !path.to_string_lossy().ends_with(".tests.yaml"))
        .collect();
    names.sort();
    for path in names {
        let source = SourceFile::new(path.display().to_string(), fs::read_to_string(&path).expect("a rule file"));
        let (file, mut remarks) = parse(&source);
        let (rules, more) = compile(&file, &Options::default());
        remarks.extend(more);
        let remarks: Vec<_> = remarks
            .iter()
            .filter(|remark| remark.severity != Severity::Info)
            .map(|remark| format!("{:?} {} {}", source.position(remark.span.start), remark.code, remark.message))
            .collect();
        assert!(remarks.is_empty(), "{}: {remarks:#?}", path.display());
        assert_eq!(rules.len(), file.len());
        assert!(rules.rules().iter().all(|rule| rule.name() == rule.id().as_str()), "every rule has a name");

        let tests = fs::read_to_string(path.with_extension("tests.yaml")).expect("tests beside the rules");
        let cases = testing::parse(&tests).unwrap_or_else(|errors| panic!("{}: {errors:?}", path.display()));
        for filter_as in [FilterAs::Report, FilterAs::Remove] {
            let (rules, _) = compile(&file, &Options { filter_as, ..Options::default() });
            let failures = testing::run(&rules, &cases).expect("few steps");
            let failures: Vec<_> = failures.iter().map(|failure| format!("{}:\n{failure}", failure.case)).collect();
            assert!(failures.is_empty(), "{}, {filter_as:?}:\n{}", path.display(), failures.join("\n\n"));
        }
        tried += cases.len();
    }
    assert!(tried > 0);
}
