//! The list of login sessions.

use std::cmp::Reverse;

use impersonation_domain::{
    ids::LoginSessionId,
    login_session::{EndCause, LoginSession},
    plan::Plan,
    ports::{LoginSessionQuery, PageLimit},
    user::User,
};

use super::check::Pages;
use crate::{
    environment::{Environment, SeededSecrets, SequentialIds},
    store::OpenStore,
    world::World,
};

async fn list(world: &World, query: LoginSessionQuery) -> Vec<LoginSession> {
    let mut query = query;
    let mut sessions = Vec::new();
    let mut pages = Pages::default();
    loop {
        pages.turn();
        let page = world.read(async |unit| unit.sessions().list(&query).await).await;
        assert!(page.items.len() <= usize::from(query.limit.get()), "no page exceeds its limit");
        sessions.extend(page.items);
        query.after = page.next;
        if query.after.is_none() {
            return sessions;
        }
    }
}

fn ids(sessions: &[LoginSession]) -> Vec<LoginSessionId> {
    sessions.iter().map(LoginSession::id).collect()
}

fn limit(items: u64) -> PageLimit {
    PageLimit::try_from(items).expect("the limit is allowed")
}

/// Sessions between three people, several at one moment, some of them over.
async fn busy(world: &World) -> (Vec<LoginSession>, [User; 3]) {
    let people = [world.user("Ben").await, world.user("Cleo").await, world.user("Eli").await];
    let [ben, cleo, eli] = &people;
    for (grantor, grantee) in [(cleo, ben), (ben, cleo), (eli, ben), (ben, eli)] {
        world.grant(grantor, grantee).await;
    }
    let mut sessions = Vec::new();
    for round in 0..3 {
        for (actor, subject) in [(ben, cleo), (cleo, ben), (ben, eli), (eli, ben)] {
            let session = world.log_in(actor, subject).await;
            let over = (round + sessions.len()) % 3 == 0;
            sessions.push(if over { world.end(session, EndCause::Stopped).await } else { session });
        }
        world.pass(1);
    }
    sessions.sort_by_key(|session| Reverse((session.record().started_at, session.id())));
    (sessions, people)
}

/// The latest start comes first, and of equal ones the greatest identifier, in pages of any size.
pub async fn login_sessions_are_listed_from_the_latest_on(store: &OpenStore) {
    for environment in [
        Environment::default(),
        // A store knows a token by its hash, whatever the organization: no two are ever the same.
        Environment {
            ids: SequentialIds::descending(),
            secrets: SeededSecrets::new(1),
            ..Default::default()
        },
    ] {
        let world = World::create(store.units.clone(), environment, "Acme", Plan::Enterprise).await;
        let (sessions, _) = busy(&world).await;
        for items in [1, 2, 5, 11, 12, 13] {
            let query = LoginSessionQuery { limit: limit(items), ..LoginSessionQuery::default() };
            assert_eq!(list(&world, query).await, sessions, "in pages of {items}");
        }
    }
}

/// Live, actor, subject and involved narrow the list, alone and together, on every page.
pub async fn login_sessions_are_filtered(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (sessions, [ben, cleo, eli]) = busy(&world).await;
    let users = [None, Some(ben.id()), Some(cleo.id()), Some(eli.id())];
    for live in [None, Some(true), Some(false)] {
        for actor in users {
            for (subject, involving) in users.into_iter().flat_map(|s| users.map(|i| (s, i))) {
                let after = None;
                let query =
                    LoginSessionQuery { live, actor, subject, involving, after, limit: limit(2) };
                let expected: Vec<LoginSession> = sessions
                    .iter()
                    .filter(|s| live.is_none_or(|live| s.is_live() == live))
                    .filter(|s| actor.is_none_or(|user| s.actor() == user))
                    .filter(|s| subject.is_none_or(|user| s.subject() == user))
                    .filter(|s| {
                        involving.is_none_or(|user| s.actor() == user || s.subject() == user)
                    })
                    .cloned()
                    .collect();
                assert_eq!(ids(&list(&world, query.clone()).await), ids(&expected), "{query:?}");
            }
        }
    }
}

/// Sessions that start while the pages are read do not disturb them.
pub async fn pages_of_login_sessions_stay_in_step_while_sessions_start(store: &OpenStore) {
    let world = World::enterprise(store.units.clone()).await;
    let (sessions, [ben, cleo, _]) = busy(&world).await;
    let mut query = LoginSessionQuery { limit: limit(5), ..LoginSessionQuery::default() };
    let page = world.read(async |unit| unit.sessions().list(&query).await).await;
    let mut seen = page.items;
    query.after = page.next;
    world.log_in(&ben, &cleo).await;
    seen.extend(list(&world, query).await);
    assert_eq!(seen, sessions);
}
