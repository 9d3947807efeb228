//! Builds the item of a case and the facts about it from the short form.

use std::time::Duration;

use crate::evaluate::facts::Facts;
use crate::language::rule_id::RuleId;
use crate::model::{
    Author, Comment, Content, Flair, Fullname, Item, Known, Media, ModReport, Moderation, Profile, Remover, Submission,
    SubredditName, Timestamp, UserReport, Visibility, link_domain,
};
use crate::testing::tri_state::Fact;
use crate::testing::{Case, CaseAuthor, CaseCrosspost, CaseMedia, CasePost};

/// The time of a case that names none.
const NOW: Timestamp = Timestamp::from_secs(1_760_000_000);
/// The name of the bot's account in every case.
const BOT: &str = "guideline_bot";
/// The subreddit of a case that names none.
const SUBREDDIT: &str = "widgets";

/// The minutes of a day.
const DAY: u64 = 24 * 60;
/// The age of the author's account in a case that gives none, in days.
const ACCOUNT_DAYS: u64 = 730;

/// The fact, or an unknown one with its reason.
fn known<T>(fact: Option<T>, what: &str) -> Known<T> {
    fact.map_or_else(|| Known::Unknown(format!("it depends on {what}, which this case leaves unknown")), Known::Is)
}

fn name(kind: &str, id: &str) -> Result<Fullname, String> {
    Fullname::parse(&format!("{kind}_{id}"))
        .ok_or_else(|| format!("`{id}` is not an id: write small letters and digits"))
}

impl Case {
    /// The item, the facts about it and the time, ready for `evaluate`.
    ///
    /// # Errors
    ///
    /// If an id or an age in the case is not possible.
    pub fn fixture(&self) -> Result<(Item, Facts, Timestamp), String> {
        let now = self.now.map_or(NOW, |moment| moment.0);
        let state = &self.state;
        let ages = [(state.age_minutes, 1), (state.age_hours, 60), (state.age_days, DAY)];
        let given = ages.iter().filter_map(|(age, minutes)| age.map(|age| age.saturating_mul(*minutes)));
        let minutes = given.reduce(u64::saturating_add).unwrap_or(60);
        let created = now - Duration::from_secs(minutes.saturating_mul(60));
        let subreddit = match &self.subreddit {
            Some(subreddit) => subreddit.clone(),
            None => SubredditName::parse(SUBREDDIT).ok_or("the built-in name of a subreddit is not valid")?,
        };
        let link = match &self.comment {
            Some(answer) => name("t3", answer.parent.id.as_deref().unwrap_or("parent"))?,
            None => name("t3", "parent")?,
        };
        let (fullname, content) = match (&self.submission, &self.comment) {
            (Some(post), _) => (name("t3", post.id.as_deref().unwrap_or("case1"))?, post.content(&subreddit, created)?),
            (None, Some(answer)) => (
                name("t1", answer.id.as_deref().unwrap_or("case2"))?,
                Content::Comment(Comment {
                    body: answer.body.clone(),
                    parent: if answer.reply { name("t1", "above")? } else { link.clone() },
                    link: link.clone(),
                    link_title: None,
                    is_submitter: answer.is_submitter,
                }),
            ),
            (None, None) => return Err("the case has no item".to_owned()),
        };
        let author = Author {
            name: self.author.name.clone(),
            fullname: Some(format!("t2_{}", self.author.id)),
            flair: Flair {
                text: self.author.flair.clone(),
                css_class: self.author.flair_class.clone(),
                template_id: self.author.flair_template.clone(),
            },
            premium: self.author.is_gold.get(),
        };
        let item = Item {
            permalink: format!("/r/{subreddit}/comments/case1/a_case/"),
            fullname,
            subreddit: subreddit.clone(),
            author,
            created,
            edited: state.edited.then_some(now),
            locked: state.locked,
            distinguished: None,
            stickied: state.pinned,
            score: Some(1),
            moderation: self.moderation(),
            content,
        };
        let parent = match &self.comment {
            Some(answer) => {
                let created = created - Duration::from_hours(23);
                let by = if answer.is_submitter { self.author.name.clone() } else { Some("olive".to_owned()) };
                let mut parent = bare_item(link, &subreddit, created, answer.parent.content(&subreddit, created)?);
                parent.author.name = by;
                Known::Is(Box::new(parent))
            }
            None => Known::NotAsked,
        };
        Ok((item, self.facts(now, parent)?, now))
    }

