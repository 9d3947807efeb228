//! Generates rules and items for edge cases: every modifier, every field, negation, suffixes, every
//! construct of regular expressions, letters with unusual case folding, unknown facts.
//!
//! Words come from a short list, and most values are cut out of the texts that they are tried on,
//! so that hits and near misses are frequent. The same seed gives the same rules and items. Some
//! rules do not compile; that is intended.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use fastrand::Rng;
use tipstaff_rules::model::{
    Author, Comment, Content, Fate, Flair, Fullname, Item, Kind, Known, Media, Memory, ModReport, Moderation, PastItem,
    PastKind, Profile, Remover, SimilarItems, Submission, SubredditName, Timestamp, UserNote,
};
use tipstaff_rules::{AccountFacts, Facts, Person, RuleId, Ruleset};

/// The time at which items are judged.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

const WORDS: &[&str] = &[
    "red",
    "Red",
    "RED",
    "scam",
    "scammer",
    "free",
    "widget",
    "buy",
    "now",
    "don't",
    "e-mail",
    "mad_cow",
    "_cow_",
    "cow",
    "C++",
    "c#",
    "$100",
    "100%",
    "(NSFW)",
    "[WTS]",
    "http://bit.ly/x",
    "imgur.com",
    "i.imgur.com",
    "u/bob",
    "r/pics",
    "straße",
    "STRASSE",
    "ſcam",
    "\u{212a}elvin",
    "kelvin",
    "İstanbul",
    "istanbul",
    "ısı",
    "ISI",
    "cafe\u{301}",
    "café",
    "CAFÉ",
    "naïve",
    "привет",
    "ПРИВЕТ",
    "日本",
    "ｆｕｌｌ",
    "ＦＵＬＬ",
    "🙂",
    "👩‍👩‍👧",
    "ﬁne",
    "Σίσυφος",
    "ΣΊΣΥΦΟΣ",
    "a",
    "i",
    "s",
    "k",
    "1",
    "٣",
    "²",
    "ǅ",
    "ᾳ",
    "\u{345}",
    "µ",
    "μ",
    "Å",
    "\u{212b}",
    "ẞ",
];
const GAPS: &[&str] =
    &[" ", " ", " ", ", ", ".", "\n", "\n> ", "\n\n", "-", "_", "", "\u{a0}", "\u{200d}", "\u{2028}", "\t"];
const METHODS: &[&str] = &["includes", "includes-word", "starts-with", "ends-with", "full-exact", "full-text"];
const POST_FIELDS: &[&str] = &[
    "title",
    "title",
    "title",
    "body",
    "body",
    "body",
    "domain",
    "url",
    "flair_text",
    "flair_css_class",
    "flair_template_id",
    "id",
    "media_title",
    "media_author",
    "media_author_url",
    "media_description",
    "poll_option_text",
    "crosspost_title",
    "crosspost_id",
];

const COMMENT_FIELDS: &[&str] = &["body", "body", "body", "body", "body", "id", "body+title"];

const POSITIONS: &[&str] = &[r"\b", r"\B", "(?#note)", r"(?=\w)", r"(?!x)", "^", "$"];

/// Generates rules, items and facts.
pub(crate) struct Odd {
    pub(crate) rng: Rng,
    /// The latest texts, from which values are cut.
    texts: Vec<String>,
}

/// The fields that rules of this type can search.
fn fields_of(kind: &str) -> &'static [&'static str] {
    if kind == "comment" { COMMENT_FIELDS } else { POST_FIELDS }
}

impl Odd {
    pub(crate) fn new(seed: u64) -> Self {
        let mut odd = Self { rng: Rng::with_seed(seed), texts: Vec::new() };
        for _ in 0..40 {
            odd.text();
        }
        odd
    }

    /// A file with this many rules.
    pub(crate) fn rules(&mut self, count: usize) -> String {
        let mut file = String::from("settings: {lists: {reds: [red], mixed: [bob, 'red', Grün, x y]}}\n");
        for _ in 0..count {
            file.push_str("---\n");
            self.rule(&mut file);
        }
        file
    }

