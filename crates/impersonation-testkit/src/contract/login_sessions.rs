//! Single login sessions.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use impersonation_domain::{
    audit::Action,
    credential::OwnCredentialId,
    ids::{LoginSessionId, SignInId, TokenId, TypedId},
    login_session::{EndCause, IDLE_LIMIT, LoginSession, LoginSessionState},
    ports::LiveSessions,
    secret::{SecretHash, SecretKind},
    user::User,
};

use super::check::{assert_stale, verified_events};
use crate::{store::OpenStore, world::World};

/// An organization in which Ben may log in as Cleo.
async fn ben_as_cleo(store: &OpenStore) -> (World, User, User) {
    let world = World::enterprise(store.units.clone()).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    world.grant(&cleo, &ben).await;
    (world, ben, cleo)
}

async fn found(world: &World, id: LoginSessionId) -> Option<LoginSession> {
    world.read(async |unit| unit.sessions().session(id).await).await
}

async fn live(world: &World, which: LiveSessions) -> Vec<LoginSessionId> {
    let live = world.read(async |unit| unit.sessions().live(&which).await).await;
    assert!(live.iter().all(LoginSession::is_live));
    live.iter().map(LoginSession::id).collect()
}

/// The row comes back as it was saved, by identifier and by token.
pub async fn a_new_login_session_is_read_back(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let recorded = world.new_login_session(&ben, &cleo).await;
    let made = recorded.value().clone();
    assert_eq!(world.save(recorded).await, made);
    assert_eq!(found(&world, made.id()).await, Some(made.clone()));
    assert_eq!(found(&world, world.id()).await, None);
    let other = world.token(SecretKind::LoginSession);
    world
        .read(async |unit| {
            let sessions = unit.sessions();
            assert_eq!(sessions.by_token(&made.record().token_hash).await?, Some(made.clone()));
            assert_eq!(sessions.by_token(&other).await?, None);
            Ok(())
        })
        .await;
}

/// Only the whole hash finds a session: not one that begins or ends alike.
pub async fn s2_only_the_exact_token_finds_a_login_session(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let hash = world.log_in(&ben, &cleo).await.record().token_hash;
    for place in [0, 15, 31] {
        let mut bytes = *hash.as_bytes();
        bytes[place] ^= 0x20;
        let near = SecretHash::from_bytes(bytes);
        let found = world.read(async |unit| unit.sessions().by_token(&near).await).await;
        assert_eq!(found, None);
    }
}

/// Every cause of an end comes back, and an ended session is still found by its token.
pub async fn a7_every_cause_of_an_end_is_read_back(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    for cause in EndCause::ALL {
        let session = world.log_in(&ben, &cleo).await;
        let at = world.pass(1);
        let ended = world.end(session, *cause).await;
        assert_eq!(ended.record().state, LoginSessionState::Ended { at, cause: *cause });
        assert_eq!(found(&world, ended.id()).await, Some(ended.clone()));
        let hash = ended.record().token_hash;
        let by_token = world.read(async |unit| unit.sessions().by_token(&hash).await).await;
        assert_eq!(by_token, Some(ended));
    }
    let events = verified_events(&world).await;
    let ends: Vec<&str> = events
        .iter()
        .filter(|event| event.content.action == Action::LoginSessionEnd)
        .filter_map(|event| event.content.rule.as_deref())
        .collect();
    assert_eq!(ends, EndCause::ALL.iter().map(|cause| cause.as_str()).collect::<Vec<_>>());
    assert!(live(&world, LiveSessions::default()).await.is_empty());
}

/// Nothing is saved over an end: neither another end nor a shorter limit.
pub async fn r3_a_session_that_has_ended_stays_ended(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let seen = world.log_in(&ben, &cleo).await;
    let ended = world.end(seen.clone(), EndCause::GrantDeleted).await;
    let events = verified_events(&world).await.len();
    let at = world.pass(1);
    let again = seen.clone().end(EndCause::Stopped, &world.stamp()).expect("it was live");
    assert_stale(world.try_save(again).await);
    let shorter = seen.clone().shorten(at + TimeDelta::minutes(1), &world.stamp());
    assert_stale(world.try_save(shorter.expect("it is shorter")).await);
    assert_eq!(found(&world, seen.id()).await, Some(ended));
    assert_eq!(verified_events(&world).await.len(), events);
}

