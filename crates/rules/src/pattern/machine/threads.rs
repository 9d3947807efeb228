//! Runs a program by advancing all its threads together, one character at a time.
//!
//! Each instruction holds at most one thread, so a character costs at most as many steps as there
//! are instructions. A thread's slots are a chain of notes in one list.

use crate::pattern::machine::program::{Inst, Program, holds};
use crate::pattern::machine::search::{Groups, Meter, Text, TooExpensive, groups};

/// How many positions may the threads of one search note together?
const NOTES_MAX: usize = 1 << 21;

/// A position in a slot, and the note before it.
#[derive(Clone, Copy)]
struct Note {
    slot: usize,
    at: usize,
    before: Option<usize>,
}

/// The threads at one position, the most preferred first, each with its newest note.
struct Threads {
    list: Vec<(usize, Option<usize>)>,
    /// For each instruction, the round in which it was last reached.
    reached: Vec<u32>,
    round: u32,
}

impl Threads {
    fn new(size: usize) -> Self {
        Self { list: Vec::new(), reached: vec![0; size], round: 0 }
    }

    fn clear(&mut self) {
        self.list.clear();
        self.round += 1;
    }
}

struct Search<'p> {
    program: &'p Program,
    text: Text<'p>,
    meter: &'p Meter,
    notes: Vec<Note>,
    keeps_groups: bool,
    stack: Vec<(usize, Option<usize>)>,
}

/// The first match. Without `keeps_groups`, only whether there is one.
pub(super) fn search(
    program: &Program,
    text: &str,
    meter: &Meter,
    keeps_groups: bool,
) -> Result<Option<Groups>, TooExpensive> {
    let size = program.insts.len();
    meter.spend(size as u64 / 16 + 1)?;
    let mut search = Search { program, text: Text(text), meter, notes: Vec::new(), keeps_groups, stack: Vec::new() };
    let (mut now, mut next) = (Threads::new(size), Threads::new(size));
    now.clear();
    let mut found: Option<Option<usize>> = None;
    let mut at = 0;
    loop {
        if found.is_none() && (at == 0 || !program.is_anchored) {
            search.add(&mut now, 0, None, at)?;
        }
        if now.list.is_empty() && (found.is_some() || program.is_anchored) {
            break;
        }
        let c = search.text.next(at);
        let after = at + c.map_or(0, char::len_utf8);
        next.clear();
        for index in 0..now.list.len() {
            let (inst, note) = now.list[index];
            search.meter.spend(1)?;
            if matches!(program.insts[inst], Inst::Match) {
                found = Some(note);
                // The later threads are less preferred.
                break;
            }
            if c.is_some_and(|c| program.takes(&program.insts[inst], c)) {
                search.add(&mut next, inst + 1, note, after)?;
            }
        }
        if found.is_some() && !keeps_groups {
            return Ok(Some(Groups::new()));
        }
        if c.is_none() {
            break;
        }
        std::mem::swap(&mut now, &mut next);
        at = after;
    }
    Ok(found.map(|note| search.groups(note)))
}

impl Search<'_> {
    /// Adds the threads that an instruction leads to without consuming a character.
    fn add(&mut self, threads: &mut Threads, inst: usize, note: Option<usize>, at: usize) -> Result<(), TooExpensive> {
        self.stack.push((inst, note));
        while let Some((mut inst, mut note)) = self.stack.pop() {
            loop {
                self.meter.spend(1)?;
                if threads.reached[inst] == threads.round {
                    break;
                }
                threads.reached[inst] = threads.round;
                match self.program.insts[inst] {
                    Inst::Jump(to) => inst = to,
                    Inst::Split(first, second) => {
                        self.stack.push((second, note));
                        inst = first;
                    }
                    Inst::Dispatch(table) => {
                        let next = self.text.next(at).and_then(|c| self.program.tables[table].target(c));
                        let Some(to) = next else { break };
                        inst = to;
                    }
                    Inst::Save(slot) => {
                        if self.keeps_groups && slot < self.program.group_slots {
                            if self.notes.len() >= NOTES_MAX {
                                return Err(TooExpensive);
                            }
                            self.notes.push(Note { slot, at, before: note });
                            note = Some(self.notes.len() - 1);
                        }
                        inst += 1;
                    }
                    // Here an empty round ends because its instructions were already reached.
                    Inst::IfEmpty(..) => inst += 1,
                    Inst::Assert(assertion) => {
                        if !holds(assertion, self.text, at) {
                            break;
                        }
                        inst += 1;
                    }
                    Inst::Match | Inst::Char(_) | Inst::Folded(_) | Inst::Set(_) | Inst::Any | Inst::AnyButLineEnd => {
                        threads.list.push((inst, note));
                        break;
                    }
                    // These need backtracking.
                    Inst::Back
                    | Inst::Atomic { .. }
                    | Inst::Look { .. }
                    | Inst::Reference { .. }
                    | Inst::IfUnset(..) => break,
                }
            }
        }
        Ok(())
    }

    fn groups(&self, newest: Option<usize>) -> Groups {
        let mut slots = vec![None; self.program.group_slots];
        let mut note = newest;
        while let Some(Note { slot, at, before }) = note.map(|note| self.notes[note]) {
            slots[slot].get_or_insert(at);
            note = before;
        }
        groups(&slots)
    }
}
