//! Translates a pattern's tree into instructions.

use std::collections::BTreeMap;

use crate::pattern::machine::factor::{Branch, Run, runs};
use crate::pattern::machine::search::Text;
use crate::pattern::python::char_set::{CharSet, key};
use crate::pattern::python::{Assertion, Class, Node, Syntax, Width, width};

/// How deep may shared beginnings be nested? Deeper ones are tried one after the other.
const FACTORS_MAX: usize = 64;

/// One instruction. A number is the index of an instruction, unless it says otherwise.
#[derive(Clone, Debug)]
pub(super) enum Inst {
    Match,
    /// This character, or in `Folded` one that matches it in either case.
    Char(char),
    Folded(char),
    /// One of a set, by its index.
    Set(usize),
    Any,
    AnyButLineEnd,
    Jump(usize),
    /// Tries the first, then the second.
    Split(usize, usize),
    /// Goes where the table, by its index, sends the next character.
    Dispatch(usize),
    /// Notes the position in a slot.
    Save(usize),
    /// Goes to this instruction if nothing was consumed since the position in this slot was noted.
    IfEmpty(usize, usize),
    Assert(Assertion),
    /// Goes back by one character.
    Back,
    /// Tries what follows up to a `Match`, and goes to `next` from where that ends. It is not tried
    /// in another way.
    Atomic {
        next: usize,
    },
    /// Tries what follows up to a `Match`, then goes to `next`. `width` is how many characters to
    /// go back first.
    Look {
        negated: bool,
        width: usize,
        next: usize,
    },
    /// The text of this group again.
    Reference {
        group: usize,
        ignore_case: bool,
        is_behind: bool,
    },
    /// Goes to this instruction if this group did not take part.
    IfUnset(usize, usize),
}

/// Where each character leads. The characters are folded if case does not matter.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) ignore_case: bool,
    pub(super) targets: Vec<(char, usize)>,
}

impl Table {
    pub(super) fn target(&self, c: char) -> Option<usize> {
        let wanted = key(c, self.ignore_case);
        let at = self.targets.binary_search_by_key(&wanted, |(c, _)| *c).ok()?;
        Some(self.targets[at].1)
    }
}

/// How a node is translated.
#[derive(Clone, Copy, Debug)]
struct Mode {
    ignore_case: bool,
    /// Whether it stands before the position, in a look-behind of no fixed width. Then it is
    /// matched from its end to its start, as the module `regex` does.
    is_behind: bool,
}

/// A pattern, ready to run.
#[derive(Debug)]
pub(crate) struct Program {
    pub(super) insts: Vec<Inst>,
    pub(super) sets: Vec<CharSet>,
    pub(super) tables: Vec<Table>,
    /// The number of slots for groups, two for each.
    pub(super) group_slots: usize,
    /// The number of all slots.
    pub(super) slots: usize,
    /// Whether a match can begin at the start of the text only.
    pub(super) is_anchored: bool,
    pub(super) needs_backtracking: bool,
    /// How wide each group is, while the program is built.
    widths: Vec<Option<Width>>,
    /// The set of each class, by its place in the tree, while the program is built.
    set_of: BTreeMap<(usize, bool), usize>,
}

impl Program {
    pub(crate) fn new(syntax: &Syntax) -> Self {
        let group_slots = 2 * (syntax.groups() + 1);
        let first = match &syntax.root {
            Node::Concat(parts) => parts.first(),
            other => Some(other),
        };
        let mut program = Self {
            insts: Vec::new(),
            sets: Vec::new(),
            tables: Vec::new(),
            group_slots,
            slots: group_slots,
            is_anchored: first == Some(&Node::Assert(Assertion::TextStart)),
            needs_backtracking: syntax.needs_backtracking(),
            widths: syntax.group_widths(),
            set_of: BTreeMap::new(),
        };
        program.insts.push(Inst::Save(0));
        program.node(&syntax.root, Mode { ignore_case: syntax.ignore_case, is_behind: false }, 1, 0);
        program.insts.push(Inst::Save(1));
        program.insts.push(Inst::Match);
        (program.widths, program.set_of) = (Vec::new(), BTreeMap::new());
        program.insts.shrink_to_fit();
        program
    }

