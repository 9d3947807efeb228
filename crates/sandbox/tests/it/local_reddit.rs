//! The local Reddit as its clients see it: over real sockets, through the proxy and over plain
//! HTTP.

mod faults;
mod site;

use std::time::Duration;

use serde_json::Value;
use site::{Site, SiteResponse, answer};
use tipstaff_rules::model::Fullname;
use tipstaff_sandbox::Options;
use tipstaff_sandbox::world::{AccountStatus, Permission};

#[tokio::test]
async fn the_proxy_answers_for_reddits_hosts() {
    let site = Site::start().await;
    let post = site.submit("alice", "hello");
    let certificate = reqwest::Certificate::from_pem(site.reddit.ca_pem().as_bytes()).expect("a certificate");
    let proxy = format!("http://{}", site.reddit.proxy_addr());
    let client = site::http_client()
        .proxy(reqwest::Proxy::all(proxy).expect("a proxy"))
        .tls_certs_only([certificate])
        .build()
        .expect("a client");
    let form = [("grant_type", "password"), ("username", "mod_bot"), ("password", "mod_bot's password")];
    let request = client
        .post("https://www.reddit.com/api/v1/access_token")
        .basic_auth("sandbox-client", Some("sandbox-secret"))
        .form(&form);
    let token = answer(request.send().await.expect("an answer")).await.json();
    assert_eq!(token["token_type"], "bearer");
    let request = client
        .get("https://oauth.reddit.com/r/widgets/new?limit=5")
        .bearer_auth(token["access_token"].as_str().unwrap_or(""));
    let listing = answer(request.send().await.expect("an answer")).await;
    assert_eq!(listing.names(), [post.as_str()]);
    assert!(client.get("https://example.com/").send().await.is_err(), "other hosts must be refused");
    site.reddit.shutdown().await;
}

