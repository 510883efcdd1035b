//! Two organizations with the same addresses: what belongs to the other is as if absent.

use std::collections::BTreeSet;

use impersonation_domain::{
    access::AccessType,
    ids::{ChannelId, FileId, GrantId, LoginSessionId, OrganizationId, RoleId, TokenId, UserId},
    plan::Plan,
    service::{AuditRequest, CreateUser, EditGrant, EditUser, ExplainRequest},
    version::Version,
};

use crate::fixture::{
    BOTH, Demo, Org, bearer, error_text, grant_of, must_fail,
    people::{found_as, join},
    scenario, text, text_as, upload,
};

/// An identifier of each kind.
struct Ids {
    user: UserId,
    role: RoleId,
    channel: ChannelId,
    grant: GrantId,
    session: LoginSessionId,
    token: TokenId,
    file: FileId,
}

/// An organization with the addresses of Acme, and something of every kind in it.
async fn twin(demo: &Demo) -> (Org, Ids) {
    let app = &demo.app;
    let mut twin = found_as(app, "Twin", Plan::Enterprise, "ada", "ada@acme.example").await;
    for name in ["ben", "cleo"] {
        let person = join(app, &twin, "ada", name, &format!("{name}@acme.example"), None).await;
        twin.people.insert(name, person);
    }
    let (ada, ben, cleo) = (&twin["ada"].credential, &twin["ben"], &twin["cleo"]);
    let made = demo.grants.create(ada, grant_of(cleo, ben, BOTH), None).await.unwrap();
    let channel = demo.channels.create(ada, "general", None).await.unwrap();
    let channel = channel.fresh().unwrap().channel.id();
    let file = Some(upload("a.txt", "text/plain", b"x"));
    let sent = demo.sending.send(ada, channel, text("x"), file, None).await.unwrap();
    let started = demo.sessions.start(&ben.credential, cleo.id, None, None).await.unwrap();
    let token = demo.tokens.create(ada, "job", None, None).await.unwrap();
    let ids = Ids {
        user: cleo.id,
        role: demo
            .roles
            .create(ada, "Helper", BTreeSet::new(), None)
            .await
            .unwrap()
            .fresh()
            .unwrap()
            .role
            .id(),
        channel,
        grant: made.fresh().unwrap().view.grant.id(),
        session: started.fresh().unwrap().session.id(),
        token: token.fresh().unwrap().token.id,
        file: sent.fresh().unwrap().message.record().files[0].id,
    };
    (twin, ids)
}

fn absent() -> Ids {
    fn id<T: std::str::FromStr>(last: u8) -> T {
        let Ok(id) = format!("0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d{last:02x}").parse() else {
            panic!("an identifier")
        };
        id
    }
    Ids {
        user: id(1),
        role: id(2),
        channel: id(3),
        grant: id(4),
        session: id(5),
        token: id(6),
        file: id(7),
    }
}

/// What every use case that takes an identifier answers, as ada and as ben of Acme.
async fn answers(demo: &Demo, ids: &Ids) -> Vec<String> {
    let (ada, ben) = (&demo.acme["ada"].credential, &demo.acme["ben"].credential);
    let one = Version::INITIAL;
    let mut all = Vec::new();
    macro_rules! ask {
        ($($call:expr;)+) => {$(
            all.push(match $call.await {
                Ok(answer) => format!("{} {answer:?}", stringify!($call)),
                Err(error) => format!("{} {}", stringify!($call), error_text(&error)),
            });
        )+};
    }
    let general = demo.acme.channel("general");
    let in_channel = |channel| ExplainRequest {
        actor: demo.acme["ben"].id,
        action: AccessType::Send,
        subject: ids.user,
        channel: Some(channel),
    };
    let zoe = CreateUser {
        name: "Zoe".into(),
        email: "zoe@acme.example".into(),
        role_id: Some(ids.role),
        ..CreateUser::default()
    };
    let to_role = EditUser { role_id: Some(ids.role), ..EditUser::default() };
    let eli = &demo.acme["eli"];
    let seen = demo.version_of(eli).await;
    let list = || impersonation_domain::service::GrantListRequest {
        grantor: Some(ids.user),
        ..Default::default()
    };
    let by_account = AuditRequest { account: Some(ids.user), ..AuditRequest::default() };
    let by_session = AuditRequest { login_session: Some(ids.session), ..AuditRequest::default() };
    ask! {
        demo.grants.get(ada, ids.grant);
        demo.grants.edit(ada, ids.grant, one, EditGrant::default());
        demo.grants.delete(ada, ids.grant, one);
        demo.grants.preview_bulk_delete(ada, &[(ids.grant, one)]);
        demo.grants.list(ada, list());
        demo.sessions.end(ada, ids.session);
        demo.people.get(ada, ids.user);
        demo.people.edit(ada, ids.user, one, EditUser::default());
        demo.people.remove(ada, ids.user, one);
        demo.people.set_password(ada, ids.user, "impersonate-me".to_owned());
        demo.people.create(ada, zoe, None);
        demo.people.edit(ada, eli.id, seen, to_role);
        demo.roles.get(ada, ids.role);
        demo.roles.edit(ada, ids.role, one, None, None);
        demo.roles.delete(ada, ids.role, one);
        demo.channels.members(ada, ids.channel);
        demo.channels.add_member(ada, ids.channel, eli.id);
        demo.channels.add_member(ada, general, ids.user);
        demo.channels.remove_member(ada, ids.channel, ids.user);
        demo.channels.remove_member(ada, general, ids.user);
        demo.tokens.revoke(ada, ids.token);
        demo.sessions.start(ben, ids.user, None, None);
        demo.sending.messages(ada, ids.channel, None, Default::default());
        demo.sending.send(ben, ids.channel, text("x"), None, None);
        demo.sending.send(ben, general, text_as("x", ids.user), None, None);
        demo.decisions.explain(ben, in_channel(general));
        demo.decisions.explain(ada, in_channel(general));
        demo.decisions.explain(ada, in_channel(ids.channel));
        demo.audit.events(ada, by_account);
        demo.audit.events(ada, by_session);
    }
    let file = must_fail(demo.sending.file(ada, ids.file).await.map(drop));
    all.push(error_text(&file));
    all
}

