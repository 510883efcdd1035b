//! The frame of every use case: begin, authenticate, authorize, act, record, commit.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Capability, Ports, UseCaseError,
    authentication::{Caller, Credential, NotLetIn, Proof, authenticate},
    capability,
};
use crate::{
    access::AccessType,
    audit::{Action, EventContent, Origin, Party, Snapshot, Stamp},
    ids::{ChannelId, LoginSessionId, OrganizationId, UserId},
    policy::{GrantRef, Standing},
    ports::{IdGenerator, UnitOfWork},
    role::Permission,
    time::{Timestamp, to_microseconds},
};

/// Who acts, when and from where.
pub(super) struct Context {
    pub(super) caller: Caller,
    pub(super) now: Timestamp,
    origin: Origin,
    ids: Arc<dyn IdGenerator>,
}

impl Context {
    /// The stamp of everything that this operation does.
    pub(super) fn stamp(&self) -> Stamp<'_> {
        let actor = Party::User(self.caller.actor.id());
        #[cfg(planted)]
        let actor = match crate::planted::Bug::NoActor.is_active() {
            true => Party::User(self.caller.subject.id()),
            false => actor,
        };
        let stamp = Stamp::new(self.now, actor, &self.origin, &*self.ids)
            .with_credential(self.caller.own.id);
        match self.login_session() {
            Some(session) => stamp.in_login_session(session),
            None => stamp,
        }
    }

    pub(super) fn login_session(&self) -> Option<LoginSessionId> {
        self.caller.login.as_ref().map(|login| login.session.id())
    }

    pub(super) fn standing(&self) -> Standing {
        if self.caller.login.is_some() { Standing::InLoginSession } else { Standing::OwnAccount }
    }

    pub(super) fn organization_id(&self) -> OrganizationId {
        self.caller.organization.id()
    }

    /// What the caller may do here and now.
    pub(super) fn permissions(&self) -> BTreeSet<Permission> {
        self.caller.permissions()
    }

    pub(super) fn has(&self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

/// What a refusal is about, as far as it is known when it happens.
#[derive(Default)]
pub(super) struct About {
    pub(super) action: Option<Action>,
    pub(super) subject: Option<UserId>,
    pub(super) access: Option<AccessType>,
    pub(super) grant: Option<GrantRef>,
    pub(super) channel: Option<ChannelId>,
}

/// One use case under way.
pub(super) struct Operation {
    pub(super) uow: Box<dyn UnitOfWork>,
    pub(super) ctx: Context,
    pub(super) about: About,
    ports: Arc<Ports>,
    capability: Capability,
}

/// The time of an operation: that of the clock, but never before the organization's last event, so
/// that a clock which is set back revives nothing.
pub(super) async fn now_in(
    ports: &Ports,
    uow: &mut dyn UnitOfWork,
) -> Result<Timestamp, UseCaseError> {
    let now = to_microseconds(ports.clock.now());
    Ok(uow.audit_log().head().await?.at.map_or(now, |last| last.max(now)))
}

/// A caller who has been let in, and the transaction in which they were.
pub(super) struct Entered {
    pub(super) uow: Box<dyn UnitOfWork>,
    pub(super) caller: Caller,
    now: Timestamp,
}

/// Lets a caller in to a transaction that may write. A login session that turns out to be no longer
/// justified is ended in it.
async fn enter(
    ports: &Ports,
    credential: &Credential,
    organization: OrganizationId,
) -> Result<Entered, UseCaseError> {
    #[cfg(not(planted))]
    let mut uow = ports.units.begin(organization).await?;
    #[cfg(planted)]
    let mut uow = crate::planted::begin(&*ports.units, organization).await?;
    let now = now_in(ports, &mut *uow).await?;
    match authenticate(&mut *uow, &credential.proof, now).await {
        Ok(caller) => Ok(Entered { uow, caller, now }),
        Err(NotLetIn::Refuse(error)) => Err(error),
        Err(NotLetIn::End(session, cause)) => {
            let actor = Party::User(session.actor());
            let stamp = Stamp::new(now, actor, &credential.origin, &*ports.ids);
            if let Some(ended) = session.end(cause, &stamp) {
                uow.sessions().save(ended).await?;
            }
            uow.commit().await?;
            Err(UseCaseError::LoginSessionEnded { cause })
        }
    }
}

/// The same in a transaction that only reads. `None` where a login session is to be ended, which
/// takes one that may write: there it is decided again.
async fn enter_to_read(
    ports: &Ports,
    credential: &Credential,
    organization: OrganizationId,
) -> Result<Option<Entered>, UseCaseError> {
    let mut uow = ports.units.begin_read(organization).await?;
    let now = now_in(ports, &mut *uow).await?;
    match authenticate(&mut *uow, &credential.proof, now).await {
        Ok(caller) => Ok(Some(Entered { uow, caller, now })),
        Err(NotLetIn::Refuse(error)) => Err(error),
        Err(NotLetIn::End(..)) => Ok(None),
    }
}

/// Lets a caller in who only wants to know whether anything has happened. That is no activity in a
/// login session and is not recorded; a session that is no longer justified ends all the same.
pub(super) async fn enter_to_look(
    ports: &Ports,
    credential: &Credential,
) -> Result<Entered, UseCaseError> {
    let organization = organization_of(ports, credential).await?;
    match enter_to_read(ports, credential, organization).await? {
        Some(entered) => Ok(entered),
        None => enter(ports, credential, organization).await,
    }
}

impl Operation {
    /// Begins an operation that may write.
    pub(super) async fn begin(
        ports: &Arc<Ports>,
        credential: &Credential,
        capability: Capability,
    ) -> Result<Self, UseCaseError> {
        let organization = organization_of(ports, credential).await?;
        let entered = enter(ports, credential, organization).await?;
        Self::admitted(ports, credential, capability, entered).await
    }

    /// Begins an operation that only reads. Inside a login session reading is recorded, so that it
    /// writes after all.
    pub(super) async fn begin_read(
        ports: &Arc<Ports>,
        credential: &Credential,
        capability: Capability,
    ) -> Result<Self, UseCaseError> {
        let organization = organization_of(ports, credential).await?;
        let entered = match enter_to_read(ports, credential, organization).await? {
            Some(entered) if entered.caller.login.is_none() => entered,
            other => {
                // The transaction that reads is over before the one that writes begins.
                drop(other);
                enter(ports, credential, organization).await?
            }
        };
        Self::admitted(ports, credential, capability, entered).await
    }

    /// Makes sure that the caller may use the capability, before work that is done outside of the
    /// transaction. The operation itself makes sure again.
    pub(super) async fn admit(
        ports: &Arc<Ports>,
        credential: &Credential,
        capability: Capability,
    ) -> Result<(), UseCaseError> {
        let op = Self::begin_read(ports, credential, capability).await?;
        op.finish(Ok(())).await
    }

    async fn admitted(
        ports: &Arc<Ports>,
        credential: &Credential,
        capability: Capability,
        Entered { uow, caller, now }: Entered,
    ) -> Result<Self, UseCaseError> {
        let ctx =
            Context { caller, now, origin: credential.origin.clone(), ids: ports.ids.clone() };
        let mut operation =
            Self { uow, ctx, about: About::default(), ports: ports.clone(), capability };
        let plan = operation.ctx.caller.organization.plan();
        let in_session = operation.ctx.caller.login.is_some();
        if let Err(refusal) =
            capability::authorize(capability, plan, in_session, &operation.ctx.permissions())
        {
            return operation.refuse(refusal.into()).await;
        }
        if let Some(session) = operation.ctx.login_session() {
            operation.uow.sessions().touch(session, now).await?;
        }
        Ok(operation)
    }

    /// Ends the operation: what it did is committed, or undone and its refusal recorded.
    pub(super) async fn finish<T>(
        self,
        result: Result<T, UseCaseError>,
    ) -> Result<T, UseCaseError> {
        match result {
            Ok(value) => {
                self.uow.commit().await?;
                Ok(value)
            }
            Err(error) => self.refuse(error).await,
        }
    }

    /// Undoes the operation and, where a rule refused it, records that.
    async fn refuse<T>(self, error: UseCaseError) -> Result<T, UseCaseError> {
        let Self { uow, ctx, about, ports, capability } = self;
        drop(uow);
        if error.is_refusal() {
            let action = about.action.unwrap_or_else(|| capability.action());
            let subject = about.subject.unwrap_or_else(|| ctx.caller.subject.id());
            let denial = match &error {
                UseCaseError::Denied(denial) => denial.grant(),
                _ => None,
            };
            let session_grant = ctx.caller.login.as_ref().map(|login| login.permit.grant());
            let event = EventContent {
                access: about.access,
                grant: about.grant.or(denial).or(session_grant),
                channel: about.channel,
                ..ctx.stamp().refusal(action, Party::User(subject), error.code())
            };
            let mut uow = ports.units.begin(ctx.organization_id()).await?;
            uow.audit_log().append(event).await?;
            uow.commit().await?;
        }
        Err(error)
    }

    /// Records that something was read inside a login session: once for each session, resource and
    /// minute (design rule 3.8). Reading in one's own account is not recorded.
    pub(super) async fn record_read(
        &mut self,
        resource: &str,
        channel: Option<ChannelId>,
        what: Option<Snapshot>,
    ) -> Result<(), UseCaseError> {
        let Some(login) = self.ctx.caller.login.as_ref() else {
            return Ok(());
        };
        let (session, grant) = (login.session.id(), login.permit.grant());
        if self.uow.sessions().first_read(session.into(), resource, minute_of(self.ctx.now)).await?
        {
            let subject = self.ctx.caller.subject.id();
            let event = EventContent {
                access: Some(AccessType::Login),
                grant: Some(grant),
                channel,
                after: what,
                ..self.ctx.stamp().event_on(self.capability.action(), subject)
            };
            self.uow.audit_log().append(event).await?;
        }
        Ok(())
    }
}

/// The beginning of the minute in which the moment lies.
pub(super) fn minute_of(at: Timestamp) -> Timestamp {
    Timestamp::from_timestamp(at.timestamp().div_euclid(60).saturating_mul(60), 0).unwrap_or(at)
}

/// The organization that a credential belongs to, whether or not it is still valid.
pub(super) async fn organization_of(
    ports: &Ports,
    credential: &Credential,
) -> Result<OrganizationId, UseCaseError> {
    match &credential.proof {
        Proof::Asserted { organization, .. } => Ok(*organization),
        Proof::Bearer(hash) => {
            ports.index.by_token(hash).await?.ok_or(UseCaseError::Unauthenticated)
        }
    }
}
