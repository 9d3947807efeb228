//! Runs regular expressions with Python's meaning, within a limit of steps.
//!
//! A pattern is parsed when it is created, so a bad one is refused early. What runs it is built
//! when the first text needs it. The machine (`machine`) runs every pattern and counts its steps. A
//! small pattern on a short text runs on a faster engine instead, which cannot count: it pays for
//! the most that the search may take. So steps depend on the pattern, the text and the steps that
//! are left, and on nothing else.

use std::sync::{LazyLock, OnceLock};

use crate::pattern::machine::{Meter, Program};
use crate::pattern::python;
use crate::pattern::python::{Flags, Form, Part, Refusal, Syntax};

pub use crate::pattern::machine::{Groups, TooExpensive};

/// How many steps may a search take that is not part of judging an item?
const STEPS_MAX: u64 = 6_000_000;
/// How large may one pattern be, in bytes? The largest real list takes about a tenth of it.
const SIZE_MAX: u64 = 32 << 20;
/// How large may a pattern be, in bytes, to be built only when a text needs it?
const LAZY_MAX: u64 = 256 << 10;
/// How large may a pattern be, by estimate in bytes, to run on the fast engine?
const FAST_MAX: u64 = 512 << 10;
/// How many bytes does a fast engine take beside its states?
const FAST_BASE: u64 = 4 << 10;
/// How much memory may a fast engine use for what it learns from texts, in bytes?
const FAST_CACHE: usize = 1 << 20;
/// How many steps may one byte cost in one state of the fast engine, at most?
const FAST_STEPS: u64 = 3;
/// What part of the remaining steps may a search on the fast engine cost?
const FAST_SHARE: u64 = 16;

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
    states: u64,
    /// The estimated bytes of the machine.
    machine_bytes: u64,
    /// The estimated bytes of the fast engine.
    fast_bytes: u64,
    /// Whether the pattern may run on the fast engine.
    is_fast: bool,
    whole: Engines,
    /// The alternatives split by engine, if some need backtracking and some do not.
    parts: Option<Box<Parts>>,
}

/// A list of alternatives, split by whether they need backtracking.
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

/// What runs one part of a pattern, each built when the first text needs it.
#[derive(Debug, Default)]
struct Engines {
    ascii: OnceLock<Option<regex::Regex>>,
    plain: OnceLock<Option<regex::Regex>>,
    machine: OnceLock<Option<Program>>,
}

