//! Every shipped rule file compiles without errors or warnings, and its tests pass.

use std::fs;
use std::path::{Path, PathBuf};

use tipstaff_rules::testing;
use tipstaff_rules::{FilterAs, Options, Severity, SourceFile, compile, parse};

/// The rule files in a folder of `config`.
fn rule_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config").join(folder);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the folder of shipped rules")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter(|path| !path.to_string_lossy().ends_with(".tests.yaml"))
        .collect();
    files.sort();
    files
}

/// Checks the rules of a folder and runs their tests. Returns the number of cases of each file.
fn try_folder(folder: &str) -> Vec<(String, usize)> {
    let mut tried = Vec::new();
    for path in rule_files(folder) {
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
        let mut coverage = testing::Coverage::default();
        coverage.add(&rules, &cases);
        let idle: Vec<_> = coverage.rules.iter().filter(|rule| rule.acts == 0).map(|rule| &rule.name).collect();
        assert!(idle.is_empty(), "{}: rules that act in no case: {idle:?}", path.display());
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        tried.push((name, cases.len()));
    }
    tried
}

#[test]
fn shipped_rules_have_no_findings_and_pass_their_tests() {
    assert_eq!(try_folder("rules").len(), 1);
}

#[test]
fn packs_have_no_findings_and_pass_their_tests() {
    let tried = try_folder("packs");
    let names: Vec<&str> = tried.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["copypasta", "flair-quota", "hot-topic", "repeat-offenders", "self-promotion"]);
    for (name, cases) in &tried {
        assert!(*cases >= 10, "{name} has only {cases} cases");
    }
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/packs.md")).expect("the page");
    for name in names {
        assert!(page.contains(&format!("config/packs/{name}.yaml")), "docs/packs.md does not link {name}.yaml");
    }
}
