//! What the people of the organization do.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, text};

/// The people, who are signed in, and what they know of each other.
pub(super) struct Tour {
    ada: Client,
    pub(super) ben: Client,
    cleo: Client,
    dina: Client,
    eli: Client,
    ids: BTreeMap<&'static str, String>,
    pub(super) general: String,
    deals: String,
    grant: String,
    /// Ben, logged in as Cleo.
    session: Option<Client>,
    session_id: String,
    file: String,
}

/// What can be read.
#[derive(Debug)]
pub(super) struct Everything {
    pub(super) lists: Vec<Value>,
    pub(super) messages: Vec<Value>,
    pub(super) events: Vec<Value>,
}

async fn create(ada: &Client, path: &str, body: &Value) -> String {
    text(&ada.post(path, body).await.expect(201), "/id")
}

async fn grant(ada: &Client, grantee: &str, grantor: &str, access: &[&str]) -> String {
    let body = json!({
        "grantee_email": format!("{grantee}@acme.example"),
        "grantor_email": format!("{grantor}@acme.example"),
        "access": access,
        "reason": "because of the tour",
    });
    create(ada, "/api/v1/grants", &body).await
}

impl Tour {
    /// Ada makes everyone, the channels and the grants, and everyone signs in.
    pub(super) async fn begin(client: &Client) -> Self {
        let ada = client.sign_in("ada@acme.example").await;
        let role = json!({"name": "Support lead", "permissions": ["manage_user_impersonation"]});
        let support_lead = create(&ada, "/api/v1/roles", &role).await;
        let mut ids = BTreeMap::new();
        for (name, role) in
            [("ben", None), ("cleo", None), ("dina", Some(&support_lead)), ("eli", None)]
        {
            let email = format!("{name}@acme.example");
            let body = json!({"name": name, "email": email, "role_id": role, "password": "impersonate-me"});
            ids.insert(name, create(&ada, "/api/v1/users", &body).await);
        }
        let general = create(&ada, "/api/v1/channels", &json!({"name": "general"})).await;
        let deals = create(&ada, "/api/v1/channels", &json!({"name": "deals"})).await;
        for (channel, members) in
            [(&general, ["ben", "cleo", "dina", "eli"].as_slice()), (&deals, &["ben", "cleo"])]
        {
            for member in members {
                ada.put(&format!("/api/v1/channels/{channel}/members/{}", ids[member]))
                    .await
                    .expect(204);
            }
        }
        let of_ben = grant(&ada, "ben", "cleo", &["login", "send"]).await;
        grant(&ada, "eli", "ben", &["send"]).await;
        Self {
            ben: client.sign_in("ben@acme.example").await,
            cleo: client.sign_in("cleo@acme.example").await,
            dina: client.sign_in("dina@acme.example").await,
            eli: client.sign_in("eli@acme.example").await,
            ada,
            ids,
            general,
            deals,
            grant: of_ben,
            session: None,
            session_id: String::new(),
            file: String::new(),
        }
    }

    /// The server has another address now.
    pub(super) fn move_to(&mut self, base: &str) {
        for client in [&mut self.ada, &mut self.ben, &mut self.cleo, &mut self.dina, &mut self.eli]
        {
            *client = client.at(base);
        }
        self.session = self.session.as_ref().map(|session| session.at(base));
    }

    /// Ben finds Cleo's account, logs in as her, and sends as a matter of course.
    pub(super) async fn log_in_as(&mut self) {
        let accounts = self.ben.get("/api/v1/me/accounts").await.expect(200);
        assert_eq!(text(&accounts, "/items/0/user/email"), "cleo@acme.example");
        assert_eq!(accounts["items"][0]["access"], json!(["login", "send"]));
        let body = json!({"subject_id": self.ids["cleo"], "reason": "on leave"});
        let started = self.ben.post("/api/v1/login-sessions", &body).await.expect(201);
        let session = self.ben.with(&text(&started, "/token"));
        let me = session.get("/api/v1/me").await.expect(200);
        assert_eq!(text(&me, "/actor/email"), "ben@acme.example");
        assert_eq!(text(&me, "/subject/email"), "cleo@acme.example");
        let path = format!("/api/v1/channels/{}/messages", self.deals);
        let sent =
            session.post(&path, &json!({"body": "from inside the session"})).await.expect(201);
        assert_eq!(text(&sent, "/author/email"), "cleo@acme.example");
        assert_eq!(text(&sent, "/via/kind"), "login_session");
        self.session_id = text(&started, "/id");
        self.session = Some(session);
    }

    /// Ben sends as Cleo from his own account, and Eli as Ben; the other members see the account.
    pub(super) async fn send_as(&mut self) {
        let files = format!("/api/v1/channels/{}/files", self.deals);
        let fields = [("send_as", self.ids["cleo"].as_str()), ("body", "with a file")];
        let sent = self.ben.upload(&files, "offer.txt", b"two for one", &fields).await.expect(201);
        assert_eq!(text(&sent, "/author/email"), "cleo@acme.example");
        assert_eq!(text(&sent, "/sent_by/email"), "ben@acme.example");
        self.file = text(&sent, "/files/0/id");

        let path = format!("/api/v1/channels/{}/messages", self.general);
        let body = json!({"body": "hello from the desk of Ben", "send_as": self.ids["ben"]});
        self.eli.post(&path, &body).await.expect(201);
        for (reader, sees) in [
            (&self.cleo, false),
            (&self.dina, false),
            (&self.ben, true),
            (&self.eli, true),
            (&self.ada, true),
        ] {
            let messages = reader.get(&path).await.expect(200);
            assert_eq!(text(&messages, "/items/0/author/email"), "ben@acme.example");
            assert_eq!(
                messages["items"][0]["sent_by"]["email"] == "eli@acme.example",
                sees,
                "{messages}"
            );
        }
    }

