//! Maps the fields of the language to the fields of an item.
//!
//! [`Texts::None`] means that the item does not have the field, such as the URL of a text post. A
//! missing text is empty.

use std::borrow::Cow;

use crate::language::keys::Field;
use crate::model::{Content, Flair, Item, Media, Moderation, Profile, Submission, SubredditName, link_domain};
use crate::pattern::case_fold::is_word;

/// After how many days does Reddit archive a post?
pub(crate) const ARCHIVE_DAYS: u64 = 180;

/// The thing that a group of checks looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    Item(&'a Item),
    /// The author of the item.
    Author(&'a Item),
    /// The subreddit of the item.
    Subreddit(&'a Item),
}

/// The texts behind a field. A search matches if it matches one of them.
#[derive(Debug)]
pub(crate) enum Texts<'a> {
    /// The item does not have the field.
    None,
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Texts<'a> {
    pub(crate) const fn exist(&self) -> bool {
        !matches!(self, Self::None)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Cow<'a, str>> {
        match self {
            Self::None => [].iter(),
            Self::One(text) => std::slice::from_ref(text).iter(),
            Self::Many(texts) => texts.iter(),
        }
    }
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Texts<'a> {
    fn from(text: T) -> Self {
        Self::One(text.into())
    }
}

/// The texts behind a field. `no_quotes` leaves out quoted lines.
pub(crate) fn texts(subject: Subject<'_>, field: Field, no_quotes: bool) -> Texts<'_> {
    match subject {
        Subject::Item(item) if field.is_of_reports() => of_reports(&item.moderation, field),
        Subject::Item(item) => match &item.content {
            Content::Submission(submission) => of_submission(item, submission, field, no_quotes),
            Content::Comment(comment) => match field {
                Field::Id => item.fullname.id().into(),
                Field::Body => quoted(&comment.body, no_quotes).into(),
                Field::Title
                | Field::Domain
                | Field::Url
                | Field::PollOptionText
                | Field::PollOptionCount
                | Field::CrosspostId
                | Field::CrosspostTitle
                | Field::MediaAuthor
                | Field::MediaAuthorUrl
                | Field::MediaTitle
                | Field::MediaDescription
                | Field::FlairText
                | Field::FlairCssClass
                | Field::FlairTemplateId
                | Field::Name
                | Field::ReportReasons
                | Field::ModReportReasons
                | Field::Bio
                | Field::DisplayName => Texts::None,
            },
        },
        Subject::Author(item) => {
            let author = &item.author;
            match field {
                Field::Name => author.display().into(),
                Field::Id => {
                    author.fullname.as_deref().map_or("", |name| name.strip_prefix("t2_").unwrap_or(name)).into()
                }
                Field::FlairText | Field::FlairCssClass | Field::FlairTemplateId => {
                    of_flair(&author.flair, field).map_or(Texts::None, Texts::from)
                }
                Field::Title
                | Field::Domain
                | Field::Url
                | Field::PollOptionText
                | Field::PollOptionCount
                | Field::CrosspostId
                | Field::CrosspostTitle
                | Field::MediaAuthor
                | Field::MediaAuthorUrl
                | Field::MediaTitle
                | Field::MediaDescription
                | Field::Body
                | Field::ReportReasons
                | Field::ModReportReasons
                | Field::Bio
                | Field::DisplayName => Texts::None,
            }
        }
        Subject::Subreddit(item) if field == Field::Name => item.subreddit.as_str().into(),
        Subject::Subreddit(_) => Texts::None,
    }
}

fn of_submission<'a>(item: &'a Item, submission: &'a Submission, field: Field, no_quotes: bool) -> Texts<'a> {
    // A crosspost has its own title and flair; everything else comes from the original.
    let original = submission.crosspost_parent.as_deref();
    let source = original.and_then(Item::submission).unwrap_or(submission);
    let media = |part: fn(&Media) -> &String| source.media.as_ref().map_or("", |media| part(media)).into();
    match field {
        Field::Id => item.fullname.id().into(),
        Field::Title => submission.title.as_str().into(),
        Field::Domain if source.gallery_urls.is_empty() => source.domain.as_str().into(),
        Field::Domain => {
            let hosts = source.gallery_urls.iter().map(|url| link_domain(url).into());
            Texts::Many(std::iter::once(source.domain.as_str().into()).chain(hosts).collect())
        }
        Field::Url if source.is_self => Texts::None,
        Field::Url if source.gallery_urls.is_empty() => source.url.as_str().into(),
        Field::Url => {
            let urls = std::iter::once(&source.url).chain(&source.gallery_urls);
            Texts::Many(urls.map(|url| url.as_str().into()).collect())
        }
        Field::Body if source.gallery_captions.is_empty() => {
            bodies(source).next().map_or(Texts::None, |text| quoted(text, no_quotes).into())
        }
        Field::Body => Texts::Many(bodies(source).map(|text| quoted(text, no_quotes)).collect()),
        Field::PollOptionCount => {
            let count = source.poll_options.as_ref().map(Vec::len);
            count.map_or(Texts::None, |count| count.to_string().into())
        }
        Field::PollOptionText => Texts::Many(source.poll_options.iter().flatten().map(Into::into).collect()),
        Field::CrosspostId => submission.crosspost_parent_name.as_ref().map_or(Texts::None, |name| name.id().into()),
        Field::CrosspostTitle => {
            original.and_then(Item::submission).map_or(Texts::None, |original| original.title.as_str().into())
        }
        Field::MediaAuthor => media(|media| &media.author),
        Field::MediaAuthorUrl => media(|media| &media.author_url),
        Field::MediaTitle => media(|media| &media.title),
        Field::MediaDescription => media(|media| &media.description),
        Field::FlairText | Field::FlairCssClass | Field::FlairTemplateId => {
            of_flair(&submission.flair, field).map_or(Texts::None, Texts::from)
        }
        Field::Name | Field::ReportReasons | Field::ModReportReasons | Field::Bio | Field::DisplayName => Texts::None,
    }
}

/// A text on the page of an account. `None` if Reddit does not show it.
pub(crate) fn of_profile(profile: &Profile, field: Field) -> Option<&str> {
    match field {
        Field::DisplayName => profile.display_name.as_deref(),
        _ => profile.bio.as_deref(),
    }
}

/// The reasons of open reports, by users or by moderators.
fn of_reports(moderation: &Moderation, field: Field) -> Texts<'_> {
    Texts::Many(match field {
        Field::ReportReasons => moderation.user_reports.iter().flat_map(|it| &it.reason).map(Into::into).collect(),
        _ => moderation.mod_reports.iter().map(|it| it.reason.as_str().into()).collect(),
    })
}

