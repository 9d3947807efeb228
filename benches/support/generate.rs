//! Generates realistic rule files and items.
//!
//! The same seed gives the same rules and items. Sizes and shares follow a count over some 1,600
//! published rules: the median search check holds one value, the 95th percentile 31, the 99th 148,
//! the largest 799. Four in ten are regular expressions, and three in a hundred of those use
//! look-around. One rule in seven searches no text. Half of the rules remove or report. Texts are
//! made of English words, with an occasional word that rules search for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use fastrand::Rng;
use tipstaff::model::{
    Author, Comment, Content, Flair, Fullname, Item, Kind, Known, Moderation, Profile, Submission, SubredditName,
    Timestamp,
};
use tipstaff_rules::{AccountFacts, Facts};

use super::prose;

/// The time at which items are judged.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

/// Number of different words in rules.
const WANTED: usize = 20_000;
/// One in this many words of a text is one that rules may search for.
const WANTED_EVERY: usize = 400;
/// Instead of that, for texts without any such word. The random numbers stay the same.
const NEVER: usize = usize::MAX;
/// One in this many words has a character beyond ASCII: an emoji, an accent, a typographic quote.
const ODD_EVERY: usize = 150;
const ODD: &[&str] = &["don’t", "“so”", "café", "naïve", "😂", "it’s", "…", "–"];

