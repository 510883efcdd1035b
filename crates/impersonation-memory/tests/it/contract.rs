use std::sync::Arc;

use async_trait::async_trait;
use impersonation_memory::{InMemory, InMemoryFiles};
use impersonation_testkit::{
    contract_suite, corpus, file_contract_suite, stateful_suite,
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

#[test]
fn d1_every_kept_case_is_answered_as_it_says() {
    corpus::replay(&Memory).unwrap().figures("kept cases in memory").finish();
}
