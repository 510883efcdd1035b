//! A small organization in which people act by use cases: what they did, and how things stand.
//!
//! Acme is on Enterprise. ada and adam are administrators; ben, cleo and eli are members, and all
//! five are in the channel *deals*. Everybody is signed in. A scene is an organization of its own in
//! the store, so that one store has room for many.

mod act;
mod observe;

pub use act::{Act, Answer, BOTH, LOGIN, Learned, Promise, SEND};
pub use observe::{Line, Seen};

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use impersonation_domain::{
    audit::Origin,
    credential::SignIn,
    email::EmailAddress,
    ids::{ChannelId, LoginSessionId, OrganizationId, RoleId, UserId},
    organization::Organization,
    plan::Plan,
    policy::GrantRef,
    ports::{OrganizationIndex, RepositoryError, SecretGenerator as _, UnitOfWorkFactory},
    secret::{SecretHash, SecretKind},
    service::{Credential, Impersonation, Ports},
    version::Version,
};

use crate::{
    environment::{Environment, FixedClock, NoFiles, PlainPasswords},
    store::OpenStore,
    world::{World, save_in},
};

/// Who is in a scene, by name, and whether they are administrators.
pub const PEOPLE: [(&str, bool); 5] =
    [("ada", true), ("adam", true), ("ben", false), ("cleo", false), ("eli", false)];

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// Their address.
    pub email: String,
    /// The hash of their own session's token.
    pub token: SecretHash,
}

/// A login session that somebody has started.
#[derive(Debug, Clone)]
pub struct Login {
    /// Which one.
    pub id: LoginSessionId,
    /// The hash of its token.
    pub token: SecretHash,
}

/// What people know because they saw it last. It may have changed since.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The grant of each pair, grantor first.
    pub grants: BTreeMap<(&'static str, &'static str), GrantRef>,
    /// The login session that each person started last.
    pub logins: BTreeMap<&'static str, Login>,
    /// The version of each person's account; the first one if absent.
    pub users: BTreeMap<&'static str, Version>,
}

/// The organization, and what is known of it.
pub struct Scene {
    /// The organization.
    pub organization: OrganizationId,
    /// Its clock, which stands still until it is told otherwise.
    pub clock: FixedClock,
    /// Its people, by name.
    pub people: BTreeMap<&'static str, Person>,
    /// The channel *deals*.
    pub deals: ChannelId,
    /// The built-in role Admin.
    pub admin_role: RoleId,
    /// The built-in role Member.
    pub member_role: RoleId,
    units: Arc<dyn UnitOfWorkFactory>,
    index: Arc<dyn OrganizationIndex>,
    environment: Environment,
    known: Mutex<Known>,
    /// The last event before anything was done.
    beginning: Mutex<u64>,
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene").field("organization", &self.organization).finish_non_exhaustive()
    }
}

impl Scene {
    /// A new organization in this store. Identifiers and secrets are taken from `environment`, which
    /// the scenes of one store share; its clock is not used.
    ///
    /// # Panics
    /// Where the store fails.
    pub async fn new(store: &OpenStore, environment: &Environment) -> Self {
        let environment = Environment { clock: FixedClock::default(), ..environment.clone() };
        let world =
            World::create(store.units.clone(), environment.clone(), "Acme", Plan::Enterprise).await;
        let mut unit = world.begin().await;
        let mut people = BTreeMap::new();
        let deals = {
            let called = crate::world::name("deals");
            let stamp = world.stamp();
            impersonation_domain::channel::Channel::create(world.organization, called, &stamp)
        };
        let deals = save_in(unit.as_mut(), deals).await.expect("the store saves a channel");
        for (name, is_admin) in PEOPLE {
            let email = format!("{name}@acme.example");
            let role = if is_admin { world.admin_role } else { world.member_role };
            let user = world.new_user_with_role(name, &email, role);
            let user = save_in(unit.as_mut(), user).await.expect("the store saves a user");
            let token = environment.secrets.next(SecretKind::SignIn).hash();
            let sign_in = SignIn::start(world.organization, user.id(), token, &world.stamp());
            save_in(unit.as_mut(), sign_in).await.expect("the store saves a session");
            let joined = deals.add_member(user.id(), &world.stamp());
            save_in(unit.as_mut(), joined).await.expect("the store saves a membership");
            people.insert(name, Person { id: user.id(), email, token });
        }
        let beginning = unit.audit_log().head().await.expect("the log has a head").sequence;
        unit.commit().await.expect("the store commits");
        Self {
            organization: world.organization,
            clock: environment.clock.clone(),
            people,
            deals: deals.id(),
            admin_role: world.admin_role,
            member_role: world.member_role,
            units: store.units.clone(),
            index: store.index.clone(),
            environment,
            known: Mutex::default(),
            beginning: Mutex::new(beginning),
        }
    }

