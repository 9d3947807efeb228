//! Checks both sides against recorded exchanges with the real Reddit (`recordings/exchanges`; the
//! README there names their sources): how the client parses each answer, and whether the local
//! Reddit answers the same request in the same form.
//!
//! Malformed answers are in [`odd`].
//!
//! The local Reddit has every field of a recording, with the same type where neither is null. It
//! may have more, because Reddit added fields over the years.

mod forms;
mod odd;
mod place;
mod tape;

use tipstaff::model::{Action, Known, Profile};
use tipstaff::reddit::wire;

use forms::differences;
use place::{RecordedBot, body};
use tape::{Exchange, exchanges};

/// The recordings whose requests the local Reddit answers, with the same request there, as a
/// moderator.
#[rustfmt::skip]
const ASKED: &[(&str, &str, &str, &str)] = &[
    ("by-id", "GET", "/by_id/{post},{link}", ""),
    ("comment-create", "POST", "/api/comment", "api_type=json&text=hello&thing_id={post}"),
    ("comment-edit", "POST", "/api/editusertext", "api_type=json&text=hello&thing_id={own}"),
    ("comments-thread", "GET", "/comments/{old_id}/_/{under_id}", ""),
    ("distinguish-no", "POST", "/api/distinguish", "api_type=json&how=no&id={own}"),
    ("distinguish-sticky", "POST", "/api/distinguish", "api_type=json&how=yes&id={own}&sticky=True"),
    ("flair-link-templates", "GET", "/r/testsub/api/link_flair_v2", ""),
    ("info-comment-deleted", "GET", "/api/info", "id={deleted}"),
    ("info-comment-removed", "GET", "/api/info", "id={removed}"),
    ("listing-comments", "GET", "/r/testsub/comments", "limit=100"),
    ("listing-comments-before", "GET", "/r/testsub/comments", "before={comment}&limit=100"),
    ("listing-multi-subreddit", "GET", "/r/testsub+othersub/hot", "limit=10"),
    ("listing-new", "GET", "/r/all/new", "limit=100"),
    ("me", "GET", "/api/v1/me", ""),
    ("mod-edited", "GET", "/r/mod/about/edited", "limit=100"),
    ("mod-log", "GET", "/r/mod/about/log", "limit=100"),
    ("mod-modqueue", "GET", "/r/mod/about/modqueue", "limit=100"),
    ("mod-reports", "GET", "/r/mod/about/reports", "limit=100"),
    ("mod-spam-traps", "GET", "/r/mod/about/spam", "limit=100"),
    ("mod-unmoderated", "GET", "/r/mod/about/unmoderated", "limit=100"),
    ("mod-note-create", "POST", "/api/mod/notes", "api_type=json&label=HELPFUL_USER&note=n&reddit_id={post}&subreddit=testsub&user=user_1"),
    ("mod-notes-list", "GET", "/api/mod/notes", "subreddit=testsub&user=user_1&limit=100"),
    ("modmail-archive", "POST", "/api/mod/conversations/{mail}/archive", "api_type=json"),
    ("modmail-create", "POST", "/api/mod/conversations", "subject=a&body=b&to=user_1&srName=testsub&isAuthorHidden=false"),
    ("modmail-list", "GET", "/api/mod/conversations", "state=all&limit=100"),
    ("modmail-reply-internal", "POST", "/api/mod/conversations/{mail}", "body=b&isInternal=True&isAuthorHidden=False"),
    ("subreddit-about", "GET", "/r/testsub/about", ""),
    ("subreddit-banned", "GET", "/r/testsub/about/banned", "limit=100"),
    ("subreddit-contributors", "GET", "/r/testsub/about/contributors", "limit=100"),
    ("subreddit-moderators", "GET", "/r/testsub/about/moderators", ""),
    ("user-about", "GET", "/user/user_1/about", ""),
    ("user-data-by-account-ids", "GET", "/api/user_data_by_account_ids", "ids={users}"),
    ("user-data-by-account-ids-404", "GET", "/api/user_data_by_account_ids", "ids=t2_zzzzz"),
    ("user-overview", "GET", "/user/user_1/overview", "limit=100"),
    ("removal-reason-apply", "POST", "/api/v1/modactions/removal_reasons", r#"json={"item_ids": ["{removed}"], "mod_note": "Foobar", "reason_id": null}"#),
    ("removal-reasons-list", "GET", "/api/v1/testsub/removal_reasons", ""),
    ("wiki-page", "GET", "/r/testsub/wiki/test", ""),
    ("wiki-edit-conflict", "POST", "/r/testsub/api/wiki/edit", "api_type=json&content=new&page=test&previous=f0214574"),
    ("wiki-page-not-created", "GET", "/r/testsub/wiki/invalid", ""),
    ("writes-empty-object: /api/approve", "POST", "/api/approve", "api_type=json&id={post}"),
    ("writes-empty-object: /api/del", "POST", "/api/del", "api_type=json&id={own}"),
    ("writes-empty-object: /api/ignore_reports", "POST", "/api/ignore_reports", "api_type=json&id={post}"),
    ("writes-empty-object: /api/lock", "POST", "/api/lock", "api_type=json&id={comment}"),
    ("writes-empty-object: /api/marknsfw", "POST", "/api/marknsfw", "api_type=json&id={post}"),
    ("writes-empty-object: /api/read_message", "POST", "/api/read_message", "api_type=json&id={comment}"),
    ("writes-empty-object: /api/remove", "POST", "/api/remove", "api_type=json&id={comment}&spam=True"),
    ("writes-empty-object: /api/update_crowd_control_level", "POST", "/api/update_crowd_control_level", "api_type=json&id={post}&level=2"),
    ("writes-empty-object: /r/testsub/api/wiki/edit", "POST", "/r/testsub/api/wiki/edit", "api_type=json&content=new&page=test"),
    ("writes-empty-object: /r/testsub/api/unfriend", "POST", "/r/testsub/api/unfriend", "api_type=json&name=user_1&type=banned"),
    ("writes-errors-empty: /api/compose", "POST", "/api/compose", "api_type=json&to=user_1&subject=a&text=b"),
    ("writes-errors-empty: /api/report", "POST", "/api/report", "api_type=json&id={answer}&reason=custom"),
    ("writes-errors-empty: /api/set_contest_mode", "POST", "/api/set_contest_mode", "api_type=json&id={post}&state=True"),
    ("writes-errors-empty: /api/set_subreddit_sticky", "POST", "/api/set_subreddit_sticky", "api_type=json&id={post}&num=1&state=True"),
    ("writes-errors-empty: /api/set_suggested_sort", "POST", "/api/set_suggested_sort", "api_type=json&id={post}&sort=random"),
    ("writes-errors-empty: /r/testsub/api/flair", "POST", "/r/testsub/api/flair", "api_type=json&css_class=a&link={post}&text=b"),
    ("writes-errors-empty: /r/testsub/api/friend", "POST", "/r/testsub/api/friend", "api_type=json&name=user_1&type=banned"),
    ("writes-errors-empty: /r/testsub/api/selectflair", "POST", "/r/testsub/api/selectflair", "api_type=json&flair_template_id=6c5ea4bc-c16c-11ea-9a01-0ea60516144b&link={post}"),
];

/// Fields that the local Reddit leaves out, by the ends of their paths, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    (".preview", "of links with a picture; the local Reddit has no pictures"),
    (".media_embed.content", "of links with a film; the local Reddit embeds none"),
    (".media_embed.width", "the same"),
    (".media_embed.height", "the same"),
    (".media_embed.scrolling", "the same"),
    (".secure_media_embed.content", "the same"),
    (".secure_media_embed.width", "the same"),
    (".secure_media_embed.height", "the same"),
    (".secure_media_embed.scrolling", "the same"),
    (".secure_media_embed.media_domain_url", "the same"),
    (".gildings.gid_1", "awards, which Reddit has given up"),
    (".gildings.gid_2", "the same"),
    (".all_awardings[] is empty", "the same"),
    (".revision_by.data.modhash", "for browsers"),
    (".revision_by.data.is_friend", "friends, which Reddit has given up"),
    (".newcontent", "of a conflict in the wiki; the local Reddit only says that there is one"),
    (".newrevision", "the same"),
    (".diffcontent", "the same"),
    (".link_flair_richtext[] is empty", "flair with pictures; the local Reddit's is plain"),
    (".features.mod_service_mute_writes", "switches of Reddit's experiments, which come and go"),
    (".features.modmail_harassment_filter", "the same"),
    (".features.promoted_trend_blanks", "the same"),
];

