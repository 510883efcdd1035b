//! What a grant would mean, before it is confirmed.

use askama::Template;
use impersonation_domain::{
    access::AccessType, grant::GrantWarning, service::GrantPreview, user::User,
};
use poem::handler;

use super::{
    LIST,
    fields::{Errors, Typed},
};
use crate::{
    failure::Failure,
    form::Form,
    format::{count, list},
    reply::{Reply, html},
    visit::Visitor,
};

/// What a grant would mean.
#[derive(Template, Default)]
#[template(path = "impersonation/preview.html")]
pub(super) struct Preview {
    /// One sentence; empty while it cannot be said yet.
    pub(super) effect: String,
    pub(super) warnings: Vec<String>,
    /// The address of the grant that the two have already.
    pub(super) existing: Option<String>,
}

impl Preview {
    /// What a grant of this kind between these two would mean.
    pub(super) async fn of(
        visitor: &Visitor,
        grantor_email: &str,
        grantee_email: &str,
        access: &[AccessType],
    ) -> Result<Self, Failure> {
        let grants = visitor.service().grants();
        let preview =
            grants.preview(visitor.credential(), grantor_email, grantee_email, access).await?;
        Ok(preview.map(|preview| Self::made(&preview, access)).unwrap_or_default())
    }

    fn made(preview: &GrantPreview, access: &[AccessType]) -> Self {
        let login = access.contains(&AccessType::Login);
        let send = access.contains(&AccessType::Send);
        let (grantor, grantee) = (name(&preview.grantor), name(&preview.grantee));
        let is_protected = preview.grantor.is_protected();
        let mut can = Vec::new();
        if login {
            can.push(format!("log in as {grantor}"));
        }
        if send {
            can.push(format!("send as {grantor} in {}", channels(preview)));
        }
        // What nobody can make is not said to be made.
        let is_possible =
            preview.grantor.is_active() && preview.grantee.is_active() && !is_protected;
        let effect = if can.is_empty() || !is_possible {
            String::new()
        } else {
            format!("{grantee} will be able to {}.", can.join(" and to "))
        };
        let warnings = preview.warnings.iter().map(|warning| said(*warning, grantor, grantee));
        let mut warnings: Vec<_> = warnings.collect();
        if is_protected {
            let text = format!("{grantor}'s account is protected: nobody can act for {grantor}.");
            warnings.insert(0, text);
        }
        for person in [&preview.grantor, &preview.grantee] {
            if !person.is_active() {
                warnings.push(format!("{}'s account is deactivated.", name(person)));
            }
        }
        if login && !send {
            warnings.push(format!(
                "Login Access opens {grantor}'s whole account. If {grantee} only has to send for {grantor}, Send Access is enough."
            ));
        }
        let existing =
            preview.existing.as_ref().map(|grant| format!("{LIST}/grants/{}/edit", grant.id()));
        Self { effect, warnings, existing }
    }
}

fn name(user: &User) -> &str {
    user.name().as_str()
}

fn said(warning: GrantWarning, grantor: &str, grantee: &str) -> String {
    match warning {
        GrantWarning::Reciprocal => {
            format!(
                "{grantor} can already act for {grantee}. Each will be able to use the other's account."
            )
        }
        GrantWarning::AdministratorAccount => format!(
            "{grantor} is an administrator. Login Access will not let {grantee} administer, but all of {grantor}'s messages and files will be open to {grantee}."
        ),
        GrantWarning::NoSharedChannel => {
            format!("{grantor} and {grantee} share no channel, so that nothing can be sent yet.")
        }
        GrantWarning::ToOneself => format!(
            "You are giving yourself access. This is flagged in the audit log, and {grantor} sees it."
        ),
        GrantWarning::Transitive => format!(
            "{grantee} or {grantor} is part of another relationship. Access does not pass on from one to the next."
        ),
    }
}

/// The channels that both are in, by name as far as the viewer may know of them.
pub(super) fn channels(preview: &GrantPreview) -> String {
    let names: Vec<_> =
        preview.shared_channels.iter().map(|channel| channel.name().as_str().to_owned()).collect();
    let hidden =
        preview.shared_channel_count.saturating_sub(u64::try_from(names.len()).unwrap_or(u64::MAX));
    let number = count(preview.shared_channel_count, "shared channel", "shared channels");
    match (names.is_empty(), hidden) {
        (true, _) => number,
        (false, 0) => format!("{number}: {}", list(&names)),
        (false, more) => format!("{number}: {} and {more} more", names.join(", ")),
    }
}

/// The fragment that the form shows while it is being filled in.
#[handler]
pub(super) async fn show(visitor: Visitor, form: Form) -> Reply {
    let typed = Typed::read(&form, &mut Errors::default());
    let (grantor, grantee) = (form.text("grantor_email"), form.text("grantee_email"));
    let mut preview = Preview::of(&visitor, grantor, grantee, &typed.access()).await?;
    if form.is_ticked("version") {
        // An edit: what the two have already is what is edited.
        preview.existing = None;
    }
    html(&preview)
}
