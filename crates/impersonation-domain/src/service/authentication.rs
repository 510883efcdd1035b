//! Who is asking.

use std::collections::BTreeSet;

use super::UseCaseError;
use crate::{
    audit::Origin,
    credential::{OwnCredential, OwnCredentialId},
    ids::{OrganizationId, SignInId, UserId},
    login_session::{EndCause, LoginSession},
    organization::Organization,
    policy::{self, ActAs, Permit, Request, Standing},
    ports::{FactsQuery, UnitOfWork},
    role::{Permission, Role},
    secret::SecretHash,
    time::Timestamp,
    user::User,
};

/// What a caller presents, and where the request came from.
#[derive(Debug, Clone)]
pub struct Credential {
    pub(super) proof: Proof,
    pub(super) origin: Origin,
}

#[derive(Debug, Clone)]
pub(super) enum Proof {
    Bearer(SecretHash),
    Asserted { organization: OrganizationId, user: UserId, own: OwnCredential },
}

impl Credential {
    /// A bearer token: of one's own session, of a login session, or an API token.
    #[must_use]
    pub fn bearer(hash: SecretHash, origin: Origin) -> Self {
        Self { proof: Proof::Bearer(hash), origin }
    }

    /// A user whom the embedding product has signed in itself. `session` identifies the product's
    /// own session, which ends at `expires_at`; when it ends earlier, the product says so with
    /// [`super::LoginSessionService::end_resting_on`].
    #[must_use]
    pub fn asserted(
        organization: OrganizationId,
        user: UserId,
        session: SignInId,
        expires_at: Timestamp,
        origin: Origin,
    ) -> Self {
        let own = OwnCredential { id: OwnCredentialId::External(session), expires_at };
        Self { proof: Proof::Asserted { organization, user, own }, origin }
    }
}

/// A caller who is who they say.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) organization: Organization,
    /// The person: never an account that they are logged in as.
    pub(super) actor: User,
    /// The account that is used: the actor's own, or that of the login session.
    pub(super) subject: User,
    /// The role of that account.
    pub(super) role: Role,
    /// The person's own session or token.
    pub(super) own: OwnCredential,
    /// The login session that they are in.
    pub(super) login: Option<Delegation>,
}

impl Caller {
    /// What the caller may do now: inside a login session nothing that takes a permission.
    pub(super) fn permissions(&self) -> BTreeSet<Permission> {
        match self.login {
            Some(_) => BTreeSet::new(),
            None => self.role.permissions_on(self.organization.plan()),
        }
    }
}

/// Being inside a login session, and the proof that it is still justified now.
#[derive(Debug)]
pub(super) struct Delegation {
    pub(super) session: LoginSession,
    pub(super) permit: Permit<ActAs>,
}

/// Why a caller is not let in.
pub(super) enum NotLetIn {
    /// There is nothing to do about it.
    Refuse(UseCaseError),
    /// A login session turned out to be no longer justified: it is to be ended with this cause.
    End(Box<LoginSession>, EndCause),
}

impl<E: Into<UseCaseError>> From<E> for NotLetIn {
    fn from(error: E) -> Self {
        Self::Refuse(error.into())
    }
}

/// Finds out who is asking, in the transaction in which they are about to act.
pub(super) async fn authenticate(
    uow: &mut dyn UnitOfWork,
    proof: &Proof,
    now: Timestamp,
) -> Result<Caller, NotLetIn> {
    let organization =
        uow.directory().organization().await?.ok_or(UseCaseError::Unauthenticated)?;
    match proof {
        Proof::Asserted { organization: asserted, user, own } => {
            if *asserted != organization.id() || own.expires_at <= now {
                return Err(UseCaseError::Unauthenticated.into());
            }
            own_account(uow, organization, *user, *own).await
        }
        Proof::Bearer(hash) => {
            if let Some(sign_in) = uow.credentials().sign_in_by_token(hash).await? {
                let own = sign_in.credential(now).ok_or(UseCaseError::Unauthenticated)?;
                return own_account(uow, organization, sign_in.user, own).await;
            }
            if let Some(token) = uow.credentials().token_by_hash(hash).await? {
                let own = token.credential(now).ok_or(UseCaseError::Unauthenticated)?;
                return own_account(uow, organization, token.user, own).await;
            }
            let session =
                uow.sessions().by_token(hash).await?.ok_or(UseCaseError::Unauthenticated)?;
            logged_in_as(uow, organization, session, now).await
        }
    }
}

