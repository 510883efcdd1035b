//! Units of work that let the others go first, at each call of a port.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use async_trait::async_trait;
use impersonation_domain::{
    ids::OrganizationId,
    ports::{RepositoryError, UnitOfWork, UnitOfWorkFactory},
};

use crate::through::{Call, Route, Through};

/// Which task made which calls, in their order.
pub(super) type Calls = Arc<Mutex<Vec<(usize, Call)>>>;

/// Lets the others go first.
pub(super) async fn let_others_go_first() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The units of work of one task.
#[derive(Clone)]
pub(super) struct Yielding {
    pub(super) units: Arc<dyn UnitOfWorkFactory>,
    pub(super) task: usize,
    pub(super) calls: Calls,
}

impl Yielding {
    async fn turn(&self, call: Call) {
        let_others_go_first().await;
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push((self.task, call));
    }
}

#[async_trait]
impl UnitOfWorkFactory for Yielding {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        self.turn(Call::BEGIN).await;
        let unit = self.units.begin(organization).await?;
        Ok(Box::new(Through(YieldingUnit { unit, at: self.clone() })))
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        self.turn(Call::BEGIN_READ).await;
        let unit = self.units.begin_read(organization).await?;
        Ok(Box::new(Through(YieldingUnit { unit, at: self.clone() })))
    }
}

struct YieldingUnit {
    unit: Box<dyn UnitOfWork>,
    at: Yielding,
}

#[async_trait]
impl Route for YieldingUnit {
    async fn unit(&mut self, call: Call) -> Result<&mut dyn UnitOfWork, RepositoryError> {
        self.at.turn(call).await;
        Ok(self.unit.as_mut())
    }

    async fn commit(self: Box<Self>) -> Result<(), RepositoryError> {
        let Self { unit, at } = *self;
        at.turn(Call::COMMIT).await;
        let committed = unit.commit().await;
        // Between the commit and the answer others come, too.
        let_others_go_first().await;
        committed
    }
}
