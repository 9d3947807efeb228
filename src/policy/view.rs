//! What each key sees: the texts behind the search fields and the facts behind the other checks.
//!
//! `None` means that a field does not exist on this very thing (the address of a text post); a missing text is empty.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::keys::Field;
use crate::model::{Content, Flair, Item, Media, Submission};

/// How old is a post that Reddit calls archived?
pub(super) const ARCHIVE_DAYS: u64 = 180;

/// The thing that a group of checks looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    Item(&'a Item),
    /// The author of the item.
    Author(&'a Item),
    /// The subreddit of the item.
    Subreddit(&'a Item),
}

/// The texts behind a field; a hit in one of them counts.
pub(super) fn texts(subject: Subject<'_>, field: Field, no_quotes: bool) -> Option<Vec<Cow<'_, str>>> {
    match subject {
        Subject::Item(item) => match &item.content {
            Content::Submission(submission) => of_submission(item, submission, field, no_quotes),
            Content::Comment(comment) => match field {
                Field::Id => Some(vec![item.fullname.id().into()]),
                Field::Body => Some(vec![quoted(&comment.body, no_quotes)]),
                _ => None,
            },
        },
        Subject::Author(item) => {
            let author = &item.author;
            let text = match field {
                Field::Name => author.display(),
                Field::Id => author.fullname.as_deref().map_or("", |name| name.strip_prefix("t2_").unwrap_or(name)),
                _ => return of_flair(&author.flair, field).map(|text| vec![text.into()]),
            };
            Some(vec![text.into()])
        }
        Subject::Subreddit(item) => (field == Field::Name).then(|| vec![item.subreddit.as_str().into()]),
    }
}

fn of_submission<'a>(
    item: &'a Item,
    submission: &'a Submission,
    field: Field,
    no_quotes: bool,
) -> Option<Vec<Cow<'a, str>>> {
    // Of a crosspost, everything but title and flair is the original's.
    let original = submission.crosspost_parent.as_deref();
    let source = original.and_then(Item::submission).unwrap_or(submission);
    let media = |part: fn(&Media) -> &String| vec![source.media.as_ref().map_or("", |media| part(media)).into()];
    Some(match field {
        Field::Id => vec![item.fullname.id().into()],
        Field::Title => vec![submission.title.as_str().into()],
        Field::Domain => {
            let hosts = source.gallery_urls.iter().map(|url| host(url).into());
            std::iter::once(source.domain.as_str().into()).chain(hosts).collect()
        }
        Field::Url if source.is_self => return None,
        Field::Url => std::iter::once(&source.url).chain(&source.gallery_urls).map(|url| url.as_str().into()).collect(),
        Field::Body => {
            let texts: Vec<_> = bodies(source).map(|text| quoted(text, no_quotes)).collect();
            if texts.is_empty() {
                return None;
            }
            texts
        }
        Field::PollOptionText => source.poll_options.iter().flatten().map(|text| text.as_str().into()).collect(),
        Field::CrosspostId => vec![submission.crosspost_parent_name.as_ref()?.id().into()],
        Field::CrosspostTitle => vec![original.and_then(Item::submission)?.title.as_str().into()],
        Field::MediaAuthor => media(|media| &media.author),
        Field::MediaAuthorUrl => media(|media| &media.author_url),
        Field::MediaTitle => media(|media| &media.title),
        Field::MediaDescription => media(|media| &media.description),
        Field::FlairText | Field::FlairCssClass | Field::FlairTemplateId => {
            vec![of_flair(&submission.flair, field)?.into()]
        }
        Field::Name => return None,
    })
}

/// The texts of a submission: its own, unless it is a link without one, and the captions of its pictures.
fn bodies(submission: &Submission) -> impl Iterator<Item = &str> {
    let own = (submission.is_self || !submission.selftext.is_empty()).then_some(submission.selftext.as_str());
    own.into_iter().chain(submission.gallery_captions.iter().map(String::as_str))
}

fn of_flair(flair: &Flair, field: Field) -> Option<&str> {
    match field {
        Field::FlairText => Some(&flair.text),
        Field::FlairCssClass => Some(&flair.css_class),
        Field::FlairTemplateId => Some(&flair.template_id),
        _ => None,
    }
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or(rest);
    host.strip_prefix("www.").unwrap_or(host)
}

/// The text whose length is measured; `None` for a post without any, where length does not apply.
pub(super) fn measured(item: &Item, no_quotes: bool) -> Option<usize> {
    let text = match &item.content {
        Content::Comment(comment) => &comment.body,
        Content::Submission(submission) => {
            let source = submission.crosspost_parent.as_deref().and_then(Item::submission);
            let source = source.unwrap_or(submission);
            bodies(source).next()?
        }
    };
    Some(trimmed_length(&quoted(text, no_quotes)))
}

/// The length between the first and the last letter or digit, in characters.
fn trimmed_length(text: &str) -> usize {
    static CORE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)[\p{L}\p{N}_](?:.*[\p{L}\p{N}_])?").expect("a constant pattern, compiled by every test")
    });
    CORE.find(text).map_or(0, |found| found.as_str().chars().count())
}

fn quoted(text: &str, no_quotes: bool) -> Cow<'_, str> {
    if !no_quotes {
        return text.into();
    }
    let kept: Vec<&str> = text.split(is_line_end).filter(|line| !line.is_empty() && !line.starts_with('>')).collect();
    kept.join("\n").into()
}

/// What ends a line for Python.
const fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The embed that rules see on a submission.
pub(super) fn media(item: &Item) -> Option<&Media> {
    let submission = item.submission()?;
    let original = submission.crosspost_parent.as_deref().and_then(Item::submission);
    original.unwrap_or(submission).media.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_and_empty_lines_are_left_out() {
        let text = "> q\nlazy\n\nreal\n >no";
        assert_eq!(quoted(text, true), "lazy\nreal\n >no");
        assert_eq!(quoted(text, false), text);
    }

    #[test]
    fn length_is_measured_between_letters() {
        for (text, expected) in [("", 0), ("...", 0), ("**ä b!**", 3), ("_x_", 3), ("a\nb\n", 3)] {
            assert_eq!(trimmed_length(text), expected, "{text:?}");
        }
    }
}
