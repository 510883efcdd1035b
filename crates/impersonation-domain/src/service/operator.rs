//! What the operator of the installation does: organizations and their plans.

use super::{
    Conflict, Resource, UseCaseError, Verification, audit::verify_chain, error::text, family,
    operation::now_in, upkeep::end_unjustified,
};
use crate::{
    audit::{Origin, Party, Stamp},
    credential::PasswordChange,
    email::EmailAddress,
    ids::OrganizationId,
    organization::Organization,
    plan::Plan,
    ports::{LiveSessions, generate},
    role::{BuiltInRole, Role},
    secret::Password,
    text::Name,
    user::{NewUser, User},
};

family! {
    /// What the operator does.
    OperatorService
}

/// What a new organization is made of.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// What it is called.
    pub name: String,
    /// Its plan.
    pub plan: Plan,
    /// What its first administrator is called.
    pub admin_name: String,
    /// Their address.
    pub admin_email: String,
    /// Their password.
    pub admin_password: String,
}

/// An organization that has just been made.
#[derive(Debug, Clone)]
pub struct CreatedOrganization {
    /// The organization.
    pub organization: Organization,
    /// Its first administrator.
    pub admin: User,
}

impl OperatorService {
    /// All organizations, by name.
    ///
    /// # Errors
    /// [`UseCaseError::Unavailable`].
    pub async fn organizations(&self) -> Result<Vec<Organization>, UseCaseError> {
        Ok(self.ports.index.organizations().await?)
    }

    /// Makes an organization with its built-in roles and its first administrator. With `only_first`
    /// it is refused where there is one already.
    ///
    /// # Errors
    /// [`Conflict::AlreadySetUp`] and others.
    pub async fn create_organization(
        &self,
        new: NewOrganization,
        only_first: bool,
        origin: &Origin,
    ) -> Result<CreatedOrganization, UseCaseError> {
        let name = text("name", || Name::new(&new.name))?;
        let admin_name = text("admin_name", || Name::new(&new.admin_name))?;
        let email: EmailAddress = new.admin_email.parse()?;
        let hash = self.ports.passwords.hash(&Password::new(new.admin_password)?).await?;

        let id: OrganizationId = generate(&*self.ports.ids);
        let mut uow = self.ports.units.begin(id).await?;
        if only_first && uow.directory_store().any_organization().await? {
            return Err(Conflict::AlreadySetUp.into());
        }
        let now = now_in(&self.ports, &mut *uow).await?;
        let stamp = Stamp::new(now, Party::Operator, origin, &*self.ports.ids);
        let store = uow.directory_store();
        let organization =
            store.save_organization(Organization::create(id, name, new.plan, &stamp)).await?;
        let admin_role = store.save_role(Role::built_in(id, BuiltInRole::Admin, &stamp)).await?;
        store.save_role(Role::built_in(id, BuiltInRole::Member, &stamp)).await?;
        let admin = NewUser { organization: id, name: admin_name, email, role: admin_role.id() };
        let admin = store.save_user(User::create(admin, &stamp)).await?;
        uow.credentials().set_password(PasswordChange::record(admin.id(), hash, &stamp)).await?;
        uow.commit().await?;
        Ok(CreatedOrganization { organization, admin })
    }

    /// Puts an organization on another plan. On Individual its grants are suspended, not deleted,
    /// and every login session ends (design rule 3.1).
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] and others.
    pub async fn set_plan(
        &self,
        id: OrganizationId,
        plan: Plan,
        origin: &Origin,
    ) -> Result<Organization, UseCaseError> {
        let mut uow = self.ports.units.begin(id).await?;
        let organization = uow.directory().organization().await?;
        let organization = organization.ok_or(UseCaseError::NotFound(Resource::Organization))?;
        if organization.plan() == plan {
            return Ok(organization);
        }
        let now = now_in(&self.ports, &mut *uow).await?;
        let stamp = Stamp::new(now, Party::Operator, origin, &*self.ports.ids);
        let organization =
            uow.directory_store().save_organization(organization.set_plan(plan, &stamp)).await?;
        end_unjustified(&mut *uow, LiveSessions::default(), &stamp).await?;
        uow.commit().await?;
        Ok(organization)
    }

    /// Verifies an organization's audit chain. It only reads.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] and others. A broken chain is no error but an answer.
    pub async fn verify_audit(&self, id: OrganizationId) -> Result<Verification, UseCaseError> {
        let mut uow = self.ports.units.begin_read(id).await?;
        if uow.directory().organization().await?.is_none() {
            return Err(UseCaseError::NotFound(Resource::Organization));
        }
        verify_chain(&mut *uow, id).await
    }

    /// Whether there is no organization yet.
    ///
    /// # Errors
    /// [`UseCaseError::Unavailable`].
    pub async fn is_empty(&self) -> Result<bool, UseCaseError> {
        Ok(self.ports.index.organizations().await?.is_empty())
    }
}
