//! Units of work of the JSON file that do one thing wrong, and pass everything else on.

use std::{fs, path::PathBuf, time::Duration};

use async_trait::async_trait;
use impersonation_domain::{
    audit::{AuditHead, Event, EventContent, GENESIS_HASH, Recorded},
    channel::Channel,
    email::EmailAddress,
    grant::Grant,
    ids::{ChannelId, GrantId, LoginSessionId, OrganizationId, RoleId, UserId},
    login_session::LoginSession,
    organization::Organization,
    ports::{
        AuditLog, AuditQuery, CredentialRepository, Directory, DirectoryStore, GrantCursor,
        GrantQuery, GrantRepository, GrantView, Idempotency, LiveSessions, LoginSessionQuery,
        LoginSessionRepository, MessageRepository, OrganizationIndex as _, Page, RepositoryError,
        UnitOfWork, UnitOfWorkFactory,
    },
    role::Role,
    secret::SecretHash,
    time::Timestamp,
    user::User,
    version::Version,
};
use impersonation_example_json_file::JsonFile;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Fault;

pub(super) struct BrokenUnits {
    pub(super) store: JsonFile,
    pub(super) path: PathBuf,
    pub(super) fault: Fault,
}

struct BrokenUnit {
    inner: Box<dyn UnitOfWork>,
    fault: Fault,
    store: JsonFile,
    path: PathBuf,
    organization: OrganizationId,
    /// What is to be made wrong in the file after the commit.
    afterwards: Option<fn(&mut Value)>,
}

#[async_trait]
impl UnitOfWorkFactory for BrokenUnits {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        Ok(Box::new(BrokenUnit {
            inner: self.store.begin(organization).await?,
            fault: self.fault,
            store: self.store.clone(),
            path: self.path.clone(),
            organization,
            afterwards: None,
        }))
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        Ok(Box::new(BrokenUnit {
            inner: self.store.begin_read(organization).await?,
            fault: self.fault,
            store: self.store.clone(),
            path: self.path.clone(),
            organization,
            afterwards: None,
        }))
    }
}

/// Takes the last event away, as if the adapter had never written it.
fn without_last_event(tenant: &mut Value) {
    let events = tenant["events"].as_array_mut().unwrap();
    events.pop();
    let last = events.last().unwrap().clone();
    tenant["head"] = json!({
        "sequence": last["sequence"],
        "hash": last["hash"],
        "at": last["content"]["at"],
        "policy_revision": last["policy_revision"],
    });
}

/// Lets the last event begin a chain of its own.
fn with_last_event_alone(tenant: &mut Value) {
    let last = tenant["events"].as_array_mut().unwrap().last_mut().unwrap();
    last["previous_hash"] = json!(GENESIS_HASH.to_hex());
}

impl BrokenUnit {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Says in the log that it has been done, and does not do it.
    async fn pretend<T: Clone>(&mut self, recorded: Recorded<T>) -> Result<T, RepositoryError> {
        let (value, event) = recorded.into_parts();
        self.inner.audit_log().append(event).await?;
        Ok(value)
    }
}

#[async_trait]
impl UnitOfWork for BrokenUnit {
    fn directory(&mut self) -> &mut dyn Directory {
        self
    }
    fn directory_store(&mut self) -> &mut dyn DirectoryStore {
        self.inner.directory_store()
    }
    fn grants(&mut self) -> &mut dyn GrantRepository {
        self
    }
    fn sessions(&mut self) -> &mut dyn LoginSessionRepository {
        self
    }
    fn messages(&mut self) -> &mut dyn MessageRepository {
        self.inner.messages()
    }
    fn credentials(&mut self) -> &mut dyn CredentialRepository {
        self.inner.credentials()
    }
    fn idempotency(&mut self) -> &mut dyn Idempotency {
        self.inner.idempotency()
    }
    fn audit_log(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), RepositoryError> {
        self.inner.commit().await?;
        if let Some(spoil) = self.afterwards {
            let mut file: Value = serde_json::from_slice(&fs::read(&self.path).unwrap()).unwrap();
            spoil(&mut file["organizations"][self.organization.to_string()]);
            fs::write(&self.path, file.to_string()).unwrap();
            self.store.reload().await.unwrap();
        }
        Ok(())
    }
}

