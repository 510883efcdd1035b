//! Two organizations that look alike: neither sees anything of the other.

use impersonation_domain::{
    channel::Channel,
    credential::{ApiToken, PasswordChange, SignIn},
    grant::Grant,
    login_session::LoginSession,
    message::{Content, Message},
    policy::Facts,
    ports::{
        AuditQuery, ChannelQuery, FactsQuery, GrantQuery, IdempotencyScope, LiveSessions,
        LoginSessionQuery, PageLimit, StoredResponse, UserQuery,
    },
    role::Role,
    user::User,
};

use super::{
    check::{events, head, verified_events},
    grants::all,
};
use crate::{
    environment::PlainPasswords,
    store::OpenStore,
    world::{World, body},
};

/// An organization with one of everything.
pub(super) struct Full {
    pub(super) world: World,
    pub(super) ben: User,
    pub(super) cleo: User,
    pub(super) role: Role,
    pub(super) channel: Channel,
    pub(super) grant: Grant,
    pub(super) session: LoginSession,
    pub(super) message: Message,
    pub(super) own: SignIn,
    pub(super) api: ApiToken,
}

/// Fills a world with one of everything; two worlds filled like this differ in nothing but their
/// identifiers and tokens.
pub(super) async fn fill(world: World) -> Full {
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let role = world.role("Lead", &[]).await;
    let channel = world.channel("general", &[&ben, &cleo]).await;
    let grant = world.grant(&cleo, &ben).await;
    let session = world.log_in(&ben, &cleo).await;
    let content = Content { body: Some(body("hello")), files: vec![world.file("a.txt", 1)] };
    let message = Message::own(&ben, &channel, content, &world.stamp_of(ben.id()));
    let message = world.save(message).await;
    let (own, api) = (world.sign_in(&ben).await, world.api_token(&ben, "job").await);
    let hash = PlainPasswords::hash_of("correct horse");
    world.save(PasswordChange::record(ben.id(), hash, &world.stamp())).await;
    Full { world, ben, cleo, role, channel, grant, session, message, own, api }
}

pub(super) async fn two(store: &OpenStore) -> (Full, Full) {
    let acme = World::enterprise(store.units.clone()).await;
    let birch = acme.neighbour().await;
    (fill(acme).await, fill(birch).await)
}

/// Names and addresses that are taken in one organization are free in the other.
pub async fn t1_names_and_addresses_are_free_in_every_organization(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    for full in [&acme, &birch] {
        let email = acme.ben.email();
        full.world
            .read(async |unit| {
                let found = unit.directory().user_by_email(email).await?;
                assert_eq!(found.as_ref(), Some(&full.ben));
                assert_eq!(unit.directory_store().roles().await?.len(), 3);
                Ok(())
            })
            .await;
    }
}

/// Another organization's user, role and channel do not exist.
pub async fn t1_the_directory_of_another_organization_is_out_of_sight(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    for (here, there) in [(&acme, &birch), (&birch, &acme)] {
        let world = &here.world;
        world
            .read(async |unit| {
                let (ben, channel) = (there.ben.id(), there.channel.id());
                let directory = unit.directory();
                let organization = directory.organization().await?.expect("it is there");
                assert_eq!(organization.id(), world.organization);
                assert_eq!(directory.user(ben).await?, None);
                assert_eq!(directory.role(there.role.id()).await?, None);
                assert_eq!(directory.role(there.world.admin_role).await?, None);
                assert_eq!(directory.channel(channel).await?, None);
                assert!(!directory.is_member(channel, ben).await?);
                assert!(!directory.is_member(channel, here.ben.id()).await?);
                assert!(!directory.is_member(here.channel.id(), ben).await?);
                let ids = [ben, here.ben.id(), there.cleo.id()];
                assert_eq!(directory.users_by_id(&ids).await?, std::slice::from_ref(&here.ben));
                assert!(directory.shared_channels(ben, there.cleo.id()).await?.is_empty());
                assert!(directory.shared_channels(ben, here.ben.id()).await?.is_empty());
                Ok(())
            })
            .await;
    }
}

/// Lists and counts of the management are of one organization.
pub async fn t1_lists_of_the_directory_are_of_one_organization(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    let ada = birch.world.admin("Ada").await;
    acme.world
        .read(async |unit| {
            let store = unit.directory_store();
            let users = store.users(&UserQuery::default()).await?.items;
            assert_eq!(users, [acme.ben.clone(), acme.cleo.clone()]);
            let role = Some(birch.world.member_role);
            let foreign = UserQuery { role, ..UserQuery::default() };
            assert!(store.users(&foreign).await?.items.is_empty());
            let searched = UserQuery { search: Some("ada".to_owned()), ..UserQuery::default() };
            assert!(store.users(&searched).await?.items.is_empty());
            assert_eq!(store.active_administrators().await?, 0);
            assert_eq!(store.role_holders(birch.world.member_role).await?, 0);
            assert_eq!(store.role_holders(acme.world.member_role).await?, 2);
            let channels = store.channels(&ChannelQuery::default()).await?.items;
            assert_eq!(channels, std::slice::from_ref(&acme.channel));
            let member = Some(birch.ben.id());
            let foreign = ChannelQuery { member, ..ChannelQuery::default() };
            assert!(store.channels(&foreign).await?.items.is_empty());
            assert!(store.members(birch.channel.id()).await?.is_empty());
            assert_eq!(unit.directory().user_by_email(ada.email()).await?, None);
            Ok(())
        })
        .await;
}