async fn own_account(
    uow: &mut dyn UnitOfWork,
    organization: Organization,
    user: UserId,
    own: OwnCredential,
) -> Result<Caller, NotLetIn> {
    let actor = active_user(uow, user).await?.ok_or(UseCaseError::Unauthenticated)?;
    let role = uow.directory().role(actor.role_id()).await?.ok_or(UseCaseError::Unauthenticated)?;
    Ok(Caller { organization, subject: actor.clone(), actor, role, own, login: None })
}

async fn logged_in_as(
    uow: &mut dyn UnitOfWork,
    organization: Organization,
    session: LoginSession,
    now: Timestamp,
) -> Result<Caller, NotLetIn> {
    #[cfg(planted)]
    let session = crate::planted::revived(uow, session).await?;
    if let crate::login_session::LoginSessionState::Ended { cause, .. } = session.record().state {
        return Err(UseCaseError::LoginSessionEnded { cause }.into());
    }
    if let Some(cause) = session.reached_limit(now) {
        return Err(NotLetIn::End(Box::new(session), cause));
    }
    let Some(own) = own_credential_of(uow, &session, now).await? else {
        return Err(NotLetIn::End(Box::new(session), EndCause::OwnSessionEnded));
    };
    let permit = match justify(uow, &session, now).await? {
        Ok(permit) => permit,
        Err(cause) => return Err(NotLetIn::End(Box::new(session), cause)),
    };
    let actor = active_user(uow, session.actor()).await?.ok_or(UseCaseError::Unauthenticated)?;
    let subject =
        active_user(uow, session.subject()).await?.ok_or(UseCaseError::Unauthenticated)?;
    let role =
        uow.directory().role(subject.role_id()).await?.ok_or(UseCaseError::Unauthenticated)?;
    Ok(Caller {
        organization,
        actor,
        subject,
        role,
        own,
        login: Some(Delegation { session, permit }),
    })
}

/// The actor's own session or token, if the login session may still rest on it.
async fn own_credential_of(
    uow: &mut dyn UnitOfWork,
    session: &LoginSession,
    now: Timestamp,
) -> Result<Option<OwnCredential>, UseCaseError> {
    let record = session.record();
    #[cfg(planted)]
    if crate::planted::Bug::OutlivesOwnSession.is_active() {
        let (id, expires_at) = (record.own_credential, record.expires_at);
        return Ok(Some(OwnCredential { id, expires_at }));
    }
    let (credential, user) = match record.own_credential {
        OwnCredentialId::SignIn(id) => match uow.credentials().sign_in(id).await? {
            Some(sign_in) => (sign_in.credential(now), sign_in.user),
            None => return Ok(None),
        },
        OwnCredentialId::Token(id) => match uow.credentials().token(id).await? {
            Some(token) => (token.credential(now), token.user),
            None => return Ok(None),
        },
        // The product keeps it, and says when it ends; the session never outlasts what it said.
        OwnCredentialId::External(_) => (
            Some(OwnCredential { id: record.own_credential, expires_at: record.expires_at }),
            record.actor,
        ),
    };
    Ok(credential.filter(|_| user == record.actor))
}

/// Decides whether a login session is still justified: by the same function that decided its start.
pub(super) async fn justify(
    uow: &mut dyn UnitOfWork,
    session: &LoginSession,
    now: Timestamp,
) -> Result<Result<Permit<ActAs>, EndCause>, UseCaseError> {
    let query = FactsQuery { actor: session.actor(), subject: session.subject(), channel: None };
    let facts = uow.facts(&query).await?;
    let request = Request {
        actor: session.actor(),
        subject: session.subject(),
        standing: Standing::InLoginSession,
        act: ActAs { grant: session.grant().id },
    };
    Ok(policy::evaluate(&facts, &request, now)
        .into_result()
        .map_err(|denial| EndCause::from_denial(&denial, &facts)))
}

async fn active_user(uow: &mut dyn UnitOfWork, id: UserId) -> Result<Option<User>, UseCaseError> {
    Ok(uow.directory().user(id).await?.filter(User::is_active))
}
