//! A product that keeps its own users lets Ben log in as Cleo: `cargo run --example embed`.
#![cfg_attr(not(test), expect(clippy::print_stdout, reason = "an example shows what it does"))]
use std::{error::Error, sync::Arc};

use impersonation_domain::access::AccessType::{Login, Send};
use impersonation_domain::role::RoleKind::{self, Admin, Member};
use impersonation_domain::{audit::Origin, ids::*, plan::Plan, ports::Clock, service::*};
use impersonation_memory::{InMemory, People};
use impersonation_testkit::environment::Environment; // a product has its own clock and randomness
use uuid::Uuid;

/// The product's own table of users.
const USERS: [(u128, &str, &str, RoleKind); 3] = [
    (1, "Ada", "ada@shop.example", Admin),
    (2, "Ben", "ben@shop.example", Member),
    (3, "Cleo", "cleo@shop.example", Member),
];

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error + std::marker::Send + Sync>> {
    let world = Environment::default();
    let user = |number| UserId::try_from(Uuid::from_u128(number));
    let shop = OrganizationId::try_from(Uuid::from_u128(9))?;
    let mut people = People::new(shop, "Shop", Plan::MultiUser, &world.ids)?;
    for (number, name, email, role) in USERS {
        people = people.with_user(user(number)?, name, email, role)?;
    }
    let store = InMemory::with_directory(move |_| Box::new(people.clone()));
    let until = world.clock.now() + chrono::TimeDelta::hours(1);
    let (clock, ids, secrets) = (world.clock, world.ids, world.secrets);
    let ports = Ports::embedded(store, Arc::new(clock), Arc::new(ids), Arc::new(secrets));
    let service = Impersonation::new(ports);
    // The product has signed its users in itself, and has a session for each.
    let session = SignInId::try_from(Uuid::from_u128(42))?;
    let signed_in = |user| Credential::asserted(shop, user, session, until, Origin::default());
    let (ada, ben, cleo) = (signed_in(user(1)?), signed_in(user(2)?), user(3)?);

    let (grantor_email, grantee_email) = (USERS[2].2.into(), USERS[1].2.into());
    let access = vec![Login];
    let grant = CreateGrant { grantor_email, grantee_email, access, ..Default::default() };
    let refused = service.grants().create(&ben, grant.clone(), None).await;
    println!("Ben makes the grant himself: {}", refused.map_or_else(|no| no.code(), |_| "made"));
    service.grants().create(&ada, grant, None).await?;
    for action in [Login, Send] {
        let channel = Some(ChannelId::try_from(Uuid::from_u128(5))?);
        let question = ExplainRequest { actor: user(2)?, action, subject: cleo, channel };
        let answer = service.decisions().explain(&ben, question).await?;
        println!("May Ben {action} as Cleo? {}", answer.code);
    }
    let started = service.login_sessions().start(&ben, cleo, None, None).await?.fresh();
    let token = started.ok_or("not started now")?.token.hash();
    let me = service.account().me(&Credential::bearer(token, Origin::default())).await?;
    println!("{} is logged in as {}", me.actor.name(), me.subject.name());
    Ok(())
}
