//! The organization: its name, how long login sessions last, and its plan.

use askama::Template;
use impersonation_domain::{organization::Organization, plan::Plan, service::UseCaseError};
use poem::handler;

use super::roles::{plan_words, seen};
use crate::{
    failure::Failure,
    form::Form,
    form_errors::FormErrors,
    reply::{Reply, done, html, html_with},
    shell::Shell,
    visit::Visitor,
};

/// The address of the page.
pub(super) const HERE: &str = "/settings/organization";

/// Limits that people choose most.
const LIMITS: [(u16, &str); 8] = [
    (5, "5 minutes"),
    (15, "15 minutes"),
    (30, "30 minutes"),
    (60, "1 hour"),
    (120, "2 hours"),
    (240, "4 hours"),
    (360, "6 hours"),
    (480, "8 hours"),
];

#[derive(Template)]
#[template(path = "administration/organization.html")]
struct OrganizationPage {
    shell: Shell,
    name: String,
    /// The minutes as they were typed or chosen.
    minutes: String,
    /// What can be chosen: minutes, words.
    limits: Vec<(u16, String)>,
    version: u64,
    plan: &'static str,
    plan_text: &'static str,
    has_feature: bool,
    errors: FormErrors,
    /// What somebody else has made of it: the name, the limit.
    theirs: Option<(String, String)>,
}

/// What a plan includes, in one sentence.
fn plan_text(plan: Plan) -> &'static str {
    match plan {
        Plan::Individual => "User impersonation is not part of this plan.",
        Plan::MultiUser => {
            "Includes user impersonation, managed by everybody with the Admin role. Enterprise adds roles of your own."
        }
        Plan::Enterprise => {
            "Includes user impersonation and roles of your own: whoever's role has the permission manages it."
        }
    }
}

fn minutes_words(minutes: u16) -> String {
    let known = LIMITS.iter().find(|(known, _)| *known == minutes);
    known.map_or_else(|| format!("{minutes} minutes"), |(_, words)| (*words).to_owned())
}

/// The choices, with the one that is set even if it is none of the usual ones.
fn limits(now: u16) -> Vec<(u16, String)> {
    let mut limits: Vec<_> =
        LIMITS.iter().map(|(minutes, words)| (*minutes, (*words).to_owned())).collect();
    if !LIMITS.iter().any(|(minutes, _)| *minutes == now) {
        limits.push((now, minutes_words(now)));
        limits.sort_unstable();
    }
    limits
}

fn page(visitor: &Visitor, organization: &Organization) -> OrganizationPage {
    let minutes = organization.login_session_limit().minutes();
    OrganizationPage {
        shell: Shell::of(visitor.visit(), "Organization"),
        name: organization.name().as_str().to_owned(),
        minutes: minutes.to_string(),
        limits: limits(minutes),
        version: organization.version().get(),
        plan: plan_words(organization.plan()),
        plan_text: plan_text(organization.plan()),
        has_feature: organization.plan().includes_impersonation(),
        errors: FormErrors::default(),
        theirs: None,
    }
}

/// The form.
#[handler]
pub(super) async fn show(visitor: Visitor) -> Reply {
    let service = visitor.service().organization();
    service.administer(visitor.credential()).await?;
    let organization = service.get(visitor.credential()).await?;
    html(&page(&visitor, &organization))
}

/// Changes the settings. Where somebody else has changed them meanwhile, the person decides.
#[handler]
pub(super) async fn submit(visitor: Visitor, form: Form) -> Reply {
    let service = visitor.service().organization();
    let organization = service.get(visitor.credential()).await?;
    let mut page = page(&visitor, &organization);
    page.name = form.text("name").to_owned();
    let minutes: Option<u16> = form.parse("minutes");
    if let Some(minutes) = minutes {
        page.minutes = minutes.to_string();
        page.limits = limits(minutes);
    }
    let name = Some(page.name.clone());
    match service.edit(visitor.credential(), seen(&form)?, name, minutes).await {
        Ok(_) => {
            let https = visitor.visit().app().settings().https;
            done(HERE, "The organization's settings are changed.", https)
        }
        Err(error @ UseCaseError::VersionMismatch { .. }) => {
            let limit = minutes_words(organization.login_session_limit().minutes());
            page.theirs = Some((organization.name().as_str().to_owned(), limit));
            html_with(Failure::from(error).status(), &page)
        }
        Err(error) => {
            let failure = page.errors.take(error, &["name", "login_session_minutes"])?;
            html_with(failure.status(), &page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_can_always_be_chosen() {
        assert_eq!(limits(60).len(), LIMITS.len());
        assert!(limits(45).contains(&(45, "45 minutes".to_owned())));
        assert!(limits(45).is_sorted());
    }
}
