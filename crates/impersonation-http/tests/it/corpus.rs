//! The kept cases of the testkit, asked over HTTP.

use std::sync::Arc;

use impersonation_domain::policy::Standing;
use impersonation_memory::InMemory;
use impersonation_testkit::{
    corpus::{Kept, Replayed, Staged, all, stage},
    environment::Environment,
    reference::Answer,
    store::OpenStore,
    strategies::Question,
};
use serde_json::json;

use crate::support::{Server, get, post};

#[tokio::test]
async fn d1_every_kept_case_is_answered_as_it_says() {
    let memory = InMemory::new();
    let environment = Environment::default();
    let server = Server::on(&memory, environment.clone(), |_| {});
    let (units, index) = (Arc::new(memory.clone()), Arc::new(memory));
    let store = OpenStore { units, index, keep: Box::new(()) };
    let mut replayed = Replayed::default();
    for kept in all() {
        match stage(&store, &environment, &kept).await {
            Ok(staged) => {
                explained(&server, &staged, &kept).await;
                done(&server, &staged, &kept).await;
                replayed.played += 1;
            }
            Err(why) => replayed.skipped.push((kept.name, why)),
        }
    }
    replayed.must_be_most();
    replayed.figures("kept cases over HTTP").finish();
}

/// An administrator asks for a decision.
async fn explained(server: &Server, staged: &Staged, kept: &Kept) {
    let (action, channel) = match staged.question {
        Question::LogIn => ("login", None),
        Question::SendAs(channel) => ("send", Some(channel)),
        Question::ActAs(_) => return,
    };
    if staged.standing == Standing::InLoginSession {
        return;
    }
    let (actor, subject) = (staged.actor, staged.subject);
    let body =
        json!({"actor_id": actor, "action": action, "subject_id": subject, "channel_id": channel});
    let ask = post("/api/v1/decisions", &body).by(staged.administrator.reveal());
    let told = server.ask(ask).await;
    let context = format!("{}: {:#}", kept.name, told.body);
    match staged.expected {
        // Where there is no impersonation nobody manages it.
        Answer::Deny("plan_excludes_impersonation") if told.status == 403 => {
            assert_eq!(told.code(), "plan_excludes_impersonation", "{context}");
        }
        Answer::Permit(grant, version, _) => {
            assert_eq!((told.status, told.text("decision")), (200, "permit"), "{context}");
            assert_eq!(told.body["grant_id"], json!(grant), "{context}");
            assert_eq!(told.body["grant_version"], json!(version), "{context}");
        }
        Answer::Deny(code) => {
            let answer = (told.status, told.text("decision"), told.code());
            assert_eq!(answer, (200, "deny", code), "{context}");
        }
    }
}

/// The actor does it.
async fn done(server: &Server, staged: &Staged, kept: &Kept) {
    let Some(token) = &staged.token else { return };
    let ask = match staged.question {
        Question::LogIn => post("/api/v1/login-sessions", &json!({"subject_id": staged.subject})),
        Question::ActAs(_) => get("/api/v1/me"),
        Question::SendAs(channel) => {
            let body = json!({"body": "hello", "send_as": staged.subject});
            post(format!("/api/v1/channels/{channel}/messages"), &body)
        }
    };
    let answer = server.ask(ask.by(token.reveal())).await;
    let context = format!("{}: {:#}", kept.name, answer.body);
    match (staged.refusal(), staged.expected) {
        (Some(code), _) => {
            assert!((400..500).contains(&answer.status), "{context}");
            assert_eq!(answer.code(), code, "{context}");
        }
        (None, Answer::Permit(grant, version, _)) => {
            assert!((200..300).contains(&answer.status), "{context}");
            if let Question::SendAs(_) = staged.question {
                let by = (&answer.body["via"]["grant_id"], &answer.body["via"]["grant_version"]);
                assert_eq!(by, (&json!(grant), &json!(version)), "{context}");
            }
        }
        (None, deny) => panic!("{context}: {deny} is neither done nor refused"),
    }
}