/// A session whose end was brought forward comes back so, and is still live.
pub async fn s4_a_shortened_session_is_read_back(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let session = world.log_in(&ben, &cleo).await;
    let expires_at = world.now() + TimeDelta::minutes(5);
    let shorter = session.shorten(expires_at, &world.stamp()).expect("it is shorter");
    let shorter = world.save(shorter).await;
    let record = found(&world, shorter.id()).await.expect("it is there").record().clone();
    assert_eq!(record, *shorter.record());
    assert_eq!((record.expires_at, record.expiry_cause), (expires_at, EndCause::GrantExpired));
    assert_eq!(live(&world, LiveSessions::default()).await, [shorter.id()]);
    let last = verified_events(&world).await.pop().expect("there are events");
    assert_eq!(last.content.action, Action::LoginSessionShorten);
}

/// A use puts the idle limit off and nothing else, and is no event.
pub async fn a_use_of_a_session_is_noted(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let session = world.log_in(&ben, &cleo).await;
    let other = world.log_in(&ben, &cleo).await;
    let events = verified_events(&world).await.len();
    let at = world.pass(60);
    world.write(async |unit| unit.sessions().touch(session.id(), at).await).await;
    let mut expected = session.record().clone();
    expected.last_seen_at = at;
    assert_eq!(*found(&world, session.id()).await.expect("it is there").record(), expected);
    assert_eq!(found(&world, other.id()).await, Some(other));
    assert_eq!(verified_events(&world).await.len(), events);
}

/// A use of a session that has ended leaves it as it is.
pub async fn r3_a_use_does_not_revive_an_ended_session(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let session = world.log_in(&ben, &cleo).await;
    let ended = world.end(session, EndCause::Stopped).await;
    let at = world.pass(60);
    let touch = world.attempt(async |unit| unit.sessions().touch(ended.id(), at).await).await;
    // Whether that is an error is for the adapter to say: nothing comes of it.
    drop(touch);
    assert_eq!(found(&world, ended.id()).await, Some(ended));
    assert!(live(&world, LiveSessions::default()).await.is_empty());
}

/// Each part of the filter narrows, and together they must all fit. Ended sessions are never meant.
pub async fn live_sessions_are_found_by_what_they_rest_on(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let eli = world.user("Eli").await;
    world.grant(&eli, &ben).await;
    world.grant(&ben, &eli).await;
    let one = world.log_in(&ben, &cleo).await;
    let two = world.log_in(&ben, &eli).await;
    let three = world.log_in(&eli, &ben).await;
    let over = world.log_in(&ben, &cleo).await;
    world.end(over, EndCause::Stopped).await;
    let none = LiveSessions::default();
    let (actor, subject, involving) = (Some(ben.id()), Some(ben.id()), Some(ben.id()));
    let grant = Some(one.grant().id);
    let own_credential = Some(two.record().own_credential);
    let eli_subject = Some(eli.id());
    for (which, expected) in [
        (none, vec![one.id(), two.id(), three.id()]),
        (LiveSessions { actor, ..none }, vec![one.id(), two.id()]),
        (LiveSessions { subject, ..none }, vec![three.id()]),
        (LiveSessions { involving, ..none }, vec![one.id(), two.id(), three.id()]),
        (LiveSessions { involving: eli_subject, ..none }, vec![two.id(), three.id()]),
        (LiveSessions { grant, ..none }, vec![one.id()]),
        (LiveSessions { own_credential, ..none }, vec![two.id()]),
        (LiveSessions { actor, subject: eli_subject, ..none }, vec![two.id()]),
        (LiveSessions { actor, grant, own_credential, ..none }, vec![]),
        (LiveSessions { actor, subject, ..none }, vec![]),
        (LiveSessions { involving: Some(world.id()), ..none }, vec![]),
    ] {
        assert_eq!(live(&world, which).await, expected, "{which:?}");
    }
}

/// A grant made again for the same pair does not own the sessions of the one before.
pub async fn g9_sessions_belong_to_the_very_grant(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let session = world.log_in(&ben, &cleo).await;
    let pair = world.read(async |unit| unit.grants().of_pair(cleo.id(), ben.id()).await).await;
    world.save(pair.expect("there is a grant").delete(&world.stamp())).await;
    let again = world.grant(&cleo, &ben).await;
    let of = |grant| LiveSessions { grant: Some(grant), ..LiveSessions::default() };
    assert!(live(&world, of(again.id())).await.is_empty());
    assert_eq!(live(&world, of(session.grant().id)).await, [session.id()]);
}

