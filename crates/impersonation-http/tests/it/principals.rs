//! Principal × endpoint: every operation of the description, tried as everybody.
//!
//! What is answered is kept in `principals.txt`, one line for each operation. An operation without a
//! line fails the test, and so does a line without an operation. After a change that is meant, write
//! the table anew with `UPDATE_TABLE=1` and read the difference.

use std::{fmt::Write, fs, path::Path};

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{
    Ask, DOCUMENT, OPERATOR, PASSWORD, World, delete, get, method, patch, post, put,
};

const PRINCIPALS: [&str; 6] = [
    "anonymous",
    "member",
    "admin",
    "admin of another organization",
    "in a login session",
    "operator",
];

/// A world in which every operation has something to work on.
pub(crate) struct Fixture {
    pub(crate) world: World,
    grant: String,
    session: String,
    token: String,
    file: String,
    role: String,
    /// Ben's, logged in as the administrator.
    pub(crate) inside: String,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let grant = world.grant(&world.cleo, &world.ben, &["login", "send"]).await;
        let (_, session) = world.log_in(&world.ben, &world.cleo).await;
        let token =
            world.as_ada(post("/api/v1/tokens", &json!({"name": "script"}))).await.expect(201);
        let role = json!({"name": "Auditor", "permissions": ["read_audit_log"]});
        let role = world.as_ada(post("/api/v1/roles", &role)).await.expect(201);
        let files = format!("/api/v1/channels/{}/files", world.general);
        let file = world
            .as_ada(method("POST", files).form(&[(r#""file"; filename="a.txt""#, b"hello")]))
            .await;
        let file = file.expect(201).body["files"][0]["id"].as_str().unwrap().to_owned();
        world.grant(&world.ada, &world.ben, &["login"]).await;
        let (inside, _) = world.log_in(&world.ben, &world.ada).await;
        Self {
            grant: grant["id"].as_str().unwrap().to_owned(),
            session,
            token: token.text("id").to_owned(),
            file,
            role: role.text("id").to_owned(),
            inside,
            world,
        }
    }

    /// A good request for the operation.
    pub(crate) fn sample(&self, operation: &str) -> Option<Ask> {
        let Self { world, grant, session, token, file, role, .. } = self;
        let World { ben, cleo, eli, general, deals, acme, .. } = world;
        let one = json!([{"id": grant, "version": 1}]);
        let ask = match operation {
            "sign_in" => {
                post("/api/v1/sign-in", &json!({"email": eli.email, "password": PASSWORD}))
            }
            "sign_out" => method("POST", "/api/v1/sign-out"),
            "get_me" => get("/api/v1/me"),
            "list_my_accounts" => get("/api/v1/me/accounts"),
            "get_my_delegates" => get("/api/v1/me/delegates"),
            "change_my_password" => put("/api/v1/me/password")
                .json(&json!({"current_password": PASSWORD, "new_password": "another password"})),
            "list_grants" => get("/api/v1/grants"),
            "create_grant" => post(
                "/api/v1/grants",
                &json!({"grantor_email": eli.email, "grantee_email": cleo.email, "access": ["send"]}),
            ),
            "get_grant" => get(format!("/api/v1/grants/{grant}")),
            "edit_grant" => patch(format!("/api/v1/grants/{grant}"), &json!({"access": ["send"]}))
                .if_match("\"1\""),
            "delete_grant" => delete(format!("/api/v1/grants/{grant}")).if_match("\"1\""),
            "preview_bulk_delete" => {
                post("/api/v1/grants/bulk-delete/preview", &json!({"grants": one}))
            }
            "bulk_delete_grants" => post(
                "/api/v1/grants/bulk-delete",
                &json!({"grants": one, "confirmation": "of another set"}),
            ),
            "import_grants" => method("POST", "/api/v1/grants/import").body(
                "text/csv",
                format!(
                    "grantor_email,grantee_email,login,send\n{},{},true,false\n",
                    eli.email, ben.email
                ),
            ),
            "start_login_session" => {
                post("/api/v1/login-sessions", &json!({"subject_id": cleo.id}))
            }
            "list_login_sessions" => get("/api/v1/login-sessions?live=true"),
            "get_current_login_session" => get("/api/v1/login-sessions/current"),
            "stop_login_session" => delete("/api/v1/login-sessions/current"),
            "end_login_session" => delete(format!("/api/v1/login-sessions/{session}")),
            "list_channels" => get("/api/v1/channels"),
            "create_channel" => post("/api/v1/channels", &json!({"name": "new"})),
            "list_channel_members" => get(format!("/api/v1/channels/{general}/members")),
            "add_channel_member" => put(format!("/api/v1/channels/{deals}/members/{}", eli.id)),
            "remove_channel_member" => {
                delete(format!("/api/v1/channels/{deals}/members/{}", cleo.id))
            }
            "list_messages" => get(format!("/api/v1/channels/{general}/messages")),
            "send_message" => {
                post(format!("/api/v1/channels/{general}/messages"), &json!({"body": "hello"}))
            }
            "send_file" => method("POST", format!("/api/v1/channels/{general}/files"))
                .form(&[(r#""file"; filename="b.txt""#, b"hello")]),
            "get_file" => get(format!("/api/v1/files/{file}")),
            "list_audit_events" => get("/api/v1/audit-events"),
            "verify_audit_log" => get("/api/v1/audit-events/verify"),
            "explain_decision" => post(
                "/api/v1/decisions",
                &json!({"actor_id": ben.id, "action": "login", "subject_id": cleo.id}),
            ),
            "list_users" => get("/api/v1/users"),
            "create_user" => {
                post("/api/v1/users", &json!({"name": "New", "email": "new@acme.example"}))
            }
            "get_user" => get(format!("/api/v1/users/{}", cleo.id)),
            "edit_user" => patch(format!("/api/v1/users/{}", cleo.id), &json!({"protected": true}))
                .if_match("\"1\""),
            "remove_user" => delete(format!("/api/v1/users/{}", cleo.id)).if_match("\"1\""),
            "set_user_password" => put(format!("/api/v1/users/{}/password", cleo.id))
                .json(&json!({"new_password": "another password"})),
            "list_roles" => get("/api/v1/roles"),
            "create_role" => post("/api/v1/roles", &json!({"name": "New", "permissions": []})),
            "get_role" => get(format!("/api/v1/roles/{role}")),
            "edit_role" => {
                patch(format!("/api/v1/roles/{role}"), &json!({"name": "Other"})).if_match("\"1\"")
            }
            "delete_role" => delete(format!("/api/v1/roles/{role}")).if_match("\"1\""),
            "list_tokens" => get("/api/v1/tokens"),
            "create_token" => post("/api/v1/tokens", &json!({"name": "another"})),
            "revoke_token" => delete(format!("/api/v1/tokens/{token}")),
            "get_organization" => get("/api/v1/organization"),
            "edit_organization" => {
                patch("/api/v1/organization", &json!({"login_session_minutes": 30}))
                    .if_match("\"1\"")
            }
            "list_organizations" => get("/api/v1/operator/organizations"),
            "create_organization" => post(
                "/api/v1/operator/organizations",
                &json!({"name": "New", "plan": "individual", "admin":
                    {"name": "New", "email": "new@new.example", "password": PASSWORD}}),
            ),
            "set_organization_plan" => patch(
                format!("/api/v1/operator/organizations/{acme}"),
                &json!({"plan": "multi_user"}),
            ),
            "get_set_up" => get("/api/v1/set-up/imp_set_0"),
            "set_up" => post(
                "/api/v1/set-up/imp_set_0",
                &json!({"organization_name": "New", "admin_name": "New", "admin_email": "new@new.example",
                    "admin_password": PASSWORD}),
            ),
            "get_openapi" => get("/api/v1/openapi.json"),
            "get_liveness" => get("/livez"),
            "get_readiness" => get("/readyz"),
            _ => return None,
        };
        Some(ask)
    }

    fn token_of(&self, principal: &str) -> Option<&str> {
        match principal {
            "member" => Some(&self.world.ben.token),
            "admin" => Some(&self.world.ada.token),
            "admin of another organization" => Some(&self.world.olga.token),
            "in a login session" => Some(&self.inside),
            "operator" => Some(OPERATOR),
            _ => None,
        }
    }
}

/// The line of one operation.
async fn line(name: String, operation: String) -> String {
    let mut line = format!("{name:<46}");
    for principal in PRINCIPALS {
        let fixture = Fixture::new().await;
        let ask = fixture
            .sample(&operation)
            .unwrap_or_else(|| panic!("`{operation}` has no sample here"));
        let ask = match fixture.token_of(principal) {
            Some(token) => ask.by(token),
            None => ask,
        };
        let answer = fixture.world.ask(ask).await;
        let cell = format!("{} {}", answer.status, answer.code());
        write!(line, " | {:<31}", cell.trim_end()).unwrap();
    }
    line.trim_end().to_owned()
}

async fn table() -> String {
    let mut lines = JoinSet::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{:<6} {path}", method.to_uppercase());
            lines.spawn(line(name, operation["operationId"].as_str().unwrap().to_owned()));
        }
    }
    let mut lines = lines.join_all().await;
    lines.sort_by_key(|line| {
        line.split_at_checked(7).map(|(method, rest)| (rest.to_owned(), method.to_owned()))
    });
    let mut head = format!("{:<46}", "");
    for principal in PRINCIPALS {
        write!(head, " | {principal:<31}").unwrap();
    }
    format!("{}\n{}\n", head.trim_end(), lines.join("\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t3_every_operation_answers_every_principal_as_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/principals.txt");
    let table = table().await;
    if std::env::var_os("UPDATE_TABLE").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    for (line, was) in table.lines().zip(committed.lines()) {
        assert_eq!(line, was, "UPDATE_TABLE=1 writes the table anew");
    }
    assert_eq!(table.lines().count(), committed.lines().count(), "a line is missing or stale");
}
