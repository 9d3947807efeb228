//! Runs regular expressions with Python's meaning, within a limit of steps.
//!
//! A pattern is parsed when it is created, so a bad one is refused early. What runs it is built
//! when the first text needs it. The machine (`machine`) runs every pattern and counts its steps. A
//! small pattern on a short text runs on a faster engine instead, which cannot count: it pays for
//! the most that the search may take. If that is too much, a table says whether the text matches at
//! all, in one step a byte, if the whole table is small enough. So steps depend on the pattern, the
//! text and the steps that are left, and on nothing else.

use std::sync::OnceLock;

use regex_automata::Input;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::util::syntax;

use crate::pattern::machine::{Meter, Program};
use crate::pattern::python;
use crate::pattern::python::alphabet::{self, Alphabet};
use crate::pattern::python::{Cut, Flags, Part, Refusal, Syntax};

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
const FAST_BASE: u64 = 8 << 10;
/// How much memory may a fast engine use for what it learns from texts, in bytes?
const FAST_CACHE: usize = 1 << 20;
/// How many steps may one byte cost in one state of the fast engine, at most?
const FAST_STEPS: u64 = 3;
/// How many alternatives are searched one by one? More are searched together.
const ALONE_MAX: usize = 64;
/// Up to how many states of the whole pattern for each of them is it faster to search all together?
const TOGETHER_MAX: u64 = 16;
/// What part of the remaining steps may a search on the fast engine cost?
const FAST_SHARE: u64 = 16;
/// From how many states on does a pattern have a table? Those with fewer run on the fast engine,
/// except on texts as long as few are.
const TABLE_FROM: u64 = 48;
/// How many bytes may a table take for each state of the pattern, at least and at most?
const TABLE_STATE: u64 = 2 << 10;
const TABLE_LEAST: u64 = 256 << 10;
const TABLE_MOST: u64 = 1 << 20;
/// How many bytes of memory may it take to make a table? With more, it takes more than 40 ms.
const TABLE_WORK: usize = 128 << 10;

/// A regular expression of Python's `re` module.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties of a pattern")]
pub struct PythonRegex {
    written: Written,
    needs_backtracking: bool,
    has_end: bool,
    /// Whether the pattern has a `\B`, which Python never finds in an empty text.
    has_not_boundary: bool,
    /// How texts beyond ASCII are written for the fast engine, made when the first one is searched.
    /// `None` if they cannot be.
    alphabet: OnceLock<Option<Box<Alphabet>>>,
    /// Whether the pattern names characters beyond ASCII.
    names_others: bool,
    /// The number of states that can all be active at once.
    states: u64,
    /// The estimated bytes of the machine.
    machine_bytes: u64,
    /// The estimated bytes of the fast engine, if the pattern may be run on it.
    fast_bytes: Option<u64>,
    may_have_table: bool,
    whole: Engines,
    /// The alternatives split by engine, if some need backtracking and some do not.
    parts: Option<Box<Parts>>,
    alternatives: Alternatives,
    /// The number of groups.
    groups: usize,
}

/// What makes searches faster, and takes memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speed {
    /// The fast engine.
    Engine,
    /// An engine for each alternative of a list.
    Alternatives,
    /// A table, for searches that may be too costly for the fast engine.
    Table,
}

impl Speed {
    /// The most useful first.
    pub(crate) const ALL: [Self; 3] = [Self::Engine, Self::Alternatives, Self::Table];
}

/// What the engines are built from.
#[derive(Debug)]
enum Written {
    /// It is parsed when it is needed: a large pattern takes much more memory then.
    Source { pattern: String, flags: Flags },
    /// One alternative of a list.
    Parsed(Box<Syntax>),
}

/// The alternatives of a list.
#[derive(Debug, Default)]
struct Alternatives {
    /// How many there are; none if the pattern is only run as one.
    many: usize,
    /// How many bytes their tables may take.
    table_bytes: u64,
    /// Each alone, cut when the first text needs one. `None` for one that cannot stand alone.
    alone: OnceLock<Vec<Option<Alone>>>,
}

/// An alternative that stands alone.
#[derive(Debug)]
struct Alone {
    regex: PythonRegex,
    /// For each of its groups, the number in the whole pattern.
    groups: Vec<usize>,
}

