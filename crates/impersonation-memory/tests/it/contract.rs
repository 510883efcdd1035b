use std::sync::Arc;

use async_trait::async_trait;
use impersonation_memory::InMemory;
use impersonation_testkit::{
    contract_suite,
    store::{OpenStore, StoreFixture},
};

struct Memory;

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

contract_suite!(memory, Memory);