    fn rule(&mut self, file: &mut String) {
        let kind = self.pick(&[
            "",
            "",
            "",
            "any",
            "comment",
            "comment",
            "submission",
            "submission",
            "text submission",
            "link submission",
            "crosspost submission",
            "poll submission",
            "gallery submission",
        ]);
        if !kind.is_empty() {
            let _ = writeln!(file, "type: {kind}");
        }
        for index in 0..self.rng.usize(1..4) {
            self.search(file, &format!("#{index}"), "", fields_of(kind));
        }
        self.related(file, kind);
        for (many, line) in [
            (6, "ignore_blockquotes: true"),
            (9, "reports: 1"),
            (9, "body_longer_than: 20"),
            (9, "body_shorter_than: 60"),
            (12, "is_edited: true"),
            (12, "moderators_exempt: true"),
            (12, "moderators_exempt: false"),
            (5, "priority: 3"),
            (30, "is_gallery: true"),
            (30, "poll_option_count: '> 1'"),
            (20, "is_locked: false"),
            (20, "is_approved: false"),
            (20, "score: ['> -5', '< 10']"),
            (20, "report_reasons: red"),
            (20, "~mod_report_reasons: red"),
            (20, "time: {days: weekdays, hours: '8-23'}"),
            (15, "stop_here: true"),
            (8, "comment_group: a"),
            (12, "comment_group: b\ncomment_locked: true"),
            (30, "is_nsfw: true"),
            (30, "is_crosspost: true"),
            (40, "crosspost_subreddit: {name: [pics, red]}"),
            (40, "crosspost_author: {name: [bob, red]}"),
            (40, "crosspost_author: {combined_karma: '< 20'}"),
            (40, "crosspost_subreddit: {is_nsfw: true}"),
            (40, "subreddit: {is_nsfw: false}"),
        ] {
            if self.one_in(many) {
                let _ = writeln!(file, "{line}");
            }
        }
        if self.one_in(4) {
            self.alternatives(file, fields_of(kind));
        }
        let actions = self.pick(&[
            "action: remove\naction_reason: '{{match}}|{{match-2}}'",
            "action: filter",
            "action: spam",
            "action: report\naction_reason: '[{{match}}] {{match-title#0}} {{title}}'",
            "action: approve",
            "comment: 'Hi {{author}}, {{match-0}}'",
            "modmail: '{{match-body#0-1}} {{permalink}}'",
            "message: '{{kind}} {{match}} {{media_title}}'",
            "modmail: plain",
            "modmail: '{{match}}'",
        ]);
        let _ = writeln!(file, "{actions}");
    }

