//! One's own account.

use std::collections::BTreeSet;

use super::{
    Capability, Credential, CurrentLoginSession, InvalidInput, LoginSessionView, Refusal,
    UseCaseError, family, login_sessions::view as view_session, operation::Operation,
    upkeep::end_all,
};
use crate::{
    access::{AccessType, AccessTypes},
    credential::{OwnCredentialId, PasswordChange},
    grant::{Grant, GrantState},
    login_session::EndCause,
    organization::Organization,
    policy::{self, LogIn, Request},
    ports::{FactsQuery, GrantView, LiveSessions, LoginSessionQuery, PageLimit},
    role::{Permission, Role},
    secret::Password,
    user::User,
};

family! {
    /// One's own account.
    AccountService
}

/// Who is asking, and as whom.
#[derive(Debug, Clone)]
pub struct Me {
    /// The person at the keyboard.
    pub actor: User,
    /// The account that is used: the actor's own outside a login session.
    pub subject: User,
    /// The role of that account.
    pub role: Role,
    /// The login session that the actor is in.
    pub login_session: Option<CurrentLoginSession>,
    /// What may be done beyond using the account: nothing inside a login session.
    pub permissions: BTreeSet<Permission>,
    /// The organization.
    pub organization: Organization,
}

/// An account that the caller may act on now.
#[derive(Debug, Clone)]
pub struct Account {
    /// The grant that allows it.
    pub grant: Grant,
    /// Whose account it is.
    pub user: User,
    /// What is allowed now.
    pub access: AccessTypes,
}

/// Who may act on the caller's account, and who did.
#[derive(Debug, Clone)]
pub struct Delegates {
    /// Every grant on the account, whether or not it holds now.
    pub may_act: Vec<GrantView>,
    /// The login sessions on the account that are live.
    pub live: Vec<LoginSessionView>,
    /// The latest login sessions on the account that have ended.
    pub past: Vec<LoginSessionView>,
}

impl AccountService {
    /// Who am I, and as whom am I acting?
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn me(&self, credential: &Credential) -> Result<Me, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ReadAccount).await?;
        let result = me(&mut op).await;
        op.finish(result).await
    }

    /// On whose accounts may I act now?
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn accounts(&self, credential: &Credential) -> Result<Vec<Account>, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ListAccounts).await?;
        let result = accounts(&mut op).await;
        op.finish(result).await
    }

    /// Who may act on my account, who did, and who does now?
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn delegates(&self, credential: &Credential) -> Result<Delegates, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ReadDelegates).await?;
        let result = delegates(&mut op).await;
        op.finish(result).await
    }

    /// Refuses a form whose origin was not right, and records that under the account that it would
    /// have used. Only whoever took the form knows where it came from; the answer is the error.
    ///
    /// # Errors
    /// Always: the refusal, or why not even that could be recorded.
    pub async fn refuse_form(
        &self,
        credential: &Credential,
        refusal: Refusal,
    ) -> Result<(), UseCaseError> {
        let op = Operation::begin(&self.ports, credential, Capability::SubmitForm).await?;
        op.finish(Err(refusal.into())).await
    }

    /// Changes one's own password. All one's other sessions end, and every login session that was
    /// started from one of one's sessions.
    ///
    /// # Errors
    /// [`UseCaseError::Invalid`] where the current password is wrong, and others.
    pub async fn change_password(
        &self,
        credential: &Credential,
        current: &str,
        new: Password,
    ) -> Result<(), UseCaseError> {
        // Hashing takes long, and must not hold the transaction.
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ChangePassword).await?;
        let stored = op.uow.credentials().password(op.ctx.caller.actor.id()).await;
        let stored = op.finish(stored.map_err(UseCaseError::from)).await?;
        if !self.ports.passwords.verify(current, stored.as_ref()).await? {
            let op =
                Operation::begin_read(&self.ports, credential, Capability::ChangePassword).await?;
            return op.finish(Err(wrong_password())).await;
        }
        let hash = self.ports.passwords.hash(&new).await?;

        let mut op = Operation::begin(&self.ports, credential, Capability::ChangePassword).await?;
        let result = async {
            let (actor, own) = (op.ctx.caller.actor.id(), op.ctx.caller.own.id);
            if op.uow.credentials().password(actor).await? != stored {
                return Err(wrong_password());
            }
            let keep = match own {
                OwnCredentialId::SignIn(id) => Some(id),
                OwnCredentialId::Token(_) | OwnCredentialId::External(_) => None,
            };
            let stamp = op.ctx.stamp();
            op.uow.credentials().set_password(PasswordChange::record(actor, hash, &stamp)).await?;
            op.uow.credentials().end_all_of(actor, keep, false, op.ctx.now).await?;
            let which = LiveSessions { actor: Some(actor), ..LiveSessions::default() };
            end_all(&mut *op.uow, which, EndCause::OwnSessionEnded, &stamp).await?;
            Ok(())
        }
        .await;
        op.finish(result).await
    }
}