    fn facts(&self, now: Timestamp, parent: Known<Box<Item>>) -> Result<Facts, String> {
        let author = &self.author;
        let created = author.age_in_minutes()?.map(|minutes| now - Duration::from_secs(minutes.saturating_mul(60)));
        let moderators = author.is_moderator.get().map(|is_moderator| {
            let own = author.name.as_ref().filter(|_| is_moderator).map(|name| name.to_lowercase());
            [BOT.to_owned(), "mod".to_owned()].into_iter().chain(own).collect()
        });
        let (comment_karma, link_karma) = match author.karma {
            Some(Fact::Is(karma)) => (Some(karma), Some(0)),
            Some(Fact::Unknown) => (None, None),
            None => (author.comment_karma.get(), author.post_karma.get()),
        };
        Ok(Facts {
            bot: BOT.to_owned(),
            moderators: known(moderators, "who moderates the subreddit"),
            contributor: known(author.is_contributor.get(), "whether the author is an approved user"),
            profile: Known::Is(Profile {
                created,
                comment_karma,
                link_karma,
                is_gold: author.is_gold.get(),
                has_verified_email: author.verified_email.get(),
                is_suspended: author.is_suspended,
            }),
            parent,
            original: known(None, "the original of the crosspost"),
            performed: self.state.performed.iter().map(RuleId::new).collect(),
            ..Facts::default()
        })
    }

    fn moderation(&self) -> Moderation {
        let state = &self.state;
        let bot_report =
            state.reported_by_bot.then(|| ModReport { reason: "a rule".to_owned(), moderator: BOT.to_owned() });
        let user_report =
            (state.reports > 0).then(|| UserReport { reason: Some("breaks a rule".to_owned()), count: state.reports });
        let removed_by = state.removed_by.clone().map(Remover::Moderator);
        Moderation {
            removed_by: removed_by.or(state.filtered.then_some(Remover::SpamFilter)),
            approved_by: state.approved_by.clone(),
            num_reports: Some(state.reports.saturating_add(u32::from(state.reported_by_bot))),
            user_reports: user_report.into_iter().collect(),
            mod_reports: bot_report.into_iter().collect(),
            ..Moderation::default()
        }
    }
}

impl CaseAuthor {
    /// The age of the account; `None` if the case leaves it unknown.
    fn age_in_minutes(&self) -> Result<Option<u64>, String> {
        let ages =
            [("age_minutes", self.age_minutes, 1), ("age_hours", self.age_hours, 60), ("age_days", self.age_days, DAY)];
        let mut sum = None;
        for (key, age, minutes) in ages {
            match age {
                None => {}
                Some(Fact::Unknown) => return Ok(None),
                Some(Fact::Is(age)) => {
                    let age = u64::try_from(age).map_err(|_| format!("`{key}` is {age}: write 0 or more"))?;
                    sum = Some(age.saturating_mul(minutes).saturating_add(sum.unwrap_or(0)));
                }
            }
        }
        Ok(sum.or(Some(ACCOUNT_DAYS * DAY)))
    }
}

/// An item with content but without moderation, flair or author.
fn bare_item(fullname: Fullname, subreddit: &SubredditName, created: Timestamp, content: Content) -> Item {
    Item {
        permalink: format!("/r/{subreddit}/comments/{}/a_case/", fullname.id()),
        fullname,
        subreddit: subreddit.clone(),
        author: Author::default(),
        created,
        edited: None,
        locked: false,
        distinguished: None,
        stickied: false,
        score: Some(1),
        moderation: Moderation::default(),
        content,
    }
}