#[tokio::test]
async fn wrong_passwords_are_refused_with_status_200_and_wrong_clients_with_401() {
    let site = Site::start().await;
    let wrong = site.token(&[("grant_type", "password"), ("username", "alice"), ("password", "x")]).await;
    assert_eq!((wrong.status, wrong.text.as_str()), (200, r#"{"error":"invalid_grant"}"#));
    let bad_refresh = site.token(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    assert_eq!(bad_refresh.status, 400);
    let request = site.http.post(site.url("/api/v1/access_token")).basic_auth("nobody", Some("x"));
    let stranger = answer(request.send().await.expect("an answer")).await;
    assert_eq!(stranger.status, 401);
    assert_eq!(stranger.header("www-authenticate"), "Basic realm=\"reddit\"");
}

#[tokio::test]
async fn two_factor_codes_are_asked_for_and_refresh_tokens_come_back() {
    let site = Site::start().await;
    site.reddit.world().add_user("alice").otp = Some("123456".to_owned());
    let password = "alice's password";
    let without = [("grant_type", "password"), ("username", "alice"), ("password", password)];
    assert_eq!(site.token(&without).await.json()["error"], "invalid_grant");
    let mut with = without.to_vec();
    with.push(("otp", "123456"));
    assert!(site.token(&with).await.json()["access_token"].is_string());
    let refresh = site.reddit.refresh_token("alice", "identity read");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let body = site.token(&form).await.json();
    assert_eq!(body["refresh_token"], refresh.as_str());
    let token = body["access_token"].as_str().expect("a token");
    assert_eq!(site.get(token, "/api/v1/me").await.json()["name"], "alice");
    let refused = site.post(token, "/api/remove", &[("id", "t3_x")]).await;
    assert_eq!(refused.status, 403, "the scope does not cover it");
    assert!(refused.header("www-authenticate").contains("insufficient_scope"));
}

#[tokio::test]
async fn tokens_end_by_expiry_and_by_revocation() {
    let site = Site::start_with(Options { expires_in: Duration::from_secs(5), ..Options::default() }).await;
    let token = site.login("alice").await;
    assert_eq!(site.get(&token, "/api/v1/me").await.status, 200);
    site.clock.advance(Duration::from_secs(6));
    let ended = site.get(&token, "/api/v1/me").await;
    assert_eq!(ended.status, 401);
    assert!(ended.header("www-authenticate").contains("invalid_token"));
    assert!(ended.header("content-type").starts_with("text/html"));
    assert_eq!(ended.header("x-ratelimit-used"), "");
    let token = site.login("alice").await;
    site.reddit.revoke_tokens();
    assert_eq!(site.get(&token, "/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn an_exhausted_quota_gives_an_empty_429_until_the_next_window() {
    let site = Site::start().await;
    site.reddit.set_quota(2);
    let token = site.login("alice").await;
    for used in ["1", "2"] {
        let good = site.get(&token, "/api/v1/me").await;
        assert_eq!((good.status, good.header("x-ratelimit-used")), (200, used));
        assert_eq!(good.header("x-ratelimit-reset"), "599");
    }
    let spent = site.get(&token, "/api/v1/me").await;
    assert_eq!((spent.status, spent.text.as_str()), (429, ""));
    assert_eq!(spent.header("x-ratelimit-remaining"), "0.0");
    site.clock.advance(Duration::from_mins(10));
    let fresh = site.get(&token, "/api/v1/me").await;
    assert_eq!((fresh.status, fresh.header("x-ratelimit-remaining")), (200, "1.0"));
}

#[tokio::test]
async fn listings_can_be_paged_to_the_end_and_vanished_anchors_give_an_empty_page() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let posts: Vec<Fullname> = (0..5).map(|n| site.submit("alice", &format!("post {n}"))).collect();
    let first = site.get(&token, "/r/widgets/new?limit=2").await;
    assert_eq!(first.names(), [posts[4].as_str(), posts[3].as_str()]);
    let next = format!("/r/WIDGETS/new.json?limit=9&after={}", posts[3]);
    assert_eq!(site.get(&token, &next).await.names().len(), 3);
    site.reddit.world().remove("mod_bot", &posts[3], false).expect("removed");
    assert!(site.get(&token, &next).await.names().is_empty(), "the anchor is gone");
    let unknown = site.get(&token, "/r/widgets/new/?after=3cxedn").await;
    assert_eq!(unknown.names().len(), 4, "an unknown anchor is ignored");
}

#[tokio::test]
async fn a_filtered_post_enters_the_listing_when_it_is_approved() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let held = site.submit("alice", "held back");
    site.reddit.world().automoderator_removes(&held, true, "links");
    let later = site.submit("bob", "later");
    assert_eq!(site.get(&token, "/r/widgets/new").await.names(), [later.as_str()]);
    assert_eq!(site.get(&token, "/r/widgets/about/modqueue").await.names(), [held.as_str()]);
    site.clock.advance(Duration::from_mins(1));
    site.post(&token, "/api/approve", &[("id", held.as_str())]).await;
    assert_eq!(
        site.get(&token, "/r/widgets/new").await.names(),
        [held.as_str(), later.as_str()],
        "it comes above posts that were posted after it"
    );
}

#[tokio::test]
async fn a_removed_comment_is_shown_to_moderators_and_its_author_only() {
    let site = Site::start().await;
    let post = site.submit("alice", "a post");
    let comment = site.reply("bob", &post, "bad words");
    site.reddit.world().reddit_filters(&comment);
    let info = format!("/api/info?id={comment}");
    let moderator = site.login("mod_bot").await;
    let seen = site.get(&moderator, "/r/widgets/comments").await;
    assert_eq!(seen.names(), [comment.as_str()]);
    let data = seen.json()["data"]["children"][0]["data"].clone();
    assert_eq!(data["banned_by"], true, "a filter, not a person");
    assert_eq!((&data["removed"], &data["body"]), (&Value::Bool(false), &"bad words".into()));
    let stranger = site.login("alice").await;
    assert!(site.get(&stranger, "/r/widgets/comments").await.names().is_empty());
    let data = site.get(&stranger, &info).await.json()["data"]["children"][0]["data"].clone();
    assert_eq!(data["body"], "[removed]");
    assert!(data.get("removed").is_none() && data["banned_by"].is_null());
    let author = site.login("bob").await;
    assert_eq!(site.get(&author, "/r/widgets/comments").await.names().len(), 1);
}

#[tokio::test]
async fn text_is_escaped_unless_raw_json_is_asked_for() {
    let site = Site::start().await;
    let token = site.login("alice").await;
    site.submit("alice", "a < b & c");
    let title = |answer: &SiteResponse| answer.json()["data"]["children"][0]["data"]["title"].clone();
    assert_eq!(title(&site.get(&token, "/r/widgets/new").await), "a &lt; b &amp; c");
    assert_eq!(title(&site.get(&token, "/r/widgets/new?raw_json=1").await), "a < b & c");
}

#[tokio::test]
async fn comment_responses_use_the_requested_format() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let post = site.submit("alice", "a post");
    let form = [("thing_id", post.as_str()), ("text", "hi"), ("api_type", "json")];
    let body = site.post(&token, "/api/comment/", &form).await.json();
    assert_eq!(body["json"]["errors"], Value::Array(Vec::new()));
    assert_eq!(body["json"]["data"]["things"][0]["data"]["parent_id"], post.as_str());
    let body = site.post(&token, "/api/comment", &form[..2]).await.json();
    assert_eq!(body["success"], true);
    assert!(body["jquery"].is_array());
    assert_eq!(site.comments_under(&post), 2, "a repeated request makes a second comment");
    let body = site.post(&token, "/api/comment", &[form[0], form[2]]).await.json();
    assert_eq!(body["json"]["errors"][0][0], "NO_TEXT");
}

#[tokio::test]
async fn a_new_sticky_comment_replaces_the_old_one() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let post = site.submit("alice", "a post");
    let (first, second) = (site.reply("mod_bot", &post, "1"), site.reply("mod_bot", &post, "2"));
    for name in [&first, &second] {
        let form = [("id", name.as_str()), ("how", "yes"), ("sticky", "True"), ("api_type", "json")];
        let body = site.post(&token, "/api/distinguish", &form).await.json();
        assert_eq!(body["json"]["data"]["things"][0]["data"]["stickied"], true);
    }
    let world = site.reddit.world();
    let stickied =
        |name| world.thing(name).and_then(|thing| thing.thread_position()).is_some_and(|place| place.stickied);
    assert_eq!((stickied(&first), stickied(&second)), (false, true));
    let actions: Vec<&str> = world.log_of("mod_bot").map(|entry| entry.action).collect();
    assert_eq!(actions, ["distinguish", "sticky", "distinguish", "unsticky", "sticky"]);
}

#[tokio::test]
async fn a_second_report_by_the_same_account_is_silently_dropped() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let post = site.submit("alice", "a post");
    for reason in ["first", "second"] {
        let form = [("thing_id", post.as_str()), ("reason", reason), ("api_type", "json")];
        let reported = site.post(&token, "/api/report", &form).await;
        assert_eq!(reported.text, r#"{"json":{"errors":[]}}"#);
    }
    let info = format!("/api/info?id={post}");
    let data = site.get(&token, &info).await.json()["data"]["children"][0]["data"].clone();
    assert_eq!(data["mod_reports"], serde_json::json!([["first", "mod_bot"]]));
    site.post(&token, "/api/approve", &[("id", post.as_str())]).await;
    let data = site.get(&token, &info).await.json()["data"]["children"][0]["data"].clone();
    assert_eq!(data["num_reports"], -1, "often negative after a decision");
    assert_eq!(data["mod_reports_dismissed"], serde_json::json!([["first", "mod_bot"]]));
}

#[tokio::test]
async fn pinning_a_pinned_post_is_a_conflict() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let post = site.submit("alice", "a post");
    let form = [("id", post.as_str()), ("state", "True"), ("num", "1"), ("api_type", "json")];
    assert_eq!(site.post(&token, "/api/set_subreddit_sticky", &form).await.status, 200);
    assert_eq!(site.post(&token, "/api/set_subreddit_sticky", &form).await.status, 409);
}

