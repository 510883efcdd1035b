//! Signing in and out.

use super::{
    Capability, Conflict, Credential, Ports, UseCaseError, family,
    operation::{Operation, now_in},
    upkeep::end_resting_on,
};
use crate::{
    audit::{Action, Origin, Party, Stamp},
    credential::{OwnCredentialId, SignIn},
    email::EmailAddress,
    ids::{OrganizationId, UserId},
    secret::{PasswordHash, Secret, SecretKind},
    user::User,
};

/// With how many accounts of one address a password is compared.
const MAX_ACCOUNTS: usize = 8;

family! {
    /// Signing in and out.
    SignInService
}

/// A session that has just been opened.
#[derive(Debug)]
pub struct SignedIn {
    /// Its token, to be shown once.
    pub token: Secret,
    /// The session.
    pub sign_in: SignIn,
    /// Who signed in.
    pub user: User,
}

impl SignInService {
    /// Opens a session for whoever knows the password. An address may have accounts in several
    /// organizations: without `organization` the password tells which is meant.
    ///
    /// The answer to an unknown address, a wrong password and an account that is not in use is the
    /// same, after the same work.
    ///
    /// # Errors
    /// [`UseCaseError::WrongCredentials`], [`Conflict::ChooseOrganization`] and others.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        organization: Option<OrganizationId>,
        origin: &Origin,
    ) -> Result<SignedIn, UseCaseError> {
        let accounts = match email.parse::<EmailAddress>() {
            Ok(email) => self.ports.index.accounts_by_email(&email).await?,
            Err(_) => Vec::new(),
        };
        let mut accounts: Vec<_> = accounts
            .into_iter()
            .filter(|(id, _)| organization.is_none_or(|wanted| wanted == *id))
            .collect();
        accounts.truncate(MAX_ACCOUNTS);
        if accounts.is_empty() {
            self.ports.passwords.verify(password, None).await?;
            return Err(UseCaseError::WrongCredentials);
        }
        let mut opened = Vec::new();
        for (organization, user) in &accounts {
            let hash = self.stored_hash(*organization, *user).await?;
            if self.ports.passwords.verify(password, hash.as_ref()).await? && hash.is_some() {
                opened.push((*organization, *user, hash));
            }
        }
        match opened.as_slice() {
            [] => {
                for (organization, user) in accounts {
                    record_failure(&self.ports, organization, user, origin).await?;
                }
                Err(UseCaseError::WrongCredentials)
            }
            [(organization, user, hash)] => {
                open(&self.ports, *organization, *user, hash.as_ref(), origin).await
            }
            several => {
                let organizations =
                    several.iter().map(|(organization, ..)| *organization).collect();
                Err(Conflict::ChooseOrganization { organizations }.into())
            }
        }
    }

    /// Signs out: the session ends, and with it every login session that was started from it.
    /// With an API token there is nothing to sign out of.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn sign_out(&self, credential: &Credential) -> Result<(), UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::SignOut).await?;
        let result = async {
            let OwnCredentialId::SignIn(id) = op.ctx.caller.own.id else {
                return Err(Conflict::NotSignedIn.into());
            };
            let sign_in =
                op.uow.credentials().sign_in(id).await?.ok_or(UseCaseError::Unauthenticated)?;
            let stamp = op.ctx.stamp();
            op.uow.credentials().save_sign_in(sign_in.end(&stamp)).await?;
            end_resting_on(&mut *op.uow, OwnCredentialId::SignIn(id), &stamp).await?;
            Ok(())
        }
        .await;
        op.finish(result).await
    }

    async fn stored_hash(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<PasswordHash>, UseCaseError> {
        let mut uow = self.ports.units.begin_read(organization).await?;
        let is_active = uow.directory().user(user).await?.is_some_and(|user| user.is_active());
        let hash = uow.credentials().password(user).await?;
        Ok(hash.filter(|_| is_active))
    }
}

/// Opens the session, if the account is still in use and its password still the one that was checked.
async fn open(
    ports: &Ports,
    organization: OrganizationId,
    user: UserId,
    checked: Option<&PasswordHash>,
    origin: &Origin,
) -> Result<SignedIn, UseCaseError> {
    let mut uow = ports.units.begin(organization).await?;
    let now = now_in(ports, &mut *uow).await?;
    let account = uow.directory().user(user).await?.filter(User::is_active);
    let Some(account) = account else {
        return Err(UseCaseError::WrongCredentials);
    };
    if uow.credentials().password(user).await?.as_ref() != checked {
        return Err(UseCaseError::WrongCredentials);
    }
    let token = ports.secrets.next(SecretKind::SignIn);
    let stamp = Stamp::new(now, Party::User(user), origin, &*ports.ids);
    let sign_in = uow
        .credentials()
        .save_sign_in(SignIn::start(organization, user, token.hash(), &stamp))
        .await?;
    uow.commit().await?;
    Ok(SignedIn { token, sign_in, user: account })
}

async fn record_failure(
    ports: &Ports,
    organization: OrganizationId,
    user: UserId,
    origin: &Origin,
) -> Result<(), UseCaseError> {
    let mut uow = ports.units.begin(organization).await?;
    let now = now_in(ports, &mut *uow).await?;
    let stamp = Stamp::new(now, Party::Unknown, origin, &*ports.ids);
    uow.audit_log()
        .append(stamp.refusal(Action::SignIn, Party::User(user), "wrong_credentials"))
        .await?;
    uow.commit().await?;
    Ok(())
}