/// Another organization's grants do not exist, whoever is asked about.
pub async fn t1_grants_of_another_organization_are_out_of_sight(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    for (here, there) in [(&acme, &birch), (&birch, &acme)] {
        let now = here.world.now();
        here.world
            .read(async |unit| {
                let (ben, cleo) = (there.ben.id(), there.cleo.id());
                let grants = unit.grants();
                assert_eq!(grants.grant(there.grant.id()).await?, None);
                assert_eq!(grants.of_pair(cleo, ben).await?, None);
                assert!(grants.received_by(ben).await?.is_empty());
                assert!(grants.granted_by(cleo).await?.is_empty());
                let listed = grants.list(&all(now)).await?.items;
                assert_eq!(listed.len(), 1);
                assert_eq!(listed[0].grant, here.grant);
                for query in [
                    GrantQuery { grantor: Some(cleo), ..all(now) },
                    GrantQuery { grantee: Some(ben), ..all(now) },
                ] {
                    assert!(grants.list(&query).await?.items.is_empty());
                }
                Ok(())
            })
            .await;
    }
}

/// Another organization's login sessions do not exist, not even for their token.
pub async fn t1_login_sessions_of_another_organization_are_out_of_sight(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    for (here, there) in [(&acme, &birch), (&birch, &acme)] {
        let much_later = here.world.now() + chrono::TimeDelta::days(1);
        let foreign = there.session.record();
        here.world
            .read(async |unit| {
                let sessions = unit.sessions();
                assert_eq!(sessions.session(there.session.id()).await?, None);
                assert_eq!(sessions.by_token(&foreign.token_hash).await?, None);
                let none = LiveSessions::default();
                assert_eq!(sessions.live(&none).await?, std::slice::from_ref(&here.session));
                for which in [
                    LiveSessions { actor: Some(foreign.actor), ..none },
                    LiveSessions { subject: Some(foreign.subject), ..none },
                    LiveSessions { involving: Some(foreign.subject), ..none },
                    LiveSessions { grant: Some(foreign.grant.id), ..none },
                    LiveSessions { own_credential: Some(foreign.own_credential), ..none },
                ] {
                    assert!(sessions.live(&which).await?.is_empty(), "{which:?}");
                }
                let overdue = sessions.overdue(much_later, much_later).await?;
                assert_eq!(overdue, std::slice::from_ref(&here.session));
                let listed = sessions.list(&LoginSessionQuery::default()).await?.items;
                assert_eq!(listed, std::slice::from_ref(&here.session));
                let involving = Some(foreign.actor);
                let query = LoginSessionQuery { involving, ..LoginSessionQuery::default() };
                assert!(sessions.list(&query).await?.items.is_empty());
                Ok(())
            })
            .await;
    }
}

/// A read noted in one organization is none in the other.
pub async fn t1_first_reads_are_of_one_organization(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    let (reader, minute) = (uuid::Uuid::nil(), acme.world.now());
    for (full, expected) in [(&acme, true), (&birch, true), (&acme, false), (&birch, false)] {
        let read =
            full.world.write(async |unit| unit.sessions().first_read(reader, "a", minute).await);
        assert_eq!(read.await, expected);
    }
}

/// Another organization's messages do not exist, not even through their files or channel.
pub async fn t1_messages_of_another_organization_are_out_of_sight(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    for (here, there) in [(&acme, &birch), (&birch, &acme)] {
        let file = there.message.record().files[0].id;
        here.world
            .read(async |unit| {
                let messages = unit.messages();
                assert_eq!(messages.message(there.message.id()).await?, None);
                assert_eq!(messages.with_file(file).await?, None);
                let channel = there.channel.id();
                let page = messages.in_channel(channel, None, PageLimit::MAX).await?;
                assert!(page.items.is_empty());
                let channel = here.channel.id();
                let page = messages.in_channel(channel, None, PageLimit::MAX).await?;
                assert_eq!(page.items, std::slice::from_ref(&here.message));
                Ok(())
            })
            .await;
    }
}

