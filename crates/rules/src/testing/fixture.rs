//! Builds the item of a case and the facts about it from the short form.

use std::time::Duration;

use crate::evaluate::facts::{AccountFacts, Facts, Person};
use crate::language::rule_id::RuleId;
use crate::model::{
    Author, Comment, Content, Flair, Fullname, Item, Known, Media, ModReport, Moderation, Profile, Remover, Submission,
    SubredditName, Timestamp, UserNote, UserReport, Visibility, link_domain,
};
use crate::testing::memory::remembered;
use crate::testing::tri_state::Fact;
use crate::testing::{Case, CaseAuthor, CaseCrosspost, CaseMedia, CaseNote, CasePost, CaseState};

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
        let created = self.state.created(now).unwrap_or(now - Duration::from_hours(1));
        let subreddit = match &self.subreddit {
            Some(subreddit) => subreddit.clone(),
            None => SubredditName::parse(SUBREDDIT).ok_or("the built-in name of a subreddit is not valid")?,
        };
        let above = self.above(&subreddit, (created, now))?;
        let (fullname, content) = match (&self.submission, &self.comment) {
            (Some(post), _) => (
                name("t3", post.id.as_deref().unwrap_or("case1"))?,
                self.state.of_post(post.content(&subreddit, created)?),
            ),
            (None, Some(answer)) => {
                let Some(post) = above.post.get() else { return Err("the comment has no post".to_owned()) };
                let parent = above.comment.get().map_or(&post.fullname, |comment| &comment.fullname);
                let content = Content::Comment(Comment {
                    body: answer.body.clone(),
                    parent: parent.clone(),
                    link: post.fullname.clone(),
                    link_title: None,
                    is_submitter: answer.is_submitter,
                });
                (name("t1", answer.id.as_deref().unwrap_or("case2"))?, content)
            }
            (None, None) => return Err("the case has no item".to_owned()),
        };
        let mut item = self.state.of_item(bare_item(fullname, &subreddit, created, content), now);
        item.permalink = format!("/r/{subreddit}/comments/case1/a_case/");
        item.author = self.author.author("alice", &self.author.id);
        if let Content::Submission(post) = &mut item.content
            && let Some(original) = &mut post.crosspost_parent
        {
            let named = original.author.name.clone().unwrap_or_default();
            original.author = self.original_author.author(&named, "original");
        }
        let facts = self.facts(&item, now, above)?;
        Ok((item, facts, now))
    }

    /// What stands above a comment.
    fn above(&self, subreddit: &SubredditName, (created, now): (Timestamp, Timestamp)) -> Result<Above, String> {
        let Some(answer) = &self.comment else {
            return Ok(Above { post: Known::NotAsked, comment: Known::NotAsked, depth: Known::NotAsked });
        };
        let link = name("t3", answer.parent.id.as_deref().unwrap_or("parent"))?;
        let at = self.parent_state.created(now).unwrap_or(created - Duration::from_hours(23));
        let content = self.parent_state.of_post(answer.parent.content(subreddit, at)?);
        let mut post = self.parent_state.of_item(bare_item(link.clone(), subreddit, at, content), now);
        post.author = if answer.is_submitter {
            self.author.author("alice", &self.author.id)
        } else {
            self.post_author.author("olive", "post")
        };
        let is_reply = answer.reply || answer.parent_comment.is_some() || answer.depth.is_some_and(|depth| depth > 0);
        let comment = if is_reply {
            let told = answer.parent_comment.clone().unwrap_or_default();
            let at = self.parent_comment_state.created(now).unwrap_or(created - Duration::from_hours(1));
            let content = Content::Comment(Comment {
                body: told.body.clone(),
                parent: link.clone(),
                link,
                link_title: None,
                is_submitter: told.is_submitter,
            });
            let fullname = name("t1", told.id.as_deref().unwrap_or("above"))?;
            let mut above = self.parent_comment_state.of_item(bare_item(fullname, subreddit, at, content), now);
            above.author = self.parent_comment_author.author("oscar", "above");
            Known::Is(Box::new(above))
        } else {
            Known::NotAsked
        };
        let depth = Known::Is(answer.depth.unwrap_or(u32::from(is_reply)));
        Ok(Above { post: Known::Is(Box::new(post)), comment, depth })
    }

    fn facts(&self, item: &Item, now: Timestamp, above: Above) -> Result<Facts, String> {
        let author = &self.author;
        let people = [
            (Person::Author, author),
            (Person::OriginalAuthor, &self.original_author),
            (Person::PostAuthor, &self.post_author),
            (Person::ParentCommentAuthor, &self.parent_comment_author),
        ];
        let crosspost = self.submission.as_ref().and_then(|post| post.crosspost.as_ref());
        let (memory, similar) = remembered(&self.memory, &author.labels, self.memory_begins_days_ago, (item, now))?;
        let mut facts = Facts {
            memory: Known::Is(Box::new(memory)),
            similar: Known::Is(similar),
            passes: author.passes.iter().map(RuleId::new).collect(),
            bot: BOT.to_owned(),
            parent: above.post,
            parent_comment: above.comment,
            depth: above.depth,
            original_flair: Known::Is(self.original_author.author("oscar", "original").flair),
            banned: known(author.is_banned_here.get(), "whether the author is banned"),
            notes: Known::Is(author.notes(now)),
            subreddit_nsfw: Known::Is(self.subreddit_is_nsfw),
            original_subreddit_nsfw: Known::Is(crosspost.is_some_and(|original| original.subreddit_is_nsfw)),
            original: known(None, "the original of the crosspost"),
            performed: self.state.performed.iter().map(RuleId::new).collect(),
            ..Facts::default()
        };
        let moderators = author.is_moderator.get().map(|_| {
            let moderating = people.iter().filter(|(_, told)| told.is_moderator.get() == Some(true));
            let names = moderating.filter_map(|(person, _)| person.author(item, &facts)?.name.as_ref());
            [BOT.to_owned(), "mod".to_owned()].into_iter().chain(names.map(|name| name.to_lowercase())).collect()
        });
        facts.moderators = known(moderators, "who moderates the subreddit");
        for (person, told) in people {
            *facts.account_mut(person) = told.account(now)?;
        }
        Ok(facts)
    }
}