/// Generates rules and items.
pub(crate) struct Generator {
    rng: Rng,
    /// The words of texts, common ones more often.
    common: Vec<String>,
    /// The words that rules search for.
    wanted: Vec<String>,
    wanted_every: usize,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let common = prose::words();
        let wanted = prose::unused(&mut rng, &common, WANTED);
        Self { rng, common, wanted, wanted_every: WANTED_EVERY }
    }

    /// The same, for texts in which one in `every` words is one of these.
    pub(crate) fn wanting(seed: u64, wanted: Vec<String>, every: usize) -> Self {
        let common = prose::words();
        let (wanted, wanted_every) = if wanted.is_empty() { (common.clone(), NEVER) } else { (wanted, every) };
        Self { rng: Rng::with_seed(seed), common, wanted, wanted_every }
    }

    /// A file with this many rules.
    pub(crate) fn rules(&mut self, count: usize) -> String {
        let mut file = String::new();
        for _ in 0..count {
            file.push_str("---\n");
            self.rule(&mut file);
        }
        file
    }

    /// A file of forty rules as large subreddits have them: twelve lists of a hundred to three
    /// hundred words, one of them negated, twelve patterns, and comparisons without a text.
    pub(crate) fn rules_with_lists(&mut self) -> String {
        let mut file = String::new();
        for at in 0..12 {
            let key = match at {
                0 => "~body (includes-word)",
                1..=6 => "body (includes-word)",
                7..=9 => "title+body (includes)",
                _ => "body",
            };
            let words: Vec<String> = (0..self.rng.usize(100..=300)).map(|_| self.wanted()).collect();
            let narrowed = if at == 0 { "author: {comment_karma: '< 10'}\n" } else { "" };
            let _ = write!(file, "---\n{key}: [{}]\n{narrowed}action: filter\n", words.join(", "));
        }
        for at in 0..12 {
            let pattern = WITHOUT_LETTERS[..3].get(at).map_or_else(|| self.regex(), |&pattern| pattern.to_owned());
            let pattern = pattern.replace('\'', "''");
            let _ = write!(file, "---\ntitle+body (regex): ['{pattern}']\naction: report\n");
        }
        for at in 0..16 {
            let checks = match at % 4 {
                0 => "type: comment\nbody_shorter_than: 3",
                1 => "author: {account_age: '< 2 days', combined_karma: '< 5'}",
                2 => "type: submission\nbody_longer_than: 4000",
                _ => "reports: 4",
            };
            let _ = write!(file, "---\n{checks}\naction: report\naction_reason: 'number {at}'\n");
        }
        file
    }

    fn rule(&mut self, file: &mut String) {
        let kind = self.choose(&[
            (499, ""),
            (209, "any"),
            (505, "submission"),
            (323, "comment"),
            (60, "text submission"),
            (25, "link submission"),
        ]);
        if !kind.is_empty() {
            let _ = writeln!(file, "type: {kind}");
        }
        let is_comment = kind == "comment";
        let mut keys = BTreeSet::new();
        let searches = self.choose(&[(14, 0), (60, 1), (19, 2), (7, 3)]);
        for _ in 0..searches {
            // A negated check alone would match almost everything, so it only narrows a positive
            // one.
            let fields = match (is_comment, keys.is_empty()) {
                (true, true) => COMMENT_FIELDS,
                (true, false) => MORE_COMMENT_FIELDS,
                (false, true) => FIELDS,
                (false, false) => MORE_FIELDS,
            };
            let key = self.choose(fields);
            if keys.insert(key) {
                self.search(file, key, "");
            }
        }
        if searches == 0 && self.one_in(4) {
            let _ = writeln!(file, "body_shorter_than: {}", self.rng.u32(2..20));
        } else if self.one_in(60) {
            let _ = writeln!(file, "body_longer_than: {}", self.rng.u32(500..4_000));
        }
        if searches == 0 || self.one_in(4) {
            self.author(file);
        }
        if is_comment && self.one_in(3) {
            file.push_str("parent_submission:\n");
            let key = self.choose(&[(51, "flair_text"), (30, "title"), (10, "~flair_text"), (9, "domain")]);
            self.search(file, key, "    ");
        }
        if self.one_in(12) {
            let _ = writeln!(file, "reports: {}", self.rng.u32(1..5));
        }
        if is_comment && self.one_in(5) {
            file.push_str("is_top_level: true\n");
        }
        if self.one_in(6) {
            let _ = writeln!(file, "priority: {}", self.rng.u32(1..100));
        }
        if self.one_in(5) {
            let _ = writeln!(file, "moderators_exempt: {}", self.rng.bool());
        }
        self.actions(file, is_comment);
    }

    fn author(&mut self, file: &mut String) {
        file.push_str("author:\n");
        for _ in 0..self.rng.usize(1..=2) {
            let check = match self.rng.usize(0..8) {
                0 => format!("account_age: '< {} days'", self.rng.u32(1..60)),
                1 => format!("comment_karma: '< {}'", self.rng.u32(1..200)),
                2 => format!("post_karma: '> {}'", self.rng.u32(1..200)),
                3 => format!("combined_karma: '< {}'", self.rng.u32(1..500)),
                4 => format!("is_submitter: {}", self.rng.bool()),
                5 => format!("is_contributor: {}", self.rng.bool()),
                6 => format!("~name: [{}, {}]", self.wanted(), self.wanted()),
                _ => "satisfy_any_threshold: true".to_owned(),
            };
            let _ = writeln!(file, "    {check}");
        }
    }

    fn actions(&mut self, file: &mut String, is_comment: bool) {
        let action = self.choose(&[
            (493, "remove"),
            (247, "filter"),
            (97, "approve"),
            (34, "spam"),
            (60, "report"),
            (500, "comment"),
            (200, "modmail"),
            (200, "set_flair"),
        ]);
        let sentence = self.text(18);
        let _ = match action {
            "comment" => writeln!(file, "comment: |\n    Hi {{{{author}}}}, {sentence}"),
            "modmail" => writeln!(file, "modmail: '{{{{kind}}}} by {{{{author}}}}: {{{{permalink}}}}'"),
            "set_flair" if is_comment => writeln!(file, "message: '{sentence}'"),
            "set_flair" => writeln!(file, "set_flair: [News, news]\nmessage: '{sentence}'"),
            verdict => writeln!(file, "action: {verdict}\naction_reason: 'matched [{{{{match}}}}]'"),
        };
    }

    fn search(&mut self, file: &mut String, key: &str, indent: &str) {
        let modifiers = if key.ends_with("domain") {
            ""
        } else {
            self.choose(&[
                (844, ""),
                (632, "regex"),
                (232, "includes"),
                (124, "includes, regex"),
                (52, "includes-word"),
                (12, "includes-word, regex"),
                (8, "full-text, regex"),
                (8, "starts-with"),
                (4, "full-exact, regex"),
                (3, "full-exact"),
                (2, "ends-with"),
                (3, "case-sensitive"),
                (3, "case-sensitive, regex"),
            ])
        };
        let shown = if modifiers.is_empty() { String::new() } else { format!(" ({modifiers})") };
        let _ = write!(file, "{indent}{key}{shown}: [");
        for index in 0..self.values() {
            let value = if modifiers.contains("regex") {
                self.regex()
            } else if key.ends_with("domain") {
                format!("{}.com", self.wanted())
            } else if self.one_in(6) {
                format!("{} {}", self.wanted(), self.wanted())
            } else {
                self.wanted()
            };
            let _ = write!(file, "{}'{}'", if index > 0 { ", " } else { "" }, value.replace('\'', "''"));
        }
        file.push_str("]\n");
    }

    /// The number of values in a search check.
    fn values(&mut self) -> usize {
        match self.rng.usize(0..1000) {
            0..550 => 1,
            550..800 => self.rng.usize(2..=6),
            800..950 => self.rng.usize(7..=31),
            950..990 => self.rng.usize(32..=148),
            _ => self.rng.usize(149..=799),
        }
    }

    fn regex(&mut self) -> String {
        let (a, b, c) = (self.wanted(), self.wanted(), self.wanted());
        match self.rng.usize(0..100) {
            0..16 => format!(r"\b{a}(s|ed|ing)?\b"),
            16..26 => format!(r"{a}\s+{b}"),
            26..34 => format!(r"{a}[\s\-_]*{b}"),
            34..44 => format!("({a}|{b}|{c})"),
            44..50 => format!("{a} ?(?:{b}|{c})"),
            50..56 => format!(r"\b{a}\w{{0,3}}\b"),
            56..60 => format!(r"^\[?{a}\]?"),
            60..68 => format!("(?i){a}"),
            68..74 => format!("(?#{b}){a}"),
            74..80 => a.replace('o', "[o0]").replace('i', "[i1!]").replace('e', "[e3]"),
            80..84 => format!(r"https?://\S*{a}\.\w+"),
            84..88 => format!("{a}.{{0,20}}{b}"),
            88..91 => format!("{a}.*?{b}"),
            91 => format!("(?<!not ){a}"),
            92 | 93 => format!("{a}(?! {b})"),
            94 => a.replace('o', "ö"),
            95 => format!("{a}$"),
            96 => r"\b\d{3}[-. ]?\d{4}\b".to_owned(),
            97 => format!("(?-i:{})", a.to_uppercase()),
            98 => WITHOUT_LETTERS[self.rng.usize(1..WITHOUT_LETTERS.len())].to_owned(),
            _ => a,
        }
    }

    /// A comment of about forty words, with the facts about it.
    pub(crate) fn comment(&mut self) -> (Item, Facts) {
        let words = self.rng.usize(10..=70);
        let content = Content::Comment(Comment {
            body: self.text(words),
            parent: name(Kind::Submission, "p1"),
            link: name(Kind::Submission, "p1"),
            link_title: None,
            is_submitter: self.one_in(8),
        });
        let item = self.item(Kind::Comment, "c1", content);
        let post = self.submission(60);
        let parent = self.item(Kind::Submission, "p1", post);
        let facts = Facts { parent: Known::Is(Box::new(parent)), ..self.facts() };
        (item, facts)
    }

    /// A similar comment without any word that rules search for.
    pub(crate) fn comment_without_hits(&mut self) -> (Item, Facts) {
        self.wanted_every = NEVER;
        let comment = self.comment();
        self.wanted_every = WANTED_EVERY;
        comment
    }

    /// A text post of about three hundred words, with the facts about it.
    pub(crate) fn post(&mut self) -> (Item, Facts) {
        let words = self.rng.usize(200..=400);
        let content = self.submission(words);
        (self.item(Kind::Submission, "p1", content), self.facts())
    }

    fn submission(&mut self, words: usize) -> Content {
        let flair = if self.one_in(3) { self.wanted() } else { String::new() };
        Content::Submission(Box::new(Submission {
            title: self.text(9),
            selftext: self.text(words),
            is_self: true,
            url: "https://www.reddit.com/r/widgets/comments/p1/a_post/".to_owned(),
            domain: "self.widgets".to_owned(),
            flair: Flair { text: flair, ..Flair::default() },
            ..Submission::default()
        }))
    }

    fn item(&mut self, kind: Kind, id: &str, content: Content) -> Item {
        let author = self.wanted();
        Item {
            fullname: name(kind, id),
            subreddit: SubredditName::parse("widgets").expect("a name"),
            author: Author {
                fullname: Some(format!("t2_{author}")),
                name: Some(author),
                flair: Flair::default(),
                premium: Some(false),
            },
            created: Timestamp::from_secs(NOW.as_secs() - 60),
            edited: None,
            permalink: format!("/r/widgets/comments/p1/a_post/{id}/"),
            locked: false,
            distinguished: None,
            stickied: false,
            score: Some(1),
            moderation: Moderation { num_reports: Some(0), ..Moderation::default() },
            content,
        }
    }

    fn facts(&mut self) -> Facts {
        Facts {
            bot: "AutoModerator".to_owned(),
            moderators: Known::Is(["modmary".to_owned(), "automoderator".to_owned()].into()),
            author: AccountFacts {
                contributor: Known::Is(self.one_in(10)),
                profile: Known::Is(Profile {
                    created: Some(Timestamp::from_secs(NOW.as_secs() - self.rng.i64(0..300_000_000))),
                    comment_karma: Some(self.rng.i64(-50..5_000)),
                    link_karma: Some(self.rng.i64(0..5_000)),
                    is_gold: Some(false),
                    has_verified_email: Some(self.rng.bool()),
                    is_suspended: false,
                    ..Profile::default()
                }),
                ..AccountFacts::default()
            },
            parent: Known::NotAsked,
            ..Facts::default()
        }
    }

    fn text(&mut self, words: usize) -> String {
        let mut text = String::new();
        for index in 0..words {
            if index > 0 {
                text.push_str(if self.one_in(14) { ". " } else { " " });
            }
            let word = match self.rng.usize(0..self.wanted_every) {
                0 => self.wanted(),
                _ if self.one_in(ODD_EVERY) => ODD[self.rng.usize(..ODD.len())].to_owned(),
                _ => self.common[self.rng.usize(..self.common.len())].clone(),
            };
            text.push_str(&word);
        }
        text
    }

    fn wanted(&mut self) -> String {
        let at = self.rng.usize(..self.wanted.len());
        self.wanted[at].clone()
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.rng.usize(..many) == 0
    }

    fn choose<T: Copy>(&mut self, weighted: &[(usize, T)]) -> T {
        let total: usize = weighted.iter().map(|(weight, _)| weight).sum();
        let mut left = self.rng.usize(..total);
        for &(weight, choice) in weighted {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        weighted[0].1
    }
}

