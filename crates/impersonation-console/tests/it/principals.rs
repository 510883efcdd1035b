//! Principal × page: every address, opened by everybody, and every form, sent by everybody.
//!
//! What is answered is kept in `principals.txt`, one line for each. An address without a line fails
//! the test. After a change that is meant, write the table anew with `UPDATE_TABLE=1` and read the
//! difference.

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use impersonation_console::addresses;
use impersonation_domain::{
    audit::Origin,
    plan::Plan,
    role::Permission,
    service::{CreateUser, NewOrganization, SendMessage},
};

use crate::support::{Browser, PASSWORD, World};

const PRINCIPALS: [&str; 6] =
    ["nobody", "member", "manager", "admin", "admin elsewhere", "in a session"];

/// A world in which every page has something to show.
struct Fixture {
    world: World,
    grant: String,
    session: String,
    channel: String,
    file: String,
    role: String,
    user: String,
}

impl Fixture {
    async fn new() -> Self {
        let world = World::new().await;
        let (service, ada) = (&world.service, &world.ada);
        let manages = BTreeSet::from([Permission::ManageUserImpersonation]);
        let role = service.roles().create(ada, "Support lead", manages, None).await.unwrap();
        let role = role.fresh().unwrap().role.id();
        let dina = CreateUser {
            name: "Dina".into(),
            email: "dina@acme.example".into(),
            role_id: Some(role),
            password: Some(PASSWORD.into()),
        };
        service.people().create(ada, dina, None).await.unwrap();
        let birch = NewOrganization {
            name: "Birch".into(),
            plan: Plan::Enterprise,
            admin_name: "Olga".into(),
            admin_email: "olga@birch.example".into(),
            admin_password: PASSWORD.into(),
        };
        service.operator().create_organization(birch, false, &Origin::default()).await.unwrap();
        world.grant("ada", "ben").await;
        let grants = service.grants().list(ada, Default::default()).await.unwrap().items;
        let grant = grants.iter().find(|view| view.grantor.name().as_str() == "Cleo").unwrap();
        let channels = service.channels().list(ada, None, Default::default()).await.unwrap().items;
        let channel = channels[0].channel.id();
        let file = impersonation_domain::service::Upload {
            name: "a.txt".into(),
            media_type: "text/plain".into(),
            content: Box::pin(futures_util::stream::iter([Ok(bytes::Bytes::from_static(b"hi"))])),
        };
        let message = SendMessage { body: Some("look".into()), send_as: None };
        let sent = service.sending().send(ada, channel, message, Some(file), None).await.unwrap();
        let file = sent.fresh().unwrap().message.record().files[0].id;
        let mut ben = world.signed_in("ben").await;
        ben.get("/nothing").await;
        ben.send("/login-sessions", &[("subject", &world.cleo.to_string())]).await;
        let live = service.login_sessions().list(ada, Some(true), None, Default::default()).await;
        Self {
            grant: grant.grant.id().to_string(),
            session: live.unwrap().items[0].session.id().to_string(),
            channel: channel.to_string(),
            file: file.to_string(),
            role: role.to_string(),
            user: world.cleo.to_string(),
            world,
        }
    }

    /// Somebody's browser, in which a page with a form has been opened.
    async fn browser(&self, principal: &str) -> Browser {
        let mut browser = match principal {
            "nobody" => self.world.browser(),
            "member" => self.world.signed_in("eli").await,
            "manager" => self.world.signed_in("dina").await,
            "admin" => self.world.signed_in("ada").await,
            "admin elsewhere" => {
                let mut browser = self.world.browser();
                let form = [("email", "olga@birch.example"), ("password", PASSWORD)];
                browser.post("/sign-in", &form).await;
                browser
            }
            _ => {
                let mut ben = self.world.signed_in("ben").await;
                ben.get("/nothing").await;
                let me = self.world.service.account().me(&self.world.ada).await.unwrap();
                let ada = me.actor.id().to_string();
                ben.send("/login-sessions", &[("subject", &ada)]).await;
                ben
            }
        };
        browser.get("/nothing").await;
        browser
    }