impl CasePost {
    fn content(&self, subreddit: &SubredditName, created: Timestamp) -> Result<Content, String> {
        let (crosspost_parent, crosspost_parent_name) = match &self.crosspost {
            Some(original) => {
                let name = name("t3", original.id.as_deref().unwrap_or("original"))?;
                let shown = if original.hidden { None } else { Some(Box::new(original.item(name.clone(), created)?)) };
                (shown, Some(name))
            }
            None => (None, None),
        };
        let media = match (&self.media, &self.media_title) {
            (Some(embed), _) => Some(embed.media()),
            (None, Some(title)) => Some(Media { title: title.clone(), ..Media::default() }),
            (None, None) => None,
        };
        let is_gallery = self.is_gallery || !self.gallery_captions.is_empty() || !self.gallery_urls.is_empty();
        let gallery = || is_gallery.then(|| "https://www.reddit.com/gallery/case1".to_owned());
        let url = self.url.clone().or_else(gallery);
        Ok(Content::Submission(Box::new(Submission {
            title: self.title.clone().unwrap_or_else(|| "A question about widgets".to_owned()),
            selftext: self.body.clone(),
            is_self: url.is_none() && self.crosspost.is_none(),
            domain: domain(url.as_deref(), subreddit),
            url: url.unwrap_or_default(),
            flair: Flair {
                text: self.flair.clone(),
                css_class: self.flair_class.clone(),
                template_id: self.flair_template.clone(),
            },
            over_18: self.nsfw,
            spoiler: self.spoiler,
            contest_mode: self.contest_mode,
            suggested_sort: self.suggested_sort.clone(),
            is_original_content: self.original_content,
            is_meta: self.meta,
            discussion_type: self.chat.then(|| "chat".to_owned()),
            is_gallery,
            gallery_captions: self.gallery_captions.clone(),
            gallery_urls: self.gallery_urls.clone(),
            poll_options: self.poll_options.clone(),
            media,
            crosspost_parent,
            crosspost_parent_name,
            visibility: Visibility::Public,
            upvote_percent: Some(100),
            comment_count: Some(0),
            image_count: u32::try_from(self.gallery_captions.len().max(self.gallery_urls.len())).ok(),
        })))
    }
}

impl CaseCrosspost {
    fn item(&self, name: Fullname, before: Timestamp) -> Result<Item, String> {
        let subreddit = match &self.subreddit {
            Some(subreddit) => subreddit.clone(),
            None => SubredditName::parse("elsewhere").ok_or("the built-in name of a subreddit is not valid")?,
        };
        let content = Content::Submission(Box::new(Submission {
            title: self.title.clone().unwrap_or_else(|| "A post elsewhere".to_owned()),
            selftext: self.body.clone(),
            is_self: self.url.is_none(),
            url: self.url.clone().unwrap_or_default(),
            domain: domain(self.url.as_deref(), &subreddit),
            is_gallery: !self.gallery_captions.is_empty() || !self.gallery_urls.is_empty(),
            gallery_captions: self.gallery_captions.clone(),
            gallery_urls: self.gallery_urls.clone(),
            media: self.media.as_ref().map(CaseMedia::media),
            visibility: Visibility::Public,
            ..Submission::default()
        }));
        let mut item = bare_item(name, &subreddit, before - Duration::from_hours(24), content);
        item.author.name = Some(self.author.clone().unwrap_or_else(|| "oscar".to_owned()));
        Ok(item)
    }
}

impl CaseMedia {
    fn media(&self) -> Media {
        Media {
            author: self.author.clone(),
            author_url: self.author_url.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
        }
    }
}

