//! One way to save all kinds of things.

use async_trait::async_trait;
use impersonation_domain::{
    audit::{Action, Recorded},
    channel::{Channel, Membership},
    credential::{ApiToken, PasswordChange, SignIn},
    grant::Grant,
    login_session::LoginSession,
    message::Message,
    organization::Organization,
    ports::{RepositoryError, UnitOfWork},
    role::Role,
    user::User,
};

use super::World;

/// Something that a store can save, or delete where its event says so.
#[async_trait]
pub trait Save: Send + Sized {
    /// Saves it through the port that is meant for it.
    async fn save(
        recorded: Recorded<Self>,
        unit: &mut dyn UnitOfWork,
    ) -> Result<Self, RepositoryError>;
}

/// Saves something in a unit of work.
///
/// # Errors
/// What the store fails with.
pub async fn save_in<T: Save>(
    unit: &mut dyn UnitOfWork,
    recorded: Recorded<T>,
) -> Result<T, RepositoryError> {
    T::save(recorded, unit).await
}

impl World {
    /// Saves something in a unit of work of its own.
    ///
    /// # Panics
    /// Where the store fails.
    pub async fn save<T: Save>(&self, recorded: Recorded<T>) -> T {
        self.try_save(recorded).await.expect("the store does what it is asked")
    }

    /// Tries to save something in a unit of work of its own.
    ///
    /// # Errors
    /// What the store fails with.
    pub async fn try_save<T: Save>(&self, recorded: Recorded<T>) -> Result<T, RepositoryError> {
        // Without a closure, so that a test may do this in a task of its own.
        let mut unit = self.begin().await;
        let value = save_in(unit.as_mut(), recorded).await?;
        unit.commit().await?;
        Ok(value)
    }
}

macro_rules! saves {
    ($($type:ty: $unit:ident, $recorded:ident => $save:expr;)+) => {$(
        #[async_trait]
        impl Save for $type {
            async fn save(
                $recorded: Recorded<Self>,
                $unit: &mut dyn UnitOfWork,
            ) -> Result<Self, RepositoryError> {
                $save
            }
        }
    )+};
}

saves! {
    Organization: unit, it => unit.directory_store().save_organization(it).await;
    User: unit, it => unit.directory_store().save_user(it).await;
    Role: unit, it => match it.event().action {
        Action::RoleDelete => unit.directory_store().delete_role(it).await,
        _ => unit.directory_store().save_role(it).await,
    };
    Channel: unit, it => unit.directory_store().save_channel(it).await;
    Membership: unit, it => match it.event().action {
        Action::ChannelRemoveMember => unit.directory_store().remove_member(it).await,
        _ => unit.directory_store().add_member(it).await,
    };
    Grant: unit, it => match it.event().action {
        Action::GrantDelete => unit.grants().delete(it).await,
        _ => unit.grants().save(it).await,
    };
    LoginSession: unit, it => unit.sessions().save(it).await;
    Message: unit, it => unit.messages().save(it).await;
    SignIn: unit, it => unit.credentials().save_sign_in(it).await;
    ApiToken: unit, it => unit.credentials().save_token(it).await;
    PasswordChange: unit, it => {
        let change = it.value().clone();
        unit.credentials().set_password(it).await.map(|()| change)
    };
}
