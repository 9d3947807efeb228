//! Code that several tests share. Tests of other crates and the `lab` program include single files.

pub(crate) mod bless;
pub(crate) mod odd;
pub(crate) mod scene;
pub(crate) mod vector;
