//! Login Access: starting, listing and ending login sessions.

use super::{
    Answer, Capability, Conflict, Credential, Repeatable, Resource, UseCaseError,
    error::text,
    family,
    operation::{Operation, now_in},
    upkeep::end_resting_on,
};
use crate::{
    access::AccessType,
    audit::{Origin, Party, Stamp},
    credential::OwnCredentialId,
    ids::{LoginSessionId, OrganizationId, SignInId, UserId},
    login_session::{
        EndCause, IDLE_LIMIT, LoginSession, MAX_LIVE_PER_ACTOR, MAX_LIVE_PER_PAIR, NewLoginSession,
    },
    policy::{self, GrantRef, LogIn, Request},
    ports::{FactsQuery, LiveSessions, LoginSessionQuery, Page, PageLimit, UnitOfWork},
    role::Permission,
    secret::{Secret, SecretKind},
    text::Reason,
    time::Timestamp,
    user::User,
};

family! {
    /// Login sessions.
    LoginSessionService
}

/// A login session with its two people.
#[derive(Debug, Clone)]
pub struct LoginSessionView {
    /// The session.
    pub session: LoginSession,
    /// Who acts.
    pub actor: User,
    /// Whose account is acted on.
    pub subject: User,
}

/// The login session that the caller is in.
#[derive(Debug, Clone)]
pub struct CurrentLoginSession {
    /// The session.
    pub session: LoginSession,
    /// The grant that justifies it, in the version in which it did so now.
    pub grant: GrantRef,
}

/// A login session that has just been started.
#[derive(Debug)]
pub struct StartedLoginSession {
    /// The session.
    pub session: LoginSession,
    /// Its token, to be shown once.
    pub token: Secret,
    /// Whose account it is.
    pub subject: User,
}

impl LoginSessionService {
    /// Logs in as another user.
    ///
    /// # Errors
    /// [`UseCaseError::Denied`] where the decision is no, [`Conflict::TooManyLoginSessions`], and
    /// others.
    pub async fn start(
        &self,
        credential: &Credential,
        subject: UserId,
        reason: Option<String>,
        repeatable: Option<Repeatable<'_, StartedLoginSession>>,
    ) -> Result<Answer<StartedLoginSession>, UseCaseError> {
        let mut op =
            Operation::begin(&self.ports, credential, Capability::StartLoginSession).await?;
        let token = self.ports.secrets.next(SecretKind::LoginSession);
        let result = start(&mut op, subject, reason, token, repeatable.as_ref()).await;
        op.finish(result).await
    }

    /// Login sessions, the latest start first: all of them for whoever manages impersonation, for
    /// others those that they are part of.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn list(
        &self,
        credential: &Credential,
        live: Option<bool>,
        after: Option<(Timestamp, LoginSessionId)>,
        limit: PageLimit,
    ) -> Result<Page<LoginSessionView, (Timestamp, LoginSessionId)>, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::ListLoginSessions).await?;
        let result = async {
            let manages = op.ctx.has(Permission::ManageUserImpersonation);
            let involving = (!manages).then(|| op.ctx.caller.actor.id());
            let query =
                LoginSessionQuery { live, involving, after, limit, ..LoginSessionQuery::default() };
            let page = op.uow.sessions().list(&query).await?;
            let mut items = Vec::with_capacity(page.items.len());
            for session in page.items {
                items.push(view(&mut *op.uow, session).await?);
            }
            Ok(Page { items, next: page.next })
        }
        .await;
        op.finish(result).await
    }

    /// Ends a login session: any for whoever manages impersonation, one on one's own account, or one
    /// that one has started. One that has ended already stays as it is.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for a session that is not the caller's to end.
    pub async fn end(
        &self,
        credential: &Credential,
        id: LoginSessionId,
    ) -> Result<(), UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::EndLoginSession).await?;
        let result = async {
            let session = op.uow.sessions().session(id).await?;
            let session = session.ok_or(UseCaseError::NotFound(Resource::LoginSession))?;
            let actor = op.ctx.caller.actor.id();
            let cause = if session.subject() == actor {
                EndCause::EndedByOwner
            } else if session.actor() == actor {
                EndCause::Stopped
            } else if op.ctx.has(Permission::ManageUserImpersonation) {
                EndCause::EndedByAdministrator
            } else {
                op.about.subject = Some(session.subject());
                return Err(UseCaseError::Hidden(Resource::LoginSession));
            };
            if let Some(ended) = session.end(cause, &op.ctx.stamp()) {
                op.uow.sessions().save(ended).await?;
            }
            Ok(())
        }
        .await;
        op.finish(result).await
    }

    /// Returns to one's own account: the login session that one is in ends.
    ///
    /// # Errors
    /// [`Conflict::NoLoginSession`] outside of one, and others.
    pub async fn end_current(&self, credential: &Credential) -> Result<(), UseCaseError> {
        let mut op =
            Operation::begin(&self.ports, credential, Capability::StopLoginSession).await?;
        let result = async {
            let id = op.ctx.login_session().ok_or(Conflict::NoLoginSession)?;
            #[cfg(planted)]
            if crate::planted::Bug::StopSwapsCookieOnly.is_active() {
                return Ok(());
            }
            let session =
                op.uow.sessions().session(id).await?.ok_or(UseCaseError::Unauthenticated)?;
            if let Some(ended) = session.end(EndCause::Stopped, &op.ctx.stamp()) {
                op.uow.sessions().save(ended).await?;
            }
            Ok(())
        }
        .await;
        op.finish(result).await
    }

    /// Records the end of every session whose limits have passed, in every organization. Such a
    /// session cannot be used anyway; this only makes its end known in time. The answer is how many
    /// were ended.
    ///
    /// # Errors
    /// [`UseCaseError::Unavailable`].
    pub async fn end_overdue(&self) -> Result<u64, UseCaseError> {
        let mut ended = 0_u64;
        for organization in self.ports.index.organizations().await? {
            let id = organization.id();
            let mut read = self.ports.units.begin_read(id).await?;
            let now = now_in(&self.ports, &mut *read).await?;
            let idle = !read.sessions().overdue(now, now - IDLE_LIMIT).await?.is_empty();
            drop(read);
            if idle {
                ended = ended.saturating_add(self.end_overdue_in(id).await?);
            }
        }
        Ok(ended)
    }

    async fn end_overdue_in(&self, organization: OrganizationId) -> Result<u64, UseCaseError> {
        let mut ended = 0_u64;
        let mut uow = self.ports.units.begin(organization).await?;
        let now = now_in(&self.ports, &mut *uow).await?;
        let origin = Origin::default();
        for session in uow.sessions().overdue(now, now - IDLE_LIMIT).await? {
            // Nobody does anything here. The event belongs to whoever was logged in.
            let actor = Party::User(session.actor());
            let stamp = Stamp::new(now, actor, &origin, &*self.ports.ids);
            let end = session.reached_limit(now).and_then(|cause| session.end(cause, &stamp));
            if let Some(end) = end {
                uow.sessions().save(end).await?;
                ended = ended.saturating_add(1);
            }
        }
        uow.commit().await?;
        Ok(ended)
    }

    /// For a product that keeps its users' own sessions itself: one of them has ended, and with it
    /// every login session that was started from it.
    ///
    /// # Errors
    /// [`UseCaseError::Unavailable`].
    pub async fn end_resting_on(
        &self,
        organization: OrganizationId,
        session: SignInId,
        origin: &Origin,
    ) -> Result<u64, UseCaseError> {
        let mut uow = self.ports.units.begin(organization).await?;
        let now = now_in(&self.ports, &mut *uow).await?;
        let stamp = Stamp::new(now, Party::System, origin, &*self.ports.ids);
        let ended = end_resting_on(&mut *uow, OwnCredentialId::External(session), &stamp).await?;
        uow.commit().await?;
        Ok(ended)
    }
}

