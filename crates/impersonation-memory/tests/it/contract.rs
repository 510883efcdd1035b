use std::sync::Arc;

use async_trait::async_trait;
use impersonation_memory::{InMemory, InMemoryFiles};
use impersonation_testkit::{
    contract_suite, file_contract_suite, stateful_suite,
    store::{FileStoreFixture, OpenFiles, OpenStore, StoreFixture},
};

pub(crate) struct Memory;

#[async_trait]
impl StoreFixture for Memory {
    async fn open(&self) -> Option<OpenStore> {
        let store = InMemory::new();
        Some(OpenStore {
            units: Arc::new(store.clone()),
            index: Arc::new(store),
            keep: Box::new(()),
        })
    }
}

#[async_trait]
impl FileStoreFixture for Memory {
    async fn open(&self) -> Option<OpenFiles> {
        Some(OpenFiles { files: Arc::new(InMemoryFiles::new()), keep: Box::new(()) })
    }
}

contract_suite!(memory, Memory);
file_contract_suite!(memory_files, Memory);
stateful_suite!(memory_histories, Memory, 100);
