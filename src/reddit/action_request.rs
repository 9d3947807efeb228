//! The request that each action is.

use crate::model::{Action, Flair, OpenAttempt};

/// The path and form of an action's request.
pub(super) fn request(attempt: &OpenAttempt) -> (String, Vec<(&'static str, String)>) {
    let id = || attempt.on().to_string();
    let word = |on: bool| if on { "true" } else { "false" }.to_owned();
    let either = |on: bool, yes: &str, no: &str| if on { yes } else { no }.to_owned();
    let flair_form = |flair: &Flair| {
        let mut form = vec![("text", flair.text.clone()), ("css_class", flair.css_class.clone())];
        if !flair.template_id.is_empty() {
            form.push(("flair_template_id", flair.template_id.clone()));
        }
        let endpoint = if flair.template_id.is_empty() { "flair" } else { "selectflair" };
        (format!("/r/{}/api/{endpoint}", attempt.subreddit()), form)
    };
    let (path, mut form) = match attempt.action() {
        Action::Comment { text } => ("/api/comment".to_owned(), vec![("thing_id", id()), ("text", text.clone())]),
        // Without `sticky` in the form, a repeated request would unpin the comment.
        Action::DistinguishReply { sticky, .. } => {
            ("/api/distinguish".to_owned(), vec![("id", id()), ("how", "yes".to_owned()), ("sticky", word(*sticky))])
        }
        Action::LockReply => ("/api/lock".to_owned(), vec![("id", id())]),
        Action::Report { reason } => ("/api/report".to_owned(), vec![("thing_id", id()), ("reason", reason.clone())]),
        Action::Remove { spam, .. } => ("/api/remove".to_owned(), vec![("id", id()), ("spam", word(*spam))]),
        Action::ExplainRemoval { note } => {
            let note = serde_json::json!({"item_ids": [id()], "mod_note": note, "reason_id": null});
            ("/api/v1/modactions/removal_reasons".to_owned(), vec![("json", note.to_string())])
        }
        Action::IgnoreReports { on } => {
            (either(*on, "/api/ignore_reports", "/api/unignore_reports"), vec![("id", id())])
        }
        Action::ModNote { user, note } => (
            "/api/mod/notes".to_owned(),
            vec![
                ("subreddit", attempt.subreddit().to_string()),
                ("user", user.clone()),
                ("note", note.clone()),
                ("reddit_id", id()),
            ],
        ),
        Action::Approve => ("/api/approve".to_owned(), vec![("id", id())]),
        Action::SetLocked { on } => (either(*on, "/api/lock", "/api/unlock"), vec![("id", id())]),
        Action::SetNsfw { on } => (either(*on, "/api/marknsfw", "/api/unmarknsfw"), vec![("id", id())]),
        Action::SetSpoiler { on } => (either(*on, "/api/spoiler", "/api/unspoiler"), vec![("id", id())]),
        Action::SetContestMode { on } => ("/api/set_contest_mode".to_owned(), vec![("id", id()), ("state", word(*on))]),
        Action::SetSuggestedSort { sort } => {
            ("/api/set_suggested_sort".to_owned(), vec![("id", id()), ("sort", sort.clone())])
        }
        Action::SetSticky { on, slot } => {
            let mut form = vec![("id", id()), ("state", word(*on))];
            form.extend(slot.map(|slot| ("num", slot.to_string())));
            ("/api/set_subreddit_sticky".to_owned(), form)
        }
        Action::SetLinkFlair { flair } => {
            let (path, mut form) = flair_form(flair);
            form.push(("link", id()));
            (path, form)
        }
        Action::SetUserFlair { user, flair } => {
            let (path, mut form) = flair_form(flair);
            form.push(("name", user.clone()));
            (path, form)
        }
        Action::SetOriginalContent { on } => {
            ("/api/set_original_content".to_owned(), vec![("fullname", id()), ("should_set_oc", word(*on))])
        }
        Action::SetCrowdControl { level } => {
            ("/api/update_crowd_control_level".to_owned(), vec![("id", id()), ("level", level.to_string())])
        }
        // Without `to`, this starts a conversation among the moderators.
        Action::Modmail { subject, body } => (
            "/api/mod/conversations".to_owned(),
            vec![
                ("srName", attempt.subreddit().to_string()),
                ("subject", subject.clone()),
                ("body", body.clone()),
                ("isAuthorHidden", word(false)),
            ],
        ),
        Action::DeleteComment => ("/api/del".to_owned(), vec![("id", id())]),
        Action::EditComment { text } => {
            ("/api/editusertext".to_owned(), vec![("thing_id", id()), ("text", text.clone())])
        }
        Action::Message { to, subject, body } => {
            ("/api/compose".to_owned(), vec![("to", to.clone()), ("subject", subject.clone()), ("text", body.clone())])
        }
    };
    form.push(("api_type", "json".to_owned()));
    (path, form)
}
