//! The answers to repeated requests.

use async_trait::async_trait;
use impersonation_domain::{
    ids::TypedId,
    ports::{Idempotency, IdempotencyScope, RepositoryError, StoredResponse},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

use super::{Unit, statements::select};
use crate::{
    entity::{
        idempotency_key::{self, Column},
        micros, micros_up,
    },
    error::Fault,
};

impl Unit {
    async fn write_response(
        &self,
        scope: &IdempotencyScope,
        response: StoredResponse,
    ) -> Result<(), Fault> {
        let row = idempotency_key::Model {
            organization_id: self.tenant(),
            actor_id: scope.actor.uuid(),
            endpoint: scope.endpoint.clone(),
            request_key: scope.key.clone(),
            fingerprint: response.fingerprint.to_vec(),
            body: response.body,
            created_at: micros(response.created_at),
        };
        let replace = OnConflict::columns([
            Column::OrganizationId,
            Column::ActorId,
            Column::Endpoint,
            Column::RequestKey,
        ])
        .update_columns([Column::Fingerprint, Column::Body, Column::CreatedAt])
        .to_owned();
        self.insert_unless::<idempotency_key::Entity, _>(row, replace).await?;
        Ok(())
    }

    async fn delete_responses(&self, before: Timestamp) -> Result<(), Fault> {
        idempotency_key::Entity::delete_many()
            .filter(Column::OrganizationId.eq(self.tenant()))
            .filter(Column::CreatedAt.lt(micros_up(before)))
            .exec(&self.transaction)
            .await?;
        Ok(())
    }
}

#[async_trait]
impl Idempotency for Unit {
    async fn find(
        &mut self,
        scope: &IdempotencyScope,
    ) -> Result<Option<StoredResponse>, RepositoryError> {
        let key = (self.tenant(), scope.actor.uuid(), scope.endpoint.clone(), scope.key.clone());
        let query = select(idempotency_key::Entity::find_by_id(key));
        self.row(&query).await?.as_ref().map(idempotency_key::read).transpose()
    }

    async fn put(
        &mut self,
        scope: &IdempotencyScope,
        response: StoredResponse,
    ) -> Result<(), RepositoryError> {
        self.start()?;
        let done = self.write_response(scope, response).await;
        self.finish(done)
    }

    async fn forget_before(&mut self, moment: Timestamp) -> Result<(), RepositoryError> {
        self.start()?;
        let done = self.delete_responses(moment).await;
        self.finish(done)
    }
}
