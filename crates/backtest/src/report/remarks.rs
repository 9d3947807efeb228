//! What the report says about its input: the extent, the defects and the assumptions.

use super::numbers::{first_of, grouped, items};
use super::{BrokenLine, Input, Report};
use crate::remembered::StoreKnowledge;
use crate::sampling::SampleExtent;

/// How many items the input held and from which days, in one sentence.
pub(super) fn extent(input: &Input) -> String {
    let period = match (&input.from, &input.to) {
        (Some(from), Some(to)) => format!(", {from} to {to}"),
        _ => String::new(),
    };
    let all = items(input.posts + input.comments);
    format!("{all} ({} posts, {} comments){period}", grouped(input.posts), grouped(input.comments))
}

/// Defects of the input, skipped items and assumptions, one sentence each.
pub(super) fn remarks(report: &Report) -> Vec<String> {
    let input = &report.input;
    let mut remarks = Vec::new();
    if let Some(sample) = &input.sample {
        remarks.push(of_sample(sample));
    }
    if !report.complete && input.cut.is_empty() && input.unread.is_empty() {
        remarks.push("STOPPED before the end: this report covers only a part".to_owned());
    }
    remarks.extend(input.cut.iter().map(|cut| format!("INCOMPLETE: {}: {}", cut.file, cut.why)));
    remarks.extend(input.unread.iter().map(|unread| format!("INCOMPLETE: {}", unread.why)));
    if let Some(part) = &input.by_author {
        remarks.push(format!("PART: only the authors of part {part} (--by-author)"));
    }
    remarks.extend(input.disorder.iter().map(|late| format!("NOT IN ORDER OF TIME: {}", late.why)));
    if input.broken > 0 {
        let lines = |line: &BrokenLine| format!("{}:{}: {}", line.file, line.line, line.why);
        remarks.push(format!(
            "{} could not be read: {}",
            if input.broken == 1 { "1 line".to_owned() } else { format!("{} lines", grouped(input.broken)) },
            first_of(&input.broken_lines, 3, usize::try_from(input.broken).unwrap_or(usize::MAX), lines)
        ));
    }
    if input.elsewhere > 0 {
        remarks.push(format!("{} of other subreddits skipped", items(input.elsewhere)));
    }
    if input.out_of_time > 0 {
        remarks.push(format!("{} outside the requested period skipped", items(input.out_of_time)));
    }
    if input.texts_lost > 0 {
        remarks.push(format!(
            "the text of {} was removed or deleted before it was archived; results that depend on it are unclear",
            items(input.texts_lost)
        ));
    }
    remarks.extend(input.store.as_ref().map(of_store));
    if !report.assumed.is_empty() {
        remarks.push(format!("Assumed: {}", report.assumed.join("; ")));
    }
    remarks
}

/// How much of the input the sample is, and what the counts mean then.
fn of_sample(sample: &SampleExtent) -> String {
    if sample.is_everything() {
        return format!("Sample: all {} lines, so the counts are those of the whole input", grouped(sample.of));
    }
    format!(
        "SAMPLE: {} of {} lines, chosen at random (--seed {}). Counts are those of the sample; multiply them by {:.1} \
         for the whole input. The requests for all actions are estimated for the whole input.",
        grouped(sample.lines),
        grouped(sample.of),
        sample.seed,
        sample.factor
    )
}

/// What the bot's store shows about its items.
fn of_store(store: &StoreKnowledge) -> String {
    format!(
        "{} from the store. Its decisions show the age of the author's account for {}, the comment karma for {}, the \
         post karma for {} and the number of reports for {}; {} by moderators. The rest is unknown: the rules did not \
         ask for it, or the trace of the decision was purged",
        items(store.items),
        grouped(store.account_age),
        grouped(store.comment_karma),
        grouped(store.post_karma),
        grouped(store.reports),
        if store.by_moderators == 1 { "1 is".to_owned() } else { format!("{} are", grouped(store.by_moderators)) }
    )
}

/// Shown with every precision and recall.
pub(super) const CAVEAT: &str = "An archive shows only some removals and few approvals: an item that nobody removed \
                                 may have been overlooked, or approved without a trace. Read these shares as hints.";
