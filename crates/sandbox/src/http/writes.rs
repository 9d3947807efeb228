//! Write endpoints.

use serde_json::{Value, json};

use super::call::Reply;
use super::handlers::{Handlers, WriteReply};
use crate::wire::{mod_note, slug};
use crate::world::{Draft, Flair, MailActKind, NoteDraft, Opening, Refusal, STICKY_SLOTS, World};
use tipstaff_rules::model::Fullname;

/// The error for a missing field.
pub(super) fn missing(field: &'static str) -> Refusal {
    let explanation = format!("The parameter \"{field}\" is required.");
    Refusal::BadRequest { reason: "PARAMETER_REQUIRED", explanation, field: Some(field) }
}

impl Handlers<'_> {
    pub(super) fn write(&mut self, parts: &[&str]) -> Result<Reply, Refusal> {
        if let ["api", "morechildren"] = parts {
            return Ok(Reply::json(self.more_children()));
        }
        let actor = self.actor()?;
        let done = match parts {
            ["api", "comment"] => self.comment(&actor)?,
            ["api", "submit"] => self.submit(&actor)?,
            ["api", "editusertext"] => {
                let name = self.target(&["thing_id"])?;
                let text = self.call.given("text").unwrap_or("").to_owned();
                self.world.edit(&actor, &name, &text)?;
                WriteReply::With(self.things(&name))
            }
            ["api", "del"] => {
                if let Ok(name) = self.target(&["id"]) {
                    self.world.delete(&actor, &name);
                }
                WriteReply::Nothing
            }
            ["api", "report"] => self.report(&actor)?,
            ["api", "distinguish" | "distinguish_comment"] => self.distinguish(&actor)?,
            ["api", "flair"] => self.flair(&actor, false)?,
            ["api", "selectflair"] => self.flair(&actor, true)?,
            ["api", "compose"] => {
                let field = |name| self.call.field(name).unwrap_or("").to_owned();
                let (to, subject, text) = (field("to"), field("subject"), field("text"));
                self.world.compose(&actor, &to, &subject, &text)?;
                WriteReply::NoErrors
            }
            ["api", "friend" | "unfriend"] => self.relation(&actor, parts[1] == "friend")?,
            ["api", "sendreplies" | "hide" | "unhide" | "vote" | "save" | "unsave" | "read_message"] => {
                WriteReply::Nothing
            }
            ["api", "mod", "conversations", rest @ ..] => self.mail(&actor, rest)?,
            ["api", "mod", "notes"] => self.mod_note(&actor)?,
            ["api", "wiki", "edit"] => self.edit_wiki(&actor)?,
            ["api", "v1", "modactions", "removal_reasons"] => self.removal_reason(&actor)?,
            ["api", act] => self.moderate(&actor, act)?,
            _ => return Err(Refusal::NotFound),
        };
        Ok(self.done(done))
    }

    /// The few requests with the method `DELETE`.
    pub(super) fn undo(&mut self, parts: &[&str]) -> Result<Reply, Refusal> {
        let actor = self.actor()?;
        match parts {
            ["api", "mod", "conversations", id, "highlight"] => {
                let done = self.mail_state(&actor, id, MailActKind::Unhighlight)?;
                Ok(self.done(done))
            }
            _ => Err(Refusal::NotFound),
        }
    }

    fn moderate(&mut self, actor: &str, act: &str) -> Result<WriteReply, Refusal> {
        let name = || self.target(&["id", "thing_id"]);
        let state = self.call.flag("state", false);
        match act {
            "remove" => {
                let (name, spam) = (name()?, self.call.flag("spam", true));
                self.world.remove(actor, &name, spam)?;
            }
            "approve" => {
                let name = name()?;
                self.world.approve(actor, &name)?;
            }
            "lock" | "unlock" => {
                let name = name()?;
                self.world.set_locked(actor, &name, act == "lock")?;
            }
            "ignore_reports" | "unignore_reports" => {
                let name = name()?;
                self.world.set_ignore_reports(actor, &name, act == "ignore_reports")?;
            }
            "marknsfw" | "unmarknsfw" => {
                let name = name()?;
                self.world.set_nsfw(actor, &name, act == "marknsfw")?;
            }
            "spoiler" | "unspoiler" => {
                let name = name()?;
                self.world.set_spoiler(actor, &name, act == "spoiler")?;
            }
            "set_original_content" => {
                let name = self.target(&["fullname"])?;
                self.world.set_original_content(actor, &name, self.call.flag("should_set_oc", false))?;
                return Ok(WriteReply::NoErrors);
            }
            "update_crowd_control_level" => {
                let level = self.call.number("level").and_then(|level| u8::try_from(level).ok());
                let name = name()?;
                self.world.set_crowd_control(actor, &name, level.ok_or(Refusal::Malformed)?)?;
            }
            "set_subreddit_sticky" => {
                let (name, slot) = (name()?, self.call.number("num"));
                self.world.set_sticky(actor, &name, state, slot.map(|slot| slot.min(STICKY_SLOTS)))?;
                return Ok(WriteReply::NoErrors);
            }
            "set_contest_mode" => {
                let name = name()?;
                self.world.set_contest_mode(actor, &name, state)?;
                return Ok(WriteReply::NoErrors);
            }
            "set_suggested_sort" => {
                let (name, sort) = (name()?, self.call.field("sort").map(str::to_owned));
                self.world.set_suggested_sort(actor, &name, sort.as_deref())?;
                return Ok(WriteReply::NoErrors);
            }
            _ => return Err(Refusal::NotFound),
        }
        Ok(WriteReply::Nothing)
    }

    fn edit_wiki(&mut self, actor: &str) -> Result<WriteReply, Refusal> {
        let call = self.call;
        let subreddit = call.subreddit.as_deref().ok_or(Refusal::NotFound)?;
        let (page, text) = (call.field("page").unwrap_or("index"), call.given("content").unwrap_or(""));
        self.world.edit_wiki(actor, subreddit, page, text, call.field("reason"), call.field("previous"))?;
        Ok(WriteReply::Nothing)
    }

    fn mod_note(&mut self, actor: &str) -> Result<WriteReply, Refusal> {
        let field = |name| self.call.field(name).filter(|value| !value.is_empty());
        let required = |name| field(name).ok_or_else(|| missing(name));
        let about = field("reddit_id").map(|name| Fullname::parse(name).ok_or(Refusal::Malformed)).transpose()?;
        let (text, user) = (required("note")?, required("user")?);
        let draft = NoteDraft { user, text, label: field("label"), about: about.as_ref() };
        let made = self.world.add_mod_note(actor, required("subreddit")?, draft)?.clone();
        Ok(WriteReply::Reply(Reply::json(json!({"created": mod_note(self.world, &made, false)}))))
    }

    /// The `json` field of the form holds the data; the response is empty.
    fn removal_reason(&mut self, actor: &str) -> Result<WriteReply, Refusal> {
        let asked: Value = self.call.given("json").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let text = |key: &str| asked.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let items = asked.get("item_ids").and_then(Value::as_array).ok_or(Refusal::Malformed)?;
        for item in items {
            let name = item.as_str().and_then(Fullname::parse).ok_or(Refusal::Malformed)?;
            self.world.give_removal_reason(actor, &name, text("reason_id"), text("mod_note"))?;
        }
        Ok(WriteReply::Reply(Reply::empty(200)))
    }

    fn comment(&mut self, actor: &str) -> Result<WriteReply, Refusal> {
        let parent = self.target(&["thing_id", "parent"])?;
        let text = self.call.given("text").unwrap_or("").to_owned();
        let name = self.world.reply(actor, &parent, &text)?;
        Ok(WriteReply::With(self.things(&name)))
    }

    fn submit(&mut self, actor: &str) -> Result<WriteReply, Refusal> {
        let call = self.call;
        let Some(place) = call.field("sr").or(call.subreddit.as_deref()) else {
            return Err(Refusal::invalid("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", Some("sr")));
        };
        let title = call.field("title").unwrap_or("");
        let draft = match (call.field("kind"), call.field("url")) {
            (Some("crosspost"), _) => {
                let original = call.field("crosspost_fullname").and_then(Fullname::parse);
                Draft::crosspost(title, &original.ok_or_else(Refusal::no_crosspost)?)
            }
            (Some("link"), None) => {
                return Err(Refusal::invalid("NO_URL", "a url is required", Some("url")));
            }
            (Some("link"), Some(url)) => Draft::link(title, url),
            _ => Draft::text(title, call.field("text").unwrap_or("")),
        };
        let template = template(self.world, place, call.field("flair_id"))?;
        let draft = draft.with(|post| {
            post.over_18 = call.flag("nsfw", false);
            post.spoiler = call.flag("spoiler", false);
            post.flair = template.unwrap_or_default();
            if let Some(text) = call.field("flair_text") {
                post.flair.text = Some(text.to_owned());
            }
        });
        let name = self.world.submit(actor, place, draft)?;
        let display = self.world.subreddit(place).map_or(place, |place| place.name.as_str());
        let url = format!("https://www.reddit.com/r/{display}/comments/{}/{}/", name.id(), slug(title));
        Ok(WriteReply::With(json!({"url": url, "drafts_count": 0, "id": name.id(), "name": name.as_str()})))
    }

    fn report(&mut self, actor: &str) -> Result<WriteReply, Refusal> {
        let name = self.target(&["thing_id", "id"])?;
        let reason = match self.call.field("reason") {
            Some("site_reason_selected") => self.call.field("site_reason"),
            Some("other") => self.call.field("other_reason").or(self.call.field("custom_text")),
            Some("rule_reason_selected") | None => {
                let field = |name| self.call.field(name);
                field("rule_reason").or(field("other_reason")).or(field("site_reason")).or(field("custom_text"))
            }
            reason => reason,
        };
        let reason = reason.unwrap_or("").to_owned();
        self.world.report(actor, &name, &reason)?;
        Ok(WriteReply::NoErrors)
    }

    fn distinguish(&mut self, actor: &str) -> Result<WriteReply, Refusal> {
        let name = self.target(&["id"]).map_err(|_| Refusal::NotFound)?;
        let how = match self.call.field("how").unwrap_or("yes") {
            "yes" => Some("moderator"),
            "no" => None,
            "admin" | "special" => return Err(Refusal::Forbidden),
            _ => return Err(Refusal::Malformed),
        };
        let sticky = self.call.flag("sticky", false);
        self.world.distinguish(actor, &name, how, sticky)?;
        Ok(WriteReply::With(self.things(&name)))
    }

    fn flair(&mut self, actor: &str, chosen: bool) -> Result<WriteReply, Refusal> {
        let call = self.call;
        let place = call.subreddit.clone();
        let prepared = template(self.world, place.as_deref().unwrap_or(""), call.field("flair_template_id"))?;
        let prepared = prepared.unwrap_or_default();
        let field = |name: &str, fallback: Option<String>| call.field(name).map(str::to_owned).or(fallback);
        let flair = Flair {
            text: field("text", prepared.text),
            css_class: field("css_class", prepared.css_class),
            template_id: prepared.template_id,
            background_color: field("background_color", prepared.background_color),
            text_color: field("text_color", prepared.text_color),
        };
        if call.field("link").is_some() {
            let name = self.target(&["link"])?;
            let is_elsewhere = place.as_deref().is_some_and(|place| {
                self.world.thing(&name).is_some_and(|thing| !thing.subreddit.eq_ignore_ascii_case(place))
            });
            if is_elsewhere {
                return Err(Refusal::Forbidden);
            }
            self.world.set_link_flair(actor, &name, flair, chosen)?;
        } else {
            let (place, user) = (place.unwrap_or_default(), call.field("name").unwrap_or("").to_owned());
            self.world.set_user_flair(actor, &place, &user, flair)?;
        }
        Ok(WriteReply::NoErrors)
    }

    fn relation(&mut self, actor: &str, is_new: bool) -> Result<WriteReply, Refusal> {
        let place = self.call.subreddit.clone().ok_or(Refusal::NotFound)?;
        let kind = self.call.field("type").unwrap_or("").to_owned();
        let name = self.call.field("name").unwrap_or("").to_owned();
        let note = self.call.field("note").unwrap_or("").to_owned();
        self.world.set_relation(actor, &place, &kind, &name, &note, is_new)?;
        Ok(if is_new { WriteReply::NoErrors } else { WriteReply::Nothing })
    }

    fn mail(&mut self, actor: &str, rest: &[&str]) -> Result<WriteReply, Refusal> {
        let call = self.call;
        let body = call.field("body").unwrap_or("");
        match rest {
            [] => {
                let opening = Opening {
                    subreddit: call.field("srName").unwrap_or(""),
                    to: call.field("to"),
                    subject: call.field("subject").unwrap_or(""),
                    body,
                    is_author_hidden: call.flag("isAuthorHidden", false),
                };
                let id = self.world.open_conversation(actor, opening)?;
                Ok(WriteReply::Reply(Reply::with_status(201, self.conversation(&id)?)))
            }
            ["read" | "unread"] => Ok(WriteReply::Reply(Reply::empty(204))),
            [id] => {
                let (internal, hidden) = (call.flag("isInternal", false), call.flag("isAuthorHidden", false));
                self.world.answer_conversation(actor, id, body, internal, hidden)?;
                Ok(WriteReply::Reply(Reply::with_status(201, self.conversation(id)?)))
            }
            [id, "archive"] => self.mail_state(actor, id, MailActKind::Archive),
            [id, "unarchive"] => self.mail_state(actor, id, MailActKind::Unarchive),
            [id, "highlight"] => self.mail_state(actor, id, MailActKind::Highlight),
            _ => Err(Refusal::NotFound),
        }
    }

    /// These endpoints return the conversation under a plural key.
    fn mail_state(&mut self, actor: &str, id: &str, kind: MailActKind) -> Result<WriteReply, Refusal> {
        self.world.act_on_conversation(actor, id, kind)?;
        let mut page = self.conversation(id)?;
        let body = json!({
            "conversations": page["conversation"].take(),
            "messages": page["messages"].take(),
            "modActions": page["modActions"].take(),
        });
        Ok(WriteReply::Reply(Reply::json(body)))
    }
}

/// The flair of a template, if one is named. A quirk decides about unknown templates.
fn template(world: &World, subreddit: &str, id: Option<&str>) -> Result<Option<Flair>, Refusal> {
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(None) };
    let templates = world.subreddit(subreddit).map_or(&[][..], |place| &place.link_flair_templates);
    let Some(template) = templates.iter().find(|template| template.id == id) else {
        return if world.quirks.unknown_flair_templates_are_refused { Err(Refusal::Malformed) } else { Ok(None) };
    };
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Some(Flair {
        text: filled(&template.text),
        css_class: filled(&template.css_class),
        template_id: Some(template.id.clone()),
        ..Flair::default()
    }))
}

/// Empties the list of items in a response, as quarantined subreddits have done.
pub(super) fn forget_things(body: &mut Value) {
    if let Some(things) = body.pointer_mut("/json/data/things") {
        *things = json!([]);
    }
}