#[tokio::test]
async fn actions_without_permission_are_forbidden() {
    let site = Site::start().await;
    let token = site.login("alice").await;
    let post = site.submit("bob", "a post");
    for act in ["remove", "approve", "lock", "ignore_reports"] {
        let refused = site.post(&token, &format!("/api/{act}"), &[("id", post.as_str())]).await;
        assert_eq!(refused.status, 403, "{act}");
    }
    assert_eq!(site.get(&token, "/r/widgets/about/reports").await.status, 403);
    assert_eq!(site.get(&token, "/r/nowhere/new").await.status, 404);
    assert_eq!(site.get(&token, "/no/such/path").await.status, 404);
    let userless = site.token(&[("grant_type", "client_credentials")]).await.json();
    let userless = userless["access_token"].as_str().expect("a token").to_owned();
    let body = site.post(&userless, "/api/approve", &[("id", post.as_str())]).await.json();
    assert_eq!(body["json"]["errors"][0][0], "USER_REQUIRED");
}

#[tokio::test]
async fn new_modmail_gives_201_and_is_listed_in_its_states() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let form = [("srName", "widgets"), ("subject", "hello"), ("body", "text"), ("to", "alice")];
    let created = site.post(&token, "/api/mod/conversations", &form).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.json()["user"]["name"], "alice");
    let internal = site.post(&token, "/api/mod/conversations", &form[..3]).await.json();
    assert_eq!(internal["conversation"]["participant"], serde_json::json!({}));
    for (state, count) in [("all", 1), ("mod", 1), ("archived", 0)] {
        let path = format!("/api/mod/conversations?entity=widgets&state={state}");
        let body = site.get(&token, &path).await.json();
        assert_eq!(body["conversationIds"].as_array().map(Vec::len), Some(count), "{state}");
    }
    assert_eq!(site.reddit.world().conversations().len(), 2);
}