fn wrong_password() -> UseCaseError {
    InvalidInput::rule(
        "current_password",
        "wrong_password",
        &"the current password is wrong; check it and try again",
    )
}

async fn me(op: &mut Operation) -> Result<Me, UseCaseError> {
    op.record_read("account", None, None).await?;
    let caller = &op.ctx.caller;
    let login_session = match &caller.login {
        Some(login) => {
            let session = op.uow.sessions().session(login.session.id()).await?;
            session.map(|session| CurrentLoginSession { session, grant: login.permit.grant() })
        }
        None => None,
    };
    Ok(Me {
        actor: caller.actor.clone(),
        subject: caller.subject.clone(),
        role: caller.role.clone(),
        login_session,
        permissions: op.ctx.permissions(),
        organization: caller.organization.clone(),
    })
}

async fn accounts(op: &mut Operation) -> Result<Vec<Account>, UseCaseError> {
    let actor = op.ctx.caller.actor.id();
    let mut accounts = Vec::new();
    for grant in op.uow.grants().received_by(actor).await? {
        let query = FactsQuery { actor, subject: grant.grantor(), channel: None };
        let facts = op.uow.facts(&query).await?;
        let request =
            Request { actor, subject: grant.grantor(), standing: op.ctx.standing(), act: LogIn };
        let login = policy::evaluate(&facts, &request, op.ctx.now).is_permit();
        // Sending needs a channel as well, so that only the rest of its rules can be asked here.
        let send = grant.access().contains(AccessType::Send)
            && policy::may_send_somewhere(&facts, &request, op.ctx.now);
        let Ok(access) = AccessTypes::from_flags(login, send) else {
            continue;
        };
        if let Some(user) = op.uow.directory().user(grant.grantor()).await? {
            accounts.push(Account { grant, user, access });
        }
    }
    Ok(accounts)
}

async fn delegates(op: &mut Operation) -> Result<Delegates, UseCaseError> {
    op.record_read("delegates", None, None).await?;
    let subject = op.ctx.caller.subject.clone();
    let plan = op.ctx.caller.organization.plan();
    let mut may_act = Vec::new();
    for grant in op.uow.grants().granted_by(subject.id()).await? {
        if let Some(grantee) = op.uow.directory().user(grant.grantee()).await? {
            let state = GrantState::of(&grant, plan, &subject, &grantee, op.ctx.now);
            may_act.push(GrantView { grant, grantor: subject.clone(), grantee, state });
        }
    }
    let sessions = |live| LoginSessionQuery {
        live: Some(live),
        subject: Some(subject.id()),
        limit: PageLimit::MAX,
        ..LoginSessionQuery::default()
    };
    let mut views = [Vec::new(), Vec::new()];
    for (views, live) in views.iter_mut().zip([true, false]) {
        for session in op.uow.sessions().list(&sessions(live)).await?.items {
            views.push(view_session(&mut *op.uow, session).await?);
        }
    }
    let [live, past] = views;
    Ok(Delegates { may_act, live, past })
}