async fn start(
    op: &mut Operation,
    subject: UserId,
    reason: Option<String>,
    token: Secret,
    repeatable: Option<&Repeatable<'_, StartedLoginSession>>,
) -> Result<Answer<StartedLoginSession>, UseCaseError> {
    op.about.access = Some(AccessType::Login);
    op.about.subject = Some(subject);
    if let Some(body) = op.repeated(repeatable).await? {
        return Ok(Answer::Repeated(body));
    }
    let reason = reason.map(|reason| text("reason", || Reason::new(&reason))).transpose()?;
    let actor = op.ctx.caller.actor.id();
    let facts = op.uow.facts(&FactsQuery { actor, subject, channel: None }).await?;
    let request = Request { actor, subject, standing: op.ctx.standing(), act: LogIn };
    let permit = policy::evaluate(&facts, &request, op.ctx.now).into_result()?;
    op.about.grant = Some(permit.grant());

    let live = op
        .uow
        .sessions()
        .live(&LiveSessions { actor: Some(actor), ..LiveSessions::default() })
        .await?;
    let counted = |session: &&LoginSession| session.reached_limit(op.ctx.now).is_none();
    if live.iter().filter(counted).filter(|session| session.subject() == subject).count()
        >= MAX_LIVE_PER_PAIR
    {
        return Err(Conflict::TooManyLoginSessions { limit: MAX_LIVE_PER_PAIR }.into());
    }
    if live.iter().filter(counted).count() >= MAX_LIVE_PER_ACTOR {
        return Err(Conflict::TooManyLoginSessions { limit: MAX_LIVE_PER_ACTOR }.into());
    }
    let account =
        op.uow.directory().user(subject).await?.ok_or(UseCaseError::NotFound(Resource::User))?;
    let grant = permit.grant().id;
    let new = NewLoginSession {
        own_credential: op.ctx.caller.own,
        token_hash: token.hash(),
        limit: op.ctx.caller.organization.login_session_limit(),
        reason,
    };
    let session = op.uow.sessions().save(LoginSession::start(permit, new, &op.ctx.stamp())).await?;
    op.uow.grants().mark_used(grant, op.ctx.now).await?;
    let started = StartedLoginSession { session, token, subject: account };
    op.remember(repeatable, &started).await?;
    Ok(Answer::Fresh(started))
}

/// The session with its two people. Users are never deleted, so that both are there.
pub(super) async fn view(
    uow: &mut dyn UnitOfWork,
    session: LoginSession,
) -> Result<LoginSessionView, UseCaseError> {
    let missing = || UseCaseError::NotFound(Resource::User);
    let actor = uow.directory().user(session.actor()).await?.ok_or_else(missing)?;
    let subject = uow.directory().user(session.subject()).await?.ok_or_else(missing)?;
    Ok(LoginSessionView { session, actor, subject })
}