/// The lines, without what tells the two kinds of identifiers apart.
fn without(lines: &[String], ids: &Ids) -> Vec<String> {
    let user = ids.user.to_string();
    lines.iter().map(|line| line.replace(&user, "user")).collect()
}

#[test]
fn t3_what_belongs_to_another_organization_is_as_if_absent_in_every_use_case() {
    scenario(async |demo| {
        let (twin, foreign) = twin(demo).await;
        let absent = absent();
        let their_events = demo.events(twin.id).await.len();
        let before = demo.everything().await;
        let of_foreign = answers(demo, &foreign).await;
        let of_absent = answers(demo, &absent).await;
        // What was recorded meanwhile is recorded here, by the same actor: leave the listed events out.
        let comparable = |lines: Vec<String>, ids| -> Vec<String> {
            let lines = without(&lines, ids);
            lines.into_iter().filter(|line| !line.starts_with("demo.audit.events")).collect()
        };
        assert_eq!(comparable(of_foreign, &foreign), comparable(of_absent, &absent));
        assert_eq!(demo.everything().await, before);
        assert_eq!(demo.events(twin.id).await.len(), their_events);
    });
}

#[test]
fn t2_lists_and_logs_show_nothing_of_another_organization() {
    scenario(async |demo| {
        let ada = &demo.acme["ada"].credential;
        let look = async || {
            let grants = demo.grants.list(ada, Default::default()).await.unwrap();
            let people = demo.people.list(ada, Default::default()).await.unwrap();
            let roles = demo.roles.list(ada).await.unwrap();
            let channels = demo.channels.list(ada, None, Default::default()).await.unwrap();
            let sessions = demo.sessions.list(ada, None, None, Default::default()).await.unwrap();
            let tokens = demo.tokens.list(ada).await.unwrap();
            let organization = demo.organization.get(ada).await.unwrap();
            format!(
                "{grants:?}{people:?}{roles:?}{channels:?}{sessions:?}{tokens:?}{organization:?}"
            )
        };
        let before = look().await;
        let events = demo.events(demo.acme.id).await;
        let (twin, _) = twin(demo).await;
        assert_eq!(look().await, before);
        assert_eq!(demo.events(demo.acme.id).await, events);
        let log =
            demo.audit.events(&twin["ada"].credential, AuditRequest::default()).await.unwrap();
        let own = |organization: OrganizationId| organization == twin.id;
        assert!(log.items.iter().all(|view| own(view.event.organization)));
        assert!(!log.items.is_empty());
    });
}

#[test]
fn t4_a_grant_here_gives_nothing_there() {
    scenario(async |demo| {
        let (twin, _) = twin(demo).await;
        // The same people by address, but no grant in Acme; and one in Acme that is no use in Twin.
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        assert_eq!(must_fail(demo.try_login(ben, cleo).await).code(), "no_grant");
        assert_eq!(must_fail(demo.try_login(&twin["ben"], cleo).await).code(), "no_grant");
        demo.grant(cleo, ben, BOTH).await;
        let login = demo.login(ben, cleo).await;
        let me = demo.account.me(&login.credential).await.unwrap();
        assert_eq!((me.organization.id(), me.subject.id()), (demo.acme.id, cleo.id));
        assert_eq!(must_fail(demo.try_login(ben, &twin["cleo"]).await).code(), "no_grant");
        let ids = absent();
        let stranger = bearer(&impersonation_domain::secret::Secret::from_random(
            impersonation_domain::secret::SecretKind::LoginSession,
            [9; 32],
        ));
        assert!(demo.sessions.end(&stranger, ids.session).await.is_err());
    });
}
