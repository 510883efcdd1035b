//! Doing what was typed.

mod audit;
mod migrate;
mod organizations;

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;

use crate::{
    application::Application,
    cli::{AuditCommand, Cli, Command, OrganizationsCommand, ServeFlags},
    logging, serve,
    settings::{Loaded, load},
};

/// Does what was typed. What goes wrong is told on standard error, in sentences.
#[must_use]
pub fn run(cli: &Cli) -> ExitCode {
    match try_run(cli) {
        Ok(code) => code,
        Err(error) => {
            let message = explain(&error);
            // Nobody is left to tell where this fails.
            drop(io::stderr().write_all(message.as_bytes()));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes, a line each. Some libraries repeat a cause in the error above it; such
/// a cause is left out.
fn explain(error: &anyhow::Error) -> String {
    let mut message = format!("error: {error}\n");
    let mut above = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !above.ends_with(&cause) {
            message.push_str(&format!("  because: {cause}\n"));
            above = cause;
        }
    }
    message
}

fn try_run(cli: &Cli) -> anyhow::Result<ExitCode> {
    // One TLS provider for the whole process, named before anything makes a connection.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider is installed already");
    }
    if let Command::Openapi = cli.command {
        say(&impersonation_http::openapi_document())?;
        return Ok(ExitCode::SUCCESS);
    }
    let Loaded { settings, set } = load(cli.common.config.as_deref(), variables(), &cli.flags())?;
    match &cli.command {
        Command::CheckConfig(flags) => {
            serve::check(&settings, &set, flags.demo)?;
            logging::filter(&settings.log)?;
            say(&settings.to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Serve(ServeFlags { demo, .. }) => {
            serve::check(&settings, &set, *demo)?;
            logging::begin(&settings.log)?;
            return in_runtime(serve::run(settings, *demo));
        }
        _ => {}
    }
    logging::begin(&settings.log.for_commands())?;
    in_runtime(async {
        if let Command::Migrate = cli.command {
            return migrate::run(&settings.database).await;
        }
        let application = Application::open_for_command(&settings.database).await?;
        let done = match &cli.command {
            Command::Organizations(OrganizationsCommand::Create(new)) => {
                organizations::create(&application, new).await
            }
            Command::Organizations(OrganizationsCommand::List(list)) => {
                organizations::list(&application, list).await
            }
            Command::Organizations(OrganizationsCommand::SetPlan(set)) => {
                organizations::set_plan(&application, set).await
            }
            Command::Audit(AuditCommand::Verify(verify)) => {
                audit::verify(&application, verify).await
            }
            Command::Serve(_) | Command::Migrate | Command::Openapi | Command::CheckConfig(_) => {
                Ok(ExitCode::SUCCESS)
            }
        };
        application.close().await;
        done
    })
}

/// The variables of the environment whose name and value are text; ours are.
fn variables() -> Vec<(String, String)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn in_runtime(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads of the server")?
        .block_on(work)
}

/// Prints on standard output.
pub(crate) fn say(text: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { output.write_all(b"\n") })
        .and_then(|()| output.flush())
        .context("cannot write to standard output")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_each_cause_once() {
        let error = anyhow::anyhow!("no such host")
            .context("connection failed: no such host")
            .context("no database");
        let told = "error: no database\n  because: connection failed: no such host\n";
        assert_eq!(explain(&error), told);
    }
}