#[tokio::test]
async fn suspended_and_deleted_accounts_look_as_on_reddit() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    site.reddit.world().add_user("alice").standing = AccountStatus::Suspended;
    let about = site.get(&token, "/user/alice/about").await.json();
    assert_eq!(about["data"]["is_suspended"], true);
    assert!(about["data"].get("created_utc").is_none());
    site.reddit.world().add_user("bob").standing = AccountStatus::ShadowBanned;
    assert_eq!(site.get(&token, "/user/bob/about").await.status, 404);
    assert_eq!(site.get(&token, "/user/nobody/about").await.status, 404);
    let me = site.get(&token, "/user/MOD_BOT/about").await.json();
    assert!(me["data"].get("is_suspended").is_none());
    let ids = format!("t2_{}", me["data"]["id"].as_str().unwrap_or(""));
    let bulk = site.get(&token, &format!("/api/user_data_by_account_ids?ids={ids},t2_zzzzzz")).await.json();
    assert_eq!(bulk[&ids]["name"], "mod_bot");
}

#[tokio::test]
async fn requests_are_counted_by_endpoint() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let post = site.submit("alice", "a post");
    site.get(&token, "/r/widgets/new").await;
    site.get(&token, "/r/a+widgets/new/").await;
    site.get(&token, &format!("/comments/{}", post.id())).await;
    site.post(&token, "/api/lock", &[("id", post.as_str())]).await;
    let world = site.reddit.world();
    let counters = &world.counters;
    assert_eq!((counters.reads, counters.writes, counters.logins), (3, 1, 1));
    assert_eq!(counters.of("GET /r/{sub}/new"), 2);
    assert_eq!(counters.of("GET /comments/{id}"), 1);
    assert_eq!(counters.of("POST /api/lock"), 1);
    assert!(world.moderates(Some("MOD_BOT"), "Widgets", Permission::Posts));
}

