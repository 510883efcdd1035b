//! Users.

mod change;

use super::{
    Answer, Capability, Conflict, Credential, InvalidInput, Refusal, Repeatable, Resource,
    UseCaseError, error::text, family, operation::Operation, upkeep::end_all,
};
use crate::{
    credential::PasswordChange,
    email::EmailAddress,
    ids::{RoleId, UserId},
    login_session::EndCause,
    ports::{LiveSessions, Page, UserCursor, UserQuery},
    role::{Role, RoleKind},
    secret::{Password, PasswordHash},
    text::Name,
    user::{NewUser, User, UserStatus},
    version::Version,
};

family! {
    /// Users.
    PeopleService
}

/// A user with their role.
#[derive(Debug, Clone)]
pub struct UserView {
    /// The user.
    pub user: User,
    /// Their role.
    pub role: Role,
}

/// What a new user is made of, as a person types it.
#[derive(Debug, Clone, Default)]
pub struct CreateUser {
    /// What the person is called.
    pub name: String,
    /// The email address.
    pub email: String,
    /// The role; Member if absent.
    pub role_id: Option<RoleId>,
    /// The first password; without one the user cannot sign in until one is set.
    pub password: Option<String>,
}

/// What is to change of a user. `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct EditUser {
    /// The name.
    pub name: Option<String>,
    /// The role.
    pub role_id: Option<RoleId>,
    /// Active or deactivated.
    pub status: Option<UserStatus>,
    /// Whether the account is never to be impersonated.
    pub protected: Option<bool>,
}

impl PeopleService {
    /// Users, by address. Removed ones are left out.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn list(
        &self,
        credential: &Credential,
        query: UserQuery,
    ) -> Result<Page<UserView, UserCursor>, UseCaseError> {
        let mut op = Operation::begin_read(&self.ports, credential, Capability::ReadUsers).await?;
        let result = async {
            let roles = op.uow.directory_store().roles().await?;
            let page = op.uow.directory_store().users(&query).await?;
            let with_role = |user: User| {
                let role = roles.iter().find(|role| role.id() == user.role_id()).cloned();
                role.map(|role| UserView { user, role })
                    .ok_or(UseCaseError::NotFound(Resource::Role))
            };
            let items = page.items.into_iter().map(with_role).collect::<Result<_, _>>()?;
            Ok(Page { items, next: page.next })
        }
        .await;
        op.finish(result).await
    }

    /// One user.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn get(&self, credential: &Credential, id: UserId) -> Result<UserView, UseCaseError> {
        let mut op = Operation::begin_read(&self.ports, credential, Capability::ReadUsers).await?;
        let result = async {
            let user = find(&mut op, id).await?;
            view(&mut op, user).await
        }
        .await;
        op.finish(result).await
    }

    /// Makes a user.
    ///
    /// # Errors
    /// [`Conflict::EmailTaken`] and others.
    pub async fn create(
        &self,
        credential: &Credential,
        request: CreateUser,
        repeatable: Option<Repeatable<'_, UserView>>,
    ) -> Result<Answer<UserView>, UseCaseError> {
        Operation::admit(&self.ports, credential, Capability::CreateUser).await?;
        let name = text("name", || Name::new(&request.name))?;
        let email: EmailAddress = request.email.parse()?;
        let hash = match request.password {
            Some(password) => Some(self.hash(password).await?),
            None => None,
        };
        let mut op = Operation::begin(&self.ports, credential, Capability::CreateUser).await?;
        let result = async {
            if let Some(body) = op.repeated(repeatable.as_ref()).await? {
                return Ok(Answer::Repeated(body));
            }
            let created = create(&mut op, name, email, request.role_id, hash).await?;
            op.remember(repeatable.as_ref(), &created).await?;
            Ok(Answer::Fresh(created))
        }
        .await;
        op.finish(result).await
    }

    /// Changes a user. Each field that changes has its own event, and everything that the change no
    /// longer justifies ends with it.
    ///
    /// # Errors
    /// [`UseCaseError::VersionMismatch`], [`Conflict::LastAdministrator`] and others.
    pub async fn edit(
        &self,
        credential: &Credential,
        id: UserId,
        seen: Version,
        edit: EditUser,
    ) -> Result<UserView, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::EditUser).await?;
        op.about.subject = Some(id);
        let result = change::edit(&mut op, id, seen, edit).await;
        op.finish(result).await
    }

    /// Removes a user for good: with them go their memberships, the grants that they are part of,
    /// and every session that involves them. Their messages and the audit log stay.
    ///
    /// # Errors
    /// [`UseCaseError::VersionMismatch`], [`Conflict::LastAdministrator`] and others.
    pub async fn remove(
        &self,
        credential: &Credential,
        id: UserId,
        seen: Version,
    ) -> Result<(), UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::RemoveUser).await?;
        op.about.subject = Some(id);
        let result = change::remove(&mut op, id, seen).await;
        op.finish(result).await
    }

    /// Sets another user's password. All their sessions end.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn set_password(
        &self,
        credential: &Credential,
        id: UserId,
        password: String,
    ) -> Result<(), UseCaseError> {
        Operation::admit(&self.ports, credential, Capability::SetPassword).await?;
        let hash = self.hash(password).await?;
        let mut op = Operation::begin(&self.ports, credential, Capability::SetPassword).await?;
        op.about.subject = Some(id);
        let result = async {
            let user = find(&mut op, id).await?;
            let stamp = op.ctx.stamp();
            op.uow
                .credentials()
                .set_password(PasswordChange::record(user.id(), hash, &stamp))
                .await?;
            op.uow.credentials().end_all_of(id, None, true, op.ctx.now).await?;
            let started = LiveSessions { actor: Some(id), ..LiveSessions::default() };
            end_all(&mut *op.uow, started, EndCause::OwnSessionEnded, &stamp).await?;
            Ok(())
        }
        .await;
        op.finish(result).await
    }

    async fn hash(&self, password: String) -> Result<PasswordHash, UseCaseError> {
        Ok(self.ports.passwords.hash(&Password::new(password)?).await?)
    }
}

