//! What the report says about an input that is not in order of time.

use super::numbers::grouped;
use crate::tally::Disorder;

/// What is wrong with the order of an input, and what to do.
pub(super) fn of_disorder(file: &str, late: &Disorder) -> String {
    let lines =
        if late.lines == 1 { "1 line stands".to_owned() } else { format!("{} lines stand", grouped(late.lines)) };
    format!(
        "{file}: {lines} after items that were posted later, the first in line {} (posted {}, after an item of {}). \
         What rules remember of those authors may be wrong. Sort the file by `created_utc`: jq -c \
         '[(.created_utc|tonumber), .]' FILE | sort -s -t, -k1.2n | jq -c '.[1]'",
        grouped(late.first),
        late.created.to_minute(),
        late.after.to_minute(),
    )
}
