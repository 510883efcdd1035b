//! Answers to repeated requests.

use async_trait::async_trait;
use impersonation_domain::{
    ports::{Idempotency, IdempotencyScope, RepositoryError, StoredResponse},
    time::{Timestamp, to_microseconds},
};

use super::Unit;
use crate::tenant::ResponseKey;

fn key(scope: &IdempotencyScope) -> ResponseKey {
    (scope.actor, scope.endpoint.clone(), scope.key.clone())
}

#[async_trait]
impl Idempotency for Unit {
    async fn find(
        &mut self,
        scope: &IdempotencyScope,
    ) -> Result<Option<StoredResponse>, RepositoryError> {
        Ok(self.tenant.responses.get(&key(scope)).cloned())
    }

    async fn put(
        &mut self,
        scope: &IdempotencyScope,
        response: StoredResponse,
    ) -> Result<(), RepositoryError> {
        let created_at = to_microseconds(response.created_at);
        self.change()?.responses.insert(key(scope), StoredResponse { created_at, ..response });
        Ok(())
    }

    async fn forget_before(&mut self, moment: Timestamp) -> Result<(), RepositoryError> {
        self.change()?.responses.retain(|_, response| response.created_at >= moment);
        Ok(())
    }
}