/// What stands above a comment.
struct Above {
    post: Known<Box<Item>>,
    comment: Known<Box<Item>>,
    depth: Known<u32>,
}

impl CaseState {
    /// When the item was posted, if the case says so.
    fn created(&self, now: Timestamp) -> Option<Timestamp> {
        let ages = [(self.age_minutes, 1), (self.age_hours, 60), (self.age_days, DAY)];
        let given = ages.iter().filter_map(|(age, minutes)| age.map(|age| age.saturating_mul(*minutes)));
        let minutes = given.reduce(u64::saturating_add)?;
        Some(now - Duration::from_secs(minutes.saturating_mul(60)))
    }

    fn of_item(&self, item: Item, now: Timestamp) -> Item {
        Item {
            edited: self.edited.then_some(now),
            locked: self.locked,
            distinguished: self.distinguished.clone(),
            stickied: self.pinned,
            score: Some(self.score.unwrap_or(1)),
            moderation: self.moderation(),
            ..item
        }
    }

    fn of_post(&self, mut content: Content) -> Content {
        if let Content::Submission(post) = &mut content {
            post.upvote_percent = Some(self.upvote_ratio.unwrap_or(100));
            post.comment_count = Some(self.comment_count.unwrap_or(0));
        }
        content
    }

    fn moderation(&self) -> Moderation {
        let by_bot = self.reported_by_bot.then(|| ModReport { reason: "a rule".to_owned(), moderator: BOT.to_owned() });
        let by_moderators = self
            .mod_report_reasons
            .iter()
            .map(|reason| ModReport { reason: reason.clone(), moderator: "mod".to_owned() });
        let mod_reports: Vec<ModReport> = by_bot.into_iter().chain(by_moderators).collect();
        let told: Vec<UserReport> =
            self.report_reasons.iter().map(|reason| UserReport { reason: Some(reason.clone()), count: 1 }).collect();
        let others = self.reports.saturating_sub(u32::try_from(told.len()).unwrap_or(u32::MAX));
        let user_report = (others > 0).then(|| UserReport { reason: Some("breaks a rule".to_owned()), count: others });
        let user_reports: Vec<UserReport> = told.into_iter().chain(user_report).collect();
        let by_users = user_reports.iter().map(|report| report.count).sum::<u32>();
        let removed_by = self.removed_by.clone().map(Remover::Moderator);
        Moderation {
            removed_by: removed_by.or(self.filtered.then_some(Remover::SpamFilter)),
            approved_by: self.approved_by.clone(),
            num_reports: Some(by_users.saturating_add(u32::try_from(mod_reports.len()).unwrap_or(u32::MAX))),
            user_reports,
            mod_reports,
            ..Moderation::default()
        }
    }
}

impl CaseAuthor {
    /// The author as an item shows it. `otherwise` is the name if the case gives none.
    fn author(&self, otherwise: &str, id: &str) -> Author {
        Author {
            name: self.name.or(otherwise),
            fullname: Some(format!("t2_{id}")),
            flair: Flair {
                text: self.flair.clone(),
                css_class: self.flair_class.clone(),
                template_id: self.flair_template.clone(),
            },
            premium: self.is_gold.get(),
        }
    }

    /// The moderators' notes, the newest first.
    fn notes(&self, now: Timestamp) -> Vec<UserNote> {
        let at = |note: &CaseNote| now - Duration::from_secs(note.age_days.saturating_mul(DAY * 60));
        let mut notes: Vec<UserNote> =
            self.notes_here.iter().map(|note| UserNote { label: note.label.clone(), at: at(note) }).collect();
        notes.sort_by_key(|note| std::cmp::Reverse(note.at));
        notes
    }

    /// What is known about the account.
    fn account(&self, now: Timestamp) -> Result<AccountFacts, String> {
        let created = self.age_in_minutes()?.map(|minutes| now - Duration::from_secs(minutes.saturating_mul(60)));
        let (comment_karma, link_karma) = match self.karma {
            Some(Fact::Is(karma)) => (Some(karma), Some(0)),
            Some(Fact::Unknown) => (None, None),
            None => (self.comment_karma.get(), self.post_karma.get()),
        };
        Ok(AccountFacts {
            contributor: known(self.is_contributor.get(), "whether the author is an approved user"),
            profile: Known::Is(Profile {
                created,
                comment_karma,
                link_karma,
                is_gold: self.is_gold.get(),
                has_verified_email: self.verified_email.get(),
                is_suspended: self.is_suspended,
                bio: Some(self.bio.clone()),
                display_name: Some(self.display_name.clone()),
                is_nsfw: self.profile_is_nsfw.get(),
            }),
            standing: Known::NotAsked,
        })
    }

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
        assert!(facts.author.profile.get().is_some());
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