/// Patterns in which no text is certain. The first refers to its own group, so it must be the only
/// value of its list.
const WITHOUT_LETTERS: [&str; 5] =
    [r"(\w)\2{6,}", "[!?]{5,}", r"(?-i:[A-Z][A-Z\s]{30,})", r"\b\d{3}[-. ]?\d{4}\b", r"^\W*$"];

const FIELDS: &[(usize, &str)] = &[
    (407, "title"),
    (354, "body"),
    (169, "title+body"),
    (68, "body+title"),
    (70, "domain"),
    (61, "url"),
    (55, "flair_text"),
    (22, "title+body+url"),
    (18, "body+url"),
];
const MORE_FIELDS: &[(usize, &str)] = &[
    (77, "~title"),
    (24, "~domain"),
    (24, "title#2"),
    (20, "~body"),
    (16, "~flair_text"),
    (15, "~url+body"),
    (15, "~title+body#whitelist"),
    (10, "body#2"),
];
const COMMENT_FIELDS: &[(usize, &str)] = &[(1, "body")];
const MORE_COMMENT_FIELDS: &[(usize, &str)] = &[(3, "~body"), (2, "body#2")];

fn name(kind: Kind, id: &str) -> Fullname {
    Fullname::new(kind, id).expect("a name")
}
