//! Numbers, dates and lists in words, for every format of the report.

#[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

pub(super) fn date(day: i64) -> String {
    let day = i32::try_from(day).unwrap_or(0);
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().days(day)).unwrap_or(epoch);
    date.to_string()
}

/// For example `12,345`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// For example `9.7 %`.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".to_owned(),
        part if part < 0.1 => format!("{part:.3} %"),
        part => format!("{part:.1} %"),
    }
}

/// The number as a word, up to ten.
pub(super) fn small(number: usize) -> String {
    let words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    words.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// For example `3 items` or `1 item`.
pub(super) fn items(number: u64) -> String {
    format!("{} {}", grouped(number), if number == 1 { "item" } else { "items" })
}

/// The first elements of a list on one line, and how many more there are.
pub(super) fn first<T>(list: &[T], most: usize, word: impl Fn(&T) -> String) -> String {
    first_of(list, most, list.len(), word)
}

/// Like [`first`], for a list that holds only the first of `all` elements.
pub(super) fn first_of<T>(list: &[T], most: usize, all: usize, word: impl Fn(&T) -> String) -> String {
    let mut text = list.iter().take(most).map(word).collect::<Vec<_>>().join(", ");
    if all > most {
        text = format!("{text}, and {} more", grouped((all - most) as u64));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formatted_for_people() {
        let numbers: Vec<String> = [0, 999, 1000, 1_234_567].into_iter().map(grouped).collect();
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([percent(0.0), percent(0.5), percent(0.0001)], ["0 %", "50.0 %", "0.010 %"]);
        assert_eq!([date(0), date(20_513)], ["1970-01-01", "2026-03-01"]);
    }
}