    /// What is not granted is refused, and changes nothing.
    pub(super) async fn be_refused(&self) {
        let as_user = |id: &str| json!({"subject_id": id});
        let start = "/api/v1/login-sessions";
        self.eli.post(start, &as_user(&self.ids["ben"])).await.refused(403, "login_not_granted");
        self.cleo.post(start, &as_user(&self.ids["ben"])).await.refused(403, "no_grant");
        let in_deals = format!("/api/v1/channels/{}/messages", self.deals);
        let body = json!({"body": "psst", "send_as": self.ids["ben"]});
        self.eli.post(&in_deals, &body).await.refused(404, "channel_not_found");
        let session = self.session.as_ref().unwrap();
        session.get("/api/v1/grants").await.refused(403, "in_login_session");
        session.post(start, &as_user(&self.ids["ben"])).await.refused(403, "in_login_session");
        self.ben.get("/api/v1/grants").await.refused(403, "permission_required");
        let again = json!({"grantee_email": "ben@acme.example", "grantor_email": "cleo@acme.example", "access": ["send"]});
        self.dina.post("/api/v1/grants", &again).await.refused(409, "duplicate_grant");
        let stale = self.dina.delete(&format!("/api/v1/grants/{}", self.grant), "\"7\"").await;
        stale.refused(412, "version_mismatch");
        let question =
            json!({"actor_id": self.ids["eli"], "action": "login", "subject_id": self.ids["ben"]});
        let answer = self.ada.post("/api/v1/decisions", &question).await.expect(200);
        assert_eq!(
            (text(&answer, "/decision"), text(&answer, "/code")),
            ("deny".into(), "login_not_granted".into())
        );
    }

    /// Everything that can be listed.
    pub(super) async fn everything(&self) -> Everything {
        let mut lists = Vec::new();
        for path in
            ["grants", "users", "roles", "channels", "login-sessions", "organization", "tokens"]
        {
            lists.push(self.ada.get(&format!("/api/v1/{path}")).await.expect(200));
        }
        let messages = async |channel: &str| {
            let path = format!("/api/v1/channels/{channel}/messages?limit=200");
            self.ben.get(&path).await.expect(200)["items"].as_array().unwrap().clone()
        };
        lists.push(messages(&self.deals).await.into());
        let file = self.cleo.get(&format!("/api/v1/files/{}", self.file)).await.expect(200);
        assert_eq!(file, "two for one");
        let mut events = Vec::new();
        let mut path = "/api/v1/audit-events?limit=200".to_owned();
        loop {
            let page = self.ada.get(&path).await.expect(200);
            events.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/api/v1/audit-events?limit=200&cursor={cursor}"),
                None => break,
            }
        }
        Everything { lists, messages: messages(&self.general).await, events }
    }

    /// The session has outlived the process.
    pub(super) async fn still_logged_in_as(&self) {
        let me = self.session.as_ref().unwrap().get("/api/v1/me").await.expect(200);
        assert_eq!(text(&me, "/subject/email"), "cleo@acme.example");
    }

    /// Dina deletes the grant. From her answer on nothing rests on it any more.
    pub(super) async fn revoke(&self) {
        self.dina.delete(&format!("/api/v1/grants/{}", self.grant), "\"1\"").await.expect(204);
        let session = self.session.as_ref().unwrap();
        session.get("/api/v1/me").await.refused(401, "login_session_ended");
        let in_deals = format!("/api/v1/channels/{}/messages", self.deals);
        let body = json!({"body": "one more", "send_as": self.ids["cleo"]});
        self.ben.post(&in_deals, &body).await.refused(403, "no_grant");
        let me = self.ben.get("/api/v1/me").await.expect(200);
        assert_eq!(text(&me, "/subject/email"), "ben@acme.example");

        let path = format!("/api/v1/audit-events?account={}&limit=200", self.ids["cleo"]);
        let events = self.ada.get(&path).await.expect(200);
        let of_session: Vec<&Value> = events["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| {
                event["login_session_id"] == self.session_id.as_str()
                    && event["result"] == "allowed"
            })
            .collect();
        let count =
            |action: &str| of_session.iter().filter(|event| event["action"] == action).count();
        assert_eq!(
            (count("login_session.start"), count("login_session.end")),
            (1, 1),
            "{of_session:?}"
        );
        assert!(of_session.iter().all(|event| event["actor"]["email"] == "ben@acme.example"
            || event["action"] == "login_session.end"));
    }

    /// The chain is whole: how many events it has.
    pub(super) async fn verify(&self) -> u64 {
        let verified = self.ada.get("/api/v1/audit-events/verify").await.expect(200);
        assert_eq!(verified["valid"], true, "{verified}");
        verified["events"].as_u64().unwrap()
    }

    /// L6, A9: what is secret, and what people wrote, is not in the log.
    #[track_caller]
    pub(super) fn assert_no_secrets_in(log: &str) {
        for secret in [
            "impersonate-me",
            "imp_own_",
            "imp_las_",
            "imp_set_",
            "message 1",
            "desk of Ben",
            "two for one",
        ] {
            assert!(!log.contains(secret), "`{secret}` is in the log:\n{log}");
        }
    }
}
