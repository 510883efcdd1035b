//! The audit log.

use async_trait::async_trait;
use impersonation_domain::{
    audit::{AuditHead, Event, EventContent},
    ports::{AuditLog, AuditQuery, Page, RepositoryError},
};

use super::Unit;

fn fits(event: &Event, query: &AuditQuery) -> bool {
    let content = &event.content;
    let (actor, account) = (content.actor.user(), content.subject.user());
    query.account.is_none_or(|user| account == Some(user))
        && query.actor.is_none_or(|user| actor == Some(user))
        && query.involving.is_none_or(|user| account == Some(user) || actor == Some(user))
        && query.action.is_none_or(|action| content.action == action)
        && query.outcome.is_none_or(|outcome| content.outcome == outcome)
        && query.login_session.is_none_or(|id| content.login_session == Some(id))
        && query.since.is_none_or(|since| content.at >= since)
        && query.until.is_none_or(|until| content.at < until)
        && query.before_sequence.is_none_or(|before| event.sequence < before)
}

#[async_trait]
impl AuditLog for Unit {
    async fn head(&mut self) -> Result<AuditHead, RepositoryError> {
        Ok(self.tenant.head.0)
    }

    async fn append(&mut self, content: EventContent) -> Result<Event, RepositoryError> {
        self.append_event(content)
    }

    async fn query(&mut self, query: &AuditQuery) -> Result<Page<Event, u64>, RepositoryError> {
        let one_more = usize::from(query.limit.get()).saturating_add(1);
        let events = self.tenant.events.iter().rev().map(|row| &row.0);
        let events = events.filter(|event| fits(event, query)).take(one_more).cloned();
        Ok(Page::from_surplus(events.collect(), query.limit, |event| event.sequence))
    }

    async fn range(&mut self, after: u64, limit: u16) -> Result<Vec<Event>, RepositoryError> {
        let later = self.tenant.events.iter().filter(|row| row.0.sequence > after);
        Ok(later.take(usize::from(limit)).map(|row| row.0.clone()).collect())
    }
}