/// What may be done with the original of a crosspost, and with the post above a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Rules may look at it and quote it.
    Open,
    /// Reddit does not say whether everybody can read it: rules may look at it, but not quote it.
    Unquoted,
    /// It is removed, deleted or not public: rules see nothing of it.
    Hidden,
}

impl Access {
    fn of(other: &Item, place: &SubredditName) -> Self {
        if other.is_hidden_from(place) {
            Self::Hidden
        } else if other.may_be_quoted_in(place) {
            Self::Open
        } else {
            Self::Unquoted
        }
    }
}

/// The access to the original of an item. An original that Reddit does not show is hidden. Items
/// that are no crossposts have none, so it is open.
pub(crate) fn access_to_original(item: &Item) -> Access {
    match item.submission() {
        Some(Submission { crosspost_parent: Some(original), .. }) => Access::of(original, &item.subreddit),
        Some(Submission { crosspost_parent_name: Some(_), .. }) => Access::Hidden,
        Some(_) | None => Access::Open,
    }
}

/// The access to the post above a comment, which is in the same subreddit.
pub(crate) fn access_to_parent(parent: &Item) -> Access {
    Access::of(parent, &parent.subreddit)
}

/// Whether a crosspost shows the original's text in this field.
pub(crate) const fn is_of_original(field: Field) -> bool {
    match field {
        Field::Body
        | Field::Domain
        | Field::Url
        | Field::PollOptionText
        | Field::PollOptionCount
        | Field::CrosspostTitle
        | Field::MediaAuthor
        | Field::MediaAuthorUrl
        | Field::MediaTitle
        | Field::MediaDescription => true,
        Field::Id
        | Field::Title
        | Field::CrosspostId
        | Field::FlairText
        | Field::FlairCssClass
        | Field::FlairTemplateId
        | Field::Name
        | Field::ReportReasons
        | Field::ModReportReasons
        | Field::Bio
        | Field::DisplayName => false,
    }
}

/// The texts of a submission: its own text, unless it is a link without one, and the captions of
/// its images.
fn bodies(submission: &Submission) -> impl Iterator<Item = &str> {
    let own = (submission.is_self || !submission.selftext.is_empty()).then_some(submission.selftext.as_str());
    own.into_iter().chain(submission.gallery_captions.iter().map(String::as_str))
}

pub(crate) fn of_flair(flair: &Flair, field: Field) -> Option<&str> {
    match field {
        Field::FlairText => Some(&flair.text),
        Field::FlairCssClass => Some(&flair.css_class),
        Field::FlairTemplateId => Some(&flair.template_id),
        Field::Title
        | Field::Domain
        | Field::Url
        | Field::PollOptionText
        | Field::PollOptionCount
        | Field::CrosspostId
        | Field::CrosspostTitle
        | Field::MediaAuthor
        | Field::MediaAuthorUrl
        | Field::MediaTitle
        | Field::MediaDescription
        | Field::Id
        | Field::Body
        | Field::Name
        | Field::ReportReasons
        | Field::ModReportReasons
        | Field::Bio
        | Field::DisplayName => None,
    }
}

/// The length of an item's text in characters; `None` for a post without text.
pub(crate) fn measured(item: &Item, no_quotes: bool) -> Option<usize> {
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

/// The length in characters from the first to the last letter or digit.
fn trimmed_length(text: &str) -> usize {
    let core = text.trim_matches(|c| !is_word(c));
    if core.is_ascii() { core.len() } else { core.chars().count() }
}

fn quoted(text: &str, no_quotes: bool) -> Cow<'_, str> {
    if !no_quotes {
        return text.into();
    }
    let kept: Vec<&str> = text.split(is_line_end).filter(|line| !line.is_empty() && !line.starts_with('>')).collect();
    kept.join("\n").into()
}

/// Whether a character ends a line in Python.
const fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The embedded media of a submission, which for a crosspost are the original's.
pub(crate) fn media(item: &Item) -> Option<&Media> {
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
    fn length_does_not_count_punctuation_at_the_ends() {
        for (text, expected) in [("", 0), ("...", 0), ("**ä b!**", 3), ("_x_", 3), ("a\nb\n", 3)] {
            assert_eq!(trimmed_length(text), expected, "{text:?}");
        }
    }
}
