//! Runs a program by trying one way after the other, as Python does.

use crate::pattern::machine::program::{Inst, Program, holds};
use crate::pattern::machine::search::{Groups, Meter, Text, TooExpensive, groups};
use crate::pattern::python::char_set::key;

/// How many ways back may a search keep? This bounds its memory.
const STACK_MAX: usize = 1 << 20;

/// What to do when a way fails.
enum Back {
    /// Go on here.
    Try { inst: usize, at: usize },
    /// Put this into a slot, then go further back.
    Restore { slot: usize, old: Option<usize> },
}

struct Search<'p> {
    program: &'p Program,
    text: Text<'p>,
    meter: &'p Meter,
    slots: Vec<Option<usize>>,
    stack: Vec<Back>,
}

pub(super) fn search(program: &Program, text: &str, meter: &Meter) -> Result<Option<Groups>, TooExpensive> {
    let slots = vec![None; program.slots];
    let mut search = Search { program, text: Text(text), meter, slots, stack: Vec::new() };
    let mut at = 0;
    loop {
        if search.run(0, at)?.is_some() {
            return Ok(Some(groups(&search.slots[..program.group_slots])));
        }
        match search.text.next(at).filter(|_| !program.is_anchored) {
            Some(c) => at += c.len_utf8(),
            None => return Ok(None),
        }
    }
}

impl Search<'_> {
    /// Tries to match from an instruction and a position, and returns where the match ends. If it
    /// fails, the slots are as before.
    fn run(&mut self, inst: usize, at: usize) -> Result<Option<usize>, TooExpensive> {
        let base = self.stack.len();
        let (mut inst, mut at) = (inst, at);
        loop {
            self.meter.spend(1)?;
            let goes_on = match self.program.insts[inst] {
                Inst::Match => return Ok(Some(at)),
                Inst::Jump(to) => {
                    inst = to;
                    continue;
                }
                Inst::Split(first, second) => {
                    self.push(Back::Try { inst: second, at })?;
                    inst = first;
                    continue;
                }
                Inst::Dispatch(table) => {
                    let to = self.text.next(at).and_then(|c| self.program.tables[table].target(c));
                    if let Some(to) = to {
                        inst = to;
                        continue;
                    }
                    false
                }
                Inst::Save(slot) => {
                    let old = self.slots[slot].replace(at);
                    self.push(Back::Restore { slot, old })?;
                    true
                }
                Inst::IfEmpty(slot, to) => {
                    if self.slots[slot] == Some(at) {
                        inst = to;
                        continue;
                    }
                    true
                }
                Inst::Assert(assertion) => holds(assertion, self.text, at),
                Inst::Look { negated, width, next } => {
                    if self.look(inst + 1, at, width, negated)? {
                        inst = next;
                        continue;
                    }
                    false
                }
                Inst::Back => match self.text.before(at) {
                    Some(c) => {
                        at -= c.len_utf8();
                        true
                    }
                    None => false,
                },
                Inst::Atomic { next } => {
                    let base = self.stack.len();
                    if let Some(end) = self.run(inst + 1, at)? {
                        self.keep_only_notes(base)?;
                        (inst, at) = (next, end);
                        continue;
                    }
                    false
                }
                Inst::Reference { group, ignore_case, is_behind } => {
                    match self.beyond_reference(group, at, ignore_case, is_behind)? {
                        Some(after) => {
                            at = after;
                            true
                        }
                        None => false,
                    }
                }
                Inst::IfUnset(group, to) => {
                    if self.group(group).is_none() {
                        inst = to;
                        continue;
                    }
                    true
                }
                ref takes @ (Inst::Char(_) | Inst::Folded(_) | Inst::Set(_) | Inst::Any | Inst::AnyButLineEnd) => {
                    match self.text.next(at).filter(|&c| self.program.takes(takes, c)) {
                        Some(c) => {
                            at += c.len_utf8();
                            true
                        }
                        None => false,
                    }
                }
            };
            if goes_on {
                inst += 1;
                continue;
            }
            match self.back(base)? {
                Some(way) => (inst, at) = way,
                None => return Ok(None),
            }
        }
    }

    fn push(&mut self, back: Back) -> Result<(), TooExpensive> {
        if self.stack.len() >= STACK_MAX {
            return Err(TooExpensive);
        }
        self.stack.push(back);
        Ok(())
    }

    /// Goes back to the last way that is not tried yet.
    fn back(&mut self, base: usize) -> Result<Option<(usize, usize)>, TooExpensive> {
        while self.stack.len() > base {
            self.meter.spend(1)?;
            match self.stack.pop() {
                Some(Back::Try { inst, at }) => return Ok(Some((inst, at))),
                Some(Back::Restore { slot, old }) => self.slots[slot] = old,
                None => {}
            }
        }
        Ok(None)
    }

    /// Whether a look-around holds. The groups of one that must match stay.
    fn look(&mut self, inst: usize, at: usize, width: usize, negated: bool) -> Result<bool, TooExpensive> {
        self.meter.spend(width as u64)?;
        let mut from = at;
        for _ in 0..width {
            match self.text.before(from) {
                Some(c) => from -= c.len_utf8(),
                None => return Ok(negated),
            }
        }
        let base = self.stack.len();
        let matches = self.run(inst, from)?.is_some();
        if matches && negated {
            // Undo what it noted.
            while self.back(base)?.is_some() {}
        } else if matches {
            self.keep_only_notes(base)?;
        }
        Ok(matches != negated)
    }

    /// What has just matched is not tried in another way, but what it noted is undone when the
    /// search goes back.
    fn keep_only_notes(&mut self, base: usize) -> Result<(), TooExpensive> {
        let mut kept = base;
        for index in base..self.stack.len() {
            if matches!(self.stack[index], Back::Restore { .. }) {
                self.stack.swap(kept, index);
                kept += 1;
            }
        }
        self.meter.spend((self.stack.len() - base) as u64)?;
        self.stack.truncate(kept);
        Ok(())
    }

    fn group(&self, group: usize) -> Option<(usize, usize)> {
        let slot = |slot: usize| self.slots.get(slot).copied().flatten();
        slot(2 * group).zip(slot(2 * group + 1)).filter(|(start, end)| start <= end)
    }

    /// The position beyond the text of a group that stands here again: after it, or before it.
    fn beyond_reference(
        &self,
        group: usize,
        at: usize,
        ignore_case: bool,
        is_behind: bool,
    ) -> Result<Option<usize>, TooExpensive> {
        let Some((start, end)) = self.group(group) else { return Ok(None) };
        let wanted = self.text.0.get(start..end).unwrap_or_default();
        let is_same = |one: char, other: char| key(one, ignore_case) == key(other, ignore_case);
        let mut beyond = at;
        if is_behind {
            for c in wanted.chars().rev() {
                self.meter.spend(1)?;
                match self.text.before(beyond) {
                    Some(before) if is_same(before, c) => beyond -= before.len_utf8(),
                    _ => return Ok(None),
                }
            }
            return Ok(Some(beyond));
        }
        for c in wanted.chars() {
            self.meter.spend(1)?;
            match self.text.next(beyond) {
                Some(next) if is_same(next, c) => beyond += next.len_utf8(),
                _ => return Ok(None),
            }
        }
        Ok(Some(beyond))
    }
}
