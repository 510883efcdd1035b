//! Transactions.

use async_trait::async_trait;

use super::{
    AuditLog, CredentialRepository, Directory, DirectoryStore, GrantRepository, Idempotency,
    LoginSessionRepository, MessageRepository, RepositoryError,
};
use crate::{
    email::EmailAddress,
    ids::{ChannelId, OrganizationId, UserId},
    organization::Organization,
    policy::{ChannelFacts, Facts},
    secret::SecretHash,
};

/// For which decision facts are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactsQuery {
    /// Who would act.
    pub actor: UserId,
    /// On whose account.
    pub subject: UserId,
    /// In which channel.
    pub channel: Option<ChannelId>,
}

/// One transaction on one organization, from a use case's first read to its commit. Dropping it
/// without [`UnitOfWork::commit`] undoes everything. Saving what belongs to another organization is
/// an error. After a write has failed, only dropping is of use: a commit may be refused. An adapter may let several share one physical
/// transaction.
#[async_trait]
pub trait UnitOfWork: Send {
    /// What the rules read of organizations, users, roles and channels.
    fn directory(&mut self) -> &mut dyn Directory;
    /// The management of the same.
    fn directory_store(&mut self) -> &mut dyn DirectoryStore;
    /// Grants.
    fn grants(&mut self) -> &mut dyn GrantRepository;
    /// Login sessions.
    fn sessions(&mut self) -> &mut dyn LoginSessionRepository;
    /// Messages.
    fn messages(&mut self) -> &mut dyn MessageRepository;
    /// Own sessions, API tokens and passwords.
    fn credentials(&mut self) -> &mut dyn CredentialRepository;
    /// Answers to repeated requests.
    fn idempotency(&mut self) -> &mut dyn Idempotency;
    /// The audit log.
    fn audit_log(&mut self) -> &mut dyn AuditLog;

    /// The facts of a decision. An adapter that can read them in one query does.
    async fn facts(&mut self, query: &FactsQuery) -> Result<Facts, RepositoryError> {
        let organization = self.directory().organization().await?;
        let actor = self.directory().user(query.actor).await?;
        let subject = self.directory().user(query.subject).await?;
        let grant = self.grants().of_pair(query.subject, query.actor).await?;
        let channel = match query.channel {
            None => None,
            Some(id) => match self.directory().channel(id).await? {
                None => None,
                Some(channel) => Some(ChannelFacts {
                    id,
                    organization: channel.organization_id(),
                    actor_is_member: self.directory().is_member(id, query.actor).await?,
                    subject_is_member: self.directory().is_member(id, query.subject).await?,
                }),
            },
        };
        Ok(Facts {
            organization: organization.as_ref().map(Into::into),
            actor: actor.as_ref().map(Into::into),
            subject: subject.as_ref().map(Into::into),
            grants: grant.iter().map(crate::grant::Grant::facts).collect(),
            channel,
        })
    }

    /// Makes everything permanent. Once this has answered, no unit of work that begins later, on
    /// any server, sees the old state.
    async fn commit(self: Box<Self>) -> Result<(), RepositoryError>;
}

/// Begins transactions.
#[async_trait]
pub trait UnitOfWorkFactory: Send + Sync {
    /// Begins one that may write. Those of one organization follow each other: this waits until the
    /// one before has ended. An organization that does not exist yet can be made in one; those that
    /// make organizations follow each other, too.
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError>;

    /// Begins one that only reads: it sees one consistent state, not older than the call.
    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        self.begin(organization).await
    }
}

/// What has to be found before the organization is known.
#[async_trait]
pub trait OrganizationIndex: Send + Sync {
    /// All organizations, by name.
    async fn organizations(&self) -> Result<Vec<Organization>, RepositoryError>;
    /// The organization of the own session, login session or API token with this hash. It says
    /// nothing about whether that is still valid.
    async fn by_token(&self, hash: &SecretHash) -> Result<Option<OrganizationId>, RepositoryError>;
    /// The accounts with this address, in any organization; removed users are not found.
    async fn accounts_by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Vec<(OrganizationId, UserId)>, RepositoryError>;
    /// Whether the store answers.
    async fn ping(&self) -> Result<(), RepositoryError>;
}