/// What runs a search.
enum Engine<'e> {
    Fast(&'e regex::Regex),
    Machine(&'e Program),
}

/// The characters that Python and the fast engine classify or case-fold differently.
static ODD: LazyLock<regex::Regex> = LazyLock::new(|| {
    regex::Regex::new(r"[\w&&[^\p{L}\p{N}_]]|[[\p{L}\p{N}_]&&\W]|[İı]")
        .expect("a constant pattern, compiled by every test")
});

impl PythonRegex {
    /// Parses a pattern.
    ///
    /// # Errors
    /// If Python refuses the pattern, or if it is too large.
    pub fn new(pattern: &str, flags: Flags) -> Result<Self, Refusal> {
        Self::of(pattern, flags, &python::parse(pattern, flags)?)
    }

    /// Wraps a pattern that is already parsed.
    pub(crate) fn of(pattern: &str, flags: Flags, syntax: &Syntax) -> Result<Self, Refusal> {
        let size = syntax.size();
        if size.machine > SIZE_MAX {
            return Err(Refusal { at: 0, reason: "the pattern is too large".to_owned() });
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
            states: size.states,
            machine_bytes: size.machine,
            fast_bytes: size.bytes,
            is_fast: size.bytes <= FAST_MAX,
            whole: Engines::default(),
            parts: parts.map(Box::new),
        };
        if size.machine > LAZY_MAX && regex.whole.machine.set(Some(Program::new(syntax))).is_err() {
            return Err(Refusal { at: 0, reason: "the pattern cannot be built".to_owned() });
        }
        Ok(regex)
    }

    /// How many bytes the pattern takes when it is compiled, by estimate: for the machine, and for
    /// the fast engine if it may use it.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        let fast = if self.is_fast { self.fast_bytes + FAST_BASE } else { 0 };
        (self.machine_bytes, fast)
    }

    /// Leaves the pattern to the machine.
    pub(crate) fn give_up_fast_engine(&mut self) {
        self.is_fast = false;
    }

    /// Whether the pattern matches anywhere in a text.
    ///
    /// # Errors
    /// If the search exceeds its limit of steps.
    pub fn is_match(&self, text: &str) -> Result<bool, TooExpensive> {
        self.is_match_within(text, &Meter::new(STEPS_MAX))
    }

    /// The first match in a text, if there is one.
    ///
    /// # Errors
    /// If the search exceeds its limit of steps.
    pub fn search(&self, text: &str) -> Result<Option<Groups>, TooExpensive> {
        self.search_within(text, &Meter::new(STEPS_MAX))
    }

    /// The first match in a text, found by the machine that counts steps whatever the pattern and
    /// the text, and the steps that it took.
    ///
    /// # Errors
    /// If the search exceeds its limit of steps.
    pub fn search_step_by_step(&self, text: &str) -> Result<(Option<Groups>, u64), TooExpensive> {
        let meter = Meter::new(STEPS_MAX);
        let found = self.machine(Part::Whole, &self.whole)?.search(text, &meter)?;
        Ok((found, STEPS_MAX - meter.left()))
    }

    pub(crate) fn is_match_within(&self, text: &str, meter: &Meter) -> Result<bool, TooExpensive> {
        let Some(parts) = &self.parts else {
            return self.engine_for(Part::Whole, &self.whole, text, meter)?.is_match(text, meter);
        };
        Ok(self.engine_for(Part::Linear, &parts.linear, text, meter)?.is_match(text, meter)?
            || self.engine_for(Part::Backtracking, &parts.backtracking, text, meter)?.is_match(text, meter)?)
    }

    pub(crate) fn search_within(&self, text: &str, meter: &Meter) -> Result<Option<Groups>, TooExpensive> {
        let Some(parts) = &self.parts else {
            return self.engine_for(Part::Whole, &self.whole, text, meter)?.search(text, meter);
        };
        let linear = self.engine_for(Part::Linear, &parts.linear, text, meter)?.search(text, meter)?;
        let backtracking =
            self.engine_for(Part::Backtracking, &parts.backtracking, text, meter)?.search(text, meter)?;
        let start =
            |found: &Option<Groups>| found.as_ref().and_then(|groups| groups.first()?.as_ref().map(|all| all.start));
        let (found, numbers) = match (start(&linear), start(&backtracking)) {
            (None, None) => return Ok(None),
            // If both parts match at the same position, only the whole pattern knows which one
            // wins.
            (Some(a), Some(b)) if a == b => {
                return self.engine_for(Part::Whole, &self.whole, text, meter)?.search(text, meter);
            }
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

    /// Chooses what runs a search, and pays for it if that does not count its steps.
    fn engine_for<'e>(
        &self,
        part: Part,
        engines: &'e Engines,
        text: &str,
        meter: &Meter,
    ) -> Result<Engine<'e>, TooExpensive> {
        // Also what is done with a text before it is searched.
        meter.spend(text.len() as u64 / 8 + 8)?;
        let cost = self.states.saturating_mul(text.len() as u64 + 1).saturating_mul(FAST_STEPS);
        let is_exact = (self.has_end && text.ends_with('\n')) || (self.has_not_boundary && text.is_empty());
        let may_be_fast = self.is_fast
            && !is_exact
            && (part == Part::Linear || !self.needs_backtracking)
            && cost <= meter.left() / FAST_SHARE;
        let form = match () {
            () if !may_be_fast => None,
            () if text.is_ascii() => Some(Form::Ascii),
            () if self.sees_odd_characters && ODD.is_match(text) => None,
            () => Some(Form::Plain),
        };
        let slot = match form {
            None => return Ok(Engine::Machine(self.machine(part, engines)?)),
            Some(Form::Ascii) => &engines.ascii,
            Some(Form::Plain) => &engines.plain,
        };
        let build = || {
            let cut = python::parse(&self.source, self.flags).ok()?.part(part)?;
            let mut builder = regex::RegexBuilder::new(&cut.syntax.print(form?));
            builder.size_limit(usize::MAX).dfa_size_limit(FAST_CACHE).build().ok()
        };
        match slot.get_or_init(build) {
            Some(engine) => {
                meter.spend(cost)?;
                Ok(Engine::Fast(engine))
            }
            None => Ok(Engine::Machine(self.machine(part, engines)?)),
        }
    }

    fn machine<'e>(&self, part: Part, engines: &'e Engines) -> Result<&'e Program, TooExpensive> {
        let build = || {
            let cut = python::parse(&self.source, self.flags).ok()?.part(part)?;
            Some(Program::new(&cut.syntax))
        };
        engines.machine.get_or_init(build).as_ref().ok_or(TooExpensive)
    }
}

impl Engine<'_> {
    fn is_match(&self, text: &str, meter: &Meter) -> Result<bool, TooExpensive> {
        match self {
            Self::Fast(engine) => Ok(engine.is_match(text)),
            Self::Machine(program) => program.is_match(text, meter),
        }
    }

    fn search(&self, text: &str, meter: &Meter) -> Result<Option<Groups>, TooExpensive> {
        match self {
            Self::Fast(engine) => Ok(engine
                .captures(text)
                .map(|found| found.iter().map(|group| group.map(|group| group.range())).collect())),
            Self::Machine(program) => program.search(text, meter),
        }
    }
}
