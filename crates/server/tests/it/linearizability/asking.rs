//! One operation over HTTP, and what its answer says.

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::{GrantId, LoginSessionId},
};
use impersonation_testkit::history::{Call, Grant, Reply};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::site::Pair;
use crate::client::{Answer, Client};

/// What is to be sent.
pub(super) struct Question {
    method: Method,
    path: String,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
}

/// What was learned beyond the reply.
#[derive(Debug)]
pub(super) struct Learned {
    pub(super) reply: Reply,
    /// The token of a login session that has been started.
    pub(super) token: Option<String>,
    /// Whether this is the answer to an earlier request with the same idempotency key.
    pub(super) is_repeated: bool,
}

impl Question {
    /// The request for a call. `key` is for what makes something.
    pub(super) fn of(call: Call, pair: &Pair, key: &str) -> Self {
        let seen = |seen: Grant| vec![("if-match", format!("\"{}\"", seen.version))];
        let grant = |seen: Grant| format!("/api/v1/grants/{}", seen.id);
        let post = |path: &str, body| (Method::POST, path.to_owned(), Some(body), Vec::new());
        let (method, path, body, mut headers) = match call {
            Call::Create { access } => post(
                "/api/v1/grants",
                json!({
                    "grantor_email": pair.subject_email,
                    "grantee_email": pair.actor_email,
                    "access": access,
                }),
            ),
            Call::Edit { seen: it, access } => {
                (Method::PATCH, grant(it), Some(json!({"access": access})), seen(it))
            }
            Call::Delete { seen: it } => (Method::DELETE, grant(it), None, seen(it)),
            Call::Check { access } => {
                let channel = (access == AccessType::Send).then_some(&pair.channel);
                post(
                    "/api/v1/decisions",
                    json!({
                        "actor_id": pair.actor, "action": access, "subject_id": pair.subject,
                        "channel_id": channel,
                    }),
                )
            }
            Call::List => (Method::GET, "/api/v1/me/accounts".to_owned(), None, Vec::new()),
            Call::Start => post("/api/v1/login-sessions", json!({"subject_id": pair.subject})),
            Call::Act { .. } => {
                (Method::GET, "/api/v1/login-sessions/current".to_owned(), None, Vec::new())
            }
            Call::Stop { .. } => {
                (Method::DELETE, "/api/v1/login-sessions/current".to_owned(), None, Vec::new())
            }
            Call::Send => post(
                &format!("/api/v1/channels/{}/messages", pair.channel),
                json!({"body": "hello", "send_as": pair.subject}),
            ),
        };
        if matches!(call, Call::Create { .. }) {
            headers.push(("idempotency-key", key.to_owned()));
        }
        Self { method, path, body, headers }
    }

    /// Uses a login session in another way: by sending a message, or by reading who one is.
    pub(super) fn differently(self, pair: &Pair, by_sending: bool) -> Self {
        if by_sending {
            let path = format!("/api/v1/channels/{}/messages", pair.channel);
            Self { method: Method::POST, path, body: Some(json!({"body": "as they"})), ..self }
        } else {
            Self { path: "/api/v1/me".to_owned(), ..self }
        }
    }

