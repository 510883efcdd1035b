//! The audit log.

use async_trait::async_trait;
use impersonation_domain::{
    audit::{AuditHead, Event, EventContent},
    ports::{AuditLog, AuditQuery, Page, RepositoryError},
};

use super::Unit;

impl Unit {
    /// Every event, in the order of the sequence, this unit's own included.
    fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.tenant.events.iter().chain(&self.sealed)
    }
}

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
        Ok(self.ledger.head())
    }

    async fn append(&mut self, content: EventContent) -> Result<Event, RepositoryError> {
        self.change()?;
        Ok(self.seal(content))
    }

    async fn query(&mut self, query: &AuditQuery) -> Result<Page<Event, u64>, RepositoryError> {
        let surplus = usize::from(query.limit.get()).saturating_add(1);
        let events: Vec<Event> =
            self.events().rev().filter(|event| fits(event, query)).take(surplus).cloned().collect();
        Ok(Page::from_surplus(events, query.limit, |event| event.sequence))
    }

    async fn range(&mut self, after: u64, limit: u16) -> Result<Vec<Event>, RepositoryError> {
        let skipped = usize::try_from(after).map_err(RepositoryError::unavailable)?;
        // The sequence is dense from 1, so that the place of an event is its sequence.
        Ok(self.events().skip(skipped).take(usize::from(limit)).cloned().collect())
    }
}
