//! A value that cannot be read is an error that names table, column and row, and never a default.

use impersonation_domain::{
    access::AccessTypes,
    ports::{
        FactsQuery, GrantQuery, GrantSort, IdempotencyScope, OrganizationIndex as _, PageLimit,
        RepositoryError, StoredResponse, UnitOfWork,
    },
    time::Window,
};
use impersonation_testkit::world::World;
use sea_orm::DatabaseConnection;

use crate::{
    corrupt_cases::{CASES, Case, Read},
    support::{Opened, on_both, run},
};

on_both! {
    d8_a_corrupt_row_names_table_column_and_row,
}

/// What the cases corrupt and read, one row a table but for users and roles.
struct Subjects {
    world: World,
    scope: IdempotencyScope,
    facts: FactsQuery,
    token: impersonation_domain::secret::SecretHash,
    session: impersonation_domain::ids::LoginSessionId,
    sign_in: impersonation_domain::ids::SignInId,
    message: impersonation_domain::ids::MessageId,
    channel: impersonation_domain::ids::ChannelId,
    grant: impersonation_domain::ids::GrantId,
}

async fn subjects(opened: &Opened) -> Subjects {
    let world = opened.world().await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let recorded =
        world.new_grant_of(&cleo, &ben, AccessTypes::BOTH, Window::default(), Some("on leave"));
    let grant = world.save(recorded).await;
    let session = world.log_in(&ben, &cleo).await;
    let sign_in = world.sign_in(&ben).await;
    let token = world.api_token(&ben, "robot").await;
    let channel = world.channel("general", &[&ben, &cleo]).await;
    let content = impersonation_domain::message::Content {
        body: None,
        files: vec![world.file("report.pdf", 5)],
    };
    let message =
        impersonation_domain::message::Message::own(&ben, &channel, content, &world.stamp());
    let message = world.save(message).await;
    let scope =
        IdempotencyScope { actor: ben.id(), endpoint: "grants".to_owned(), key: "key".to_owned() };
    let response =
        StoredResponse { fingerprint: [1; 32], body: b"{}".to_vec(), created_at: world.now() };
    let hash = impersonation_domain::secret::PasswordHash::new("hash".to_owned());
    let change =
        impersonation_domain::credential::PasswordChange::record(ben.id(), hash, &world.stamp());
    world
        .write(async |unit| {
            unit.credentials().set_password(change).await?;
            unit.idempotency().put(&scope, response).await
        })
        .await;
    Subjects {
        scope,
        facts: FactsQuery { actor: ben.id(), subject: cleo.id(), channel: Some(channel.id()) },
        token: token.token_hash,
        session: session.id(),
        sign_in: sign_in.id,
        message: message.id(),
        channel: channel.id(),
        grant: grant.id(),
        world,
    }
}

impl Subjects {
    async fn read(&self, read: Read, unit: &mut dyn UnitOfWork) -> Result<(), RepositoryError> {
        match read {
            Read::Organization => unit.directory().organization().await.map(|_| ()),
            Read::Role => unit.directory().role(self.world.member_role).await.map(|_| ()),
            Read::User => unit.directory().user(self.facts.actor).await.map(|_| ()),
            Read::Channel => unit.directory().channel(self.channel).await.map(|_| ()),
            Read::Grant => unit.grants().grant(self.grant).await.map(|_| ()),
            Read::GrantList => unit.grants().list(&self.all_grants()).await.map(|_| ()),
            Read::Session => unit.sessions().session(self.session).await.map(|_| ()),
            Read::Message => unit.messages().message(self.message).await.map(|_| ()),
            Read::SignIn => unit.credentials().sign_in(self.sign_in).await.map(|_| ()),
            Read::Token => unit.credentials().token_by_hash(&self.token).await.map(|_| ()),
            Read::Answer => unit.idempotency().find(&self.scope).await.map(|_| ()),
            Read::Events => unit.audit_log().range(0, 100).await.map(|_| ()),
            Read::Facts => unit.facts(&self.facts).await.map(|_| ()),
            Read::Head => Ok(()),
        }
    }

    fn all_grants(&self) -> GrantQuery {
        GrantQuery {
            search: None,
            access: None,
            state: None,
            unused_since: None,
            grantor: None,
            grantee: None,
            sort: GrantSort::default(),
            after: None,
            limit: PageLimit::default(),
            now: self.world.now(),
            plan: impersonation_domain::plan::Plan::Enterprise,
        }
    }

    /// The key of the row that the case corrupts.
    fn key(&self, case: &Case) -> String {
        match case.table {
            "organizations" => self.world.organization.to_string(),
            "roles" => self.world.member_role.to_string(),
            "users" | "idempotency_keys" => self.facts.actor.to_string(),
            "channels" => self.channel.to_string(),
            "grants" => self.grant.to_string(),
            "login_sessions" => self.session.to_string(),
            "messages" => self.message.to_string(),
            "sign_ins" => self.sign_in.to_string(),
            "audit_events" => "5".to_owned(),
            other => panic!("no key for {other}"),
        }
    }
}

/// The condition that means the row.
fn which(opened: &Opened, case: &Case, key: &str) -> String {
    let hex = key.replace('-', "");
    let id = if opened.is_sqlite() { format!("x'{hex}'") } else { format!("'{hex}'") };
    match case.table {
        "audit_events" => format!("sequence = {key}"),
        "idempotency_keys" => format!("actor_id = {id}"),
        "message_files" | "api_tokens" => "true".to_owned(),
        _ => format!("id = {id}"),
    }
}

async fn corrupt(opened: &Opened, raw: &DatabaseConnection, case: &Case, which: &str) {
    let mut value = case.value.to_owned();
    if let Some(hex) = case.value.strip_prefix("bytes:") {
        value = if opened.is_sqlite() { format!("x'{hex}'") } else { format!("'\\x{hex}'") };
    }
    run(raw, &format!("UPDATE {} SET {} = {value} WHERE {which}", case.table, case.column)).await;
}

async fn d8_a_corrupt_row_names_table_column_and_row(opened: Opened) {
    let subjects = subjects(&opened).await;
    let raw = opened.raw_without_constraints().await;
    for case in CASES {
        let named = !matches!(case.table, "message_files" | "api_tokens");
        let key = if named { subjects.key(case) } else { String::new() };
        let which = which(&opened, case, &key);
        let Case { table, column, .. } = case;
        run(&raw, &format!("CREATE TABLE saved AS SELECT * FROM {table} WHERE {which}")).await;
        corrupt(&opened, &raw, case, &which).await;
        let error = match opened.units().begin_read(subjects.world.organization).await {
            Ok(mut unit) => subjects.read(case.read, unit.as_mut()).await.expect_err(case.value),
            Err(error) => error,
        };
        match &error {
            RepositoryError::Corrupt { table, column, id, .. } => {
                let expected = (case.table, case.told.unwrap_or(case.column));
                assert_eq!((*table, *column), expected, "{case:?}");
                assert!(!named || *id == key, "{case:?}: {id} instead of {key}");
                assert_ne!(id, "?", "{case:?}");
            }
            other => panic!("{case:?}: {other:?}"),
        }
        let restore =
            format!("UPDATE {table} SET {column} = (SELECT {column} FROM saved) WHERE {which}");
        run(&raw, &restore).await;
        run(&raw, "DROP TABLE saved").await;
    }
    let mut unit = opened.units().begin_read(subjects.world.organization).await.unwrap();
    for case in CASES {
        subjects.read(case.read, unit.as_mut()).await.expect("everything is as it was");
    }
    assert_eq!(opened.store.organizations().await.unwrap().len(), 1);
}