    /// An address for the pattern.
    fn path(&self, pattern: &str) -> String {
        let id = match pattern.split('/').collect::<Vec<_>>().as_slice() {
            [_, "channels", ..] | [_, "settings", "channels", ..] => &self.channel,
            [_, "files", ..] => &self.file,
            [_, "login-sessions", ..] | [_, "settings", "audit-log", ..] => &self.session,
            [_, "settings", "user-impersonation", ..] => &self.grant,
            [_, "settings", "roles", ..] => &self.role,
            _ => &self.user,
        };
        pattern.replace(":id", id).replace(":user", &self.user).replace(":token", "imp_set_0")
    }

    /// What a form of the page brings: something that may be done.
    fn form(&self, pattern: &str) -> Vec<(&str, String)> {
        let own = |pairs: &[(&'static str, &str)]| {
            pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
        };
        match pattern {
            "/sign-in" => own(&[("email", "eli@acme.example"), ("password", PASSWORD)]),
            "/login-sessions" => vec![("subject", self.user.clone())],
            "/channels/:id" => own(&[("body", "hello")]),
            "/account/password" => own(&[
                ("current_password", PASSWORD),
                ("new_password", "another password"),
                ("repeated_password", "another password"),
            ]),
            "/settings/user-impersonation/grants/new"
            | "/settings/user-impersonation/grants/preview" => own(&[
                ("grantor_email", "eli@acme.example"),
                ("grantee_email", "ben@acme.example"),
                ("send", "on"),
            ]),
            "/settings/user-impersonation/bulk-delete" => {
                vec![("row", format!("{}:1", self.grant))]
            }
            _ => own(&[
                ("version", "1"),
                ("name", "New name"),
                ("email", "new@acme.example"),
                ("login", "on"),
                ("password", "a password of one's own"),
                ("limit", "30"),
                ("minutes", "30"),
            ]),
        }
    }
}

/// The status, and where it leads.
fn said(status: u16, location: &str) -> String {
    let to = location.split(['?', '#']).next().unwrap_or_default();
    let known = to.split('/').map(|part| if part.len() == 36 { ":id" } else { part });
    match to {
        "" => status.to_string(),
        _ => format!("{status} {}", known.collect::<Vec<_>>().join("/")),
    }
}

async fn line(method: &str, pattern: &'static str) -> String {
    let mut line = format!("{method:<4} {pattern}");
    for principal in PRINCIPALS {
        // Each on its own, so that what one does nobody else sees.
        let fixture = Fixture::new().await;
        let mut browser = fixture.browser(principal).await;
        let path = fixture.path(pattern);
        let page = if method == "GET" {
            browser.get(&path).await
        } else {
            let form = fixture.form(pattern);
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            match principal {
                "nobody" => browser.post(&path, &form).await,
                _ => browser.send(&path, &form).await,
            }
        };
        write!(line, " | {}", said(page.status, page.location())).unwrap();
    }
    line
}

#[tokio::test]
async fn d7_everybody_sees_and_does_on_every_page_what_the_table_says() {
    let mut table = format!("# method, address | {}\n", PRINCIPALS.join(" | "));
    let mut patterns = addresses();
    patterns.sort_unstable();
    let tasks: Vec<_> = patterns
        .into_iter()
        .filter(|pattern| *pattern != "/live")
        .flat_map(|pattern| ["GET", "POST"].map(|method| tokio::spawn(line(method, pattern))))
        .collect();
    for task in tasks {
        let line = task.await.unwrap();
        // A method that an address does not take is of no interest.
        if line.matches(" | 405").count() + line.matches(" | 401").count() < PRINCIPALS.len() {
            table.push_str(&line);
            table.push('\n');
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/principals.txt");
    if std::env::var_os("UPDATE_TABLE").is_some() {
        fs::write(&file, &table).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    for (now, kept) in table.lines().zip(kept.lines()) {
        assert_eq!(now, kept, "write the table anew with UPDATE_TABLE=1, and read the difference");
    }
    assert_eq!(table.lines().count(), kept.lines().count());
}