#[async_trait]
impl Directory for BrokenUnit {
    async fn organization(&mut self) -> Result<Option<Organization>, RepositoryError> {
        self.inner.directory().organization().await
    }
    async fn user(&mut self, id: UserId) -> Result<Option<User>, RepositoryError> {
        self.inner.directory().user(id).await
    }
    async fn user_by_email(
        &mut self,
        email: &EmailAddress,
    ) -> Result<Option<User>, RepositoryError> {
        if self.is(Fault::EverybodyFound) {
            let accounts = self.store.accounts_by_email(email).await?;
            let Some((organization, user)) = accounts.first().copied() else { return Ok(None) };
            let mut unit = self.store.begin_read(organization).await?;
            return unit.directory().user(user).await;
        }
        self.inner.directory().user_by_email(email).await
    }
    async fn role(&mut self, id: RoleId) -> Result<Option<Role>, RepositoryError> {
        self.inner.directory().role(id).await
    }
    async fn channel(&mut self, id: ChannelId) -> Result<Option<Channel>, RepositoryError> {
        self.inner.directory().channel(id).await
    }
    async fn is_member(
        &mut self,
        channel: ChannelId,
        user: UserId,
    ) -> Result<bool, RepositoryError> {
        self.inner.directory().is_member(channel, user).await
    }
    async fn shared_channels(
        &mut self,
        one: UserId,
        other: UserId,
    ) -> Result<Vec<Channel>, RepositoryError> {
        self.inner.directory().shared_channels(one, other).await
    }
}

#[async_trait]
impl GrantRepository for BrokenUnit {
    async fn grant(&mut self, id: GrantId) -> Result<Option<Grant>, RepositoryError> {
        self.inner.grants().grant(id).await
    }
    async fn of_pair(
        &mut self,
        grantor: UserId,
        grantee: UserId,
    ) -> Result<Option<Grant>, RepositoryError> {
        self.inner.grants().of_pair(grantor, grantee).await
    }
    async fn received_by(&mut self, grantee: UserId) -> Result<Vec<Grant>, RepositoryError> {
        self.inner.grants().received_by(grantee).await
    }
    async fn granted_by(&mut self, grantor: UserId) -> Result<Vec<Grant>, RepositoryError> {
        self.inner.grants().granted_by(grantor).await
    }
    async fn list(
        &mut self,
        query: &GrantQuery,
    ) -> Result<Page<GrantView, GrantCursor>, RepositoryError> {
        let mut query = query.clone();
        if self.is(Fault::ListIsLate) {
            query.now -= Duration::from_micros(1);
        }
        self.inner.grants().list(&query).await
    }
    async fn save(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError> {
        if self.is(Fault::UpdateLost) && grant.value().version() > Version::INITIAL {
            return self.pretend(grant).await;
        }
        if self.is(Fault::EventMissing) {
            self.afterwards = Some(without_last_event);
        }
        self.inner.grants().save(grant).await
    }
    async fn delete(&mut self, grant: Recorded<Grant>) -> Result<Grant, RepositoryError> {
        match self.fault {
            Fault::DeleteForgotten => self.pretend(grant).await,
            _ => self.inner.grants().delete(grant).await,
        }
    }
    async fn mark_used(&mut self, id: GrantId, at: Timestamp) -> Result<(), RepositoryError> {
        self.inner.grants().mark_used(id, at).await
    }
}

#[async_trait]
impl LoginSessionRepository for BrokenUnit {
    async fn session(
        &mut self,
        id: LoginSessionId,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        self.inner.sessions().session(id).await
    }
    async fn by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        self.inner.sessions().by_token(hash).await
    }
    async fn live(&mut self, which: &LiveSessions) -> Result<Vec<LoginSession>, RepositoryError> {
        self.inner.sessions().live(which).await
    }
    async fn overdue(
        &mut self,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Vec<LoginSession>, RepositoryError> {
        self.inner.sessions().overdue(now, idle_since).await
    }
    async fn list(
        &mut self,
        query: &LoginSessionQuery,
    ) -> Result<Page<LoginSession, (Timestamp, LoginSessionId)>, RepositoryError> {
        self.inner.sessions().list(query).await
    }
    async fn save(
        &mut self,
        session: Recorded<LoginSession>,
    ) -> Result<LoginSession, RepositoryError> {
        if self.is(Fault::EndForgotten) && !session.value().is_live() {
            return self.pretend(session).await;
        }
        self.inner.sessions().save(session).await
    }
    async fn touch(&mut self, id: LoginSessionId, at: Timestamp) -> Result<(), RepositoryError> {
        self.inner.sessions().touch(id, at).await
    }
    async fn first_read(
        &mut self,
        reader: Uuid,
        resource: &str,
        minute: Timestamp,
    ) -> Result<bool, RepositoryError> {
        self.inner.sessions().first_read(reader, resource, minute).await
    }
}

#[async_trait]
impl AuditLog for BrokenUnit {
    async fn head(&mut self) -> Result<AuditHead, RepositoryError> {
        self.inner.audit_log().head().await
    }
    async fn append(&mut self, content: EventContent) -> Result<Event, RepositoryError> {
        if self.is(Fault::EventOutOfChain) {
            self.afterwards = Some(with_last_event_alone);
        }
        self.inner.audit_log().append(content).await
    }
    async fn query(&mut self, query: &AuditQuery) -> Result<Page<Event, u64>, RepositoryError> {
        self.inner.audit_log().query(query).await
    }
    async fn range(&mut self, after: u64, limit: u16) -> Result<Vec<Event>, RepositoryError> {
        self.inner.audit_log().range(after, limit).await
    }
}