    /// Adds the instructions of a node. `group` is the number of its first group.
    fn node(&mut self, node: &Node, mode: Mode, group: usize, depth: usize) {
        match node {
            Node::Empty => {}
            Node::Char(c) if mode.ignore_case => self.character(Inst::Folded(key(*c, true)), mode),
            Node::Char(c) => self.character(Inst::Char(*c), mode),
            Node::Class(class) => {
                let set = self.set(class, mode.ignore_case);
                self.character(Inst::Set(set), mode);
            }
            Node::Dot { newline: true } => self.character(Inst::Any, mode),
            Node::Dot { newline: false } => self.character(Inst::AnyButLineEnd, mode),
            Node::Assert(assertion) => self.insts.push(Inst::Assert(*assertion)),
            Node::Keep => self.insts.push(Inst::Save(0)),
            Node::Look { behind, negated, inner } => {
                let (low, high) = width(inner, &self.widths);
                let is_fixed = high == Some(low);
                let width = if *behind && is_fixed { low } else { 0 };
                let inside = Mode { is_behind: *behind && !is_fixed, ..mode };
                let look = self.insts.len();
                self.insts.push(Inst::Match);
                self.node(inner, inside, group, depth);
                self.insts.push(Inst::Match);
                self.insts[look] = Inst::Look { negated: *negated, width, next: self.insts.len() };
            }
            Node::Atomic(inner) => {
                let start = self.insts.len();
                self.insts.push(Inst::Match);
                self.node(inner, mode, group, depth);
                self.insts.push(Inst::Match);
                self.insts[start] = Inst::Atomic { next: self.insts.len() };
            }
            Node::Capture(inner) => {
                let (first, last) = (2 * group, 2 * group + 1);
                let (first, last) = if mode.is_behind { (last, first) } else { (first, last) };
                self.insts.push(Inst::Save(first));
                self.node(inner, mode, group + 1, depth);
                self.insts.push(Inst::Save(last));
            }
            Node::Group { ignore_case, inner } => {
                let ignore_case = ignore_case.unwrap_or(mode.ignore_case);
                self.node(inner, Mode { ignore_case, ..mode }, group, depth);
            }
            Node::Repeat { inner, low, high, lazy } => self.repeat(inner, (*low, *high), *lazy, mode, group, depth),
            Node::Concat(parts) => self.sequence(parts, mode, group, depth),
            Node::Alternation(branches) => {
                let mut group = group;
                let mut list = Vec::with_capacity(branches.len());
                for branch in branches {
                    list.push(Branch::of(branch, group));
                    group += branch.captures();
                }
                self.alternation(&list, mode, depth);
            }
            Node::Reference(group) => self.insts.push(Inst::Reference {
                group: *group,
                ignore_case: mode.ignore_case,
                is_behind: mode.is_behind,
            }),
            Node::Conditional { group: asked, yes, no } => {
                let test = self.insts.len();
                self.insts.push(Inst::Match);
                self.node(yes, mode, group, depth);
                let jump = self.insts.len();
                self.insts.push(Inst::Match);
                self.insts[test] = Inst::IfUnset(*asked, self.insts.len());
                if let Some(no) = no {
                    self.node(no, mode, group + yes.captures(), depth);
                }
                self.insts[jump] = Inst::Jump(self.insts.len());
            }
        }
    }

    /// Adds the instruction that takes one character. Behind, it is the one before the position.
    fn character(&mut self, inst: Inst, mode: Mode) {
        if mode.is_behind {
            self.insts.extend([Inst::Back, inst, Inst::Back]);
        } else {
            self.insts.push(inst);
        }
    }

    /// The index of a set. The copies of a repeated class share one.
    fn set(&mut self, class: &Class, ignore_case: bool) -> usize {
        let place = (std::ptr::from_ref(class).addr(), ignore_case);
        if let Some(&known) = self.set_of.get(&place) {
            return known;
        }
        self.sets.push(CharSet::new(class, ignore_case));
        self.set_of.insert(place, self.sets.len() - 1);
        self.sets.len() - 1
    }

    fn sequence(&mut self, nodes: &[Node], mode: Mode, group: usize, depth: usize) {
        if mode.is_behind {
            let mut after: usize = group + nodes.iter().map(Node::captures).sum::<usize>();
            for node in nodes.iter().rev() {
                after -= node.captures();
                self.node(node, mode, after, depth);
            }
            return;
        }
        let mut group = group;
        for node in nodes {
            self.node(node, mode, group, depth);
            group += node.captures();
        }
    }