    /// The use cases, straight on the store.
    #[must_use]
    pub fn app(&self) -> Impersonation {
        self.app_over(self.units.clone())
    }

    /// The use cases over these units of work, which are the store's own with something around them.
    #[must_use]
    pub fn app_over(&self, units: Arc<dyn UnitOfWorkFactory>) -> Impersonation {
        Impersonation::new(Ports {
            units,
            index: Arc::new(OnlyThis(self.organization, self.index.clone())),
            clock: Arc::new(self.clock.clone()),
            ids: Arc::new(self.environment.ids.clone()),
            secrets: Arc::new(self.environment.secrets.clone()),
            passwords: Arc::new(PlainPasswords),
            files: Arc::new(NoFiles),
        })
    }

    /// The store's own units of work.
    #[must_use]
    pub fn units(&self) -> Arc<dyn UnitOfWorkFactory> {
        self.units.clone()
    }

    /// What people know now.
    #[must_use]
    pub fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Somebody has learned something.
    pub fn learn(&self, learned: Learned) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match learned {
            Learned::Grant(pair, Some(grant)) => drop(known.grants.insert(pair, grant)),
            Learned::Grant(pair, None) => drop(known.grants.remove(&pair)),
            Learned::Login(actor, login) => drop(known.logins.insert(actor, login)),
            Learned::User(name, version) => drop(known.users.insert(name, version)),
        }
    }

    /// Does one thing after the other, each of which must be allowed, and forgets the log of it.
    ///
    /// # Panics
    /// Where one is not allowed.
    pub async fn set_up(&self, acts: &[Act]) {
        for act in acts {
            let answer = act.promise(self, "set-up").run(self.app()).await;
            assert!(answer.allowed, "to begin with, {act} should be allowed: {}", answer.text);
            answer.learned.into_iter().for_each(|learned| self.learn(learned));
        }
        let unit = self.units.begin_read(self.organization).await;
        let mut unit = unit.expect("the store begins a reading unit");
        let head = unit.audit_log().head().await.expect("the log has a head");
        *self.beginning.lock().unwrap_or_else(PoisonError::into_inner) = head.sequence;
    }

    fn beginning(&self) -> u64 {
        *self.beginning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self, name: &str, request: &str) -> Credential {
        Credential::bearer(self.people[name].token, origin(request))
    }

    /// The name of a user of the scene.
    fn name_of(&self, id: UserId) -> &'static str {
        let mut people = self.people.iter();
        people.find(|(_, person)| person.id == id).map_or("somebody", |(name, _)| *name)
    }
}

fn origin(request: &str) -> Origin {
    Origin { request_id: Some(request.to_owned()), source_address: None }
}

/// The other scenes of the store are nobody's business.
struct OnlyThis(OrganizationId, Arc<dyn OrganizationIndex>);

#[async_trait]
impl OrganizationIndex for OnlyThis {
    async fn organizations(&self) -> Result<Vec<Organization>, RepositoryError> {
        let mut all = self.1.organizations().await?;
        all.retain(|organization| organization.id() == self.0);
        Ok(all)
    }

    async fn by_token(&self, hash: &SecretHash) -> Result<Option<OrganizationId>, RepositoryError> {
        self.1.by_token(hash).await
    }

    async fn accounts_by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Vec<(OrganizationId, UserId)>, RepositoryError> {
        let mut accounts = self.1.accounts_by_email(email).await?;
        accounts.retain(|(organization, _)| *organization == self.0);
        Ok(accounts)
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        self.1.ping().await
    }
}