/// A session rests on a credential of one kind: the same number of another kind is another one.
pub async fn s1_every_kind_of_own_credential_is_kept_apart(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let sign_in = world.sign_in(&ben).await.id;
    let same = uuid::NonNilUuid::new(sign_in.uuid()).expect("no identifier is nil");
    let kinds = [
        OwnCredentialId::SignIn(sign_in),
        OwnCredentialId::Token(TokenId::from_non_nil(same)),
        OwnCredentialId::External(SignInId::from_non_nil(same)),
    ];
    let mut ids = BTreeSet::new();
    for own in kinds {
        let session = world.save(world.new_login_session_on(&ben, &cleo, own).await).await;
        let read = found(&world, session.id()).await.expect("it is there");
        assert_eq!(read.record().own_credential, own);
        let which = LiveSessions { own_credential: Some(own), ..LiveSessions::default() };
        assert_eq!(live(&world, which).await, [session.id()], "{own:?}");
        ids.insert(session.id());
    }
    assert_eq!(ids.len(), 3);
}

/// Overdue are the live sessions that have run into a limit, as the domain says it, at the very
/// moment too.
pub async fn a7_overdue_sessions_are_those_that_reached_a_limit(store: &OpenStore) {
    let (world, ben, cleo) = ben_as_cleo(store).await;
    let mut sessions = Vec::new();
    for minutes in [0, 4, 9, 20, 30] {
        let start = world.now();
        world.environment.clock.advance(TimeDelta::minutes(minutes));
        sessions.push(world.log_in(&ben, &cleo).await);
        world.environment.clock.set(start);
    }
    let shorter = world.now() + TimeDelta::minutes(12);
    let first = sessions[0].clone().shorten(shorter, &world.stamp()).expect("it is shorter");
    sessions[0] = world.save(first).await;
    let over = world.log_in(&ben, &cleo).await;
    world.end(over, EndCause::Stopped).await;
    let micro = TimeDelta::microseconds(1);
    let mut moments = vec![world.now()];
    for session in &sessions {
        let record = session.record();
        for limit in [record.expires_at, record.last_seen_at + IDLE_LIMIT] {
            moments.extend([limit - micro, limit, limit + micro]);
        }
    }
    let mut counts = BTreeSet::new();
    for now in moments {
        let idle_since = now - IDLE_LIMIT;
        let found = world.read(async |unit| unit.sessions().overdue(now, idle_since).await).await;
        let mut found: Vec<LoginSessionId> = found.iter().map(LoginSession::id).collect();
        found.sort();
        let mut expected: Vec<LoginSessionId> = sessions
            .iter()
            .filter(|session| session.reached_limit(now).is_some())
            .map(LoginSession::id)
            .collect();
        expected.sort();
        assert_eq!(found, expected, "at {now}");
        counts.insert(expected.len());
    }
    assert_eq!(counts.len(), 6, "from none to all of them");
}

/// The first read of a resource in a minute is told apart from the others, for each reader.
pub async fn a_first_read_is_one_for_each_reader_resource_and_minute(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (one, other) = (world.id::<LoginSessionId>().uuid(), world.id::<LoginSessionId>().uuid());
    let minute = world.now();
    let next = minute + TimeDelta::minutes(1);
    let first = async |reader, resource: &str, minute| {
        world.write(async |unit| unit.sessions().first_read(reader, resource, minute).await).await
    };
    assert!(first(one, "channel:a", minute).await);
    assert!(!first(one, "channel:a", minute).await);
    assert!(first(other, "channel:a", minute).await);
    assert!(first(one, "channel:b", minute).await);
    assert!(first(one, "Channel:a", minute).await);
    assert!(first(one, "channel:a", next).await);
    assert!(!first(one, "channel:a", next).await);
    let mut unit = world.begin().await;
    assert!(unit.sessions().first_read(one, "file:c", minute).await.unwrap());
    assert!(!unit.sessions().first_read(one, "file:c", minute).await.unwrap());
    drop(unit);
    assert!(first(one, "file:c", minute).await, "what was undone was no read");
}
