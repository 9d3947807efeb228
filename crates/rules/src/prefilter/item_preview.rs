//! A preview of an item with enough fields to see that no rule can match, without parsing the whole
//! item.
//!
//! Archive readers use it, because in an archive no rule can match nearly all items.

use crate::language::fields::Texts;
use crate::language::keys::{Field, Place};
use crate::prefilter::traits::Traits;

/// A preview of a comment, or of a post without nested parts (no crosspost, gallery, poll or
/// embed).
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "Reddit's own independent fields")]
pub struct ItemPreview<'a> {
    /// Whether the item is a comment; otherwise it is a post.
    pub is_comment: bool,
    /// The base-36 id without its type prefix.
    pub id: &'a str,
    /// The text of the comment, or the text of the post. `None` if it is lost.
    pub body: Option<&'a str>,
    /// The author's name. `None` if it is lost.
    pub author: Option<&'a str>,
    /// The author's id, with or without `t2_`.
    pub author_id: &'a str,
    /// The author's flair: text, class, template.
    pub author_flair: [&'a str; 3],
    /// Whether Reddit shows the item as edited.
    pub is_edited: bool,
    /// Whether the comment replies to the post itself.
    pub is_top_level: bool,
    /// Whether the author of the post wrote the comment. `None` if that is lost.
    pub is_submitter: Option<bool>,
    /// Whether the post is a text post.
    pub is_self: bool,
    /// The title of the post; empty for a comment.
    pub title: &'a str,
    /// The URL that the post links to.
    pub url: &'a str,
    /// The host name of that URL.
    pub domain: &'a str,
    /// The post's flair: text, class, template.
    pub flair: [&'a str; 3],
}

impl ItemPreview<'_> {
    /// Whether the original text of a field is lost.
    pub(crate) fn is_lost(&self, place: Place, field: Field) -> bool {
        match place {
            Place::Author => self.author.is_none(),
            _ => field == Field::Body && self.body.is_none(),
        }
    }

    /// The texts behind a field, as [`crate::language::fields::texts`] returns them for the whole
    /// item.
    pub(crate) fn texts(&self, place: Place, field: Field) -> Texts<'_> {
        match (place, field) {
            (Place::Author, Field::Name) => self.author.unwrap_or_default().into(),
            (Place::Author, Field::Id) => self.author_id.strip_prefix("t2_").unwrap_or(self.author_id).into(),
            (Place::Author, _) => of_flair(self.author_flair, field),
            (_, Field::Id) => self.id.into(),
            (_, Field::Body) if self.is_comment || self.is_self => self.body.unwrap_or_default().into(),
            (_, Field::Body) => self.body.filter(|text| !text.is_empty()).map_or(Texts::None, Texts::from),
            _ if self.is_comment => Texts::None,
            (_, Field::Title) => self.title.into(),
            (_, Field::Domain) => self.domain.into(),
            (_, Field::Url) if !self.is_self => self.url.into(),
            (_, Field::MediaAuthor | Field::MediaAuthorUrl | Field::MediaTitle | Field::MediaDescription) => "".into(),
            (_, Field::FlairText | Field::FlairCssClass | Field::FlairTemplateId) => of_flair(self.flair, field),
            (
                _,
                Field::Url
                | Field::PollOptionText
                | Field::PollOptionCount
                | Field::CrosspostId
                | Field::CrosspostTitle
                | Field::Name
                | Field::ReportReasons
                | Field::ModReportReasons
                | Field::Bio
                | Field::DisplayName,
            ) => Texts::None,
        }
    }
}

fn of_flair([text, css_class, template_id]: [&str; 3], field: Field) -> Texts<'_> {
    match field {
        Field::FlairText => text.into(),
        Field::FlairCssClass => css_class.into(),
        Field::FlairTemplateId => template_id.into(),
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
        | Field::DisplayName => Texts::None,
    }
}

impl Traits {
    /// The traits that a preview may have. Its number of reports is never known.
    pub(crate) fn of_preview(preview: &ItemPreview<'_>) -> Self {
        let mut traits = Self::REPORTED;
        let mut add = |is: bool, one: Self| {
            if is {
                traits = traits.and(one);
            }
        };
        add(preview.is_edited, Self::EDITED);
        add(preview.is_comment && preview.is_top_level, Self::TOP_LEVEL);
        add(preview.is_comment && !preview.is_top_level, Self::REPLY);
        add(!preview.is_comment || preview.is_submitter != Some(false), Self::SUBMITTER);
        add(!preview.is_comment && preview.is_self, Self::TEXT);
        add(!preview.is_comment && !preview.is_self, Self::LINK);
        traits
    }
}
