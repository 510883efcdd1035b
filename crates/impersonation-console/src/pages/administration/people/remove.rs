//! Removing a person for good, with everything that ends with it.

use askama::Template;
use impersonation_domain::{
    ids::UserId,
    ports::PageLimit,
    role::Permission,
    service::{GrantListRequest, LoginSessionView, UseCaseError, UserView},
};
use poem::{handler, web::Path};

use super::{super::roles::seen, LIST, back, back_of, finish};
use crate::{
    failure::{Failure, sentence},
    form::{Form, Query},
    format::{Person, count},
    reply::{Reply, html, html_with},
    shell::Shell,
    visit::Visitor,
};

#[derive(Template)]
#[template(path = "administration/person_remove.html")]
struct RemovePage {
    shell: Shell,
    back: String,
    action: String,
    user: Person,
    version: u64,
    /// What ends, as far as the caller may know of it.
    sessions: Vec<String>,
    grants: Option<String>,
    knows_all: bool,
    error: Option<String>,
}

async fn page(visitor: &Visitor, view: &UserView, back: String) -> Result<RemovePage, Failure> {
    let id = view.user.id();
    let has_feature = visitor.me().organization.plan().includes_impersonation();
    let knows_all = has_feature && visitor.may(Permission::ManageUserImpersonation);
    let (sessions, grants) =
        if knows_all { involved(visitor, id).await? } else { (Vec::new(), None) };
    Ok(RemovePage {
        shell: Shell::of(visitor.visit(), "Remove this person?"),
        back,
        action: format!("{LIST}/{id}/remove"),
        user: (&view.user).into(),
        version: view.user.version().get(),
        sessions,
        grants,
        knows_all: knows_all || !has_feature,
        error: None,
    })
}

/// The live sessions and the grants that the person is part of.
async fn involved(visitor: &Visitor, id: UserId) -> Result<(Vec<String>, Option<String>), Failure> {
    let (service, credential) = (visitor.service(), visitor.credential());
    let live = service.login_sessions();
    let live = live.list(credential, Some(true), None, PageLimit::MAX).await?.items;
    let involves = |view: &&LoginSessionView| view.actor.id() == id || view.subject.id() == id;
    let named = |view: &LoginSessionView| {
        format!("{} as {}", view.actor.name().as_str(), view.subject.name().as_str())
    };
    let sessions = live.iter().filter(involves).map(named).collect();
    let mut number = 0_usize;
    let mut has_more = false;
    for (grantor, grantee) in [(Some(id), None), (None, Some(id))] {
        let request = GrantListRequest {
            grantor,
            grantee,
            limit: PageLimit::MAX,
            ..GrantListRequest::default()
        };
        let page = service.grants().list(credential, request).await?;
        number = number.saturating_add(page.items.len());
        has_more |= page.next.is_some();
    }
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    let text = count(number, "relationship", "relationships");
    let text = if has_more { format!("More than {text}") } else { text };
    Ok((sessions, (number > 0).then_some(text)))
}

/// What would end.
#[handler]
pub(in crate::pages::administration) async fn show(
    visitor: Visitor,
    Path(id): Path<UserId>,
    query: Query,
) -> Reply {
    visitor.service().organization().administer(visitor.credential()).await?;
    let view = visitor.service().people().get(visitor.credential(), id).await?;
    html(&page(&visitor, &view, back(query.get("back"))).await?)
}

/// Removes the person.
#[handler]
pub(in crate::pages::administration) async fn submit(
    visitor: Visitor,
    Path(id): Path<UserId>,
    form: Form,
) -> Reply {
    let people = visitor.service().people();
    let view = people.get(visitor.credential(), id).await?;
    let name = view.user.name().as_str();
    match people.remove(visitor.credential(), id, seen(&form)?).await {
        Ok(()) => finish(&visitor, &form, &format!("{name} is removed.")),
        Err(error) => {
            let reason = match &error {
                UseCaseError::VersionMismatch { .. } => {
                    format!("somebody changed {name} meanwhile, so nothing was done; look again")
                }
                UseCaseError::Conflict(_) => error.to_string(),
                _ => return Err(error.into()),
            };
            let mut page = page(&visitor, &view, back_of(&form)).await?;
            page.error = Some(sentence(&reason));
            html_with(Failure::from(error).status(), &page)
        }
    }
}
