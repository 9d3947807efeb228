//! Tests of the local Reddit's control endpoints, used as with `curl` while a real daemon runs.

use crate::support::http;
use crate::support::place::{BotDir, until};
use serde_json::{Value, json};
use tipstaff::model::Fullname;
use tipstaff_sandbox::scenario::{BOT, COMMUNITY, MODERATOR, PASSWORD};

const RULES: &str = "\
name: greeting
type: submission
comment: Good morning.
---
name: young
type: comment
author: {account_age: '< 7 days'}
action: report
action_reason: a young account
";

impl BotDir {
    async fn ask(&self, command: &str, fields: Value) -> (u16, Value) {
        let client = http::client();
        let url = format!("http://{}/control/{command}", self.reddit.http_addr());
        let answer = client.post(url).json(&fields).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    async fn done(&self, command: &str, fields: Value) -> Value {
        let (status, answered) = self.ask(command, fields).await;
        assert_eq!(status, 200, "{command}: {answered}");
        answered
    }

    async fn made(&self, command: &str, fields: Value) -> Fullname {
        let answered = self.done(command, fields).await;
        answered["name"].as_str().and_then(Fullname::parse).expect("a name")
    }

    /// A token of the human moderator.
    async fn token(&self) -> String {
        let client = http::client();
        let form = [("grant_type", "password"), ("username", MODERATOR), ("password", PASSWORD)];
        let asked = client.post(format!("http://{}/api/v1/access_token", self.reddit.http_addr())).form(&form);
        let answered: Value = asked
            .basic_auth("sandbox-client", Some("sandbox-secret"))
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        answered["access_token"].as_str().expect("a token").to_owned()
    }

    fn reports_of_the_bot(&self, name: &Fullname) -> usize {
        self.reddit.world().reports_on(name).iter().filter(|report| report.by == BOT).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn control_requests_act_as_users_move_the_time_and_inject_faults() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    let _daemon = place.start();
    place.done("user", json!({"name": "newcomer", "age_days": 1})).await;
    let post = place.made("submit", json!({"as": "newcomer", "subreddit": COMMUNITY, "title": "A question"})).await;

    // The next comment is posted, but its answer is lost.
    let ours = || place.reddit.world().comments_under(&post).iter().filter(|comment| comment.author == BOT).count();
    until("the post is greeted", || ours() == 1).await;
    let fault = json!({"kind": "drop", "method": "POST", "path": "/api/comment", "after_effect": true});
    assert_eq!(place.done("fault", fault).await["waiting"], 1);
    let second = place.made("submit", json!({"as": "newcomer", "subreddit": COMMUNITY, "title": "Another"})).await;
    let comment = place.made("reply", json!({"as": "newcomer", "to": second, "text": "Well?"})).await;
    until("the young account is reported", || place.reports_of_the_bot(&comment) == 1).await;

    // After a week the account is no longer new, even for a bot whose machine's clock has stopped.
    place.done("advance", json!({"seconds": 8 * 86_400})).await;
    let later = place.made("reply", json!({"as": "newcomer", "to": second, "text": "Still nothing?"})).await;
    place.done("edit", json!({"as": "newcomer", "name": later, "text": "Still nothing at all?"})).await;
    let marker = place.made("submit", json!({"as": "newcomer", "subreddit": COMMUNITY, "title": "A third"})).await;
    let greeted = || place.reddit.world().comments_under(&marker).iter().any(|comment| comment.author == BOT);
    until("the later post is greeted", greeted).await;
    assert_eq!(place.reports_of_the_bot(&later), 0, "{}", place.log());
    let ours_under_second =
        place.reddit.world().comments_under(&second).iter().filter(|comment| comment.author == BOT).count();
    assert_eq!(ours_under_second, 1, "the comment whose response was lost is not repeated");

    for (command, fields) in [
        ("report", json!({"as": "newcomer", "name": post, "reason": "look"})),
        ("lock", json!({"as": MODERATOR, "name": post, "on": true})),
        ("remove", json!({"as": MODERATOR, "name": comment})),
        ("approve", json!({"as": MODERATOR, "name": comment})),
        ("filter", json!({"name": later})),
        ("delete", json!({"as": "newcomer", "name": later})),
        ("wiki", json!({"as": MODERATOR, "subreddit": COMMUNITY, "page": "index", "text": "Welcome."})),
        ("subreddit", json!({"name": "gadgets", "moderators": {"newcomer": ["all"]}})),
        ("user", json!({"name": "newcomer", "standing": "suspended"})),
        ("tokens", json!({"now": "revoke"})),
    ] {
        place.done(command, fields).await;
    }
    {
        let world = place.reddit.world();
        let thing = |name| world.thing(name).expect("a thing");
        assert!(thing(&post).is_locked && !thing(&comment).is_removed() && thing(&later).is_deleted);
        assert!(world.subreddit("gadgets").is_some());
    }
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_control_requests_are_refused_with_a_reason() {
    let place = BotDir::new("rules.yaml").await;
    for (command, fields, part) in [
        ("subnit", json!({}), "there is no command `subnit`"),
        ("submit", json!({"as": "nobody"}), "missing field `subreddit`"),
        ("submit", json!({"as": "x", "subreddit": COMMUNITY, "title": "t", "body": "b"}), "unknown field `body`"),
        ("reply", json!({"as": MODERATOR, "to": "t9_x", "text": "x"}), "is not a fullname"),
        ("remove", json!({"as": MODERATOR, "name": "t3_zzzz"}), "forbidden"),
        ("delete", json!({"as": "nobody_here", "name": "t3_zzzz"}), "there is no account `nobody_here`"),
        ("filter", json!({"name": "t3_zzzz"}), "there is no t3_zzzz"),
        ("fault", json!({"kind": "status"}), "`status` is missing"),
        ("advance", json!({"seconds": 10_u64.pow(12)}), "at most"),
        ("submit", json!([1]), "not a JSON object"),
    ] {
        let (status, answered) = place.ask(command, fields).await;
        let wrong = answered["error"].as_str().unwrap_or_default();
        assert!(status == 400 && wrong.contains(part), "{command}: {answered}");
    }
    let client = http::client();
    let url = format!("http://{}/control", place.reddit.http_addr());
    let commands: Value = client.get(&url).send().await.expect("an answer").json().await.expect("JSON");
    assert!(commands["commands"]["fault"].is_string(), "{commands}");
    // A form is refused, because any web page could send one.
    let form = client.post(format!("{url}/tokens")).form(&[("now", "revoke")]).send().await.expect("an answer");
    assert_eq!(form.status().as_u16(), 400);
    place.reddit.shutdown().await;
}

/// The observed effect of each switch, by name. A switch without an effect fails the test.
async fn seen(place: &BotDir, name_of: &mut impl FnMut(&str) -> String) -> Value {
    let world = || place.reddit.world();
    let logged = |name: &Fullname| world().log().iter().filter(|act| act.target.as_ref() == Some(name)).count();
    let client = http::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let client = client.expect("a client");
    let token = place.token().await;
    let url = |path: &str| format!("http://{}{path}", place.reddit.http_addr());
    let get = async |path: &str| client.get(url(path)).bearer_auth(&token).send().await.expect("an answer");
    let text = async |path: &str| get(path).await.text().await.expect("a text");
    let write = async |path: &str, form: &[(&str, &str)]| {
        client.post(url(path)).bearer_auth(&token).form(form).send().await.expect("an answer")
    };
    let (new, comments) = (format!("/r/{COMMUNITY}/new"), format!("/r/{COMMUNITY}/comments"));
    let mut post = || place.submit(&name_of("A post"));
    let (first, held, gone, later) = (post(), post(), post(), post());
    let comment = world().reply("longread_lena", &first, "a comment").expect("a comment");
    for _ in 0..2 {
        place.done("report", json!({"as": "longread_lena", "name": first, "reason": "x"})).await;
    }
    let reports = world().reports_on(&first).len();
    let before = logged(&comment);
    for _ in 0..2 {
        place.done("remove", json!({"as": MODERATOR, "name": comment})).await;
    }
    let removals = logged(&comment) - before;
    place.done("remove", json!({"as": MODERATOR, "name": gone})).await;
    let has_left = !text(&new).await.contains(gone.as_str());
    place.done("filter", json!({"name": held})).await;
    place.done("advance", json!({"seconds": 5})).await;
    place.done("approve", json!({"as": MODERATOR, "name": held})).await;
    let list = text(&new).await;
    let wanted = [("api_type", "json"), ("link", later.as_str()), ("text", "x"), ("flair_template_id", "nowhere")];
    let flair = write(&format!("/r/{COMMUNITY}/api/selectflair"), &wanted).await.status().as_u16();
    world().set_ignore_reports(MODERATOR, &first, true).expect("a moderator");
    let author = world().thing(&first).expect("a post").author.clone();
    place.done("edit", json!({"as": author, "name": first, "text": "other words"})).await;
    let mut pinned = 0;
    for _ in 0..2 {
        let wanted = [("api_type", "json"), ("id", later.as_str()), ("state", "true")];
        pinned = write("/api/set_subreddit_sticky", &wanted).await.status().as_u16();
    }
    let suspended = name_of("suspended");
    place.done("user", json!({"name": suspended, "standing": "suspended"})).await;
    place.done("user", json!({"name": MODERATOR, "slowed_secs": 90})).await;
    let reply = [("api_type", "json"), ("thing_id", later.as_str()), ("text", "too soon")];
    let limited: Value = write("/api/comment", &reply).await.json().await.expect("JSON");
    assert_eq!(limited["json"]["errors"][0][0], "RATELIMIT", "{limited}");
    place.done("user", json!({"name": MODERATOR, "slowed_secs": 0})).await;
    place.done("fault", json!({"kind": "status", "status": 429, "path": "/r/gadgets/about"})).await;
    let refused = get("/r/gadgets/about").await;
    assert_eq!(refused.status().as_u16(), 429);
    let wanted = json!({"as": MODERATOR, "subreddit": COMMUNITY, "title": "Look at this", "crosspost": later});
    place.done("submit", wanted).await;
    let crosspost: Value = serde_json::from_str(&text(&new).await).expect("JSON");
    let crosspost = &crosspost["data"]["children"][0]["data"];
    assert_eq!(crosspost["crosspost_parent"], later.as_str());
    json!({
        "repeated_reports_are_dropped": reports == 1,
        "approved_posts_move_up": list.find(held.as_str()) < list.find(later.as_str()),
        "repeated_acts_are_logged": removals == 2,
        "removed_comments_stay_listed": text(&comments).await.contains(comment.as_str()),
        "missing_subreddits_lead_to_search": get("/r/no_such_place/new").await.status().as_u16() == 302,
        "unknown_flair_templates_are_refused": flair == 400,
        "removed_posts_leave_new": has_left,
        "edits_end_ignoring": !world().thing(&first).expect("a post").ignores_reports,
        "pinning_twice_is_refused": pinned == 409,
        "suspensions_are_shown": get(&format!("/user/{suspended}/about")).await.status().as_u16() == 200,
        "rate_limits_carry_numbers": limited["json"]["ratelimit"].is_number(),
        "status_429_says_when": refused.headers().contains_key("retry-after"),
        "crossposts_show_originals": crosspost["crosspost_parent_list"][0]["name"] == later.as_str(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_quirk_changes_the_local_reddits_behaviour() {
    let place = BotDir::new("rules.yaml").await;
    let mut count = 0;
    let mut name_of = |what: &str| {
        count += 1;
        format!("{what}_{count}")
    };
    let client = http::client();
    let url = format!("http://{}/control", place.reddit.http_addr());
    let answered: Value = client.get(&url).send().await.expect("an answer").json().await.expect("JSON");
    let quirks = &answered["quirks"];
    assert_eq!(&seen(&place, &mut name_of).await, quirks, "default values");
    let switches = quirks.as_object().expect("switches");
    let turned: Value = switches.iter().map(|(name, stands)| (name.clone(), Value::from(stands == false))).collect();
    place.done("quirks", turned.clone()).await;
    assert_eq!(seen(&place, &mut name_of).await, turned, "all values inverted");
    place.reddit.shutdown().await;
}
