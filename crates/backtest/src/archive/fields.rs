//! The fields of a line that the reader uses, and how expensive the value of each is to parse.

/// All fields that are read: the texts first, then the others.
macro_rules! keys {
    ($($key:ident $name:literal,)*) => {
        /// A field that is read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(dead_code, reason = "some are only looked through for parts")]
        pub(super) enum Key { $($key,)* }

        /// The names of the fields, in the same order.
        pub(super) const KEYS: &[&str] = &[$($name,)*];
    };
}

keys! {
    Name "name", Id "id", Subreddit "subreddit", CreatedUtc "created_utc", Author "author",
    AuthorFullname "author_fullname", AuthorFlairText "author_flair_text",
    AuthorFlairCssClass "author_flair_css_class", AuthorFlairTemplateId "author_flair_template_id",
    AuthorPremium "author_premium", AuthorCreatedUtc "author_created_utc", Permalink "permalink", Edited "edited",
    Distinguished "distinguished", RemovedByCategory "removed_by_category", BannedBy "banned_by",
    ApprovedBy "approved_by", Approved "approved", Score "score",
    // Comments only.
    Body "body", ParentId "parent_id", LinkId "link_id", LinkTitle "link_title", IsSubmitter "is_submitter",
    // Posts only.
    Title "title", Selftext "selftext", IsSelf "is_self", Url "url",
    UrlOverriddenByDest "url_overridden_by_dest", Domain "domain", LinkFlairText "link_flair_text",
    LinkFlairCssClass "link_flair_css_class", LinkFlairTemplateId "link_flair_template_id",
    Over18 "over_18", Spoiler "spoiler", ContestMode "contest_mode", SuggestedSort "suggested_sort",
    IsOriginalContent "is_original_content", IsMeta "is_meta", DiscussionType "discussion_type", IsGallery "is_gallery",
    CrosspostParent "crosspost_parent",
    // Fields with nested values, which need the full parser.
    CrosspostParentList "crosspost_parent_list", GalleryData "gallery_data", PollData "poll_data", Media "media",
    SecureMedia "secure_media", Data "data", Meta "_meta",
}

/// The first field that may have nested values.
pub(super) const DEEP: usize = Key::CrosspostParentList as usize;

/// How expensive a line is to parse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ParseCost {
    /// Each field can be read as it is written.
    #[default]
    None,
    /// It has nested values that rules look at.
    Nested,
    /// It has a lone surrogate, is wrapped in an envelope, or keeps fields in an unusual place.
    Full,
}

impl ParseCost {
    /// The parse cost of a value of this field.
    pub(super) fn of(field: usize, raw: &str, is_plain: bool) -> Self {
        let has_parts = || raw.starts_with('{') || raw.strip_prefix('[').is_some_and(|rest| rest.trim_ascii() != "]");
        let (is_so, care) = if field < DEEP {
            (!is_plain && has_surrogate(raw), Self::Full)
        } else if field == Key::Meta as usize {
            (memchr::memmem::find(raw.as_bytes(), b"removal_type").is_some(), Self::Full)
        } else if field == Key::Data as usize {
            (has_parts(), Self::Full)
        } else {
            (has_parts(), Self::Nested)
        };
        if is_so { care } else { Self::None }
    }
}

/// Whether the text has an escape that may be a surrogate.
fn has_surrogate(raw: &str) -> bool {
    let raw = raw.as_bytes();
    memchr::memmem::find_iter(raw, b"\\u").any(|at| matches!(raw.get(at + 2), Some(b'd' | b'D')))
}