/// Another organization's own sessions, tokens and passwords do not exist, not even for their hash.
pub async fn t1_credentials_of_another_organization_are_out_of_sight(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    for (here, there) in [(&acme, &birch), (&birch, &acme)] {
        here.world
            .read(async |unit| {
                let credentials = unit.credentials();
                assert_eq!(credentials.sign_in(there.own.id).await?, None);
                assert_eq!(credentials.sign_in_by_token(&there.own.token_hash).await?, None);
                assert_eq!(credentials.token(there.api.id).await?, None);
                assert_eq!(credentials.token_by_hash(&there.api.token_hash).await?, None);
                assert_eq!(credentials.tokens().await?, std::slice::from_ref(&here.api));
                assert_eq!(credentials.password(there.ben.id()).await?, None);
                assert!(credentials.password(here.ben.id()).await?.is_some());
                Ok(())
            })
            .await;
    }
}

/// Answers kept in one organization are not given in the other, even under the very same key.
pub async fn t1_kept_answers_are_of_one_organization(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    let actor = acme.ben.id();
    let scope = IdempotencyScope { actor, endpoint: "POST".to_owned(), key: "one".to_owned() };
    let answer = StoredResponse {
        fingerprint: [1; 32],
        body: b"of acme".to_vec(),
        created_at: acme.world.now(),
    };
    acme.world.write(async |unit| unit.idempotency().put(&scope, answer.clone()).await).await;
    let find = async |full: &Full| {
        full.world.read(async |unit| unit.idempotency().find(&scope).await).await
    };
    assert_eq!(find(&birch).await, None);
    let later = acme.world.now() + chrono::TimeDelta::days(1);
    birch.world.write(async |unit| unit.idempotency().forget_before(later).await).await;
    assert_eq!(find(&acme).await, Some(answer));
}

/// Each organization has a log of its own: sequence, chain, head and revision.
pub async fn t1_each_organization_has_an_audit_log_of_its_own(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    let before = head(&acme.world).await;
    birch.world.user("Eli").await;
    assert_eq!(head(&acme.world).await, before, "nothing of the other moves it");
    for (here, there) in [(&acme, &birch), (&birch, &acme)] {
        let events = verified_events(&here.world).await;
        assert!(events.iter().all(|event| event.organization == here.world.organization));
        let mut latest: Vec<_> = events.clone();
        latest.reverse();
        here.world
            .read(async |unit| {
                let limit = PageLimit::MAX;
                let log = unit.audit_log();
                let query = AuditQuery { limit, ..AuditQuery::default() };
                assert_eq!(log.query(&query).await?.items, latest);
                for query in [
                    AuditQuery { account: Some(there.ben.id()), ..AuditQuery::default() },
                    AuditQuery { actor: Some(there.ben.id()), ..AuditQuery::default() },
                    AuditQuery { involving: Some(there.ben.id()), ..AuditQuery::default() },
                    AuditQuery { login_session: Some(there.session.id()), ..AuditQuery::default() },
                ] {
                    assert!(log.query(&query).await?.items.is_empty(), "{query:?}");
                }
                Ok(())
            })
            .await;
    }
}

/// The facts have nothing of another organization, whatever is asked about.
pub async fn t1_the_facts_are_of_one_organization(store: &OpenStore) {
    let (acme, birch) = two(store).await;
    let (ben, cleo) = (birch.ben.id(), birch.cleo.id());
    let channel = Some(birch.channel.id());
    let ask = async |query: FactsQuery| -> Facts {
        acme.world.read(async |unit| unit.facts(&query).await).await
    };
    let foreign = ask(FactsQuery { actor: ben, subject: cleo, channel }).await;
    assert_eq!(foreign, Facts { organization: foreign.organization, ..Facts::default() });
    assert_eq!(foreign.organization.map(|found| found.id), Some(acme.world.organization));
    let mixed = ask(FactsQuery { actor: acme.ben.id(), subject: cleo, channel }).await;
    assert_eq!((mixed.subject, mixed.channel), (None, None));
    assert!(mixed.actor.is_some() && mixed.grants.is_empty());
    let mixed = ask(FactsQuery { actor: ben, subject: acme.cleo.id(), channel }).await;
    assert!(mixed.actor.is_none() && mixed.grants.is_empty());
}

/// What one organization is told does not depend on what is in the other.
pub async fn t2_nothing_of_another_organization_changes_what_one_is_told(store: &OpenStore) {
    let acme = fill(World::enterprise(store.units.clone()).await).await;
    let told = async || {
        let now = acme.world.now();
        let (events, head) = (events(&acme.world).await, head(&acme.world).await);
        let lists = acme
            .world
            .read(async |unit| {
                Ok((
                    unit.directory_store().users(&UserQuery::default()).await?,
                    unit.grants().list(&all(now)).await?,
                    unit.sessions().list(&LoginSessionQuery::default()).await?,
                    unit.messages().in_channel(acme.channel.id(), None, PageLimit::MAX).await?,
                ))
            })
            .await;
        format!("{events:#?} {head:#?} {lists:#?}")
    };
    let before = told().await;
    let birch = fill(acme.world.neighbour().await).await;
    assert_eq!(told().await, before);
    birch.world.save(birch.grant.delete(&birch.world.stamp())).await;
    birch.world.save(birch.ben.remove(&birch.world.stamp())).await;
    assert_eq!(told().await, before);
}
