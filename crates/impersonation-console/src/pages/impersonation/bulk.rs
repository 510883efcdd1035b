//! Deleting several grants at once (design rule 3.9).

use askama::Template;
use impersonation_domain::{
    access::AccessType,
    ids::GrantId,
    ports::GrantView,
    service::{Conflict, UseCaseError},
    version::Version,
};
use poem::{
    Request, handler,
    http::{HeaderValue, StatusCode, header},
};

use super::{
    back, back_of,
    list::{self, Removed, Row, csv_file},
};
use crate::{
    failure::Failure,
    form::{Form, Query},
    format::{count, list as list_of, thousands},
    reply::{Reply, done, html, html_with, see_other},
    shell::Shell,
    visit::Visitor,
};

/// From how many on the number has to be typed.
const TYPED_ABOVE: usize = 10;

#[derive(Template)]
#[template(path = "impersonation/bulk.html")]
struct BulkPage {
    shell: Shell,
    back: String,
    rows: Vec<Row>,
    number: String,
    confirmation: String,
    people: String,
    sessions: String,
    has_sessions: bool,
    is_one_session: bool,
    needs_number: bool,
    error: Option<String>,
    /// What has been changed or deleted since the person chose.
    changed: Vec<String>,
}

/// What was chosen: each with the version that the person saw.
fn chosen<'a>(values: impl Iterator<Item = &'a str>) -> Vec<(GrantId, Version)> {
    let one = |text: &str| {
        let (id, version) = text.split_once(':')?;
        let version: u64 = version.parse().ok()?;
        Some((id.parse().ok()?, Version::try_from(version).ok()?))
    };
    values.filter_map(one).collect()
}

/// How many of what was chosen are no more.
fn gone_line(gone: u64) -> String {
    let were = if gone == 1 { "is" } else { "are" };
    format!("{} {were} not there any more.", count(gone, "relationship", "relationships"))
}

/// Which of them has been changed, and how it stands.
fn changed_line(view: &GrantView) -> String {
    let access: Vec<_> = view.grant.access().iter().map(access_words).collect();
    let (grantee, grantor) = (view.grantee.name().as_str(), view.grantor.name().as_str());
    format!("{grantee} acting for {grantor} was changed; now with {}.", list_of(&access))
}

fn access_words(access: AccessType) -> String {
    match access {
        AccessType::Login => "Login Access",
        AccessType::Send => "Send Access",
    }
    .to_owned()
}

/// Back to the list, where nothing of what was chosen is left.
fn nothing_left(visitor: &Visitor, back: &str, chosen: &[(GrantId, Version)]) -> Reply {
    if chosen.is_empty() {
        return see_other(back);
    }
    let https = visitor.visit().app().settings().https;
    done(back, "What you chose had been deleted already.", https)
}

