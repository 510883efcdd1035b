//! The log, on standard error.

use std::io;

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

use crate::settings::{LogFormat, LogSettings};

/// Begins to log.
pub(crate) fn begin(settings: &LogSettings) -> anyhow::Result<()> {
    let filter: EnvFilter = settings.filter.parse().with_context(|| {
        format!(
            "`log.filter` is `{}`; write one such as `info` or `warn,poem=debug`",
            settings.filter
        )
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_span_events(FmtSpan::NONE);
    let begun = match settings.format {
        LogFormat::Text => log.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| anyhow::anyhow!(error))
}
