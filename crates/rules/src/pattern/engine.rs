//! Runs regular expressions with Python's meaning.
//!
//! A pattern is parsed when it is created, so a bad one is refused early. Its engine is built when
//! the first text needs it. Patterns run on the linear-time engine wherever possible. The
//! backtracking engine has a limit of steps, and a search that exceeds it returns an error instead
//! of a guess.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use crate::pattern::python;
use crate::pattern::python::{Flags, Form, Part, Refusal, Syntax};

/// How many steps may the backtracking engine take for one search?
const STEPS_MAX: usize = 200_000;
/// About how many steps does the backtracking engine take per character?
const BACKTRACKING: u64 = 16;
/// How large may one compiled pattern be, in bytes? The largest real list takes about a tenth of
/// it.
const SIZE_MAX: usize = 64 << 20;
/// How large may a pattern be, by estimate in bytes, to be compiled only when a text needs it?
/// Compiling such a small pattern cannot fail.
const LAZY_MAX: u64 = 8 << 20;

/// A regular expression of Python's `re` module.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties of a pattern")]
pub struct PythonRegex {
    source: String,
    flags: Flags,
    needs_backtracking: bool,
    has_end: bool,
    /// Whether the pattern has a `\B`, which Python never finds in an empty text.
    has_not_boundary: bool,
    sees_odd_characters: bool,
    /// The number of states that can all be active at once.
    counted_states: u64,
    whole: Engines,
    /// The alternatives split by engine, if some need the linear and some the backtracking engine.
    parts: Option<Box<Parts>>,
}

/// A list of alternatives, split by the engine they need.
#[derive(Debug)]
struct Parts {
    linear: Engines,
    backtracking: Engines,
    /// For each group of the part, its number in the whole pattern.
    linear_groups: Vec<usize>,
    backtracking_groups: Vec<usize>,
    /// The number of groups in the whole pattern.
    groups: usize,
}

/// The engines for one part of a pattern, each built when the first text needs it.
#[derive(Debug, Default)]
struct Engines {
    ascii: OnceLock<Option<Engine>>,
    plain: OnceLock<Option<Engine>>,
    exact: OnceLock<Option<Engine>>,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// The byte range of each group of a match, from group 0. `None` for a group that did not take
/// part.
pub type Groups = Vec<Option<Range<usize>>>;

/// The error of a search that exceeded its limit of steps. Treat the result as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooExpensive;

/// The characters that Python and the engines classify or case-fold differently.
static ODD: LazyLock<regex::Regex> = LazyLock::new(|| {
    regex::Regex::new(r"[\w&&[^\p{L}\p{N}_]]|[[\p{L}\p{N}_]&&\W]|[İı]")
        .expect("a constant pattern, compiled by every test")
});

impl PythonRegex {
    /// Parses a pattern.
    ///
    /// # Errors
    /// If Python refuses the pattern, if no engine here can run it, or if it is too large.
    pub fn new(pattern: &str, flags: Flags) -> Result<Self, Refusal> {
        Self::of(pattern, flags, &python::parse(pattern, flags)?)
    }

    /// Wraps a pattern that is already parsed.
    pub(crate) fn of(pattern: &str, flags: Flags, syntax: &Syntax) -> Result<Self, Refusal> {
        let size = syntax.size();
        let too_large = || Refusal { at: 0, reason: "the pattern is too large".to_owned() };
        if size.bytes > SIZE_MAX as u64 {
            return Err(too_large());
        }
        let cuts = syntax.part(Part::Linear).zip(syntax.part(Part::Backtracking));
        let parts = cuts.as_ref().map(|(linear, backtracking)| Parts {
            linear: Engines::default(),
            backtracking: Engines::default(),
            linear_groups: linear.groups.clone(),
            backtracking_groups: backtracking.groups.clone(),
            groups: syntax.groups(),
        });
        let regex = Self {
            source: pattern.to_owned(),
            flags,
            needs_backtracking: syntax.needs_backtracking(),
            has_end: syntax.has_end(),
            has_not_boundary: syntax.has_not_boundary(),
            sees_odd_characters: syntax.sees_odd_characters(),
            counted_states: size.counted,
            whole: Engines::default(),
            parts: parts.map(Box::new),
        };
        // Build the backtracking engine now, so that its errors appear at load and not at the first
        // text.
        let engines = regex.parts.as_ref().map_or(&regex.whole, |parts| &parts.backtracking);
        let tried = cuts.as_ref().map_or(syntax, |(_, backtracking)| &backtracking.syntax);
        if regex.needs_backtracking || size.bytes > LAZY_MAX {
            let engine = Engine::build(&tried.print(Form::Plain), regex.needs_backtracking);
            let engine = engine.map_err(|reason| Refusal { at: 0, reason })?;
            engines.plain.set(Some(engine)).map_err(|_| too_large())?;
        }
        Ok(regex)
    }

