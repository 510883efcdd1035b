//! What an operator types.

mod help;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use impersonation_domain::{ids::OrganizationId, plan::Plan};

use crate::settings::Flags;

/// Delegated access between the users of one organization, without sharing credentials.
#[derive(Debug, Parser)]
#[command(name = "impersonation-server", version, about, long_about = help::ABOUT, after_long_help = help::EXAMPLES)]
#[command(propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Flags that every command takes.
    #[command(flatten)]
    pub common: CommonFlags,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct CommonFlags {
    /// Read settings from this TOML file
    #[arg(long, value_name = "FILE", env = "IMP_CONFIG", global = true, help_heading = "Settings")]
    pub config: Option<PathBuf>,

    /// Use this database: `sqlite:PATH` or `postgres://user:password@host/database`
    ///
    /// What stands on a command line can be seen by other users of the machine; put an address with
    /// a password into the file or into IMP_DATABASE__URL.
    #[arg(long, value_name = "URL", global = true, help_heading = "Settings")]
    pub database: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    #[command(after_long_help = help::SERVE)]
    Serve(ServeFlags),
    /// Bring the database up to this version, and stop
    #[command(after_long_help = help::MIGRATE)]
    Migrate,
    /// Print the description of the JSON API (OpenAPI 3.0)
    #[command(after_long_help = help::OPENAPI)]
    Openapi,
    /// Say whether the settings are readable and safe, and print them without their secrets
    #[command(after_long_help = help::CHECK_CONFIG)]
    CheckConfig(ServeFlags),
    /// Make, list and change organizations
    #[command(subcommand, after_long_help = help::ORGANIZATIONS)]
    Organizations(OrganizationsCommand),
    /// Check the audit log
    #[command(subcommand, after_long_help = help::AUDIT)]
    Audit(AuditCommand),
}

/// How to serve.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeFlags {
    /// Serve the API on this address (port 0: any free one)
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,

    /// Serve the metrics on this address (port 0: any free one)
    #[arg(long, value_name = "ADDR:PORT")]
    pub metrics_listen: Option<SocketAddr>,

    /// Serve a throw-away store with demo people, and remove it at the end
    #[arg(long)]
    pub demo: bool,
}

/// What to do with organizations.
#[derive(Debug, Subcommand)]
pub enum OrganizationsCommand {
    /// Make an organization and its first administrator, whose password is asked for
    #[command(after_long_help = help::ORGANIZATIONS_CREATE)]
    Create(CreateOrganization),
    /// List all organizations
    List(ListOrganizations),
    /// Put an organization on another plan; what the plan excludes ends at once
    #[command(after_long_help = help::ORGANIZATIONS_SET_PLAN)]
    SetPlan(SetPlan),
}

/// The organization to make.
#[derive(Debug, Args)]
pub struct CreateOrganization {
    /// What it is called
    #[arg(long)]
    pub name: String,
    /// Its plan: individual, multi_user or enterprise
    #[arg(long, value_name = "PLAN")]
    pub plan: Plan,
    /// What its first administrator is called
    #[arg(long)]
    pub admin_name: String,
    /// The administrator's email address
    #[arg(long, value_name = "EMAIL")]
    pub admin_email: String,
    /// Read the administrator's password from the first line of standard input instead of asking
    #[arg(long)]
    pub password_stdin: bool,
}

/// How to list.
#[derive(Debug, Args)]
pub struct ListOrganizations {
    /// How to print them
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// A form to print in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// The plan to set.
#[derive(Debug, Args)]
pub struct SetPlan {
    /// Which organization: its identifier
    #[arg(long, value_name = "ID")]
    pub organization: OrganizationId,
    /// Its new plan: individual, multi_user or enterprise
    #[arg(long, value_name = "PLAN")]
    pub plan: Plan,
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Read every event and check that none was changed, removed or added
    #[command(after_long_help = help::AUDIT_VERIFY)]
    Verify(VerifyAudit),
}

/// What to verify.
#[derive(Debug, Args)]
pub struct VerifyAudit {
    /// Only this organization: its identifier
    #[arg(long, value_name = "ID")]
    pub organization: Option<OrganizationId>,
}

impl Cli {
    /// What the flags set.
    #[must_use]
    pub fn flags(&self) -> Flags {
        let flags = Flags::default().with("database.url", self.common.database.clone());
        match &self.command {
            Command::Serve(serve) | Command::CheckConfig(serve) => flags
                .with("listen", serve.listen.map(|address| address.to_string()))
                .with("metrics_listen", serve.metrics_listen.map(|address| address.to_string())),
            _ => flags,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
