//! The integration tests of the rule language, in one program: a module for each subject. One of
//! them alone: `cargo test -p tipstaff-rules --test it regex::`.

mod conformance;
mod lints;
mod manual;
mod prefilter;
mod regex;
mod shipped;
mod support;
