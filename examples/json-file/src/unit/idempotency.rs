//! Answers to repeated requests.

use async_trait::async_trait;
use impersonation_domain::{
    ports::{Idempotency, IdempotencyScope, RepositoryError, StoredResponse},
    time::{Timestamp, to_microseconds},
};

use super::Unit;
use crate::rows::AnswerRow;

fn is_for(row: &AnswerRow, scope: &IdempotencyScope) -> bool {
    row.actor == scope.actor && row.endpoint == scope.endpoint && row.key == scope.key
}

#[async_trait]
impl Idempotency for Unit {
    async fn find(
        &mut self,
        scope: &IdempotencyScope,
    ) -> Result<Option<StoredResponse>, RepositoryError> {
        let row = self.tenant.answers.iter().find(|row| is_for(row, scope));
        Ok(row.map(|row| StoredResponse {
            fingerprint: row.fingerprint,
            body: row.body.clone(),
            created_at: row.created_at,
        }))
    }

    async fn put(
        &mut self,
        scope: &IdempotencyScope,
        response: StoredResponse,
    ) -> Result<(), RepositoryError> {
        let answers = &mut self.change()?.answers;
        answers.retain(|row| !is_for(row, scope));
        answers.push(AnswerRow {
            actor: scope.actor,
            endpoint: scope.endpoint.clone(),
            key: scope.key.clone(),
            fingerprint: response.fingerprint,
            body: response.body,
            created_at: to_microseconds(response.created_at),
        });
        Ok(())
    }

    async fn forget_before(&mut self, moment: Timestamp) -> Result<(), RepositoryError> {
        self.change()?.answers.retain(|row| row.created_at >= moment);
        Ok(())
    }
}
