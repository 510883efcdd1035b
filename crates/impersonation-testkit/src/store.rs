//! Stores to be tested.

use std::{any::Any, fmt, sync::Arc};

use async_trait::async_trait;
use impersonation_domain::ports::{FileStore, OrganizationIndex, UnitOfWorkFactory};

/// An empty store that a test has for itself.
pub struct OpenStore {
    /// Begins its transactions.
    pub units: Arc<dyn UnitOfWorkFactory>,
    /// Finds organizations in it.
    pub index: Arc<dyn OrganizationIndex>,
    /// What must live as long as the store: a folder, a schema that is dropped at the end.
    pub keep: Box<dyn Any + Send>,
}

impl fmt::Debug for OpenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenStore")
    }
}

/// Opens stores of one kind. See [`contract_suite!`](crate::contract_suite).
#[async_trait]
pub trait StoreFixture: Send + Sync {
    /// A fresh, empty store; `None` where this kind is not to be had here, for instance without a
    /// database server: then the test says that it was skipped.
    async fn open(&self) -> Option<OpenStore>;
}

/// An empty file store that a test has for itself.
pub struct OpenFiles {
    /// The store.
    pub files: Arc<dyn FileStore>,
    /// What must live as long as the store, such as a folder.
    pub keep: Box<dyn Any + Send>,
}

impl fmt::Debug for OpenFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenFiles")
    }
}

/// Opens file stores of one kind. See [`file_contract_suite!`](crate::file_contract_suite).
#[async_trait]
pub trait FileStoreFixture: Send + Sync {
    /// A fresh, empty file store; `None` where this kind is not to be had here.
    async fn open(&self) -> Option<OpenFiles>;
}