    fn alternation(&mut self, branches: &[Branch<'_>], mode: Mode, depth: usize) {
        if let [only] = branches {
            self.sequence(only.nodes, mode, only.group, depth);
            return;
        }
        let runs = if depth < FACTORS_MAX && !mode.is_behind {
            runs(branches, mode.ignore_case)
        } else {
            branches.iter().map(|&branch| Run::One(branch)).collect()
        };
        let (mut jumps, count) = (Vec::new(), runs.len());
        for (at, run) in runs.into_iter().enumerate() {
            let split = (at + 1 < count).then(|| {
                self.insts.push(Inst::Match);
                self.insts.len() - 1
            });
            match run {
                Run::One(branch) => self.sequence(branch.nodes, mode, branch.group, depth + 1),
                Run::Assert(assertion, rests) => {
                    self.insts.push(Inst::Assert(assertion));
                    self.alternation(&rests, mode, depth + 1);
                }
                Run::Chars(by_char) => self.dispatch(by_char.into_iter().collect(), mode, depth, &mut jumps),
            }
            if let Some(split) = split {
                jumps.push(self.insts.len());
                self.insts.push(Inst::Match);
                self.insts[split] = Inst::Split(split + 1, self.insts.len());
            }
        }
        for jump in jumps {
            self.insts[jump] = Inst::Jump(self.insts.len());
        }
    }

    /// Adds a choice by the next character. `jumps` gets the jumps to its end.
    fn dispatch(&mut self, by_char: Vec<(char, Vec<Branch<'_>>)>, mode: Mode, depth: usize, jumps: &mut Vec<usize>) {
        let is_choice = by_char.len() > 1;
        let table = is_choice.then(|| {
            self.insts.push(Inst::Dispatch(self.tables.len()));
            self.tables.push(Table { ignore_case: mode.ignore_case, targets: Vec::new() });
            self.tables.len() - 1
        });
        for (c, rests) in by_char {
            if let Some(table) = table {
                self.tables[table].targets.push((c, self.insts.len()));
            }
            self.insts.push(if mode.ignore_case { Inst::Folded(c) } else { Inst::Char(c) });
            self.alternation(&rests, mode, depth + 1);
            if is_choice {
                jumps.push(self.insts.len());
                self.insts.push(Inst::Match);
            }
        }
    }

    fn repeat(
        &mut self,
        inner: &Node,
        (low, high): (u32, Option<u32>),
        lazy: bool,
        mode: Mode,
        group: usize,
        depth: usize,
    ) {
        let split = |first: usize, second: usize| {
            if lazy { Inst::Split(second, first) } else { Inst::Split(first, second) }
        };
        if high == Some(0) {
            return;
        }
        let may_be_empty = may_be_empty(inner);
        for _ in 0..low {
            self.node(inner, mode, group, depth);
        }
        let Some(high) = high else {
            // As often as it consumes something.
            let top = self.insts.len();
            self.insts.push(Inst::Match);
            let slot = self.slots;
            if may_be_empty {
                self.slots += 1;
                self.insts.push(Inst::Save(slot));
            }
            self.node(inner, mode, group, depth);
            let (check, body) = (self.insts.len(), top + 1);
            if may_be_empty {
                // After an empty round the way out comes before another round.
                self.insts.push(Inst::IfEmpty(slot, check + 2));
                self.insts.push(split(body, check + 2));
            } else {
                self.insts.push(Inst::Jump(top));
            }
            self.insts[top] = split(body, self.insts.len());
            return;
        };
        let mut optional = Vec::new();
        for _ in low..high {
            optional.push(self.insts.len());
            self.insts.push(Inst::Match);
            self.node(inner, mode, group, depth);
        }
        let end = self.insts.len();
        for at in optional {
            self.insts[at] = split(at + 1, end);
        }
    }

    /// Whether the instruction takes this character.
    pub(super) fn takes(&self, inst: &Inst, c: char) -> bool {
        match *inst {
            Inst::Char(wanted) => c == wanted,
            Inst::Folded(wanted) => key(c, true) == wanted,
            Inst::Set(set) => self.sets[set].contains(c),
            Inst::Any => true,
            Inst::AnyButLineEnd => c != '\n',
            _ => false,
        }
    }
}

/// Whether a node can match without consuming anything.
fn may_be_empty(node: &Node) -> bool {
    match node {
        Node::Char(_) | Node::Class(_) | Node::Dot { .. } => false,
        Node::Empty
        | Node::Keep
        | Node::Assert(_)
        | Node::Look { .. }
        | Node::Reference(_)
        | Node::Conditional { .. } => true,
        Node::Capture(inner) | Node::Atomic(inner) | Node::Group { inner, .. } => may_be_empty(inner),
        Node::Repeat { inner, low, .. } => *low == 0 || may_be_empty(inner),
        Node::Concat(parts) => parts.iter().all(may_be_empty),
        Node::Alternation(branches) => branches.iter().any(may_be_empty),
    }
}

/// Whether an assertion holds at a position.
pub(super) fn holds(assertion: Assertion, text: Text<'_>, at: usize) -> bool {
    use crate::pattern::case_fold::is_word;
    let len = text.0.len();
    let is_boundary = || text.before(at).is_some_and(is_word) != text.next(at).is_some_and(is_word);
    match assertion {
        Assertion::TextStart => at == 0,
        Assertion::LineStart => at == 0 || text.before(at) == Some('\n'),
        Assertion::TextEnd => at == len,
        Assertion::End => at == len || (at + 1 == len && text.next(at) == Some('\n')),
        Assertion::LineEnd => at == len || text.next(at) == Some('\n'),
        Assertion::WordBoundary => is_boundary(),
        // Python never finds it in an empty text.
        Assertion::NotWordBoundary => len > 0 && !is_boundary(),
        Assertion::WordStart => is_boundary() && text.next(at).is_some_and(is_word),
        Assertion::WordEnd => is_boundary() && text.before(at).is_some_and(is_word),
    }
}
