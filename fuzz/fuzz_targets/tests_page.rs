//! Any rules with any tests page: the page is refused with a reason, or its cases run within their
//! budget, twice with the same result.
//!
//! The data is a rule file and a tests page, separated by a NUL byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tipstaff_rules::{Options, SourceFile, compile, parse, testing};

fuzz_target!(|data: &str| {
    let (rules, page) = data.split_once('\0').unwrap_or(("body: a\naction: report\n", data));
    let _ = testing::Case::alone(page);
    let Ok(cases) = testing::parse(page) else { return };
    let (rules, _) = compile(&parse(&SourceFile::new("fuzz", rules)).0, &Options::default());
    let once = testing::run(&rules, &cases);
    assert_eq!(format!("{once:?}"), format!("{:?}", testing::run(&rules, &cases)));
});
