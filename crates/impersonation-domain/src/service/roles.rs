//! Roles.

use std::collections::BTreeSet;

use super::{
    Answer, Capability, Conflict, Credential, Refusal, Repeatable, Resource, UseCaseError,
    error::text, family, operation::Operation,
};
use crate::{
    ids::RoleId,
    role::{Permission, Role},
    text::Name,
    version::Version,
};

family! {
    /// Roles.
    RoleService
}

/// A role, what it gives on the organization's plan, and how many hold it.
#[derive(Debug, Clone)]
pub struct RoleView {
    /// The role.
    pub role: Role,
    /// What its holders may do now.
    pub effective: BTreeSet<Permission>,
    /// How many users hold it.
    pub holders: u64,
}

impl RoleService {
    /// All roles, the built-in ones first.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn list(&self, credential: &Credential) -> Result<Vec<RoleView>, UseCaseError> {
        let mut op = Operation::begin_read(&self.ports, credential, Capability::ReadRoles).await?;
        let result = async {
            let mut views = Vec::new();
            for role in op.uow.directory_store().roles().await? {
                views.push(view(&mut op, role).await?);
            }
            Ok(views)
        }
        .await;
        op.finish(result).await
    }

    /// One role.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn get(&self, credential: &Credential, id: RoleId) -> Result<RoleView, UseCaseError> {
        let mut op = Operation::begin_read(&self.ports, credential, Capability::ReadRoles).await?;
        let result = async {
            let role = find(&mut op, id).await?;
            view(&mut op, role).await
        }
        .await;
        op.finish(result).await
    }

    /// Makes a custom role. That takes the Enterprise plan.
    ///
    /// # Errors
    /// [`Refusal::PlanExcludesCustomRoles`], [`Conflict::NameTaken`] and others.
    pub async fn create(
        &self,
        credential: &Credential,
        name: &str,
        permissions: BTreeSet<Permission>,
        repeatable: Option<Repeatable<'_, RoleView>>,
    ) -> Result<Answer<RoleView>, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::CreateRole).await?;
        let result = async {
            if let Some(body) = op.repeated(repeatable.as_ref()).await? {
                return Ok(Answer::Repeated(body));
            }
            plan_has_custom_roles(&op)?;
            let name = text("name", || Name::new(name))?;
            let role = Role::create(op.ctx.organization_id(), name, permissions, &op.ctx.stamp())?;
            let role = op.uow.directory_store().save_role(role).await?;
            let created = view(&mut op, role).await?;
            op.remember(repeatable.as_ref(), &created).await?;
            Ok(Answer::Fresh(created))
        }
        .await;
        op.finish(result).await
    }

    /// Renames a role or sets its switches. That takes the Enterprise plan.
    ///
    /// # Errors
    /// [`UseCaseError::VersionMismatch`] and others.
    pub async fn edit(
        &self,
        credential: &Credential,
        id: RoleId,
        seen: Version,
        name: Option<String>,
        permissions: Option<BTreeSet<Permission>>,
    ) -> Result<RoleView, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::EditRole).await?;
        let result = async {
            plan_has_custom_roles(&op)?;
            let role = find_version(&mut op, id, seen).await?;
            let name = name.map(|name| text("name", || Name::new(&name))).transpose()?;
            let edited = role.clone().edit(name, permissions, &op.ctx.stamp())?;
            if edited.value().gives_the_same_as(&role) {
                return view(&mut op, role).await;
            }
            let role = op.uow.directory_store().save_role(edited).await?;
            view(&mut op, role).await
        }
        .await;
        op.finish(result).await
    }

    /// Deletes a custom role that nobody holds.
    ///
    /// # Errors
    /// [`Conflict::RoleInUse`], [`UseCaseError::VersionMismatch`] and others.
    pub async fn delete(
        &self,
        credential: &Credential,
        id: RoleId,
        seen: Version,
    ) -> Result<(), UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::DeleteRole).await?;
        let result = async {
            let role = find_version(&mut op, id, seen).await?;
            let deleted = role.delete(&op.ctx.stamp())?;
            let holders = op.uow.directory_store().role_holders(id).await?;
            if holders > 0 {
                return Err(Conflict::RoleInUse { holders }.into());
            }
            op.uow.directory_store().delete_role(deleted).await?;
            Ok(())
        }
        .await;
        op.finish(result).await
    }
}

fn plan_has_custom_roles(op: &Operation) -> Result<(), Refusal> {
    let has = op.ctx.caller.organization.plan().has_custom_roles();
    if has { Ok(()) } else { Err(Refusal::PlanExcludesCustomRoles) }
}

async fn find(op: &mut Operation, id: RoleId) -> Result<Role, UseCaseError> {
    op.uow.directory().role(id).await?.ok_or(UseCaseError::NotFound(Resource::Role))
}

async fn find_version(op: &mut Operation, id: RoleId, seen: Version) -> Result<Role, UseCaseError> {
    let role = find(op, id).await?;
    if role.version() == seen {
        Ok(role)
    } else {
        Err(UseCaseError::VersionMismatch { current: role.version() })
    }
}

async fn view(op: &mut Operation, role: Role) -> Result<RoleView, UseCaseError> {
    let holders = op.uow.directory_store().role_holders(role.id()).await?;
    let effective = role.permissions_on(op.ctx.caller.organization.plan());
    Ok(RoleView { role, effective, holders })
}
