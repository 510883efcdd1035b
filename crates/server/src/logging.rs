//! The log, on standard error.

use std::{
    io::{self, IsTerminal},
    panic,
};

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, LogSettings};

/// Begins to log.
pub(crate) fn begin(settings: &LogSettings) -> anyhow::Result<()> {
    let log = tracing_subscriber::fmt().with_env_filter(filter(settings)?).with_writer(io::stderr);
    let begun = match settings.format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| anyhow::anyhow!(error))?;
    // A fault in one request is a line like every other; the server goes on.
    panic::set_hook(Box::new(|fault| tracing::error!(%fault, "a fault in the program")));
    Ok(())
}

/// What is logged.
pub(crate) fn filter(settings: &LogSettings) -> anyhow::Result<EnvFilter> {
    let text = &settings.filter;
    text.parse().with_context(|| {
        format!("`log.filter` is `{text}`; write one such as `info` or `warn,poem=debug`")
    })
}
