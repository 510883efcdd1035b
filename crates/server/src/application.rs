//! Wiring: the use cases over a real store, real files and a real clock.

use std::{io, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use impersonation_domain::{
    ports::{Clock, IdGenerator, OrganizationIndex, SecretGenerator},
    service::{Impersonation, Ports},
};
use impersonation_seaorm::{ConnectSettings, Store};
use tokio::time::timeout;

use crate::{
    adapters::{Argon2idHasher, ObjectFileStore, SystemClock, SystemSecrets, UuidV7Generator},
    folder,
    settings::{DatabaseSettings, FileSettings},
};

/// How long what still uses the store may do so when the process ends.
const CLOSING: Duration = Duration::from_secs(5);

/// Everything that serves and commands work with.
pub(crate) struct Application {
    pub(crate) service: Impersonation,
    pub(crate) index: Arc<dyn OrganizationIndex>,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) secrets: Arc<dyn SecretGenerator>,
    pub(crate) store: Store,
}

impl Application {
    /// Opens store and files to serve: the store is brought up to this version, and the files are
    /// asked whether they are there.
    pub(crate) async fn open(
        database: &DatabaseSettings,
        files: &FileSettings,
    ) -> anyhow::Result<Self> {
        let store = open_store(database).await?;
        let place = &files.url;
        let files = ObjectFileStore::open(place)?;
        files.probe().await.with_context(|| format!("cannot use `{place}` for files"))?;
        Self::over(store, files)
    }

    /// Opens the store for a command, which touches no files.
    pub(crate) async fn open_for_command(database: &DatabaseSettings) -> anyhow::Result<Self> {
        Self::over(open_store(database).await?, ObjectFileStore::in_memory())
    }

    fn over(store: Store, files: ObjectFileStore) -> anyhow::Result<Self> {
        let ids: Arc<dyn IdGenerator> = Arc::new(UuidV7Generator);
        let secrets: Arc<dyn SecretGenerator> = Arc::new(SystemSecrets);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let index: Arc<dyn OrganizationIndex> = Arc::new(store.clone());
        let passwords =
            Argon2idHasher::new().context("the operating system has no randomness to give")?;
        let service = Impersonation::new(Ports {
            units: Arc::new(store.clone()),
            index: Arc::clone(&index),
            clock,
            ids: Arc::clone(&ids),
            secrets: Arc::clone(&secrets),
            passwords: Arc::new(passwords),
            files: Arc::new(files),
        });
        Ok(Self { service, index, ids, secrets, store })
    }

    /// Closes the connections to the store, if nothing holds them for long.
    pub(crate) async fn close(&self) {
        match timeout(CLOSING, self.store.close()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the store did not close in order"),
            Err(_) => tracing::warn!("the store was still in use and is left as it is"),
        }
    }
}

/// Opens the store and brings it up to this version.
pub(crate) async fn open_store(settings: &DatabaseSettings) -> anyhow::Result<Store> {
    let url = &settings.url;
    let address = match url.file() {
        Some(file) => {
            prepare_file(file).with_context(|| format!("cannot use the database `{url}`"))?;
            file.display().to_string()
        }
        None => url.reveal().to_owned(),
    };
    let connect = ConnectSettings {
        max_connections: settings.max_connections,
        ..ConnectSettings::new(address)
    };
    let store = match Store::connect(&connect).await {
        Ok(store) => store,
        Err(error) => {
            let error = anyhow::Error::from(error);
            let error = match url.unreachable().await {
                Some(why) => error.context(why),
                None => error,
            };
            return Err(error.context(format!("cannot use the database `{url}`")));
        }
    };
    store
        .migrate()
        .await
        .with_context(|| format!("cannot bring the database `{url}` up to this version"))?;
    Ok(store)
}

/// Makes the folder and the file of a database, where they are missing, for this user only.
fn prepare_file(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder::create_private(folder.unwrap_or(Path::new(".")))?;
    folder::create_private_file(file)
}
