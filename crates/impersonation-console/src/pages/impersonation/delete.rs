//! Deleting a grant.

use askama::Template;
use impersonation_domain::{
    ids::GrantId, ports::GrantView, service::UseCaseError, version::Version,
};
use poem::{handler, web::Path};

use super::{
    LIST, back, back_of,
    fields::{Errors, Typed},
    find,
    list::sessions_on,
    or_gone,
    preview::channels,
};
use crate::{
    failure::Failure,
    form::{Form, Query},
    format::{Moment, Person, count},
    reply::{Reply, done, html, html_with},
    shell::Shell,
    visit::Visitor,
};

#[derive(Template)]
#[template(path = "impersonation/delete.html")]
struct DeletePage {
    shell: Shell,
    back: String,
    action: String,
    grantee: Person,
    grantor: Person,
    version: u64,
    sessions: Vec<Moment>,
    channels: Option<String>,
    now: Typed,
    /// How it stood when the person looked, where it has been changed since.
    before: Option<Typed>,
}

async fn page(visitor: &Visitor, view: &GrantView, back: String) -> Result<DeletePage, Failure> {
    let access: Vec<_> = view.grant.access().iter().collect();
    let grants = visitor.service().grants();
    let (grantor, grantee) = (view.grantor.email().as_str(), view.grantee.email().as_str());
    let sends = access.contains(&impersonation_domain::access::AccessType::Send);
    let preview = grants.preview(visitor.credential(), grantor, grantee, &access).await?;
    let sessions = sessions_on(visitor, &[view.grant.id()]).await?;
    Ok(DeletePage {
        shell: Shell::of(visitor.visit(), "Delete this relationship?"),
        back,
        action: format!("{LIST}/grants/{}/delete", view.grant.id()),
        grantee: (&view.grantee).into(),
        grantor: (&view.grantor).into(),
        version: view.grant.version().get(),
        sessions: sessions.into_iter().map(|(.., since)| since).collect(),
        channels: preview
            .filter(|preview| sends && preview.shared_channel_count > 0)
            .map(|preview| channels(&preview)),
        now: Typed::of(&view.grant),
        before: None,
    })
}

/// What would end with it.
#[handler]
pub(super) async fn show(visitor: Visitor, Path(id): Path<GrantId>, query: Query) -> Reply {
    let back = back(query.get("back"));
    match find(&visitor, id, &back).await {
        Ok(view) => html(&page(&visitor, &view, back).await?),
        Err(gone) => gone,
    }
}

/// Deletes the grant, in the version that the person saw.
#[handler]
pub(super) async fn submit(visitor: Visitor, Path(id): Path<GrantId>, form: Form) -> Reply {
    let view = match find(&visitor, id, &back_of(&form)).await {
        Ok(view) => view,
        Err(gone) => return gone,
    };
    let grants = visitor.service().grants();
    let seen = form.parse::<u64>("version").and_then(|version| Version::try_from(version).ok());
    let seen = seen.ok_or(Failure::NotFound)?;
    match grants.delete(visitor.credential(), id, seen).await {
        Ok(ended) => {
            let (grantee, grantor) = (view.grantee.name().as_str(), view.grantor.name().as_str());
            let ended = match ended {
                0 => String::new(),
                number => format!(" {} ended.", count(number, "login session", "login sessions")),
            };
            let notice = format!("{grantee} can no longer act for {grantor}.{ended}");
            let https = visitor.visit().app().settings().https;
            done(&back_of(&form), &notice, https)
        }
        Err(error @ UseCaseError::VersionMismatch { .. }) => {
            // It may have been deleted in between.
            let view = match find(&visitor, id, &back_of(&form)).await {
                Ok(view) => view,
                Err(gone) => return gone,
            };
            let mut page = page(&visitor, &view, back_of(&form)).await?;
            page.before = Some(Typed::read(&form, &mut Errors::default()));
            html_with(Failure::UseCase(error).status(), &page)
        }
        Err(error) => or_gone(&visitor, error, &back_of(&form)),
    }
}
