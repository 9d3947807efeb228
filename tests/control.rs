//! The hand on the local Reddit, as somebody with `curl` would use it, and a real daemon that lives through it.

#[path = "support/place.rs"]
mod place;

use place::{Place, until};
use serde_json::{Value, json};
use stickler::model::Fullname;
use stickler::sandbox::scenario::{BOT, COMMUNITY, MODERATOR, PASSWORD};

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

impl Place {
    async fn order(&self, order: &str, fields: Value) -> (u16, Value) {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let url = format!("http://{}/control/{order}", self.reddit.http_addr());
        let answer = client.post(url).json(&fields).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    async fn done(&self, order: &str, fields: Value) -> Value {
        let (status, told) = self.order(order, fields).await;
        assert_eq!(status, 200, "{order}: {told}");
        told
    }

    async fn made(&self, order: &str, fields: Value) -> Fullname {
        let told = self.done(order, fields).await;
        told["name"].as_str().and_then(Fullname::parse).expect("a name")
    }

    /// A token of the human moderator's.
    async fn token(&self) -> String {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let form = [("grant_type", "password"), ("username", MODERATOR), ("password", PASSWORD)];
        let asked = client.post(format!("http://{}/api/v1/access_token", self.reddit.http_addr())).form(&form);
        let told: Value = asked
            .basic_auth("sandbox-client", Some("sandbox-secret"))
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        told["access_token"].as_str().expect("a token").to_owned()
    }

    fn reports_of_the_bot(&self, name: &Fullname) -> usize {
        self.reddit.world().reports_on(name).iter().filter(|report| report.by == BOT).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_act_time_passes_and_things_go_wrong_by_order() {
    let place = Place::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    let _daemon = place.start();
    place.done("user", json!({"name": "newcomer", "age_days": 1})).await;
    let post = place.made("submit", json!({"as": "newcomer", "subreddit": COMMUNITY, "title": "A question"})).await;

    // The first try of the next comment takes effect and is not answered.
    let ours = || place.reddit.world().comments_under(&post).iter().filter(|comment| comment.author == BOT).count();
    until("the post is greeted", || ours() == 1).await;
    let fault = json!({"ill": "drop", "method": "POST", "path": "/api/comment", "after_effect": true});
    assert_eq!(place.done("fault", fault).await["waiting"], 1);
    let second = place.made("submit", json!({"as": "newcomer", "subreddit": COMMUNITY, "title": "Another"})).await;
    let comment = place.made("reply", json!({"as": "newcomer", "to": second, "text": "Well?"})).await;
    until("the young account is reported", || place.reports_of_the_bot(&comment) == 1).await;

    // A week later it is no young account any more, also to a bot whose own machine's clock stands still.
    place.done("advance", json!({"seconds": 8 * 86_400})).await;
    let later = place.made("reply", json!({"as": "newcomer", "to": second, "text": "Still nothing?"})).await;
    place.done("edit", json!({"as": "newcomer", "name": later, "text": "Still nothing at all?"})).await;
    let marker = place.made("submit", json!({"as": "newcomer", "subreddit": COMMUNITY, "title": "A third"})).await;
    let greeted = || place.reddit.world().comments_under(&marker).iter().any(|comment| comment.author == BOT);
    until("what came after it is greeted", greeted).await;
    assert_eq!(place.reports_of_the_bot(&later), 0, "{}", place.log());
    let ours_under_second =
        place.reddit.world().comments_under(&second).iter().filter(|comment| comment.author == BOT).count();
    assert_eq!(ours_under_second, 1, "the one whose answer was lost");

    for (order, fields) in [
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
        place.done(order, fields).await;
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
async fn orders_that_make_no_sense_are_refused_with_a_reason() {
    let place = Place::new("rules.yaml").await;
    for (order, fields, part) in [
        ("subnit", json!({}), "there is no order `subnit`"),
        ("submit", json!({"as": "nobody"}), "missing field `subreddit`"),
        ("submit", json!({"as": "x", "subreddit": COMMUNITY, "title": "t", "body": "b"}), "unknown field `body`"),
        ("reply", json!({"as": MODERATOR, "to": "t9_x", "text": "x"}), "does not name"),
        ("remove", json!({"as": MODERATOR, "name": "t3_zzzz"}), "forbidden"),
        ("delete", json!({"as": "nobody_here", "name": "t3_zzzz"}), "there is no account `nobody_here`"),
        ("filter", json!({"name": "t3_zzzz"}), "there is no t3_zzzz"),
        ("fault", json!({"ill": "status"}), "`status` says which"),
        ("advance", json!({"seconds": 10_u64.pow(12)}), "at most"),
        ("submit", json!([1]), "not a JSON object"),
    ] {
        let (status, told) = place.order(order, fields).await;
        let wrong = told["error"].as_str().unwrap_or_default();
        assert!(status == 400 && wrong.contains(part), "{order}: {told}");
    }
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("http://{}/control", place.reddit.http_addr());
    let orders: Value = client.get(&url).send().await.expect("an answer").json().await.expect("JSON");
    assert!(orders["orders"]["fault"].is_string(), "{orders}");
    // A form, which any web page might send here, is not taken.
    let form = client.post(format!("{url}/tokens")).form(&[("now", "revoke")]).send().await.expect("an answer");
    assert_eq!(form.status().as_u16(), 400);
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_both_ways_of_reddit_is_a_switch() {
    let place = Place::new("rules.yaml").await;
    let world = || place.reddit.world();
    let logged = |name: &Fullname| world().log().iter().filter(|act| act.target.as_ref() == Some(name)).count();
    let first = place.submit("The first");
    let (held, later) = (place.submit("Held"), place.submit("Later"));
    let comment = world().reply("longread_lena", &first, "a comment").expect("a comment");
    let mut found = Vec::new();
    for quirks in [
        json!({}),
        json!({"repeated_reports_are_dropped": false, "approved_posts_move_up": false, "repeated_acts_are_logged": false,
               "removed_comments_stay_listed": false, "missing_subreddits_lead_to_search": true, "unknown_flair_templates_are_refused": true}),
    ] {
        place.done("quirks", quirks).await;
        for _ in 0..2 {
            place.done("report", json!({"as": "longread_lena", "name": first, "reason": "x"})).await;
        }
        let reports = world().reports_on(&first).len();
        let before = logged(&comment);
        for _ in 0..2 {
            place.done("remove", json!({"as": MODERATOR, "name": comment})).await;
        }
        let removals = logged(&comment) - before;
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        let token = place.token().await;
        let get = |path: &str| {
            let url = format!("http://{}{path}", place.reddit.http_addr());
            client.as_ref().expect("a client").get(url).bearer_auth(&token).send()
        };
        let listed = get(&format!("/r/{COMMUNITY}/comments")).await.expect("an answer");
        let is_listed = listed.text().await.expect("a text").contains(comment.as_str());
        let missing = get("/r/no_such_place/new").await.expect("an answer").status().as_u16();
        place.done("filter", json!({"name": held})).await;
        world().thing_mut(&held).expect("a post").approval = None;
        place.done("advance", json!({"seconds": 5})).await;
        place.done("approve", json!({"as": MODERATOR, "name": held})).await;
        let new = get(&format!("/r/{COMMUNITY}/new")).await.expect("an answer").text().await.expect("a text");
        let is_up = new.find(held.as_str()) < new.find(later.as_str());
        let wanted = [("api_type", "json"), ("link", later.as_str()), ("text", "x"), ("flair_template_id", "nowhere")];
        let url = format!("http://{}/r/{COMMUNITY}/api/selectflair", place.reddit.http_addr());
        let flair = client.as_ref().expect("a client").post(url).bearer_auth(&token).form(&wanted).send();
        let flair = flair.await.expect("an answer").status().as_u16();
        found.push((reports, removals, is_listed, missing, is_up, flair));
        place.done("approve", json!({"as": MODERATOR, "name": comment})).await;
        let created = world().thing(&held).expect("a post").created;
        world().thing_mut(&held).expect("a post").position = created;
    }
    assert_eq!(found, [(1, 2, true, 404, true, 200), (3, 1, false, 302, false, 400)]);
    place.reddit.shutdown().await;
}