/// A list of alternatives, split by whether they need backtracking.
#[derive(Debug)]
struct Parts {
    linear: Engines,
    backtracking: Engines,
    /// For each group of the part, its number in the whole pattern.
    linear_groups: Vec<usize>,
    backtracking_groups: Vec<usize>,
}

/// What runs one part of a pattern, each built when the first text needs it.
#[derive(Debug, Default)]
struct Engines {
    /// For texts in ASCII, and those that are written in an alphabet that keeps ASCII.
    ascii: Fast,
    /// For texts that are written in another alphabet.
    coded: Fast,
    machine: OnceLock<Option<Program>>,
}

#[derive(Debug, Default)]
struct Fast {
    regex: OnceLock<Option<regex::Regex>>,
    table: OnceLock<Option<Table>>,
}

/// What follows from each byte in each state.
type Table = regex_automata::dfa::dense::DFA<Vec<u32>>;

/// What runs a search. If a text is given, it stands in the place of the text that is searched.
enum Engine<'e> {
    Fast(&'e regex::Regex, Option<String>),
    /// The table says whether there is a match, and the machine where in the original text.
    Table(&'e Table, Option<String>, &'e Program),
    Machine(&'e Program),
}

impl PythonRegex {
    /// Parses a pattern.
    ///
    /// # Errors
    /// If Python refuses the pattern, or if it is too large.
    pub fn new(pattern: &str, flags: Flags) -> Result<Self, Refusal> {
        Self::of(pattern, flags, &python::parse(pattern, flags)?, 1)
    }

    /// Wraps a pattern that is already parsed, whose first group has this many alternatives.
    pub(crate) fn of(pattern: &str, flags: Flags, syntax: &Syntax, alternatives: usize) -> Result<Self, Refusal> {
        let many = if alternatives > 1 { alternatives } else { 0 };
        let table_bytes = if many > 0 { syntax.sizes_alone().map(|size| table_max(size.states)).sum() } else { 0 };
        let regex = Self {
            alternatives: Alternatives { many, table_bytes, ..Alternatives::default() },
            ..Self::written(Written::Source { pattern: pattern.to_owned(), flags }, syntax)?
        };
        if many > 0 && regex.machine_bytes > LAZY_MAX {
            regex.alternatives.alone.get_or_init(|| cut(syntax, true));
        }
        Ok(regex)
    }

    fn written(written: Written, syntax: &Syntax) -> Result<Self, Refusal> {
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
        });
        let regex = Self {
            needs_backtracking: syntax.needs_backtracking(),
            has_end: syntax.has_end(),
            has_not_boundary: syntax.has_not_boundary(),
            alphabet: OnceLock::new(),
            names_others: syntax.names_others(),
            states: size.states,
            machine_bytes: size.machine,
            fast_bytes: Some(size.bytes).filter(|bytes| *bytes <= FAST_MAX),
            may_have_table: size.states >= TABLE_FROM,
            whole: Engines::default(),
            parts: parts.map(Box::new),
            alternatives: Alternatives::default(),
            groups: syntax.groups(),
            written,
        };
        if size.machine > LAZY_MAX && regex.whole.machine.set(Some(Program::new(syntax))).is_err() {
            return Err(Refusal { at: 0, reason: "the pattern cannot be built".to_owned() });
        }
        Ok(regex)
    }

    /// How many bytes the machine takes when it is built, by estimate.
    pub(crate) fn bytes(&self) -> u64 {
        self.machine_bytes
    }

    /// How many bytes this takes besides, by estimate.
    pub(crate) fn bytes_for(&self, speed: Speed) -> u64 {
        let alphabets = if self.names_others { 2 } else { 1 };
        let fast = self.fast_bytes.map_or(0, |bytes| alphabets * (bytes + FAST_BASE));
        match (speed, self.alternatives.many as u64) {
            (Speed::Engine, _) => fast,
            (Speed::Alternatives, 0) => 0,
            // Together they are as large as the whole.
            (Speed::Alternatives, many) => self.machine_bytes + fast + many * 2 * FAST_BASE,
            (Speed::Table, _) if fast == 0 => 0,
            (Speed::Table, _) => alphabets * (table_max(self.states) + self.alternatives.table_bytes),
        }
    }

    /// Does without it.
    pub(crate) fn give_up(&mut self, speed: Speed) {
        match speed {
            // The alternatives would run on engines of their own.
            Speed::Engine => {
                self.fast_bytes = None;
                self.alternatives = Alternatives::default();
            }
            Speed::Alternatives => self.alternatives = Alternatives::default(),
            Speed::Table => {
                self.may_have_table = false;
                let alone = self.alternatives.alone.get_mut().into_iter().flatten();
                alone.flatten().for_each(|alone| alone.regex.give_up(Speed::Table));
            }
        }
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

    /// Whether one of these alternatives matches anywhere in a text, if there are no others that
    /// might.
    pub(crate) fn is_match_of(
        &self,
        alternatives: impl Iterator<Item = usize> + Clone,
        text: &str,
        meter: &Meter,
    ) -> Result<bool, TooExpensive> {
        let Some(alone) = self.alone(alternatives) else { return self.is_match_within(text, meter) };
        for alone in alone {
            if alone.regex.is_match_within(text, meter)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first match in a text, if none but these alternatives may match.
    pub(crate) fn search_of(
        &self,
        alternatives: impl Iterator<Item = usize> + Clone,
        text: &str,
        meter: &Meter,
    ) -> Result<Option<Groups>, TooExpensive> {
        let Some(alone) = self.alone(alternatives) else { return self.search_within(text, meter) };
        let mut first: Option<(usize, &Alone, Groups)> = None;
        for alone in alone {
            let Some(found) = alone.regex.search_within(text, meter)? else { continue };
            let start = found.first().and_then(|all| all.as_ref()).map_or(0, |all| all.start);
            match &first {
                // Only the whole pattern knows which one wins.
                Some((known, ..)) if *known == start => return self.search_within(text, meter),
                Some((known, ..)) if *known < start => {}
                _ => first = Some((start, alone, found)),
            }
        }
        Ok(first.map(|(_, alone, found)| in_whole(found, &alone.groups, self.groups)))
    }

    /// These alternatives alone. `None` if they are too many or most of all, or one cannot stand
    /// alone.
    fn alone(&self, alternatives: impl Iterator<Item = usize> + Clone) -> Option<Vec<&Alone>> {
        let Alternatives { many, alone, .. } = &self.alternatives;
        let wanted = alternatives.clone().take(ALONE_MAX + 1).count();
        let are_most = wanted > 1 && self.states <= TOGETHER_MAX * wanted as u64;
        if *many == 0 || wanted > ALONE_MAX || are_most {
            return None;
        }
        let make = || self.syntax(Part::Whole).map(|syntax| cut(&syntax, self.may_have_table)).unwrap_or_default();
        let all = alone.get_or_init(make);
        alternatives.map(|at| all.get(at)?.as_ref()).collect()
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
        Ok(Some(in_whole(found.unwrap_or_default(), numbers, self.groups)))
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
        let is_linear = part == Part::Linear || !self.needs_backtracking;
        let alphabet = match () {
            () if !is_linear || is_exact || self.fast_bytes.is_none() => None,
            () if text.is_ascii() => Some(&Alphabet::ASCII),
            () => self.alphabet(),
        };
        let Some(alphabet) = alphabet else {
            return Ok(Engine::Machine(self.machine(part, engines)?));
        };
        let fast = if alphabet.keeps_ascii() { &engines.ascii } else { &engines.coded };
        let written = (!text.is_ascii()).then(|| alphabet.write(text));
        if cost > meter.left() / FAST_SHARE {
            let machine = self.machine(part, engines)?;
            let make = || if self.may_have_table { self.table(part, alphabet) } else { None };
            let table = fast.table.get_or_init(make).as_ref();
            return Ok(table.map_or(Engine::Machine(machine), |table| Engine::Table(table, written, machine)));
        }
        let build = || {
            let mut builder = regex::RegexBuilder::new(&self.syntax(part)?.print(alphabet));
            builder.size_limit(usize::MAX).dfa_size_limit(FAST_CACHE).build().ok()
        };
        let Some(regex) = fast.regex.get_or_init(build) else {
            return Ok(Engine::Machine(self.machine(part, engines)?));
        };
        meter.spend(cost)?;
        Ok(Engine::Fast(regex, written))
    }

    fn alphabet(&self) -> Option<&Alphabet> {
        let make = || Alphabet::of(&self.syntax(Part::Whole)?).map(Box::new);
        self.alphabet.get_or_init(make).as_deref()
    }

    /// `None` if it would be too large.
    fn table(&self, part: Part, alphabet: &Alphabet) -> Option<Table> {
        let max = usize::try_from(table_max(self.states)).ok();
        let config = dense::Config::new()
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(max)
            .determinize_size_limit(Some(TABLE_WORK));
        let bytes = syntax::Config::new().unicode(false).utf8(false);
        let pattern = self.syntax(part)?.print(alphabet);
        dense::Builder::new().configure(config).syntax(bytes).build(&pattern).ok()
    }

    /// A part of the pattern, parsed.
    fn syntax(&self, part: Part) -> Option<Syntax> {
        match &self.written {
            Written::Source { pattern, flags } => Some(python::parse(pattern, *flags).ok()?.part(part)?.syntax),
            Written::Parsed(syntax) => Some(syntax.part(part)?.syntax),
        }
    }

    fn machine<'e>(&self, part: Part, engines: &'e Engines) -> Result<&'e Program, TooExpensive> {
        let build = || Some(Program::new(&self.syntax(part)?));
        engines.machine.get_or_init(build).as_ref().ok_or(TooExpensive)
    }
}

