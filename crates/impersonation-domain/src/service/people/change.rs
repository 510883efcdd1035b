//! Changing and removing users.

use super::{EditUser, UserView, assignable_role, find_version, view};
use crate::{
    audit::{Action, Recorded},
    ids::UserId,
    ports::{ChannelQuery, LiveSessions, PageLimit},
    role::RoleKind,
    service::{
        Conflict, InvalidInput, UseCaseError, error::text, operation::Operation,
        upkeep::end_unjustified,
    },
    text::Name,
    user::{User, UserStatus},
    version::Version,
};

pub(super) async fn edit(
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
    if let Some(protected) = edit.protected.filter(|protected| *protected != user.is_protected()) {
        user = save(op, user.set_protected(protected, &op.ctx.stamp())).await?;
    }
    match edit.status.filter(|status| *status != user.status()) {
        None => {}
        Some(UserStatus::Active) => user = save(op, user.reactivate(&op.ctx.stamp())).await?,
        Some(UserStatus::Deactivated) => {
            op.about.action = Some(Action::UserDeactivate);
            keep_an_administrator(op, &user).await?;
            user = save(op, user.deactivate(&op.ctx.stamp())).await?;
            op.uow.credentials().end_all_of(id, None, true, op.ctx.now).await?;
        }
        Some(UserStatus::Removed) => {
            let message = "a user is removed with a delete; set `active` or `deactivated` here";
            return Err(InvalidInput::form("status", "invalid_input", &message));
        }
    }
    let involved = LiveSessions { involving: Some(id), ..LiveSessions::default() };
    end_unjustified(&mut *op.uow, involved, &op.ctx.stamp()).await?;
    view(op, user).await
}

pub(super) async fn remove(
    op: &mut Operation,
    id: UserId,
    seen: Version,
) -> Result<(), UseCaseError> {
    let user = find_version(op, id, seen).await?;
    keep_an_administrator(op, &user).await?;
    let stamp = op.ctx.stamp();
    // Memberships first: a removed user is never a member.
    loop {
        let query =
            ChannelQuery { member: Some(id), limit: PageLimit::MAX, ..ChannelQuery::default() };
        let page = op.uow.directory_store().channels(&query).await?;
        for channel in &page.items {
            op.uow.directory_store().remove_member(channel.remove_member(id, &stamp)).await?;
        }
        if page.next.is_none() {
            break;
        }
    }
    op.uow.directory_store().save_user(user.remove(&stamp)).await?;
    op.uow.credentials().end_all_of(id, None, true, op.ctx.now).await?;
    // The sessions before the grants, so that each ends with its own cause.
    let involved = LiveSessions { involving: Some(id), ..LiveSessions::default() };
    end_unjustified(&mut *op.uow, involved, &stamp).await?;
    let mut grants = op.uow.grants().received_by(id).await?;
    grants.extend(op.uow.grants().granted_by(id).await?);
    for grant in grants {
        op.uow.grants().delete(grant.delete(&stamp).because("user_removed")).await?;
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
