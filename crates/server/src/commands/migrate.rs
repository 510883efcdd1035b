//! `migrate`.

use std::process::ExitCode;

use crate::{application, commands::say, settings::DatabaseSettings};

pub(super) async fn run(database: &DatabaseSettings) -> anyhow::Result<ExitCode> {
    let store = application::open_store(database).await?;
    store.close().await?;
    say(&format!("{} is at this version.", database.url))?;
    Ok(ExitCode::SUCCESS)
}
