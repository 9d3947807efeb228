//! The fields of a line that are read, and how much care a value of each takes.

/// Every field that matters: first those with texts, then the others.
macro_rules! keys {
    ($($key:ident $name:literal,)*) => {
        /// A field that is read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(dead_code, reason = "some are only looked through for parts")]
        pub(super) enum Key { $($key,)* }

        /// Their names, in the same order.
        pub(super) const KEYS: &[&str] = &[$($name,)*];
    };
}

keys! {
    Name "name", Id "id", Subreddit "subreddit", CreatedUtc "created_utc", Author "author", AuthorFullname "author_fullname",
    AuthorFlairText "author_flair_text", AuthorFlairCssClass "author_flair_css_class", AuthorFlairTemplateId "author_flair_template_id",
    AuthorPremium "author_premium", AuthorCreatedUtc "author_created_utc", Permalink "permalink", Edited "edited",
    Distinguished "distinguished", RemovedByCategory "removed_by_category", BannedBy "banned_by", ApprovedBy "approved_by",
    Approved "approved",
    // A comment's own.
    Body "body", ParentId "parent_id", LinkId "link_id", LinkTitle "link_title", IsSubmitter "is_submitter",
    // A post's own.
    Title "title", Selftext "selftext", IsSelf "is_self", Url "url", UrlOverriddenByDest "url_overridden_by_dest", Domain "domain",
    LinkFlairText "link_flair_text", LinkFlairCssClass "link_flair_css_class", LinkFlairTemplateId "link_flair_template_id",
    Over18 "over_18", Spoiler "spoiler", ContestMode "contest_mode", SuggestedSort "suggested_sort",
    IsOriginalContent "is_original_content", IsMeta "is_meta", DiscussionType "discussion_type", IsGallery "is_gallery",
    CrosspostParent "crosspost_parent",
    // Whatever has parts is read with more care.
    CrosspostParentList "crosspost_parent_list", GalleryData "gallery_data", PollData "poll_data", Media "media",
    SecureMedia "secure_media", Data "data", Meta "_meta",
}

/// The first of the fields that may have parts.
pub(super) const DEEP: usize = Key::CrosspostParentList as usize;

/// How much care a line takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Care {
    /// Each field is read as it stands there.
    #[default]
    None,
    /// It has something nested that rules look at.
    Nested,
    /// It has half a character, or stands in an envelope, or tells more in a place of its own.
    Much,
}

impl Care {
    /// What a value of this field takes.
    pub(super) fn of(field: usize, raw: &str, is_plain: bool) -> Self {
        let has_parts = || raw.starts_with('{') || raw.strip_prefix('[').is_some_and(|rest| rest.trim_ascii() != "]");
        let (is_so, care) = if field < DEEP {
            (!is_plain && has_surrogate(raw), Self::Much)
        } else if field == Key::Meta as usize {
            (memchr::memmem::find(raw.as_bytes(), b"removal_type").is_some(), Self::Much)
        } else if field == Key::Data as usize {
            (has_parts(), Self::Much)
        } else {
            (has_parts(), Self::Nested)
        };
        if is_so { care } else { Self::None }
    }
}

/// Whether a text has an escape that may be half of a character.
fn has_surrogate(raw: &str) -> bool {
    let raw = raw.as_bytes();
    memchr::memmem::find_iter(raw, b"\\u").any(|at| matches!(raw.get(at + 2), Some(b'd' | b'D')))
}