async fn create(
    op: &mut Operation,
    name: Name,
    email: EmailAddress,
    role_id: Option<RoleId>,
    hash: Option<PasswordHash>,
) -> Result<UserView, UseCaseError> {
    let role = match role_id {
        Some(id) => assignable_role(op, id).await?,
        None => {
            let roles = op.uow.directory_store().roles().await?;
            let member = roles.into_iter().find(|role| role.kind() == RoleKind::Member);
            member.ok_or(UseCaseError::NotFound(Resource::Role))?
        }
    };
    if op.uow.directory().user_by_email(&email).await?.is_some() {
        return Err(Conflict::EmailTaken.into());
    }
    let stamp = op.ctx.stamp();
    let new = NewUser { organization: op.ctx.organization_id(), name, email, role: role.id() };
    let user = op.uow.directory_store().save_user(User::create(new, &stamp)).await?;
    if let Some(hash) = hash {
        op.uow.credentials().set_password(PasswordChange::record(user.id(), hash, &stamp)).await?;
    }
    Ok(UserView { user, role })
}

/// A role that can be given to somebody: a custom one only where the plan has custom roles.
async fn assignable_role(op: &mut Operation, id: RoleId) -> Result<Role, UseCaseError> {
    let role = op.uow.directory().role(id).await?;
    let role = role.ok_or_else(|| {
        InvalidInput::form(
            "role_id",
            "role_not_found",
            &"there is no such role; choose one from the list of roles",
        )
    })?;
    if role.kind() == RoleKind::Custom && !op.ctx.caller.organization.plan().has_custom_roles() {
        return Err(Refusal::PlanExcludesCustomRoles.into());
    }
    Ok(role)
}

/// The user, unless removed: who is gone is not found.
pub(super) async fn find(op: &mut Operation, id: UserId) -> Result<User, UseCaseError> {
    let user = op.uow.directory().user(id).await?;
    user.filter(|user| user.status() != UserStatus::Removed)
        .ok_or(UseCaseError::NotFound(Resource::User))
}

async fn find_version(op: &mut Operation, id: UserId, seen: Version) -> Result<User, UseCaseError> {
    let user = find(op, id).await?;
    if user.version() == seen {
        Ok(user)
    } else {
        Err(UseCaseError::VersionMismatch { current: user.version() })
    }
}

async fn view(op: &mut Operation, user: User) -> Result<UserView, UseCaseError> {
    let role = op
        .uow
        .directory()
        .role(user.role_id())
        .await?
        .ok_or(UseCaseError::NotFound(Resource::Role))?;
    Ok(UserView { user, role })
}
