//! What was not committed never was.

use impersonation_domain::{
    access::AccessTypes,
    audit::{Event, Recorded},
    channel::Channel,
    credential::{ApiToken, PasswordChange, SignIn},
    grant::GrantEdit,
    login_session::EndCause,
    plan::Plan,
    ports::{
        ChannelQuery, IdempotencyScope, LiveSessions, LoginSessionQuery, PageLimit, StoredResponse,
        UnitOfWork, UserQuery,
    },
    role::Role,
    secret::SecretKind,
};

use super::{
    check::{head, verified_events},
    grants::all,
};
use crate::{
    environment::PlainPasswords,
    store::OpenStore,
    world::{Save, World, name, save_in},
};

/// Everything that the ports tell of an organization, as one text to compare.
async fn everything(world: &World, channel: &Channel) -> String {
    let now = world.now();
    let told = world
        .read(async |unit| {
            let users = UserQuery { limit: PageLimit::MAX, ..UserQuery::default() };
            let users = unit.directory_store().users(&users).await?;
            let mut passwords = Vec::new();
            for user in &users.items {
                let hash = unit.credentials().password(user.id()).await?;
                passwords.push(hash.map(|hash| hash.as_str().to_owned()));
            }
            Ok((
                unit.directory().organization().await?,
                users,
                passwords,
                unit.directory_store().roles().await?,
                unit.directory_store().channels(&ChannelQuery::default()).await?,
                unit.directory_store().members(channel.id()).await?,
                unit.grants().list(&all(now)).await?,
                unit.sessions().list(&LoginSessionQuery::default()).await?,
                unit.sessions().live(&LiveSessions::default()).await?,
                unit.messages().in_channel(channel.id(), None, PageLimit::MAX).await?,
                unit.credentials().tokens().await?,
            ))
        })
        .await;
    let events: Vec<Event> = verified_events(world).await;
    format!("{told:#?} {:#?} {events:#?}", head(world).await)
}

/// Saves the change, sees it inside the unit, and drops the unit.
async fn undone<T: Save>(world: &World, channel: &Channel, recorded: Recorded<T>) {
    let before = everything(world, channel).await;
    let action = recorded.event().action;
    let mut unit = world.begin().await;
    let sequence = unit.audit_log().head().await.expect("the log answers").sequence;
    save_in(unit.as_mut(), recorded).await.expect("the change is allowed");
    let after = unit.audit_log().head().await.expect("the log answers").sequence;
    assert_eq!(after, sequence + 1, "{action}: a unit sees its own event");
    drop(unit);
    assert_eq!(everything(world, channel).await, before, "{action}: it leaves nothing behind");
}

/// Does something else in a unit, and drops the unit.
async fn forgotten(
    world: &World,
    channel: &Channel,
    what: &str,
    work: impl AsyncFnOnce(&mut dyn UnitOfWork),
) {
    let before = everything(world, channel).await;
    let mut unit = world.begin().await;
    work(unit.as_mut()).await;
    drop(unit);
    assert_eq!(everything(world, channel).await, before, "{what}: it leaves nothing behind");
}

/// Changes of organizations, users, roles and channels.
pub async fn p2_every_change_of_the_directory_is_undone_by_a_drop(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let lead = world.role("Lead", &[]).await;
    let channel = world.channel("general", &[&ben]).await;
    let organization = world.read(async |unit| unit.directory().organization().await).await;
    let organization = organization.expect("the organization is there");
    let stamp = || world.stamp();
    undone(&world, &channel, organization.clone().edit(Some(name("B")), None, &stamp())).await;
    undone(&world, &channel, organization.set_plan(Plan::Individual, &stamp())).await;
    undone(&world, &channel, world.new_user("Eli", "eli@acme.example")).await;
    undone(&world, &channel, ben.clone().rename(name("Benno"), &stamp())).await;
    undone(&world, &channel, ben.clone().set_role(lead.id(), &stamp())).await;
    undone(&world, &channel, ben.clone().deactivate(&stamp())).await;
    undone(&world, &channel, ben.clone().set_protected(true, &stamp())).await;
    undone(&world, &channel, ben.clone().remove(&stamp())).await;
    let new = Role::create(world.organization, name("New"), Default::default(), &stamp());
    undone(&world, &channel, new.expect("it is assignable")).await;
    let edited = lead.clone().edit(Some(name("Chief")), None, &stamp());
    undone(&world, &channel, edited.expect("it is custom")).await;
    undone(&world, &channel, lead.delete(&stamp()).expect("it is custom")).await;
    let new = Channel::create(world.organization, name("deals"), &stamp());
    undone(&world, &channel, new).await;
    undone(&world, &channel, channel.add_member(cleo.id(), &stamp())).await;
    undone(&world, &channel, channel.remove_member(ben.id(), &stamp())).await;
}

