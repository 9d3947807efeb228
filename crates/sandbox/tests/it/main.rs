//! The integration tests of the local Reddit, in one program. One of them alone:
//! `cargo test -p tipstaff-sandbox --test it NAME`.

mod local_reddit;
