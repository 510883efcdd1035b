//! Users.

use super::{
    Answer, Capability, Conflict, Credential, InvalidInput, Refusal, Repeatable, Resource,
    UseCaseError,
    error::text,
    family,
    operation::Operation,
    upkeep::{end_all, end_unjustified},
};
use crate::{
    audit::{Action, Recorded},
    credential::PasswordChange,
    email::EmailAddress,
    ids::{RoleId, UserId},
    login_session::EndCause,
    ports::{ChannelQuery, LiveSessions, Page, PageLimit, UserCursor, UserQuery},
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
                let role = roles
                    .iter()
                    .find(|role| role.id() == user.role_id())
                    .cloned();
                role.map(|role| UserView { user, role })
                    .ok_or(UseCaseError::NotFound(Resource::Role))
            };
            let items = page
                .items
                .into_iter()
                .map(with_role)
                .collect::<Result<_, _>>()?;
            Ok(Page {
                items,
                next: page.next,
            })
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
        let result = self::edit(&mut op, id, seen, edit).await;
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
        let result = remove(&mut op, id, seen).await;
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
            op.uow
                .credentials()
                .end_all_of(id, None, true, op.ctx.now)
                .await?;
            let started = LiveSessions {
                actor: Some(id),
                ..LiveSessions::default()
            };
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
            let member = roles
                .into_iter()
                .find(|role| role.kind() == RoleKind::Member);
            member.ok_or(UseCaseError::NotFound(Resource::Role))?
        }
    };
    if op.uow.directory().user_by_email(&email).await?.is_some() {
        return Err(Conflict::EmailTaken.into());
    }
    let stamp = op.ctx.stamp();
    let new = NewUser {
        organization: op.ctx.organization_id(),
        name,
        email,
        role: role.id(),
    };
    let user = op
        .uow
        .directory_store()
        .save_user(User::create(new, &stamp))
        .await?;
    if let Some(hash) = hash {
        op.uow
            .credentials()
            .set_password(PasswordChange::record(user.id(), hash, &stamp))
            .await?;
    }
    Ok(UserView { user, role })
}

async fn edit(
    op: &mut Operation,
    id: UserId,
    seen: Version,
    edit: EditUser,
) -> Result<UserView, UseCaseError> {
    let mut user = find_version(op, id, seen).await?;
    if let Some(name) = edit.name {
        let name = text("name", || Name::new(&name))?;
        if name != *user.name() {
            user = save(op, user.rename(name, &op.ctx.stamp())).await?;
        }
    }
    if let Some(role) = edit.role_id.filter(|role| *role != user.role_id()) {
        op.about.action = Some(Action::UserSetRole);
        let role = assignable_role(op, role).await?;
        if role.kind() != RoleKind::Admin {
            keep_an_administrator(op, &user).await?;
        }
        user = save(op, user.set_role(role.id(), &op.ctx.stamp())).await?;
    }
    if let Some(protected) = edit
        .protected
        .filter(|protected| *protected != user.is_protected())
    {
        user = save(op, user.set_protected(protected, &op.ctx.stamp())).await?;
    }
    match edit.status.filter(|status| *status != user.status()) {
        None => {}
        Some(UserStatus::Active) => user = save(op, user.reactivate(&op.ctx.stamp())).await?,
        Some(UserStatus::Deactivated) => {
            op.about.action = Some(Action::UserDeactivate);
            keep_an_administrator(op, &user).await?;
            user = save(op, user.deactivate(&op.ctx.stamp())).await?;
            op.uow
                .credentials()
                .end_all_of(id, None, true, op.ctx.now)
                .await?;
        }
        Some(UserStatus::Removed) => {
            let message = "a user is removed with a delete; set `active` or `deactivated` here";
            return Err(InvalidInput::form("status", "invalid_input", &message));
        }
    }
    let involved = LiveSessions {
        involving: Some(id),
        ..LiveSessions::default()
    };
    end_unjustified(&mut *op.uow, involved, &op.ctx.stamp()).await?;
    view(op, user).await
}

async fn remove(op: &mut Operation, id: UserId, seen: Version) -> Result<(), UseCaseError> {
    let user = find_version(op, id, seen).await?;
    keep_an_administrator(op, &user).await?;
    let stamp = op.ctx.stamp();
    // Memberships first: a removed user is never a member.
    loop {
        let query = ChannelQuery {
            member: Some(id),
            limit: PageLimit::MAX,
            ..ChannelQuery::default()
        };
        let page = op.uow.directory_store().channels(&query).await?;
        for channel in &page.items {
            op.uow
                .directory_store()
                .remove_member(channel.remove_member(id, &stamp))
                .await?;
        }
        if page.next.is_none() {
            break;
        }
    }
    op.uow
        .directory_store()
        .save_user(user.remove(&stamp))
        .await?;
    op.uow
        .credentials()
        .end_all_of(id, None, true, op.ctx.now)
        .await?;
    // The sessions before the grants, so that each ends with its own cause.
    let involved = LiveSessions {
        involving: Some(id),
        ..LiveSessions::default()
    };
    end_unjustified(&mut *op.uow, involved, &stamp).await?;
    let mut grants = op.uow.grants().received_by(id).await?;
    grants.extend(op.uow.grants().granted_by(id).await?);
    for grant in grants {
        op.uow
            .grants()
            .delete(grant.delete(&stamp).because("user_removed"))
            .await?;
    }
    Ok(())
}

async fn save(op: &mut Operation, user: Recorded<User>) -> Result<User, UseCaseError> {
    Ok(op.uow.directory_store().save_user(user).await?)
}

/// Refuses to take the last active administrator away.
async fn keep_an_administrator(op: &mut Operation, user: &User) -> Result<(), UseCaseError> {
    let role = op.uow.directory().role(user.role_id()).await?;
    let is_administrator =
        user.is_active() && role.is_some_and(|role| role.kind() == RoleKind::Admin);
    if is_administrator && op.uow.directory_store().active_administrators().await? <= 1 {
        return Err(Conflict::LastAdministrator.into());
    }
    Ok(())
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
        Err(UseCaseError::VersionMismatch {
            current: user.version(),
        })
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
