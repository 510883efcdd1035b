//! Login sessions.

use std::cmp::Reverse;

use async_trait::async_trait;
use impersonation_domain::{
    audit::Recorded,
    ids::LoginSessionId,
    login_session::{LoginSession, LoginSessionRecord, LoginSessionState},
    ports::{
        Constraint, LiveSessions, LoginSessionQuery, LoginSessionRepository, Page, RepositoryError,
    },
    secret::SecretHash,
    time::{Timestamp, to_microseconds},
};
use uuid::Uuid;

use super::Unit;
use crate::{rows::LoginSessionRow, tenant::check_organization};

fn is_live(session: &LoginSessionRecord) -> bool {
    session.state == LoginSessionState::Live
}

fn is_meant(which: &LiveSessions, session: &LoginSessionRecord) -> bool {
    which.actor.is_none_or(|user| session.actor == user)
        && which.subject.is_none_or(|user| session.subject == user)
        && which.involving.is_none_or(|user| session.actor == user || session.subject == user)
        && which.grant.is_none_or(|grant| session.grant.id == grant)
        && which.own_credential.is_none_or(|own| session.own_credential == own)
}

impl Unit {
    /// Those that fit, in the order of their identifiers.
    fn sessions_that(&self, fit: impl Fn(&LoginSessionRecord) -> bool) -> Vec<LoginSession> {
        let sessions = self.tenant.login_sessions.values().map(|row| &row.0);
        sessions.filter(|session| fit(session)).cloned().map(LoginSession::from_record).collect()
    }
}

#[async_trait]
impl LoginSessionRepository for Unit {
    async fn session(
        &mut self,
        id: LoginSessionId,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        Ok(self.sessions_that(|session| session.id == id).pop())
    }

    async fn by_token(
        &mut self,
        hash: &SecretHash,
    ) -> Result<Option<LoginSession>, RepositoryError> {
        Ok(self.sessions_that(|session| session.token_hash == *hash).pop())
    }

    async fn live(&mut self, which: &LiveSessions) -> Result<Vec<LoginSession>, RepositoryError> {
        Ok(self.sessions_that(|session| is_live(session) && is_meant(which, session)))
    }

    async fn overdue(
        &mut self,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Vec<LoginSession>, RepositoryError> {
        Ok(self.sessions_that(|session| {
            is_live(session) && (session.expires_at <= now || session.last_seen_at <= idle_since)
        }))
    }

    async fn list(
        &mut self,
        query: &LoginSessionQuery,
    ) -> Result<Page<LoginSession, (Timestamp, LoginSessionId)>, RepositoryError> {
        let LoginSessionQuery { live, actor, subject, involving, after, limit } = *query;
        let which = LiveSessions { actor, subject, involving, ..LiveSessions::default() };
        let place = |session: &LoginSessionRecord| (session.started_at, session.id);
        let mut sessions = self.sessions_that(|session| {
            live.is_none_or(|live| is_live(session) == live)
                && is_meant(&which, session)
                && after.is_none_or(|after| place(session) < after)
        });
        sessions.sort_by_key(|session| Reverse(place(session.record())));
        Ok(Page::from_surplus(sessions, limit, |session| place(session.record())))
    }

    async fn save(
        &mut self,
        session: Recorded<LoginSession>,
    ) -> Result<LoginSession, RepositoryError> {
        check_organization(self.organization, session.value().record().organization)?;
        self.record(session, |tenant, session| {
            let record = session.record();
            let mut others = tenant.login_sessions.values().map(|row| &row.0);
            let taken =
                others.any(|other| other.id != record.id && other.token_hash == record.token_hash);
            match tenant.login_sessions.get(&record.id) {
                // One that has ended stays ended, and one that was never there cannot end.
                Some(stored) if !is_live(&stored.0) => return Err(RepositoryError::Stale),
                None if !is_live(record) => return Err(RepositoryError::Stale),
                None if taken => return Err(RepositoryError::Duplicate(Constraint::Other)),
                Some(_) | None => {}
            }
            tenant.login_sessions.insert(record.id, LoginSessionRow(record.clone()));
            Ok(())
        })
    }

    async fn touch(&mut self, id: LoginSessionId, at: Timestamp) -> Result<(), RepositoryError> {
        match self.change()?.login_sessions.get_mut(&id) {
            Some(session) if is_live(&session.0) => session.0.last_seen_at = to_microseconds(at),
            Some(_) | None => {}
        }
        Ok(())
    }

    async fn first_read(
        &mut self,
        reader: Uuid,
        resource: &str,
        minute: Timestamp,
    ) -> Result<bool, RepositoryError> {
        let read = (reader, resource.to_owned(), to_microseconds(minute));
        Ok(self.change()?.reads.insert(read))
    }
}
