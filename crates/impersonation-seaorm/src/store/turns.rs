//! Units of work of one organization follow each other already in this process, before they take a
//! connection: those that wait do not keep other organizations from theirs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use impersonation_domain::{ids::OrganizationId, ports::RepositoryError};
use thiserror::Error;
use tokio::{
    sync::{Mutex as Gate, OwnedMutexGuard},
    time::timeout,
};

/// The gates at which writers wait, one for each organization.
#[derive(Default)]
pub(super) struct Turns {
    gates: Mutex<HashMap<OrganizationId, Weak<Gate<()>>>>,
}

/// That it is this unit's turn, until it is dropped.
pub(crate) type Turn = OwnedMutexGuard<()>;

/// Too many others were waiting.
#[derive(Debug, Error)]
#[error("it did not become this unit of work's turn in time")]
struct TooLong;

impl Turns {
    /// Waits for one's turn.
    pub(super) async fn wait(
        &self,
        organization: OrganizationId,
        patience: Duration,
    ) -> Result<Turn, RepositoryError> {
        let gate = self.gate(organization);
        timeout(patience, gate.lock_owned())
            .await
            .map_err(|_| RepositoryError::unavailable(TooLong))
    }

    fn gate(&self, organization: OrganizationId) -> Arc<Gate<()>> {
        // Nothing can panic while the map is locked; were it so, it would still be sound.
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(&organization).and_then(Weak::upgrade) {
            return gate;
        }
        // Those that nobody waits at are swept out when there may be many.
        if gates.len() >= 1024 {
            gates.retain(|_, gate| gate.strong_count() > 0);
        }
        let gate = Arc::new(Gate::new(()));
        gates.insert(organization, Arc::downgrade(&gate));
        gate
    }
}