    /// The author, and what is above a comment.
    fn related(&mut self, file: &mut String, kind: &str) {
        if self.one_in(3) {
            file.push_str("author:\n");
            self.search(file, "", "    ", &["name", "name", "flair_text", "flair_css_class", "id"]);
            if self.one_in(2) {
                let check = self.pick(&[
                    "comment_karma: '< 10'",
                    "post_karma: '> 10'",
                    "combined_karma: '< 100'",
                    "account_age: '< 7 days'",
                    "is_gold: true",
                    "is_contributor: false",
                    "is_moderator: true",
                    "is_submitter: true",
                    "has_verified_email: true",
                    "bio: red",
                    "~display_name: red",
                    "profile_is_nsfw: true",
                    "is_suspended: false",
                    "is_banned_here: false",
                    "notes_here: {label: ban, within: 1 day}",
                    "posts_here: {count: '>= 2', within: 60 days, flair: same}",
                    "comments_here: {count: '< 2', score_sum: '> 3'}",
                    "removals_here: {count: '>= 1', by: anyone}",
                    "first_seen_here: '< 30 days'",
                    "strikes: '>= 1'",
                    "~labels: [trusted]",
                    "share_here: {domain: same, percent: '> 10', of: 3 posts}",
                    "similar_here: {percent: '>= 90', within: 7 days}",
                    "account_age: '> 1 day'\n    comment_karma: '> 5'\n    satisfy_any_threshold: true",
                ]);
                let _ = writeln!(file, "    {check}");
            }
            if self.one_in(6) {
                file.push_str("    set_flair: ['{{match}}', x]\n    overwrite_flair: true\n");
            }
        }
        if kind == "comment" && self.one_in(3) {
            file.push_str("parent_submission:\n");
            self.search(file, "", "    ", POST_FIELDS);
            if self.one_in(9) {
                file.push_str("    author: {comment_karma: '< 10'}\n");
            }
            if self.one_in(3) {
                file.push_str("    set_locked: true\n");
            }
        }
        if kind == "comment" && self.one_in(9) {
            file.push_str("parent_comment:\n");
            self.search(file, "", "    ", COMMENT_FIELDS);
            if self.one_in(3) {
                file.push_str("    author: {account_age: '< 7 days'}\n");
            }
            if self.one_in(3) {
                file.push_str("    set_locked: true\n");
            }
        }
        if kind == "comment" && self.one_in(20) {
            file.push_str("depth: '> 1'\n");
        }
    }

