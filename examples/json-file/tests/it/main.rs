//! The JSON file against the contract of the ports and against histories: this is all it takes.
#![cfg(test)]

mod broken;
mod file;

use std::sync::Arc;

use async_trait::async_trait;
use impersonation_example_json_file::JsonFile as Store;
use impersonation_testkit::{
    contract_suite, stateful_suite,
    store::{OpenStore, StoreFixture},
};

struct JsonFile;

#[async_trait]
impl StoreFixture for JsonFile {
    async fn open(&self) -> Option<OpenStore> {
        let folder = tempfile::tempdir().ok()?;
        let store = Arc::new(Store::open(folder.path().join("store.json")).ok()?);
        Some(OpenStore { units: store.clone(), index: store, keep: Box::new(folder) })
    }
}

contract_suite!(json_file, JsonFile);
stateful_suite!(json_file_histories, JsonFile, 5);