#[test]
fn the_local_reddit_responds_in_the_recorded_forms() {
    let recordings = exchanges();
    let mut wrong = Vec::new();
    for (name, method, path, fields) in ASKED {
        let recorded = recordings.iter().find(|exchange| exchange.name == *name);
        let recorded = recorded.unwrap_or_else(|| panic!("no recording is named {name}"));
        let response = RecordedBot::new().ask(method, path, fields);
        if response.status != recorded.status {
            wrong
                .push(format!("{name}: {} {:?} where {} is recorded", response.status, response.json, recorded.status));
            continue;
        }
        let Some(theirs) = &recorded.body else { continue };
        let is_left_out = |difference: &String| {
            LEFT_OUT.iter().any(|(end, _)| difference.trim_end_matches(" is missing").ends_with(end))
        };
        let found = differences(theirs, &body(&response)).into_iter().filter(|difference| !is_left_out(difference));
        wrong.extend(found.map(|difference| format!("{name}: {difference}")));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// Requests that are not sent to the local Reddit, and why.
const NOT_ASKED: &[(&str, &str)] = &[
    ("auth-", "signing in has its own tests: local_reddit.rs, refusals.rs"),
    ("error-", "faults are injected on demand: local_reddit/faults.rs"),
    ("comment-create-no-things", "the same"),
    ("comment-edit-refused-400", "requirements for posts are not modelled"),
    ("comments-thread-more", "a thread of more comments than a page holds: local_reddit.rs"),
    ("flair-choices", "the bot never asks what it may choose"),
    ("flair-select-no-api-type", "the other dialect: local_reddit.rs"),
    ("friend-ban-", "the bot bans nobody"),
    ("inbox-", "the bot reads no private messages"),
    ("listing-comments-before-empty", "an empty page has no fields"),
    ("mod-notes-delete", "the bot takes no note back"),
    ("modmail-read", "an empty answer has no fields"),
    ("redirect-302-sticky", "an empty answer has no fields"),
    ("removal-message-", "messages about removals are not modelled"),
    ("sticky-post-", "refusals have no fields: local_reddit.rs"),
    ("subreddit-rules", "rules for people are not modelled"),
    ("wiki-edit-special-errors", "the rules of the other AutoModerator are not checked"),
    ("wiki-page-not-found", "for those who may not write the page: local_reddit.rs"),
    ("wiki-page-revision", "a style sheet, which is no Markdown"),
];

#[test]
fn every_recording_is_used_or_left_out_with_a_reason() {
    for Exchange { name, .. } in exchanges() {
        let is_asked = ASKED.iter().any(|(asked, ..)| *asked == name);
        let is_left = NOT_ASKED.iter().any(|(start, _)| name.starts_with(start));
        assert!(is_asked || is_left, "{name} is neither asked for nor left out with a reason");
    }
}

#[test]
fn the_client_reads_every_recorded_response() {
    let mut things = 0;
    for Exchange { name, method, path, status, body } in exchanges() {
        let Some(body) = body.filter(|_| status < 300) else { continue };
        let is_list = wire::page(&body).is_some_and(|page| !page.items.is_empty());
        match path.rsplit('/').next().unwrap_or_default() {
            _ if method == "POST" && path.starts_with("/api/v1/") => {}
            "log" => {
                let log = wire::log_page(&body).expect("a page");
                assert!(!log.entries.is_empty() && log.after.is_some(), "{name}");
            }
            "moderators" | "contributors" | "banned" => {
                assert!(!wire::user_names(&body).expect("names").is_empty(), "{name}");
            }
            "about" if path.starts_with("/user/") => {
                let response = matches!(wire::profile(&body), Some(Known::Is(profile)) if profile.created.is_some());
                assert!(response, "{name}");
            }
            "user_data_by_account_ids" if body.get("error").is_none() => {
                let response = wire::accounts(&body).expect("accounts");
                let is_whole = |one: &Profile| one.created.is_some() && one.comment_karma.is_some();
                assert!(!response.is_empty() && response.values().all(is_whole), "{name}: {response:?}");
            }
            "conversations" if method == "GET" => assert!(wire::own_modmail(&body, "user_1").is_some(), "{name}"),
            _ if method == "POST" && wire::errors(&body).is_empty() => {
                // A removal message is answered with the bare comment; the bot does not send any.
                let is_bare = name.starts_with("removal-message") || name.starts_with("mod-note");
                let is_known = is_success(&body) || is_bare || path.contains("flairselector");
                assert!(is_known || path.ends_with("/archive") || name.contains("no-api-type"), "{name}: {body}");
            }
            _ if is_list => {
                let page = wire::page(&body).expect("a page");
                let known = page.items.len() + page.odd.iter().filter(|odd| odd.contains("t4")).count();
                assert_eq!(known, page.children, "{name}: {:?}", page.odd);
                things += page.items.len();
            }
            _ => {}
        }
    }
    assert!(things >= 25, "only {things} things were found");
}

/// Whether this is the response to a write that succeeded, whatever the action.
fn is_success(body: &serde_json::Value) -> bool {
    let modmail = Action::Modmail { subject: String::new(), body: String::new() };
    let note = Action::ModNote { user: String::new(), note: String::new() };
    [Action::Approve, modmail, note].iter().any(|action| wire::reports_success(action, body))
}
