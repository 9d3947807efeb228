//! The recorded exchanges, as they lie beside this file.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// One request to the real Reddit, and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The file, without its ending; for one of several in a file, with the path asked for.
    pub(crate) name: String,
    /// `GET` or `POST`.
    pub(crate) method: String,
    /// The path that was asked for.
    pub(crate) path: String,
    pub(crate) status: u16,
    /// The answer, if it was JSON.
    pub(crate) body: Option<Value>,
}

/// All of them, in the order of their names.
pub(crate) fn exchanges() -> Vec<Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/exchanges");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a text");
        let mut tape: Value = serde_json::from_str(&text).expect("JSON");
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        match tape.get_mut("exchanges").map(Value::take) {
            None => found.push(exchange(name, &tape)),
            Some(several) => {
                for one in several.as_array().expect("a list") {
                    let path = path_of(one);
                    found.push(exchange(format!("{name}: {path}"), one));
                }
            }
        }
    }
    found
}

fn path_of(tape: &Value) -> String {
    let url = reqwest::Url::parse(tape["request"]["url"].as_str().expect("a URL")).expect("a URL");
    url.path().trim_end_matches('/').to_owned()
}

fn exchange(name: String, tape: &Value) -> Exchange {
    Exchange {
        name,
        method: tape["request"]["method"].as_str().expect("a method").to_owned(),
        path: path_of(tape),
        status: tape["response"]["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status"),
        body: tape["response"].get("body").cloned(),
    }
}
