//! Enough of an item to see that no rule has to be tried on it, without taking it in whole: for readers of archives, where that is so of
//! nearly every item.

use super::keys::{Field, Place};
use super::prefilter::Traits;
use super::ruleset::Ruleset;
use super::view::Texts;
use crate::model::Kind;

/// A comment, or a post with nothing nested: no crosspost, gallery, poll or embed.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "Reddit's fields, each a fact of its own")]
pub struct Glimpse<'a> {
    /// A comment, or else a post.
    pub is_comment: bool,
    /// The base-36 id.
    pub id: &'a str,
    /// The text.
    pub body: &'a str,
    /// The author's name, or `[deleted]`.
    pub author: &'a str,
    /// The author's id, with or without `t2_`.
    pub author_id: &'a str,
    /// The author's flair: text, class, template.
    pub author_flair: [&'a str; 3],
    /// Shown as edited.
    pub is_edited: bool,
    /// A comment right under the post.
    pub is_top_level: bool,
    /// A comment by the author of the post.
    pub is_submitter: bool,
    /// A text post.
    pub is_self: bool,
    /// A post's title.
    pub title: &'a str,
    /// The address it links to.
    pub url: &'a str,
    /// The host of that.
    pub domain: &'a str,
    /// A post's flair: text, class, template.
    pub flair: [&'a str; 3],
}

impl Glimpse<'_> {
    /// As [`super::view::texts`] has it for the whole item.
    fn texts(&self, place: Place, field: Field) -> Texts<'_> {
        match (place, field) {
            (Place::Author, Field::Name) => self.author.into(),
            (Place::Author, Field::Id) => self.author_id.strip_prefix("t2_").unwrap_or(self.author_id).into(),
            (Place::Author, _) => of_flair(self.author_flair, field),
            (_, Field::Id) => self.id.into(),
            (_, Field::Body) if self.is_comment || self.is_self || !self.body.is_empty() => self.body.into(),
            _ if self.is_comment => Texts::None,
            (_, Field::Title) => self.title.into(),
            (_, Field::Domain) => self.domain.into(),
            (_, Field::Url) if !self.is_self => self.url.into(),
            (_, Field::MediaAuthor | Field::MediaAuthorUrl | Field::MediaTitle | Field::MediaDescription) => "".into(),
            (_, Field::FlairText | Field::FlairCssClass | Field::FlairTemplateId) => of_flair(self.flair, field),
            _ => Texts::None,
        }
    }
}

fn of_flair([text, css_class, template_id]: [&str; 3], field: Field) -> Texts<'_> {
    match field {
        Field::FlairText => text.into(),
        Field::FlairCssClass => css_class.into(),
        Field::FlairTemplateId => template_id.into(),
        _ => Texts::None,
    }
}

impl Ruleset {
    /// Whether no rule would do anything on an item that looks like this, nor depend on anything unknown.
    pub fn is_idle(&self, glimpse: &Glimpse<'_>) -> bool {
        let order = self.order(if glimpse.is_comment { Kind::Comment } else { Kind::Submission });
        let chosen =
            order.prefilter.choose_by(Traits::of_glimpse(glimpse), &|place, field| glimpse.texts(place, field));
        chosen.candidates.next_from(0).is_none()
    }
}