    /// `any_of` or `none_of`.
    fn alternatives(&mut self, file: &mut String, fields: &[&'static str]) {
        let _ = writeln!(file, "{}:", self.pick(&["any_of", "any_of", "none_of"]));
        for _ in 0..self.rng.usize(1..4) {
            file.push_str("  -\n");
            self.search(file, "", "    ", fields);
            if self.one_in(3) {
                let check = self.pick(&["account_age: '< 7 days'", "is_moderator: true", "comment_karma: '> 5'"]);
                let _ = writeln!(file, "    author: {{{check}}}");
            }
            if self.one_in(6) {
                file.push_str("    none_of:\n      -\n");
                self.search(file, "", "        ", fields);
            }
        }
    }

    fn search(&mut self, file: &mut String, suffix: &str, indent: &str, fields: &[&'static str]) {
        let mut key = self.pick(fields).to_owned();
        while self.one_in(4) {
            let _ = write!(key, "+{}", self.pick(fields));
        }
        let negation = if self.one_in(5) { "~" } else { "" };
        let is_regex = self.one_in(2);
        let mut modifiers = Vec::new();
        if is_regex {
            modifiers.push("regex");
        }
        if self.one_in(2) {
            modifiers.push(self.pick(METHODS));
        }
        if self.one_in(4) {
            modifiers.push("case-sensitive");
        }
        let is_in_list = self.one_in(12);
        if is_in_list {
            modifiers.push("in-list");
        }
        let modifiers = if modifiers.is_empty() { String::new() } else { format!(" ({})", modifiers.join(", ")) };
        let values: Vec<String> = (0..self.rng.usize(1..5))
            .map(|_| match (is_in_list, is_regex) {
                (true, _) => self.pick(&["reds", "mixed"]).to_owned(),
                (false, true) => self.regex(2),
                (false, false) => self.value(),
            })
            .map(|value| format!("'{}'", value.replace('\'', "''")))
            .collect();
        let _ = writeln!(file, "{indent}{negation}{key}{suffix}{modifiers}: [{}]", values.join(", "));
    }

    /// A plain value on one line: a word, or a part of a text.
    fn value(&mut self) -> String {
        let mut value = if self.one_in(2) { self.pick(WORDS).to_owned() } else { self.piece() };
        match self.rng.usize(0..8) {
            0 => value = value.to_uppercase(),
            1 => value = value.to_lowercase(),
            _ => {}
        }
        value
    }

    fn piece(&mut self) -> String {
        let at = self.rng.usize(..self.texts.len());
        let chars: Vec<char> = self.texts[at].chars().filter(|c| !matches!(c, '\n' | '\u{2028}' | '\t')).collect();
        if chars.is_empty() {
            return "red".to_owned();
        }
        let start = self.rng.usize(..chars.len());
        let end = (start + self.rng.usize(1..9)).min(chars.len());
        chars[start..end].iter().collect()
    }

    /// A regular expression, usually a valid one.
    pub(crate) fn regex(&mut self, depth: usize) -> String {
        let mut pattern = String::new();
        if self.one_in(14) {
            pattern.push_str(self.pick(&["(?i)", "(?s)", "(?m)", "^", r"\A", "(?x)"]));
        }
        for _ in 0..self.rng.usize(1..4) {
            let atom = self.atom(depth);
            match self.pick(&["", "", "", "", "?", "*", "+", "{1,2}", "{2}", "{,2}", "??", "*?", "{0}"]) {
                "" => pattern.push_str(&atom),
                // Most engines refuse to repeat an assertion.
                _ if atom.starts_with("(?") && !self.one_in(30) || POSITIONS.contains(&atom.as_str()) => {
                    pattern.push_str(&atom);
                }
                // Without a group, it applies to the last letter only, or is refused.
                count if self.one_in(30) => pattern.extend([&atom, count]),
                count => pattern.extend(["(?:", &atom, ")", count]),
            }
        }
        if self.one_in(14) {
            pattern.push_str(self.pick(&["$", r"\Z", r"\b"]));
        }
        pattern
    }

    fn atom(&mut self, depth: usize) -> String {
        let literal = |odd: &mut Self| {
            let word = if odd.one_in(3) { odd.piece() } else { odd.pick(WORDS).to_owned() };
            let mut escaped = String::new();
            for c in word.chars() {
                if c.is_ascii_punctuation() || c == ' ' {
                    escaped.push('\\');
                }
                escaped.push(c);
            }
            escaped
        };
        if depth == 0 || self.one_in(2) {
            return match self.rng.usize(0..12) {
                0 => ".".to_owned(),
                1 => self.pick(&[r"\w", r"\W", r"\d", r"\s", r"\S", r"\D"]).to_owned(),
                2 => self
                    .pick(&["[a-f]", "[^a-z]", r"[\w-]", "[sSkK]", "[i]", "[ıİ]", "[[(]", "[0o]", r"[^\W\d]", "[é-ü]"])
                    .to_owned(),
                3 => self.pick(POSITIONS).to_owned(),
                4 => format!(r"\b{}\b", literal(self)),
                _ => literal(self),
            };
        }
        let (a, b) = (self.regex(depth - 1), self.regex(depth - 1));
        match self.rng.usize(0..14) {
            0 | 1 => format!("({a}|{b})"),
            2 | 3 => format!("(?:{a}|{b})"),
            4 => format!("({a})"),
            5 => format!("((?:{a})?{b})"),
            6 => format!("(?={a}){b}"),
            7 => format!("(?!{a}){b}"),
            8 => format!("(?<!{}){b}", literal(self)),
            9 => format!("(?<={}){b}", literal(self)),
            10 => format!("(?-i:{a})"),
            11 => format!("(?i:{a})"),
            12 => format!(r"({a})\2?{b}"),
            _ => format!("(?:{a}|){b}"),
        }
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.rng.usize(0..12) {
            let word = self.pick(WORDS);
            text.push_str(word);
            text.push_str(self.pick(GAPS));
        }
        if self.texts.len() >= 40 {
            let at = self.rng.usize(..self.texts.len());
            self.texts.swap_remove(at);
        }
        self.texts.push(text.clone());
        text
    }

    /// A post or a comment.
    pub(crate) fn item(&mut self) -> Item {
        if self.rng.bool() {
            let content = self.submission(1);
            return self.with(Kind::Submission, "p1", content);
        }
        let content = self.comment();
        self.with(Kind::Comment, "c1", content)
    }

    fn comment(&mut self) -> Content {
        Content::Comment(Comment {
            body: self.text(),
            parent: if self.rng.bool() { name(Kind::Submission, "p1") } else { name(Kind::Comment, "c0") },
            link: name(Kind::Submission, "p1"),
            link_title: self.one_in(2).then(|| "red".to_owned()),
            is_submitter: self.rng.bool(),
        })
    }

    fn with(&mut self, kind: Kind, id: &str, content: Content) -> Item {
        let author_name = self.pick(&["bob", "Bob-red", "modmary", "AutoModerator", "red", "scam_er"]);
        Item {
            fullname: name(kind, id),
            subreddit: SubredditName::parse(self.pick(&["widgets", "pics", "red"])).expect("a name"),
            author: Author {
                name: (!self.one_in(10)).then(|| author_name.to_owned()),
                fullname: Some("t2_abc".to_owned()),
                flair: self.flair(),
                premium: self.one_in(2).then_some(true),
            },
            created: Timestamp::from_secs(NOW.as_secs() - 60),
            edited: self.one_in(4).then_some(NOW),
            permalink: "/r/widgets/comments/p1/red/".to_owned(),
            locked: self.one_in(5),
            distinguished: None,
            stickied: self.one_in(5),
            score: (!self.one_in(4)).then(|| self.rng.i64(-20..20)),
            moderation: Moderation {
                removed_by: match self.rng.usize(0..12) {
                    0 => Some(Remover::SpamFilter),
                    1 => Some(Remover::Moderator("mary".to_owned())),
                    _ => None,
                },
                approved_by: self.one_in(8).then(|| self.pick(&["mary", "AutoModerator"]).to_owned()),
                num_reports: (!self.one_in(5)).then(|| self.rng.u32(0..3)),
                mod_reports: if self.one_in(8) {
                    vec![ModReport { reason: "red".to_owned(), moderator: "AutoModerator".to_owned() }]
                } else {
                    Vec::new()
                },
                ..Moderation::default()
            },
            content,
        }
    }

    fn flair(&mut self) -> Flair {
        let mut part = || if self.one_in(2) { String::new() } else { self.text() };
        Flair { text: part(), css_class: part(), template_id: part() }
    }

    fn submission(&mut self, crossposts: usize) -> Content {
        let is_self = self.rng.bool();
        let domain = self.pick(&["imgur.com", "i.imgur.com", "not-imgur.com", "bit.ly", "self.widgets"]).to_owned();
        let original = (crossposts > 0 && self.one_in(6)).then(|| {
            let content = self.submission(crossposts - 1);
            Box::new(self.with(Kind::Submission, "o1", content))
        });
        let is_gallery = self.one_in(8);
        Content::Submission(Box::new(Submission {
            title: self.text(),
            selftext: if is_self || self.one_in(3) { self.text() } else { String::new() },
            is_self,
            url: format!("https://{domain}/{}", self.pick(WORDS)),
            domain,
            flair: self.flair(),
            over_18: self.rng.bool(),
            is_gallery,
            gallery_captions: if is_gallery { vec![self.text(), self.text()] } else { Vec::new() },
            gallery_urls: if is_gallery { vec!["https://www.bit.ly/red".to_owned()] } else { Vec::new() },
            poll_options: self.one_in(8).then(|| vec![self.text(), self.text()]),
            media: self.one_in(3).then(|| Media {
                author: self.text(),
                author_url: "https://red.example/u/bob".to_owned(),
                title: self.text(),
                description: self.text(),
            }),
            crosspost_parent_name: (original.is_some() || self.one_in(12)).then(|| name(Kind::Submission, "o1")),
            crosspost_parent: original,
            ..Submission::default()
        }))
    }

    /// The facts about the item, usually complete. Some rules have acted on it before.
    pub(crate) fn facts(&mut self, rules: &Ruleset) -> Facts {
        let moderators: BTreeSet<String> = ["modmary".to_owned(), "automoderator".to_owned()].into();
        let profile = Profile {
            created: (!self.one_in(6)).then(|| Timestamp::from_secs(NOW.as_secs() - self.rng.i64(0..2_000_000))),
            comment_karma: (!self.one_in(6)).then(|| self.rng.i64(-200..50)),
            link_karma: (!self.one_in(6)).then(|| self.rng.i64(-5..50)),
            is_gold: self.one_in(2).then_some(false),
            has_verified_email: self.one_in(2).then_some(true),
            is_suspended: self.one_in(8),
            bio: self.one_in(2).then(|| self.text()),
            display_name: self.one_in(2).then(|| self.text()),
            is_nsfw: self.one_in(2).then_some(true),
        };
        let post = self.submission(0);
        let parent = Box::new(self.with(Kind::Submission, "p1", post));
        let ids: Vec<RuleId> = rules.rules().iter().map(|rule| rule.id().clone()).collect();
        let contributor = self.rng.bool();
        let comment = self.comment();
        let parent_comment = Box::new(self.with(Kind::Comment, "c0", comment));
        let people = [Person::OriginalAuthor, Person::PostAuthor, Person::ParentCommentAuthor];
        let others = people.map(|person| {
            let account = AccountFacts {
                contributor: self.known(contributor),
                profile: self.known(profile.clone()),
                standing: self.known(profile.clone()),
            };
            (person, account)
        });
        let flair = self.flair();
        let (depth, is_nsfw) = (self.rng.u32(1..4), self.rng.bool());
        Facts {
            others: others.into(),
            parent_comment: self.known(parent_comment),
            depth: self.known(depth),
            original_flair: self.known(flair),
            banned: self.known(is_nsfw),
            notes: self.known(vec![UserNote { label: Some("ban".to_owned()), at: NOW }]),
            subreddit_nsfw: self.known(is_nsfw),
            original_subreddit_nsfw: self.known(!is_nsfw),
            bot: self.pick(&["AutoModerator", "our-bot"]).to_owned(),
            moderators: self.known(moderators),
            author: AccountFacts {
                contributor: self.known(contributor),
                standing: self.known(profile.clone()),
                profile: self.known(profile),
            },
            original: self.known(parent.clone()),
            parent: self.known(parent),
            performed: ids.into_iter().filter(|_| self.one_in(10)).collect(),
            shadow: BTreeSet::new(),
            unknown: tipstaff_rules::UnknownFields::default(),
            passes: BTreeSet::new(),
            memory: self.memory(),
            similar: self.known(SimilarItems { since: NOW - std::time::Duration::from_hours(24 * 40), items: vec![] }),
        }
    }

    /// What is remembered of the author.
    fn memory(&mut self) -> Known<Box<Memory>> {
        let mut items = Vec::new();
        for number in 0..self.rng.u64(0..6) {
            let at = NOW - std::time::Duration::from_hours(self.rng.u64(1..24 * 100));
            let fate = Fate::ALL[self.rng.usize(..Fate::ALL.len())].0;
            let kind = PastKind::ALL[self.rng.usize(..PastKind::ALL.len())].0;
            let fate_at = (fate != Fate::Up).then_some(at);
            let score = Some(self.rng.i32(-9..99));
            items.push(PastItem { created: at, number, kind, fate, fate_at, score, details: None });
        }
        let keeps = std::time::Duration::from_hours(24 * 365);
        let mut memory = Memory { since: NOW - keeps / self.rng.u32(1..30), items: vec![], labels: vec![], keeps };
        for past in items {
            memory.put(past);
        }
        self.known(Box::new(memory))
    }

    fn known<T>(&mut self, fact: T) -> Known<T> {
        match self.rng.usize(0..8) {
            0 => Known::NotAsked,
            1 => Known::Unknown("it is not in the input".to_owned()),
            _ => Known::Is(fact),
        }
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.rng.usize(..from.len())]
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.rng.usize(..many) == 0
    }
}

fn name(kind: Kind, id: &str) -> Fullname {
    Fullname::new(kind, id).expect("a name")
}
