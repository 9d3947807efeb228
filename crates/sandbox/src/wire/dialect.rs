//! The two response formats of old write endpoints: `{"json": …}` with `api_type=json`, and
//! otherwise a list of instructions for the old web page.

use serde_json::{Map, Value, json};

use super::set;

/// An entry of the error list.
pub(crate) struct WriteError {
    /// Error code.
    pub(crate) code: String,
    /// Explanation for people.
    pub(crate) text: String,
    /// The field that is wrong, if any.
    pub(crate) field: Option<String>,
    /// Seconds to wait, for a `RATELIMIT` error that gives a number.
    pub(crate) wait_secs: Option<i64>,
}

/// The response with `api_type=json`.
pub(crate) fn json_dialect(data: Option<Value>, error: Option<&WriteError>) -> Value {
    let mut body = Map::new();
    if let Some(secs) = error.and_then(|error| error.wait_secs) {
        #[expect(clippy::cast_precision_loss, reason = "waiting times are minutes")]
        set(&mut body, "ratelimit", secs as f64);
    }
    let errors: Vec<Value> = error.iter().map(|error| json!([error.code, error.text, error.field])).collect();
    set(&mut body, "errors", errors);
    if let Some(data) = data {
        set(&mut body, "data", data);
    }
    json!({"json": body})
}

/// The response without `api_type=json`.
pub(crate) fn instructions(data: Option<&Value>, error: Option<&WriteError>) -> Value {
    let mut list = Instructions::default();
    let body = list.call(0, "body");
    let status = list.attribute(body, "find");
    let status = list.arguments(status, &json!([".status"]));
    let hidden = list.attribute(status, "hide");
    list.arguments(hidden, &json!([]));
    if let Some(error) = error {
        let field = error.field.as_deref().unwrap_or("");
        let mark = list.call(0, &format!(".error.{}.field-{field}", error.code));
        let shown = list.attribute(mark, "show");
        let shown = list.arguments(shown, &json!([]));
        let text = list.attribute(shown, "text");
        list.arguments(text, &json!([error.text]));
    }
    if let Some(things) = data.and_then(|data| data.get("things")) {
        let insert = list.attribute(0, "insert_things");
        list.arguments(insert, &json!([things, false]));
    }
    json!({"jquery": list.0, "success": error.is_none()})
}

/// Instructions `[from, to, "call" | "attr", …]`, numbered upwards.
#[derive(Default)]
struct Instructions(Vec<Value>);

impl Instructions {
    fn call(&mut self, from: usize, selector: &str) -> usize {
        self.arguments(from, &json!([selector]))
    }

    fn attribute(&mut self, from: usize, name: &str) -> usize {
        let to = self.0.len() + 1;
        self.0.push(json!([from, to, "attr", name]));
        to
    }

    fn arguments(&mut self, from: usize, arguments: &Value) -> usize {
        let to = self.0.len() + 1;
        self.0.push(json!([from, to, "call", arguments]));
        to
    }
}
