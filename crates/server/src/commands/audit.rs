//! `audit verify`.

use std::process::ExitCode;

use anyhow::bail;
use impersonation_domain::{organization::Organization, service::Verification};

use crate::{application::Application, cli::VerifyAudit, commands::say};

pub(super) async fn verify(
    application: &Application,
    which: &VerifyAudit,
) -> anyhow::Result<ExitCode> {
    let operator = application.service.operator();
    let mut organizations = operator.organizations().await?;
    if let Some(id) = which.organization {
        organizations.retain(|organization| organization.id() == id);
        if organizations.is_empty() {
            bail!(
                "there is no organization {id}; `impersonation-server organizations list` shows them all"
            );
        }
    }
    let mut code = ExitCode::SUCCESS;
    for organization in &organizations {
        let verification = operator.verify_audit(organization.id()).await?;
        if verification.fault.is_some() {
            code = ExitCode::FAILURE;
        }
        say(&describe(organization, &verification))?;
    }
    if organizations.is_empty() {
        say("There is no organization yet, so there is nothing to verify.")?;
    }
    Ok(code)
}

fn describe(organization: &Organization, verification: &Verification) -> String {
    let name = format!("{} {}", organization.id(), organization.name());
    let Verification { events, head, fault } = verification;
    match fault {
        None => format!("valid   {name}: {events} events, head {}", head.to_hex()),
        Some(fault) => {
            format!("BROKEN  {name}: {fault}; the {events} events before it are in order")
        }
    }
}