/// The confirmation for those of the chosen that are still there, in their present version.
async fn page(
    visitor: &Visitor,
    chosen: &[(GrantId, Version)],
    back: String,
) -> Result<Option<BulkPage>, Failure> {
    let grants = visitor.service().grants();
    let live = super::live_sessions(visitor).await?;
    let (mut rows, mut items, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    let mut gone = 0;
    for (id, seen) in chosen {
        match grants.get(visitor.credential(), *id).await {
            Ok(view) => {
                if view.grant.version() != *seen {
                    changed.push(changed_line(&view));
                }
                items.push((*id, view.grant.version()));
                let is_live = live.iter().any(|one| super::rests_on(&one.session, *id));
                rows.push(Row::of(&view, is_live));
            }
            Err(UseCaseError::NotFound(_)) => gone += 1,
            Err(error) => return Err(error.into()),
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    if gone > 0 {
        changed.push(gone_line(gone));
    }
    let preview = grants.preview_bulk_delete(visitor.credential(), &items).await?;
    let people = u64::try_from(preview.people.len()).unwrap_or(u64::MAX);
    Ok(Some(BulkPage {
        shell: Shell::of(visitor.visit(), "Delete relationships?"),
        back,
        number: thousands(preview.grants),
        needs_number: rows.len() > TYPED_ABOVE,
        rows,
        confirmation: preview.confirmation,
        people: count(people, "person", "people"),
        sessions: count(preview.sessions_ended, "live session", "live sessions"),
        has_sessions: preview.sessions_ended > 0,
        is_one_session: preview.sessions_ended == 1,
        error: None,
        changed,
    }))
}

/// What would happen.
#[handler]
pub(super) async fn show(visitor: Visitor, query: Query) -> Reply {
    let back = back(query.get("back"));
    let chosen = chosen(query.all("row"));
    match page(&visitor, &chosen, back.clone()).await? {
        Some(page) => html(&page),
        None => nothing_left(&visitor, &back, &chosen),
    }
}

/// Deletes them all, or none.
#[handler]
pub(super) async fn submit(visitor: Visitor, request: &Request, form: Form) -> Reply {
    let chosen = chosen(form.all("row"));
    let back = back_of(&form);
    let Some(mut again) = page(&visitor, &chosen, back.clone()).await? else {
        return nothing_left(&visitor, &back, &chosen);
    };
    if !again.changed.is_empty() {
        return html_with(StatusCode::CONFLICT, &again);
    }
    let typed: String = form.text("number").chars().filter(char::is_ascii_digit).collect();
    if again.needs_number && typed != chosen.len().to_string() {
        again.error = Some(format!("Type {} to confirm.", chosen.len()));
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &again);
    }
    let grants = visitor.service().grants();
    let deleted = grants.bulk_delete(visitor.credential(), &chosen, form.text("confirmation"));
    match deleted.await {
        Ok(deleted) => {
            let number = u64::try_from(deleted.grants.len()).unwrap_or(u64::MAX);
            let ended = match deleted.sessions_ended {
                0 => String::new(),
                number => format!(" {} ended.", count(number, "live session", "live sessions")),
            };
            let text =
                format!("{} deleted.{ended}", count(number, "relationship", "relationships"));
            let common = &visitor.visit().app().settings().common;
            let csv = common.grants_as_csv(&deleted.grants).ok_or(Failure::Internal)?;
            let query = Query::of(&back);
            let remembered = list::remembered(&visitor, request);
            let page =
                list::page(&visitor, &query, remembered, Some(Removed { text, csv })).await?;
            let mut response = html(&page)?;
            // It is the list (RFC 9110, section 8.7): script puts that into the address.
            let address = HeaderValue::from_str(&back).map_err(|_| Failure::Internal)?;
            response.headers_mut().insert(header::CONTENT_LOCATION, address);
            Ok(response)
        }
        Err(
            error @ (UseCaseError::Conflict(Conflict::ConfirmationMismatch)
            | UseCaseError::VersionMismatch { .. }
            | UseCaseError::InItem { .. }),
        ) => {
            // It has changed between the two looks: what is there now is asked for anew.
            let Some(mut again) = page(&visitor, &chosen, back.clone()).await? else {
                return nothing_left(&visitor, &back, &chosen);
            };
            if again.changed.is_empty() {
                again.changed.push("Confirm once more.".to_owned());
            }
            html_with(Failure::UseCase(error).status(), &again)
        }
        Err(error) => Err(error.into()),
    }
}

/// The removed rows, as the page that said so has them: nothing is kept on the server.
#[handler]
pub(super) fn removed(visitor: Visitor, form: Form) -> Reply {
    drop(visitor);
    // Browsers send line breaks of a form as they like; RFC 4180 wants CR LF.
    Ok(csv_file("removed-user-impersonation.csv", form.text("csv").replace('\n', "\r\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_read_with_its_version_and_nothing_else() {
        let id = "0190a5f0-0000-7000-8000-000000000001";
        let read = chosen([format!("{id}:3").as_str()].into_iter());
        let expected: GrantId = id.parse().unwrap();
        assert_eq!(
            read.iter().map(|(id, version)| (*id, version.get())).collect::<Vec<_>>(),
            [(expected, 3)]
        );
        for wrong in [
            id.to_owned(),
            format!("{id}:"),
            format!("{id}:0"),
            format!("{id}:x"),
            "1:1".into(),
            String::new(),
        ] {
            assert!(chosen([wrong.as_str()].into_iter()).is_empty(), "{wrong}");
        }
    }

    #[test]
    fn what_is_gone_is_counted_in_words() {
        assert_eq!(gone_line(1), "1 relationship is not there any more.");
        assert_eq!(gone_line(1_200), "1,200 relationships are not there any more.");
    }
}
