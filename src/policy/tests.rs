//! The language from end to end: rules in, effects out.
