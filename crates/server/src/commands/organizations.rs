//! `organizations create`, `list` and `set-plan`.

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use anyhow::{Context, bail};
use chrono::SecondsFormat;
use comfy_table::{Table, presets::UTF8_NO_BORDERS};
use impersonation_domain::{audit::Origin, organization::Organization, service::NewOrganization};
use serde::Serialize;

use crate::{
    application::Application,
    cli::{CreateOrganization, ListOrganizations, Output, SetPlan},
    commands::say,
};

/// An organization as it is listed.
#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    plan: String,
    created_at: String,
}

impl From<&Organization> for Row {
    fn from(organization: &Organization) -> Self {
        Self {
            id: organization.id().to_string(),
            name: organization.name().to_string(),
            plan: organization.plan().to_string(),
            created_at: organization
                .record()
                .created_at
                .to_rfc3339_opts(SecondsFormat::Micros, true),
        }
    }
}

pub(super) async fn create(
    application: &Application,
    new: &CreateOrganization,
) -> anyhow::Result<ExitCode> {
    let new = NewOrganization {
        name: new.name.clone(),
        plan: new.plan,
        admin_name: new.admin_name.clone(),
        admin_email: new.admin_email.clone(),
        admin_password: password(new.password_stdin)?,
    };
    let created = application
        .service
        .operator()
        .create_organization(new, false, &origin(application))
        .await?;
    let (organization, admin) = (created.organization, created.admin);
    say(&format!(
        "{} ({}) is made: {}. {} is its administrator.",
        organization.name(),
        organization.plan(),
        organization.id(),
        admin.email()
    ))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn list(
    application: &Application,
    list: &ListOrganizations,
) -> anyhow::Result<ExitCode> {
    let organizations = application.service.operator().organizations().await?;
    let rows: Vec<Row> = organizations.iter().map(Row::from).collect();
    let text = match list.output {
        Output::Table => table(rows),
        Output::Json => serde_json::to_string_pretty(&rows)?,
        Output::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in rows {
                writer.serialize(row)?;
            }
            String::from_utf8(writer.into_inner()?)?
        }
    };
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn set_plan(application: &Application, set: &SetPlan) -> anyhow::Result<ExitCode> {
    let operator = application.service.operator();
    let organization = operator.set_plan(set.organization, set.plan, &origin(application)).await?;
    say(&format!("{} is on the plan {}.", organization.name(), organization.plan()))?;
    Ok(ExitCode::SUCCESS)
}

fn table(rows: Vec<Row>) -> String {
    if rows.is_empty() {
        return "There is no organization yet. `impersonation-server organizations create --help` says how to make one."
            .to_owned();
    }
    let mut table = Table::new();
    table.load_style(UTF8_NO_BORDERS).set_header(["id", "name", "plan", "created"]);
    for row in rows {
        table.add_row([row.id, row.name, row.plan, row.created_at]);
    }
    table.to_string()
}

/// Where the command came from, as the audit log tells it: one identifier for the whole command.
fn origin(application: &Application) -> Origin {
    Origin { request_id: Some(format!("command-{}", application.ids.next())), source_address: None }
}

fn password(from_stdin: bool) -> anyhow::Result<String> {
    if from_stdin {
        let mut line = String::new();
        io::stdin().read_line(&mut line).context("cannot read the password from standard input")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !io::stdin().is_terminal() {
        bail!("there is nobody to ask for the password; give it with `--password-stdin`");
    }
    let password =
        rpassword::prompt_password("Password of the administrator (12 characters or more): ")?;
    if password != rpassword::prompt_password("The same again: ")? {
        bail!("the two are not the same; nothing was made");
    }
    Ok(password)
}