    /// Sends it. `None` where no answer came, or one that says that it is not known.
    pub(super) async fn ask(&self, client: &Client) -> Option<Answer> {
        let prepare = |mut request: RequestBuilder| {
            for (name, value) in &self.headers {
                request = request.header(*name, value);
            }
            match &self.body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        let answer = client.try_send(self.method.clone(), &self.path, prepare).await.ok()?;
        // A request that broke off on its way has no effect; that is one of the two possibilities.
        let is_known = answer.status != 503 && answer.body["code"] != "interrupted";
        is_known.then_some(answer)
    }
}

/// What an answer says.
///
/// # Panics
/// Where it is none of those that the call can have here.
pub(super) fn understand(call: Call, pair: &Pair, answer: &Answer) -> Learned {
    let Answer { status, headers, body } = answer;
    let code = body["code"].as_str().unwrap_or_default();
    let reply = match (call, status.as_u16(), code) {
        (Call::Create { .. }, 201, _) => Reply::Created { grant: versioned(body) },
        (Call::Create { .. }, 409, "duplicate_grant") => {
            let existing = body["existing"].as_str().unwrap().rsplit('/').next().unwrap();
            Reply::Duplicate { existing: Some(existing.parse().unwrap()) }
        }
        (Call::Edit { .. }, 200, _) => Reply::Edited { version: versioned(body).version },
        (Call::Delete { .. }, 204, _) => Reply::Deleted,
        (Call::Edit { .. } | Call::Delete { .. }, 412, "version_mismatch") => Reply::Stale,
        (Call::Edit { .. } | Call::Delete { .. }, 404, _) => Reply::Missing,
        (Call::Check { .. }, 200, _) => match (body["decision"].as_str(), code) {
            (Some("permit"), _) => Reply::Permitted { grant: named(body) },
            (_, "no_grant") => Reply::NoGrant,
            (_, "login_not_granted" | "send_not_granted") => Reply::NotGiven { grant: named(body) },
            _ => panic!("{call:?}: {answer:?}"),
        },
        (Call::List, 200, _) => Reply::Listed { account: account(body, pair) },
        (Call::Start, 201, _) => {
            let session = body["id"].as_str().unwrap().parse().unwrap();
            Reply::Started { session, grant: named(body) }
        }
        (Call::Start, 409, "too_many_login_sessions") => Reply::Busy,
        (Call::Start | Call::Send, 403, "no_grant") => Reply::NoGrant,
        (Call::Start, 403, "login_not_granted") | (Call::Send, 403, "send_not_granted") => {
            Reply::NotGiven { grant: None }
        }
        (Call::Send, 201, _) => Reply::Permitted { grant: named(&body["via"]) },
        (Call::Act { session }, 200 | 201, _) => {
            Reply::Permitted { grant: Some(in_session(body, session)) }
        }
        (Call::Act { .. } | Call::Stop { .. }, 401, "login_session_ended") => Reply::SessionEnded,
        (Call::Stop { .. }, 204, _) => Reply::Stopped,
        _ => panic!("{call:?}: {answer:?}"),
    };
    Learned {
        reply,
        token: body["token"].as_str().map(str::to_owned),
        is_repeated: headers.contains_key("idempotent-replayed"),
    }
}

/// The grant in what is a grant itself.
fn versioned(body: &Value) -> Grant {
    Grant { id: id(&body["id"]), version: body["version"].as_u64().unwrap() }
}

/// The grant that something names.
fn named(body: &Value) -> Option<Grant> {
    let version = body["grant_version"].as_u64().unwrap_or_else(|| panic!("no version: {body}"));
    Some(Grant { id: id(&body["grant_id"]), version })
}

fn id(value: &Value) -> GrantId {
    value.as_str().unwrap().parse().unwrap()
}

/// The grant that a login session named when it was used, in any of three ways.
fn in_session(body: &Value, session: LoginSessionId) -> Grant {
    let (named_in, session_id) = if body["via"].is_object() {
        (&body["via"], &body["via"]["login_session_id"])
    } else if body["login_session"].is_object() {
        (&body["login_session"], &body["login_session"]["id"])
    } else {
        (body, &body["id"])
    };
    assert_eq!(session_id.as_str().unwrap(), session.to_string(), "the session of another");
    named(named_in).unwrap()
}

/// What a list of accounts has of the pair.
fn account(body: &Value, pair: &Pair) -> Option<(Grant, AccessTypes)> {
    let accounts = body["items"].as_array().unwrap();
    let account =
        accounts.iter().find(|account| account["user"]["id"] == pair.subject.to_string())?;
    let access = serde_json::from_value(account["access"].clone()).unwrap();
    Some((named(account).unwrap(), access))
}

#[cfg(test)]
mod tests {
    use reqwest::{StatusCode, header::HeaderMap};

    use super::*;

    fn pair() -> Pair {
        let id = |last: u8| format!("0190b6a4-0000-7000-8000-0000000000{last:02}").parse().unwrap();
        Pair {
            actor: id(1),
            subject: id(2),
            actor_email: "ben@acme.example".to_owned(),
            subject_email: "cleo@acme.example".to_owned(),
            token: "imp_own_0000".to_owned(),
            channel: "deals".to_owned(),
        }
    }

    fn decision(version: &Value) -> Answer {
        let body = json!({
            "decision": "permit", "code": "permitted",
            "grant_id": "0190b6a4-0000-7000-8000-000000000003", "grant_version": version,
        });
        Answer { status: StatusCode::OK, headers: HeaderMap::new(), body }
    }

    /// Fact 3 of the invariants: such replies would make the check blind.
    #[test]
    fn d7_a_permit_without_a_version_stops_the_harness() {
        let call = Call::Check { access: AccessType::Login };
        let learned = understand(call, &pair(), &decision(&json!(2)));
        assert!(matches!(
            learned.reply,
            Reply::Permitted { grant: Some(Grant { version: 2, .. }) }
        ));
        for none in [Value::Null, json!(true)] {
            let stopped = std::panic::catch_unwind(|| understand(call, &pair(), &decision(&none)));
            let message = stopped.unwrap_err().downcast::<String>().unwrap();
            assert!(message.starts_with("no version"), "{message}");
        }
    }
}