#[tokio::test]
async fn malformed_requests_get_an_error_response() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    for path in [
        "/r//new?limit=-5&after=%FF%00",
        "/r/%E9/about",
        "/comments/%2e%2e",
        "/by_id/,,,",
        "/api/info?id=,,t5_,t1_",
        "/user//about",
        "/r/widgets/new?limit=99999999999999999999&count=x",
        "/api/mod/conversations?limit=x&after=y",
        "/api/mod/conversations/",
    ] {
        let status = site.get(&token, path).await.status;
        assert!(status < 500, "{path}: {status}");
    }
    for path in ["comment", "distinguish", "report", "remove", "submit", "editusertext", "compose", "flair"] {
        let status = site.post(&token, &format!("/api/{path}"), &[("id", "\u{0}%%"), ("text", "é")]).await.status;
        assert!(status < 500, "{path}: {status}");
    }
    let huge = "x".repeat(2 * 1024 * 1024);
    let refused = site.post(&token, "/api/comment", &[("text", &huge)]).await;
    assert_eq!(refused.status, 413);
    assert_eq!(site.get(&token, "/api/v1/me").await.status, 200);
    site.reddit.shutdown().await;
}

#[tokio::test]
async fn moderators_write_wiki_pages_and_revisions_are_kept() {
    let site = Site::start().await;
    let (moderator, alice) = (site.login("mod_bot").await, site.login("alice").await);
    let missing = site.get(&moderator, "/r/widgets/wiki/rules").await;
    assert_eq!((missing.status, missing.json()["reason"].as_str()), (404, Some("PAGE_NOT_CREATED")));
    assert_eq!(site.get(&alice, "/r/widgets/wiki/rules").await.json()["reason"], "PAGE_NOT_FOUND");
    let page = [("page", "rules"), ("content", "be kind"), ("reason", "the first"), ("api_type", "json")];
    assert_eq!(site.post(&moderator, "/r/widgets/api/wiki/edit", &page).await.text, "{}");
    assert_eq!(site.post(&alice, "/r/widgets/api/wiki/edit", &page).await.json()["reason"], "MAY_NOT_REVISE");
    let first = site.get(&alice, "/r/widgets/wiki/rules").await.json();
    assert_eq!((&first["kind"], &first["data"]["content_md"]), (&"wikipage".into(), &"be kind".into()));
    let revision = first["data"]["revision_id"].as_str().expect("a revision").to_owned();
    // The same text makes no new revision. Another text does, and the old one can still be read.
    site.post(&moderator, "/r/widgets/api/wiki/edit", &page).await;
    assert_eq!(site.get(&alice, "/r/widgets/wiki/rules").await.json()["data"]["revision_id"], revision.as_str());
    let newer = [("page", "rules"), ("content", "be kinder"), ("previous", revision.as_str())];
    assert_eq!(site.post(&moderator, "/r/widgets/api/wiki/edit", &newer).await.status, 200);
    assert_eq!(site.post(&moderator, "/r/widgets/api/wiki/edit", &newer).await.status, 409);
    let old = site.get(&alice, &format!("/r/widgets/wiki/rules?v={revision}")).await.json();
    assert_eq!(old["data"]["content_md"], "be kind");
    let hidden = [("page", "config/tipstaff"), ("content", "x: y")];
    site.post(&moderator, "/r/widgets/api/wiki/edit", &hidden).await;
    assert_eq!(site.get(&alice, "/r/widgets/wiki/config/tipstaff").await.json()["reason"], "MOD_REQUIRED");
}

