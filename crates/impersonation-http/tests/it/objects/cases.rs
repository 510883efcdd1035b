//! Every identifier that a request may have, and a request with it.

use serde_json::{Value, json};

use super::Objects;
use crate::support::{Ask, PASSWORD, delete, get, method, patch, post, put};

/// One identifier of one operation.
pub(super) struct Case {
    pub(super) operation: &'static str,
    pub(super) identifier: &'static str,
    /// What it names.
    pub(super) kind: fn(&Objects) -> &String,
    /// A request with it, otherwise about things of one's own organization.
    pub(super) ask: fn(&Objects, &str) -> Ask,
}

macro_rules! cases {
    ($($operation:ident $identifier:ident: $kind:ident, |$home:ident, $id:ident| $ask:expr;)*) => {
        pub(super) const CASES: &[Case] = &[$(Case {
            operation: stringify!($operation),
            identifier: stringify!($identifier),
            kind: |objects| &objects.$kind,
            ask: |$home, $id| $ask,
        }),*];
    };
}

cases! {
    add_channel_member id: channel, |home, id| put(format!("/api/v1/channels/{id}/members/{}", home.user));
    add_channel_member user_id: user, |home, id| put(format!("/api/v1/channels/{}/members/{id}", home.channel));
    bulk_delete_grants grants: grant, |_home, id| post("/api/v1/grants/bulk-delete",
        &json!({"grants": [{"id": id, "version": 1}], "confirmation": "of another set"}));
    create_grant grantee_email: email, |home, id| grant(&home.other_email, id);
    create_grant grantor_email: email, |home, id| grant(id, &home.other_email);
    create_user role_id: role, |_home, id| post("/api/v1/users",
        &json!({"name": "New", "email": "new@acme.example", "role_id": id}));
    delete_grant id: grant, |_home, id| delete(format!("/api/v1/grants/{id}")).if_match("\"1\"");
    delete_role id: role, |_home, id| delete(format!("/api/v1/roles/{id}")).if_match("\"1\"");
    edit_grant id: grant, |_home, id| patch(format!("/api/v1/grants/{id}"), &json!({"access": ["send"]})).if_match("\"1\"");
    edit_role id: role, |_home, id| patch(format!("/api/v1/roles/{id}"), &json!({"permissions": []})).if_match("\"1\"");
    edit_user id: user, |_home, id| patch(format!("/api/v1/users/{id}"), &json!({"protected": true})).if_match("\"1\"");
    edit_user role_id: role, |home, id| patch(format!("/api/v1/users/{}", home.user), &json!({"role_id": id})).if_match("\"1\"");
    end_login_session id: session, |_home, id| delete(format!("/api/v1/login-sessions/{id}"));
    explain_decision actor_id: user, |home, id| decision(&json!({"actor_id": id, "action": "login", "subject_id": home.other}));
    explain_decision channel_id: channel, |home, id| decision(
        &json!({"actor_id": home.other, "action": "send", "subject_id": home.user, "channel_id": id}));
    explain_decision subject_id: user, |home, id| decision(&json!({"actor_id": home.other, "action": "login", "subject_id": id}));
    get_file id: file, |_home, id| get(format!("/api/v1/files/{id}"));
    get_grant id: grant, |_home, id| get(format!("/api/v1/grants/{id}"));
    get_role id: role, |_home, id| get(format!("/api/v1/roles/{id}"));
    get_user id: user, |_home, id| get(format!("/api/v1/users/{id}"));
    import_grants grantee_email: email, |home, id| import(&home.other_email, id);
    import_grants grantor_email: email, |home, id| import(id, &home.other_email);
    list_audit_events account: user, |_home, id| get(format!("/api/v1/audit-events?account={id}"));
    list_audit_events actor: user, |_home, id| get(format!("/api/v1/audit-events?actor={id}"));
    list_audit_events session: session, |_home, id| get(format!("/api/v1/audit-events?session={id}"));
    list_channel_members id: channel, |_home, id| get(format!("/api/v1/channels/{id}/members"));
    list_grants grantee: user, |_home, id| get(format!("/api/v1/grants?grantee={id}"));
    list_grants grantor: user, |_home, id| get(format!("/api/v1/grants?grantor={id}"));
    list_messages id: channel, |_home, id| get(format!("/api/v1/channels/{id}/messages"));
    list_users role: role, |_home, id| get(format!("/api/v1/users?role={id}"));
    preview_bulk_delete grants: grant, |_home, id| post("/api/v1/grants/bulk-delete/preview",
        &json!({"grants": [{"id": id, "version": 1}]}));
    remove_channel_member id: channel, |home, id| delete(format!("/api/v1/channels/{id}/members/{}", home.user));
    remove_channel_member user_id: user, |home, id| delete(format!("/api/v1/channels/{}/members/{id}", home.channel));
    remove_user id: user, |_home, id| delete(format!("/api/v1/users/{id}")).if_match("\"1\"");
    revoke_token id: token, |_home, id| delete(format!("/api/v1/tokens/{id}"));
    send_file id: channel, |_home, id| method("POST", format!("/api/v1/channels/{id}/files"))
        .form(&[(r#""file"; filename="b.txt""#, b"hello")]);
    send_file send_as: user, |home, id| method("POST", format!("/api/v1/channels/{}/files", home.channel))
        .form(&[(r#""send_as""#, id.as_bytes()), (r#""file"; filename="b.txt""#, b"hello")]);
    send_message id: channel, |_home, id| post(format!("/api/v1/channels/{id}/messages"), &json!({"body": "hello"}));
    send_message send_as: user, |home, id| post(format!("/api/v1/channels/{}/messages", home.channel),
        &json!({"body": "hello", "send_as": id}));
    set_user_password id: user, |_home, id| put(format!("/api/v1/users/{id}/password"))
        .json(&json!({"new_password": "another password"}));
    sign_in organization_id: organization, |home, id| post("/api/v1/sign-in",
        &json!({"email": home.email, "password": PASSWORD, "organization_id": id}));
    start_login_session subject_id: user, |_home, id| post("/api/v1/login-sessions", &json!({"subject_id": id}));
}

fn grant(grantor: &str, grantee: &str) -> Ask {
    let body = json!({"grantor_email": grantor, "grantee_email": grantee, "access": ["send"]});
    post("/api/v1/grants", &body)
}

fn import(grantor: &str, grantee: &str) -> Ask {
    let rows = format!("grantor_email,grantee_email,login,send\n{grantor},{grantee},true,false\n");
    method("POST", "/api/v1/grants/import").body("text/csv", rows)
}

fn decision(body: &Value) -> Ask {
    post("/api/v1/decisions", body)
}
