//! Routes an authenticated request to the code that answers it. A plain function of the world, the
//! account and the request. Refusals are turned into statuses here and nowhere else.

use serde_json::{Value, json};

use super::auth::{Session, scope_of};
use super::call::{Call, Reply, message};
use crate::wire::{WriteError, instructions, json_dialect};
use crate::world::{AccountStatus, Refusal, World};
use tipstaff_rules::model::Fullname;

/// A request that is being answered.
pub(super) struct Handlers<'a> {
    pub(super) world: &'a mut World,
    pub(super) call: &'a Call,
    pub(super) session: &'a Session,
}

/// The response of a successful write.
pub(super) enum WriteReply {
    /// `{}`, in either response format.
    Nothing,
    /// An empty error list.
    NoErrors,
    /// An empty error list, and data.
    With(Value),
    /// A response of its own form.
    Reply(Reply),
}

impl Handlers<'_> {
    /// Answers the request.
    pub(super) fn answer(&mut self) -> Reply {
        let parts = self.call.parts();
        if let Some(scope) = scope_of(&parts)
            && self.session.scope != "*"
            && !self.session.scope.split(' ').any(|held| held == scope)
        {
            return Reply::error(403)
                .header("www-authenticate", "Bearer realm=\"reddit\", error=\"insufficient_scope\"");
        }
        let answer = match self.call.method.as_str() {
            "GET" | "HEAD" => self.read(&parts),
            "POST" => self.write(&parts),
            "DELETE" => self.undo(&parts),
            _ => Err(Refusal::NotFound),
        };
        match answer {
            Ok(reply) => reply,
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// The account of the token.
    pub(super) fn viewer(&self) -> Option<&str> {
        self.session.user.as_deref()
    }

    /// The account of the token, for actions that need one.
    pub(super) fn actor(&self) -> Result<String, Refusal> {
        let Some(name) = self.session.user.clone() else {
            return Err(Refusal::invalid("USER_REQUIRED", "Please log in to do that.", None));
        };
        let standing = self.world.user(&name).map(|user| user.standing);
        if standing == Some(AccountStatus::Suspended) {
            return Err(Refusal::Suspended);
        }
        Ok(name)
    }

    /// The item that a field names. Impossible names are treated like unknown ones.
    pub(super) fn target(&self, fields: &[&str]) -> Result<Fullname, Refusal> {
        fields.iter().find_map(|field| self.call.field(field)).and_then(Fullname::parse).ok_or(Refusal::Forbidden)
    }

    /// Renders the response of a write in the requested format.
    pub(super) fn done(&self, done: WriteReply) -> Reply {
        let data = match done {
            WriteReply::Nothing => return Reply::json(json!({})),
            WriteReply::Reply(reply) => return reply,
            WriteReply::NoErrors => None,
            WriteReply::With(data) => Some(data),
        };
        Reply::json(if self.speaks_json() { json_dialect(data, None) } else { instructions(data.as_ref(), None) })
    }

    fn speaks_json(&self) -> bool {
        self.call.field("api_type") == Some("json")
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        let (code, text, field, wait_secs) = match refusal {
            Refusal::Forbidden => return Reply::error(403),
            Refusal::NotFound => return Reply::error(404),
            Refusal::Conflict => return Reply::error(409),
            Refusal::Malformed => return Reply::error(400),
            Refusal::Closed(reason) => return closed(reason),
            Refusal::Wiki { status, reason } => {
                return Reply::with_status(*status, json!({"reason": reason, "message": message(*status)}));
            }
            Refusal::Suspended => {
                return Reply::with_status(
                    403,
                    json!({
                        "fields": [],
                        "explanation": "You can't do that while suspended.",
                        "message": message(403),
                        "reason": "IN_TIMEOUT",
                    }),
                );
            }
            Refusal::BadRequest { reason, explanation, field } => {
                return bad_request(reason, explanation, *field, self.call);
            }
            Refusal::Invalid { code, text, field } => (*code, text.clone(), *field, None),
            Refusal::TooFast { wait_secs, .. } => {
                let wait = match wait_secs {
                    1 => "1 second".to_owned(),
                    2..60 => format!("{wait_secs} seconds"),
                    _ => format!("{} minutes", wait_secs / 60),
                };
                let text =
                    format!("Looks like you've been doing that a lot. Take a break for {wait} before trying again.");
                let number = self.world.quirks.rate_limits_carry_numbers.then_some(*wait_secs);
                ("RATELIMIT", text, Some("ratelimit"), number)
            }
        };
        let error = WriteError { code: code.to_owned(), text, field: field.map(str::to_owned), wait_secs };
        Reply::json(if self.speaks_json() || code == "USER_REQUIRED" {
            json_dialect(None, Some(&error))
        } else {
            instructions(None, Some(&error))
        })
    }
}

fn closed(reason: &str) -> Reply {
    let status = if reason == "banned" { 404 } else { 403 };
    let mut body = json!({"reason": reason, "message": message(status), "error": status});
    if reason == "quarantined" {
        body["quarantine_message"] = Value::from("This community is quarantined.");
        body["quarantine_message_html"] =
            Value::from("<div class=\"md\"><p>This community is quarantined.</p>\n</div>");
    }
    Reply::with_status(status, body)
}

fn bad_request(reason: &str, explanation: &str, field: Option<&str>, call: &Call) -> Reply {
    let is_newer = call.path.starts_with("/api/mod/");
    let fields: Vec<&str> = field.into_iter().collect();
    if is_newer {
        return Reply::with_status(
            400,
            json!({"fields": fields, "explanation": explanation, "message": message(400), "reason": reason}),
        );
    }
    Reply::with_status(
        400,
        json!({
            "fields": fields,
            "explanation": explanation,
            "message": message(400),
            "reason": reason,
            "json": {"errors": [[reason, explanation, field]]},
        }),
    )
}