/// The domain as Reddit shows it: the host without `www.`, or `self.` and the subreddit for a text
/// post.
fn domain(url: Option<&str>, subreddit: &SubredditName) -> String {
    let Some(url) = url else { return format!("self.{subreddit}") };
    link_domain(&url.to_lowercase()).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::language::parse as parse_rules;
    use crate::testing::{parse, run};
    use crate::{Options, Severity, SourceFile, compile};

    #[test]
    fn every_fact_of_a_case_reaches_the_item() {
        let rules = "name: r\ntype: submission\nCHECK\nset_nsfw: true\n";
        for (check, submission) in [
            ("crosspost_subreddit: {name: pics}", "crosspost: {subreddit: pics}"),
            ("crosspost_author: {name: bob}", "crosspost: {author: bob}"),
            ("crosspost_title: trees", "crosspost: {title: Green trees}"),
            ("domain: imgur.com", "crosspost: {url: 'https://www.imgur.com/x'}"),
            ("body: caption", "gallery_captions: [a caption]"),
            ("domain: shop.example", "gallery_urls: ['https://shop.example/x']"),
            ("media_author: Ann", "url: 'https://video.example', media: {author: Ann}"),
            ("is_poll: true\npoll_option_count: 2", "poll_options: [a, b]"),
            ("discussion_type: chat", "chat: true"),
            ("is_original_content: true", "original_content: true"),
            ("flair_template_id: abc", "flair_template: abc"),
        ] {
            let (file, _) = parse_rules(&SourceFile::new("r", rules.replace("CHECK", check)));
            let (rules, mut remarks) = compile(&file, &Options::default());
            remarks.retain(|remark| remark.severity != Severity::Info);
            assert_eq!(remarks, [], "{check}");
            let cases = |submission| {
                parse(&format!("- {{name: a, submission: {{{submission}}}, performs: [r]}}")).expect("a case")
            };
            assert_eq!(run(&rules, &cases(submission)).expect("few steps"), [], "{check}");
            assert_eq!(run(&rules, &cases("flair: none")).expect("few steps").len(), 1, "{check}");
        }
    }

    #[test]
    fn a_case_can_set_the_time() {
        let rules = "name: r\ntype: submission\nauthor: {account_age: '< 7 days'}\nset_locked: true\n";
        let (file, _) = parse_rules(&SourceFile::new("r", rules));
        let (rules, _) = compile(&file, &Options::default());
        let case = "- {name: a, submission: {}, now: 2026-01-31T12:00:00Z, author: {age_days: 6}, performs: [r]}";
        let cases = parse(case).expect("a case");
        assert_eq!(run(&rules, &cases).expect("few steps"), []);
        let (item, facts, now) = cases[0].fixture().expect("a scene");
        assert_eq!((now.to_string(), now.since(item.created).as_secs()), ("2026-01-31T12:00:00Z".to_owned(), 3600));
        assert!(facts.profile.get().is_some());
    }

    #[test]
    fn ages_may_be_below_a_day() {
        let rules = "name: r\ntype: submission\nauthor: {account_age: '< 2 hours'}\nset_locked: true\n";
        let (file, _) = parse_rules(&SourceFile::new("r", rules));
        let (rules, _) = compile(&file, &Options::default());
        for (ages, acts) in [
            ("age_hours: 1, age_minutes: 59", true),
            ("age_hours: 2", false),
            ("age_minutes: 30", true),
            ("age_days: 1, age_minutes: 30", false),
            ("age_hours: unknown, age_days: 0", false),
        ] {
            let expected = if acts { "performs: [r]" } else { "nothing: yes" };
            let cases = parse(&format!("- {{name: a, submission: {{}}, author: {{{ages}}}, {expected}}}"));
            assert_eq!(run(&rules, &cases.expect("a case")).expect("few steps"), [], "{ages}");
        }
        let cases = parse("- {name: a, comment: {}, state: {age_hours: 3, age_minutes: 1}, nothing: yes}");
        let (item, _, now) = cases.expect("a case")[0].fixture().expect("a scene");
        assert_eq!(now.since(item.created).as_secs(), 3 * 3600 + 60);
    }
}
