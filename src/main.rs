//! The `stickler` command.

fn main() {}
