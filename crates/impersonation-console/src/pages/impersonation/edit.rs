//! Changing a grant.

use askama::Template;
use impersonation_domain::{
    ids::GrantId,
    ports::GrantView,
    service::{EditedGrant, UseCaseError},
    version::Version,
};
use poem::{handler, web::Path};

use super::{
    LIST, back, back_of,
    fields::{Errors, Typed},
    find,
    new::is_about_the_form,
    or_gone,
    preview::Preview,
};
use crate::{
    failure::Failure,
    form::{Form, Query},
    format::{Person, count},
    reply::{Reply, done, html, html_with},
    shell::Shell,
    visit::Visitor,
};

#[derive(Template)]
#[template(path = "impersonation/edit.html")]
struct EditPage {
    shell: Shell,
    back: String,
    action: String,
    delete: String,
    grantee: Person,
    grantor: Person,
    version: u64,
    typed: Typed,
    preview: Preview,
    errors: Errors,
    /// What somebody else has made of it meanwhile.
    theirs: Option<Typed>,
    is_emptied: bool,
}

async fn page(
    visitor: &Visitor,
    view: &GrantView,
    back: String,
    typed: Typed,
) -> Result<EditPage, Failure> {
    let (grantor, grantee) = (view.grantor.email().as_str(), view.grantee.email().as_str());
    let mut preview = Preview::of(visitor, grantor, grantee, &typed.access()).await?;
    // It is this very grant.
    preview.existing = None;
    let address = format!("{LIST}/grants/{}", view.grant.id());
    Ok(EditPage {
        shell: Shell::of(visitor.visit(), "Edit access"),
        action: format!("{address}/edit"),
        delete: Query::default().with(&format!("{address}/delete"), &[("back", Some(&back))]),
        back,
        grantee: (&view.grantee).into(),
        grantor: (&view.grantor).into(),
        version: view.grant.version().get(),
        typed,
        preview,
        errors: Errors::default(),
        theirs: None,
        is_emptied: false,
    })
}

/// The form.
#[handler]
pub(super) async fn show(visitor: Visitor, Path(id): Path<GrantId>, query: Query) -> Reply {
    let back = back(query.get("back"));
    let view = match find(&visitor, id, &back).await {
        Ok(view) => view,
        Err(gone) => return gone,
    };
    let typed = Typed::of(&view.grant);
    html(&page(&visitor, &view, back, typed).await?)
}

/// Changes the grant. Where somebody else has changed it meanwhile, both states are shown and the
/// person decides.
#[handler]
pub(super) async fn submit(visitor: Visitor, Path(id): Path<GrantId>, form: Form) -> Reply {
    let view = match find(&visitor, id, &back_of(&form)).await {
        Ok(view) => view,
        Err(gone) => return gone,
    };
    let grants = visitor.service().grants();
    let mut errors = Errors::default();
    let typed = Typed::read(&form, &mut errors);
    let mut page = page(&visitor, &view, back_of(&form), typed).await?;
    page.errors = errors;
    let seen: Option<Version> =
        form.parse::<u64>("version").and_then(|version| Version::try_from(version).ok());
    let seen = seen.ok_or(Failure::NotFound)?;
    page.is_emptied = page.typed.access().is_empty();
    if page.is_emptied {
        page.errors
            .add("access", "choose at least one; to take all access away, delete it instead");
    }
    if !page.errors.is_empty() {
        page.version = seen.get();
        return html_with(poem::http::StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let edit = page.typed.as_edit_of(&view.grant);
    match grants.edit(visitor.credential(), id, seen, edit).await {
        Ok(EditedGrant { view, sessions_ended }) => {
            let ended = match sessions_ended {
                0 => String::new(),
                number => format!(" {} ended.", count(number, "login session", "login sessions")),
            };
            let (grantee, grantor) = (view.grantee.name().as_str(), view.grantor.name().as_str());
            let notice = format!("{grantee}'s access to {grantor}'s account is changed.{ended}");
            let https = visitor.visit().app().settings().https;
            done(&page.back, &notice, https)
        }
        Err(error @ UseCaseError::VersionMismatch { .. }) => {
            page.theirs = Some(Typed::of(&view.grant));
            html_with(Failure::UseCase(error).status(), &page)
        }
        Err(error) if is_about_the_form(&error) => {
            page.errors.add_use_case(&error);
            html_with(Failure::UseCase(error).status(), &page)
        }
        Err(error) => or_gone(&visitor, error, &page.back),
    }
}
