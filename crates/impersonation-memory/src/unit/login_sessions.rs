//! Login sessions.

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    ids::LoginSessionId,
    login_session::{LoginSession, LoginSessionRecord},
    ports::{
        Constraint, LiveSessions, LoginSessionQuery, LoginSessionRepository, Page, RepositoryError,
    },
    secret::SecretHash,
    time::{Timestamp, to_microseconds},
};
use uuid::Uuid;

use super::Unit;
use crate::tenant::check_organization;

fn is_meant(which: &LiveSessions, session: &LoginSession) -> bool {
    let record = session.record();
    which.actor.is_none_or(|user| record.actor == user)
        && which.subject.is_none_or(|user| record.subject == user)
        && which.involving.is_none_or(|user| record.actor == user || record.subject == user)
        && which.grant.is_none_or(|grant| record.grant.id == grant)
        && which.own_credential.is_none_or(|own| record.own_credential == own)
}

fn place(session: &LoginSession) -> (Timestamp, LoginSessionId) {
    (session.record().started_at, session.id())
}

#[async_trait]
impl LoginSessionRepository for Unit {
    async fn session(
        &mut self,
        id: LoginSessionId,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        Ok(self.tenant.sessions.get(&id).cloned())
    }

    async fn by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        let mut sessions = self.tenant.sessions.values();
        Ok(sessions.find(|session| session.record().token_hash == *hash).cloned())
    }

    async fn live(&mut self, which: &LiveSessions) -> Result<Vec<LoginSession>, RepositoryError> {
        let sessions = self.tenant.sessions.values();
        let live = sessions.filter(|session| session.is_live() && is_meant(which, session));
        Ok(live.cloned().collect())
    }

    async fn overdue(
        &mut self,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Vec<LoginSession>, RepositoryError> {
        let is_overdue = |session: &&LoginSession| {
            let record = session.record();
            session.is_live() && (record.expires_at <= now || record.last_seen_at <= idle_since)
        };
        Ok(self.tenant.sessions.values().filter(is_overdue).cloned().collect())
    }

    async fn list(
        &mut self,
        query: &LoginSessionQuery,
    ) -> Result<Page<LoginSession, (Timestamp, LoginSessionId)>, RepositoryError> {
        let LoginSessionQuery { live, actor, subject, involving, after, limit } = *query;
        let which = LiveSessions { actor, subject, involving, ..LiveSessions::default() };
        let mut sessions: Vec<LoginSession> = self
            .tenant
            .sessions
            .values()
            .filter(|session| live.is_none_or(|live| session.is_live() == live))
            .filter(|session| is_meant(&which, session))
            .filter(|session| after.is_none_or(|after| place(session) < after))
            .cloned()
            .collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(place(session)));
        Ok(Page::from_surplus(sessions, limit, place))
    }

    async fn save(
        &mut self,
        session: Recorded<LoginSession>,
    ) -> Result<LoginSession, RepositoryError> {
        check_organization(self.organization, session.value().record().organization)?;
        self.record(session, |tenant, session| {
            let hash = session.record().token_hash;
            let taken = tenant
                .sessions
                .values()
                .any(|other| other.id() != session.id() && other.record().token_hash == hash);
            match tenant.sessions.get(&session.id()) {
                Some(stored) if !stored.is_live() => return Err(RepositoryError::Stale),
                None if !session.is_live() => return Err(RepositoryError::Stale),
                None if taken => return Err(RepositoryError::Duplicate(Constraint::Other)),
                Some(_) | None => {}
            }
            tenant.sessions.insert(session.id(), session);
            Ok(())
        })
    }

    async fn touch(&mut self, id: LoginSessionId, at: Timestamp) -> Result<(), RepositoryError> {
        let tenant = self.change()?;
        if let Some(session) = tenant.sessions.get(&id).filter(|session| session.is_live()) {
            let record = LoginSessionRecord {
                last_seen_at: to_microseconds(at),
                ..session.record().clone()
            };
            tenant.sessions.insert(id, LoginSession::from_record(record));
        }
        Ok(())
    }

    async fn first_read(
        &mut self,
        reader: Uuid,
        resource: &str,
        minute: Timestamp,
    ) -> Result<bool, RepositoryError> {
        let tenant = self.change()?;
        let key = (reader, resource.to_owned(), to_microseconds(minute));
        let first = !tenant.reads.contains(&key);
        if first {
            tenant.reads.insert(key, ());
        }
        Ok(first)
    }
}