/// Changes of grants, login sessions and messages, and what is only noted of them.
pub async fn p2_every_change_of_access_is_undone_by_a_drop(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let channel = world.channel("general", &[&ben, &cleo]).await;
    let grant = world.grant(&cleo, &ben).await;
    let session = world.log_in(&ben, &cleo).await;
    let stamp = || world.stamp();
    undone(&world, &channel, world.new_grant(&ben, &cleo)).await;
    let edit = GrantEdit { access: Some(AccessTypes::SEND), ..GrantEdit::default() };
    let edit = grant.clone().edit(edit, &stamp()).expect("it is allowed").expect("it changes");
    undone(&world, &channel, edit).await;
    undone(&world, &channel, grant.clone().delete(&stamp())).await;
    undone(&world, &channel, world.new_login_session(&ben, &cleo).await).await;
    let end = session.clone().end(EndCause::Stopped, &stamp()).expect("it is live");
    undone(&world, &channel, end).await;
    let sooner = world.now() + chrono::TimeDelta::minutes(5);
    let shorter = session.clone().shorten(sooner, &stamp()).expect("it is shorter");
    undone(&world, &channel, shorter).await;
    undone(&world, &channel, world.new_message(&ben, &channel, "hello")).await;
    let at = world.pass(60);
    forgotten(&world, &channel, "a use of a grant", async |unit| {
        unit.grants().mark_used(grant.id(), at).await.expect("it can be noted");
    })
    .await;
    forgotten(&world, &channel, "a use of a session", async |unit| {
        unit.sessions().touch(session.id(), at).await.expect("it can be noted");
    })
    .await;
    forgotten(&world, &channel, "a first read", async |unit| {
        let reader = uuid::Uuid::nil();
        assert!(unit.sessions().first_read(reader, "a", at).await.expect("it can be noted"));
    })
    .await;
    let reader = uuid::Uuid::nil();
    let first = world.write(async |unit| unit.sessions().first_read(reader, "a", at).await).await;
    assert!(first, "what was undone was no read");
}

/// Changes of own sessions, tokens and passwords, kept answers, and events alone.
pub async fn p2_every_change_of_credentials_is_undone_by_a_drop(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let ben = world.user("Ben").await;
    let channel = world.channel("general", &[&ben]).await;
    let (own, api) = (world.sign_in(&ben).await, world.api_token(&ben, "job").await);
    let (organization, user, stamp) = (world.organization, ben.id(), || world.stamp());
    let hash = world.token(SecretKind::SignIn);
    undone(&world, &channel, SignIn::start(organization, user, hash, &stamp())).await;
    undone(&world, &channel, own.clone().end(&stamp())).await;
    let (hash, expires_at) = (world.token(SecretKind::ApiToken), world.now());
    let new = ApiToken::create(organization, user, name("new"), hash, expires_at, &stamp());
    undone(&world, &channel, new).await;
    undone(&world, &channel, api.clone().revoke(&stamp())).await;
    let password = PlainPasswords::hash_of("correct horse");
    undone(&world, &channel, PasswordChange::record(user, password, &stamp())).await;
    let at = world.now();
    forgotten(&world, &channel, "the end of everything", async |unit| {
        unit.credentials().end_all_of(user, None, true, at).await.expect("it can be done");
    })
    .await;
    let unended = world.read(async |unit| unit.credentials().sign_in(own.id).await).await;
    assert_eq!(unended, Some(own));
    forgotten(&world, &channel, "an event", async |unit| {
        let content = world.stamp().event_on(impersonation_domain::audit::Action::AuditRead, user);
        unit.audit_log().append(content).await.expect("it can be written");
    })
    .await;
}

/// Kept and forgotten answers.
pub async fn p2_kept_answers_are_undone_by_a_drop(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let actor = world.user("Ben").await.id();
    let scope =
        |key: &str| IdempotencyScope { actor, endpoint: "POST".to_owned(), key: key.to_owned() };
    let answer = |body: &[u8]| StoredResponse {
        fingerprint: [1; 32],
        body: body.to_vec(),
        created_at: world.now(),
    };
    world.write(async |unit| unit.idempotency().put(&scope("old"), answer(b"old")).await).await;
    let later = world.now() + chrono::TimeDelta::days(1);
    let mut unit = world.begin().await;
    unit.idempotency().put(&scope("new"), answer(b"new")).await.unwrap();
    unit.idempotency().put(&scope("old"), answer(b"newer")).await.unwrap();
    drop(unit);
    let mut unit = world.begin().await;
    unit.idempotency().forget_before(later).await.unwrap();
    assert_eq!(unit.idempotency().find(&scope("old")).await.unwrap(), None);
    drop(unit);
    world
        .read(async |unit| {
            assert_eq!(unit.idempotency().find(&scope("new")).await?, None);
            assert_eq!(unit.idempotency().find(&scope("old")).await?, Some(answer(b"old")));
            Ok(())
        })
        .await;
}

/// A new organization that was not committed does not exist, and can still be made.
pub async fn p2_a_new_organization_is_undone_by_a_drop(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let id = world.nowhere();
    let make = || {
        let new = impersonation_domain::organization::Organization::create;
        new(id, name("Birch"), Plan::Enterprise, &world.stamp())
    };
    let mut unit = store.units.begin(id).await.unwrap();
    save_in(unit.as_mut(), make()).await.unwrap();
    assert!(unit.directory().organization().await.unwrap().is_some());
    drop(unit);
    assert_eq!(store.index.organizations().await.unwrap().len(), 1);
    let mut unit = store.units.begin(id).await.unwrap();
    assert!(unit.directory().organization().await.unwrap().is_none());
    save_in(unit.as_mut(), make()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.index.organizations().await.unwrap().len(), 2);
    let birch = World { organization: id, ..world.clone() };
    assert_eq!(verified_events(&birch).await.len(), 1);
}