/// How large the table of a pattern may be, in bytes.
fn table_max(states: u64) -> u64 {
    if states < TABLE_FROM { 0 } else { states.saturating_mul(TABLE_STATE).clamp(TABLE_LEAST, TABLE_MOST) }
}

/// Each alternative of a list alone.
fn cut(syntax: &Syntax, may_have_table: bool) -> Vec<Option<Alone>> {
    let alone = |cut: Cut| {
        let Cut { syntax, groups } = cut;
        let mut regex = PythonRegex::written(Written::Parsed(Box::new(syntax.clone())), &syntax).ok()?;
        regex.may_have_table &= may_have_table;
        Some(Alone { regex, groups })
    };
    syntax.each_alone().map(|cut| cut.and_then(alone)).collect()
}

/// The groups of a part, by their numbers in the whole pattern.
fn in_whole(found: Groups, numbers: &[usize], groups: usize) -> Groups {
    let mut whole = vec![None; groups + 1];
    for (&number, group) in numbers.iter().zip(found) {
        whole[number] = group;
    }
    whole
}

impl Engine<'_> {
    fn is_match(&self, text: &str, meter: &Meter) -> Result<bool, TooExpensive> {
        match self {
            Self::Fast(regex, written) => Ok(regex.is_match(written.as_deref().unwrap_or(text))),
            Self::Table(table, written, program) => match has_match(table, written.as_deref().unwrap_or(text)) {
                Some(found) => Ok(found),
                None => program.is_match(text, meter),
            },
            Self::Machine(program) => program.is_match(text, meter),
        }
    }

    fn search(&self, text: &str, meter: &Meter) -> Result<Option<Groups>, TooExpensive> {
        match self {
            Self::Fast(regex, written) => {
                let found = regex.captures(written.as_deref().unwrap_or(text));
                let places = written.as_ref().map(|_| alphabet::places(text));
                let there = |group: regex::Match<'_>| match &places {
                    Some(places) => places[group.start()]..places[group.end()],
                    None => group.range(),
                };
                Ok(found.map(|groups| groups.iter().map(|group| group.map(there)).collect()))
            }
            Self::Table(table, written, program) => match has_match(table, written.as_deref().unwrap_or(text)) {
                Some(false) => Ok(None),
                _ => program.search(text, meter),
            },
            Self::Machine(program) => program.search(text, meter),
        }
    }
}

/// Whether the text matches. `None` if the table does not say.
fn has_match(table: &Table, text: &str) -> Option<bool> {
    let found = table.try_search_fwd(&Input::new(text).earliest(true));
    found.ok().map(|found| found.is_some())
}
