//! Reading and verifying the audit log.

use super::{
    Capability, Credential, UseCaseError, family,
    operation::{Operation, minute_of},
};
use crate::{
    audit::{Action, ChainFault, ChainVerifier, Event, Hash, Outcome, Party},
    ids::{LoginSessionId, OrganizationId, UserId},
    ports::{AuditQuery, Page, PageLimit, RepositoryError, UnitOfWork},
    role::Permission,
    time::Timestamp,
    user::User,
};

family! {
    /// The audit log.
    AuditService
}

/// Which events to list: the latest first.
#[derive(Debug, Clone, Default)]
pub struct AuditRequest {
    /// Only those on this account.
    pub account: Option<UserId>,
    /// Only those by this actor.
    pub actor: Option<UserId>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only what was allowed, or refused.
    pub outcome: Option<Outcome>,
    /// Only those of this login session.
    pub login_session: Option<LoginSessionId>,
    /// Only those from this moment on.
    pub since: Option<Timestamp>,
    /// Only those before this moment.
    pub until: Option<Timestamp>,
    /// Where to go on: before this sequence.
    pub before_sequence: Option<u64>,
    /// How many at most.
    pub limit: PageLimit,
}

/// An event with the people it names.
#[derive(Debug, Clone)]
pub struct EventView {
    /// The event.
    pub event: Event,
    /// The actor, where it is a user.
    pub actor: Option<User>,
    /// The subject, where it is a user.
    pub subject: Option<User>,
}

/// What the verification of a chain has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many events are right, from the first on.
    pub events: u64,
    /// The hash of the last of them.
    pub head: Hash,
    /// The first fault, if there is one.
    pub fault: Option<ChainFault>,
}

impl Verification {
    /// Whether the whole chain is right.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.fault.is_none()
    }
}

impl AuditService {
    /// Events, the latest first: all of them with the permission to read the audit log, otherwise
    /// those on one's own account and those of one's own doing. Reading with the permission is
    /// itself recorded, once a minute.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn events(
        &self,
        credential: &Credential,
        request: AuditRequest,
    ) -> Result<Page<EventView, u64>, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::ReadAuditLog).await?;
        let result = async {
            let reader = op.ctx.caller.actor.id();
            let reads_all = op.ctx.has(Permission::ReadAuditLog);
            let query = AuditQuery {
                account: request.account,
                actor: request.actor,
                involving: (!reads_all).then_some(reader),
                action: request.action,
                outcome: request.outcome,
                login_session: request.login_session,
                since: request.since,
                until: request.until,
                before_sequence: request.before_sequence,
                limit: request.limit,
            };
            let page = op.uow.audit_log().query(&query).await?;
            let mut items = Vec::with_capacity(page.items.len());
            for event in page.items {
                items.push(view(&mut *op.uow, event).await?);
            }
            if reads_all {
                record_once_a_minute(&mut op, reader).await?;
            }
            Ok(Page { items, next: page.next })
        }
        .await;
        op.finish(result).await
    }

    /// Verifies the organization's whole chain. The verification is itself recorded, after it.
    ///
    /// # Errors
    /// [`UseCaseError`]. A broken chain is no error but an answer.
    pub async fn verify(&self, credential: &Credential) -> Result<Verification, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::VerifyAuditLog).await?;
        let result = async {
            let organization = op.ctx.organization_id();
            let verification = verify_chain(&mut *op.uow, organization).await?;
            let event =
                op.ctx.stamp().event(Action::AuditVerify, Party::Organization(organization));
            op.uow.audit_log().append(event).await?;
            Ok(verification)
        }
        .await;
        op.finish(result).await
    }
}

async fn record_once_a_minute(op: &mut Operation, reader: UserId) -> Result<(), UseCaseError> {
    let minute = minute_of(op.ctx.now);
    if op.uow.sessions().first_read(reader.into(), "audit", minute).await? {
        let event =
            op.ctx.stamp().event(Action::AuditRead, Party::Organization(op.ctx.organization_id()));
        op.uow.audit_log().append(event).await?;
    }
    Ok(())
}

async fn view(uow: &mut dyn UnitOfWork, event: Event) -> Result<EventView, UseCaseError> {
    let actor = match event.content.actor.user() {
        Some(id) => uow.directory().user(id).await?,
        None => None,
    };
    let subject = match event.content.subject.user() {
        Some(id) if Some(id) == actor.as_ref().map(User::id) => actor.clone(),
        Some(id) => uow.directory().user(id).await?,
        None => None,
    };
    Ok(EventView { event, actor, subject })
}

/// Walks the chain from its first event to the head that the organization's row names.
pub(super) async fn verify_chain(
    uow: &mut dyn UnitOfWork,
    organization: OrganizationId,
) -> Result<Verification, UseCaseError> {
    const CHUNK: u16 = 1000;
    let head = uow.audit_log().head().await?;
    let mut verifier = ChainVerifier::new(organization);
    // By what was read, not by what was found right: the walk ends whatever the verifier says.
    let (mut chunk, mut after) = (CHUNK, 0);
    let fault = loop {
        let events = match uow.audit_log().range(after, chunk).await {
            Ok(events) => events,
            // One of them cannot be read. One by one they tell which, and what is wrong before it.
            Err(RepositoryError::Corrupt { .. }) if chunk > 1 => {
                chunk = 1;
                continue;
            }
            Err(error @ RepositoryError::Corrupt { .. }) => {
                let sequence = verifier.verified().saturating_add(1);
                break Some(ChainFault::Unreadable { sequence, detail: error.to_string() });
            }
            Err(error) => return Err(error.into()),
        };
        let Some(last) = events.last() else { break verifier.finish(&head).err() };
        if let Some(fault) = events.iter().find_map(|event| verifier.check(event).err()) {
            break Some(fault);
        }
        after = last.sequence;
    };
    Ok(Verification { events: verifier.verified(), head: verifier.hash(), fault })
}