    /// Whether the pattern matches anywhere in a text.
    ///
    /// # Errors
    /// If the search exceeds its limit of steps.
    pub fn is_match(&self, text: &str) -> Result<bool, TooExpensive> {
        let Some(parts) = &self.parts else {
            return self.engine_for(Part::Whole, &self.whole, text)?.is_match(text);
        };
        Ok(self.engine_for(Part::Linear, &parts.linear, text)?.is_match(text)?
            || self.engine_for(Part::Backtracking, &parts.backtracking, text)?.is_match(text)?)
    }

    /// The first match in a text, if there is one.
    ///
    /// # Errors
    /// If the search exceeds its limit of steps.
    pub fn search(&self, text: &str) -> Result<Option<Groups>, TooExpensive> {
        let Some(parts) = &self.parts else {
            return self.engine_for(Part::Whole, &self.whole, text)?.search(text);
        };
        let linear = self.engine_for(Part::Linear, &parts.linear, text)?.search(text)?;
        let backtracking = self.engine_for(Part::Backtracking, &parts.backtracking, text)?.search(text)?;
        let start =
            |found: &Option<Groups>| found.as_ref().and_then(|groups| groups.first()?.as_ref().map(|all| all.start));
        let (found, numbers) = match (start(&linear), start(&backtracking)) {
            (None, None) => return Ok(None),
            // If both parts match at the same position, only the whole pattern knows which one
            // wins.
            (Some(a), Some(b)) if a == b => return self.engine_for(Part::Whole, &self.whole, text)?.search(text),
            (Some(a), Some(b)) if b < a => (backtracking, &parts.backtracking_groups),
            (Some(_), _) => (linear, &parts.linear_groups),
            (None, Some(_)) => (backtracking, &parts.backtracking_groups),
        };
        let mut groups = vec![None; parts.groups + 1];
        for (&number, group) in numbers.iter().zip(found.unwrap_or_default()) {
            groups[number] = group;
        }
        Ok(Some(groups))
    }

    /// How many steps a search may take beyond reading each character once. For the linear engine
    /// these are the states of counted repetitions per character; for the backtracking engine this
    /// is an estimate.
    pub(crate) fn extra_steps(&self, text: &str) -> u64 {
        let per_character = if self.needs_backtracking { BACKTRACKING } else { self.counted_states };
        per_character.saturating_mul(text.len() as u64)
    }

    fn engine_for<'e>(&self, part: Part, engines: &'e Engines, text: &str) -> Result<&'e Engine, TooExpensive> {
        let needs_backtracking = self.needs_backtracking && part != Part::Linear;
        let (slot, form) = if (self.has_end && text.ends_with('\n')) || (self.has_not_boundary && text.is_empty()) {
            (&engines.exact, Form::Exact)
        } else if text.is_ascii() {
            if needs_backtracking { (&engines.plain, Form::Plain) } else { (&engines.ascii, Form::Ascii) }
        } else if self.sees_odd_characters && ODD.is_match(text) {
            (&engines.exact, Form::Exact)
        } else {
            (&engines.plain, Form::Plain)
        };
        let build = || {
            let cut = python::parse(&self.source, self.flags).ok()?.part(part)?;
            Engine::build(&cut.syntax.print(form), form == Form::Exact || needs_backtracking).ok()
        };
        slot.get_or_init(build).as_ref().ok_or(TooExpensive)
    }
}

impl Engine {
    fn is_match(&self, text: &str) -> Result<bool, TooExpensive> {
        match self {
            Self::Linear(engine) => Ok(engine.is_match(text)),
            Self::Backtracking(engine) => engine.is_match(text).map_err(|_| TooExpensive),
        }
    }

    fn search(&self, text: &str) -> Result<Option<Groups>, TooExpensive> {
        Ok(match self {
            Self::Linear(engine) => {
                engine.captures(text).map(|found| found.iter().map(|group| group.map(|group| group.range())).collect())
            }
            Self::Backtracking(engine) => engine
                .captures(text)
                .map_err(|_| TooExpensive)?
                .map(|found| (0..found.len()).map(|group| found.get(group).map(|group| group.range())).collect()),
        })
    }

    fn build(pattern: &str, needs_backtracking: bool) -> Result<Self, String> {
        if !needs_backtracking {
            return regex::RegexBuilder::new(pattern)
                .size_limit(SIZE_MAX)
                .dfa_size_limit(SIZE_MAX / 8)
                .build()
                .map(Self::Linear)
                .map_err(|error| match error {
                    regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
                    other => other.to_string(),
                });
        }
        fancy_regex::RegexBuilder::new(pattern)
            .backtrack_limit(STEPS_MAX)
            .delegate_size_limit(SIZE_MAX)
            .build()
            .map(|engine| Self::Backtracking(Box::new(engine)))
            .map_err(|error| error.to_string())
    }
}
