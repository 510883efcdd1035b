//! A small world, built by the domain's own transitions and written through units of work.

mod build;
mod save;

use std::{fmt, sync::Arc};

use impersonation_domain::{
    audit::{Origin, Party, Stamp},
    ids::{OrganizationId, RoleId, UserId},
    plan::Plan,
    ports::{
        Clock, IdGenerator, RepositoryError, SecretGenerator, UnitOfWork, UnitOfWorkFactory,
        generate,
    },
    role::{BuiltInRole, Role},
    secret::{SecretHash, SecretKind},
    time::Timestamp,
};

use crate::environment::Environment;

pub(crate) use build::{body, email, name, reason};
pub use save::{Save, save_in};

/// An organization in a store, and what a test needs to fill and change it. Every helper is a
/// transaction of its own and panics where the store fails.
#[derive(Clone)]
pub struct World {
    /// Begins transactions on the store.
    pub units: Arc<dyn UnitOfWorkFactory>,
    /// Time, identifiers and secrets.
    pub environment: Environment,
    /// The organization.
    pub organization: OrganizationId,
    /// Its built-in role Admin.
    pub admin_role: RoleId,
    /// Its built-in role Member.
    pub member_role: RoleId,
    /// Where its requests come from.
    pub origin: Origin,
}

impl World {
    /// An Enterprise organization called Acme with its two built-in roles, in an empty store.
    pub async fn enterprise(units: Arc<dyn UnitOfWorkFactory>) -> Self {
        Self::create(units, Environment::default(), "Acme", Plan::Enterprise).await
    }

    /// An organization with its two built-in roles.
    ///
    /// # Panics
    /// Where the store fails.
    pub async fn create(
        units: Arc<dyn UnitOfWorkFactory>,
        environment: Environment,
        name: &str,
        plan: Plan,
    ) -> Self {
        let organization: OrganizationId = generate(&environment.ids);
        let origin = Origin {
            request_id: Some("request-1".to_owned()),
            source_address: Some("192.0.2.1".to_owned()),
        };
        let stamp = Stamp::new(environment.clock.now(), Party::Operator, &origin, &environment.ids);
        let admin = Role::built_in(organization, BuiltInRole::Admin, &stamp);
        let member = Role::built_in(organization, BuiltInRole::Member, &stamp);
        let (admin_role, member_role) = (admin.value().id(), member.value().id());
        let created = impersonation_domain::organization::Organization::create(
            organization,
            build::name(name),
            plan,
            &stamp,
        );
        let world = Self {
            units,
            environment: environment.clone(),
            organization,
            admin_role,
            member_role,
            origin: origin.clone(),
        };
        let mut unit = world.begin().await;
        let fill = async {
            save_in(unit.as_mut(), created).await?;
            save_in(unit.as_mut(), admin).await?;
            save_in(unit.as_mut(), member).await
        };
        fill.await.expect("the store makes an organization");
        unit.commit().await.expect("the store makes an organization");
        world
    }

    /// A world without an organization yet, for a test that makes it itself.
    #[must_use]
    pub fn empty(units: Arc<dyn UnitOfWorkFactory>) -> Self {
        let environment = Environment::default();
        let (organization, admin_role, member_role) =
            (generate(&environment.ids), generate(&environment.ids), generate(&environment.ids));
        Self {
            units,
            environment,
            organization,
            admin_role,
            member_role,
            origin: Origin::default(),
        }
    }

    /// Another Enterprise organization, called Birch, in the same store: time, identifiers and
    /// secrets are shared.
    pub async fn neighbour(&self) -> Self {
        let environment = self.environment.clone();
        Self::create(self.units.clone(), environment, "Birch", Plan::Enterprise).await
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.environment.clock.now()
    }

    /// Puts the clock on by so many seconds, and answers the new time.
    pub fn pass(&self, seconds: i64) -> Timestamp {
        self.environment.clock.advance(chrono::TimeDelta::seconds(seconds))
    }

    /// The stamp of something that the system does now.
    #[must_use]
    pub fn stamp(&self) -> Stamp<'_> {
        Stamp::new(self.now(), Party::System, &self.origin, &self.environment.ids)
    }

    /// The stamp of something that this user does now.
    #[must_use]
    pub fn stamp_of(&self, actor: UserId) -> Stamp<'_> {
        Stamp::new(self.now(), Party::User(actor), &self.origin, &self.environment.ids)
    }

    /// The hash of a new token.
    #[must_use]
    pub fn token(&self, kind: SecretKind) -> SecretHash {
        self.environment.secrets.next(kind).hash()
    }

    /// A new identifier.
    #[must_use]
    pub fn id<T: impersonation_domain::ids::TypedId>(&self) -> T {
        T::from_non_nil(self.environment.ids.next())
    }

    /// Begins a unit of work that may write.
    ///
    /// # Panics
    /// Where the store fails.
    pub async fn begin(&self) -> Box<dyn UnitOfWork> {
        self.units.begin(self.organization).await.expect("the store begins a unit of work")
    }

    /// Does something in a unit of work of its own, and commits it if it succeeds.
    ///
    /// # Errors
    /// What `work` fails with, or the commit.
    pub async fn attempt<T>(
        &self,
        work: impl AsyncFnOnce(&mut dyn UnitOfWork) -> Result<T, RepositoryError>,
    ) -> Result<T, RepositoryError> {
        let mut unit = self.begin().await;
        let value = work(unit.as_mut()).await?;
        unit.commit().await?;
        Ok(value)
    }

    /// Does something in a unit of work of its own, and commits it.
    ///
    /// # Panics
    /// Where the store fails.
    pub async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut dyn UnitOfWork) -> Result<T, RepositoryError>,
    ) -> T {
        self.attempt(work).await.expect("the store does what it is asked")
    }

    /// Reads something in a reading unit of work of its own.
    ///
    /// # Panics
    /// Where the store fails.
    pub async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut dyn UnitOfWork) -> Result<T, RepositoryError>,
    ) -> T {
        let mut unit = self
            .units
            .begin_read(self.organization)
            .await
            .expect("the store begins a reading unit");
        work(unit.as_mut()).await.expect("the store answers")
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("organization", &self.organization).finish_non_exhaustive()
    }
}