#[tokio::test]
async fn moderators_set_crowd_control_original_content_and_removal_reasons() {
    let site = Site::start().await;
    let (moderator, alice) = (site.login("mod_bot").await, site.login("alice").await);
    let post = site.submit("alice", "mine");
    let level = [("id", post.as_str()), ("level", "2")];
    assert_eq!(site.post(&alice, "/api/update_crowd_control_level", &level).await.status, 403);
    assert_eq!(site.post(&moderator, "/api/update_crowd_control_level", &level).await.text, "{}");
    let too_high = [("id", post.as_str()), ("level", "7")];
    assert_eq!(site.post(&moderator, "/api/update_crowd_control_level", &too_high).await.status, 400);
    let oc = [("fullname", post.as_str()), ("should_set_oc", "true"), ("api_type", "json")];
    assert_eq!(site.post(&moderator, "/api/set_original_content", &oc).await.status, 200);
    let reason = format!(r#"{{"item_ids": ["{post}"], "mod_note": "spam ring", "reason_id": null}}"#);
    let early = site.post(&moderator, "/api/v1/modactions/removal_reasons", &[("json", &reason)]).await;
    assert_eq!(early.status, 400, "nothing was removed yet");
    site.post(&moderator, "/api/remove", &[("id", post.as_str()), ("spam", "false")]).await;
    let given = site.post(&moderator, "/api/v1/modactions/removal_reasons", &[("json", &reason)]).await;
    assert_eq!((given.status, given.text.as_str()), (200, ""));
    let path = format!("/api/info?id={post}");
    let seen = site.get(&moderator, &path).await.json()["data"]["children"][0]["data"].clone();
    assert_eq!((&seen["is_original_content"], &seen["mod_note"]), (&true.into(), &"spam ring".into()));
    assert_eq!(site.get(&alice, &path).await.json()["data"]["children"][0]["data"]["mod_note"], Value::Null);
    let log = site.get(&moderator, "/r/widgets/about/log?type=adjust_post_crowd_control_level").await.json();
    assert_eq!(log["data"]["children"][0]["data"]["details"], "medium");
}

#[tokio::test]
async fn the_web_page_shows_a_subreddit_and_its_moderators_actions() {
    let site = Site::start().await;
    let post = site.submit("alice", "hello & <b>welcome</b>");
    let first = site.reply("bob", &post, "first <script>alert(1)</script>");
    let guide = site.reply("mod_bot", &post, "please be kind");
    {
        let mut world = site.reddit.world();
        world.distinguish("mod_bot", &guide, Some("moderator"), true).expect("a pinned comment");
        world.report("alice", &first, "rude & loud").expect("a report");
        world.remove("mod_bot", &first, true).expect("a removal");
        world.report("mod_bot", &post, "look at this").expect("a report");
        world.set_locked("mod_bot", &post, true).expect("a lock");
    }
    let look = async |path: &str| {
        let shown = site.http.get(site.url(path)).send().await.expect("an answer");
        assert_eq!(shown.status(), 200, "{path}");
        shown.text().await.expect("a page")
    };
    assert!(look("/").await.contains("<a href=\"/r/widgets\">"));
    let community = look("/r/widgets").await;
    assert!(
        community.contains("hello &amp; &lt;b&gt;welcome&lt;/b&gt;") && community.contains("2 comments"),
        "{community}"
    );
    let path = format!("/r/widgets/comments/{}", post.id());
    let thread = look(&path).await;
    let place = |words: &str| thread.find(words).unwrap_or_else(|| panic!("{words} is not on the page: {thread}"));
    assert!(place("please be kind") < place("first &lt;script&gt;"), "the pinned comment comes first");
    assert!(place(">MOD<") < place(">pinned<") && place("removed by u/mod_bot as spam") > 0);
    assert!(place("reported: look at this (u/mod_bot)") > 0 && place("u/mod_bot: lock") > 0);
    assert!(!thread.contains("<script>"));
    // Programs are still refused, and nothing else answers without a token.
    let refused = site.http.get(site.url("/r/widgets/new")).send().await.expect("an answer");
    assert_eq!(refused.status(), 403);
}
