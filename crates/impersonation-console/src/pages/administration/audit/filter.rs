//! Which events are asked for, as the address says it.

use impersonation_domain::{
    ids::{LoginSessionId, UserId},
    ports::{PageLimit, UserQuery},
    service::{AuditRequest, UseCaseError, UserView},
    time::Timestamp,
};

use crate::{
    failure::Failure,
    form::{Query, moment},
    form_errors::FormErrors,
    format::Person,
    visit::Visitor,
};

/// The fields of the filter.
const FIELDS: [&str; 7] = ["account", "actor", "action", "outcome", "session", "since", "until"];

/// What is asked for, what of it cannot be understood, and how the fields show it.
pub(super) struct Filter {
    pub(super) request: AuditRequest,
    pub(super) errors: FormErrors,
    pub(super) account: String,
    pub(super) actor: String,
    pub(super) action: String,
    pub(super) outcome: String,
    pub(super) session: String,
    pub(super) since: MomentText,
    pub(super) until: MomentText,
    pub(super) is_active: bool,
}

/// A moment as its field has it: in UTC without script, and for script.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct MomentText {
    pub(super) local: String,
    pub(super) utc: String,
}

impl Filter {
    /// Reads the filter. A person is named by their address, their name or their identifier.
    pub(super) async fn read(visitor: &Visitor, query: &Query) -> Result<Self, Failure> {
        let mut errors = FormErrors::default();
        let mut people = [(None, String::new()), (None, String::new())];
        for (place, field) in people.iter_mut().zip(["account", "actor"]) {
            if let Some(text) = query.get(field) {
                *place = match person(visitor, text).await? {
                    Ok((id, shown)) => (Some(id), shown),
                    Err(message) => {
                        errors.add(field, &message);
                        (None, text.to_owned())
                    }
                };
            }
        }
        let [(account_id, account), (actor_id, actor)] = people;
        let session: Option<LoginSessionId> = query.parse("session");
        if query.get("session").is_some() && session.is_none() {
            errors.add("session", "this is not the identifier of a login session");
        }
        let (action, outcome_asked) = (query.parse("action"), outcome(query.get("outcome")));
        for (field, is_known) in
            [("action", action.is_some()), ("outcome", outcome_asked.is_some())]
        {
            if query.get(field).is_some() && !is_known {
                errors.add(field, "there is no such choice; choose another");
            }
        }
        let mut at = |field: &'static str| match moment(query.get(field)) {
            Ok(at) => (at, MomentText::of(at)),
            Err(()) => {
                errors.add(field, "this is no date with a time; choose both");
                (None, MomentText::default())
            }
        };
        let ((since_at, since), (until_at, until)) = (at("since"), at("until"));
        let request = AuditRequest {
            account: account_id,
            actor: actor_id,
            action,
            outcome: outcome_asked,
            login_session: session,
            since: since_at,
            until: until_at,
            before_sequence: None,
            limit: PageLimit::default(),
        };
        Ok(Self {
            action: request.action.map(|one| one.as_str().to_owned()).unwrap_or_default(),
            outcome: request.outcome.map(|one| one.as_str().to_owned()).unwrap_or_default(),
            session: query.get("session").unwrap_or_default().to_owned(),
            is_active: FIELDS.iter().any(|field| query.get(field).is_some()),
            request,
            errors,
            account,
            actor,
            since,
            until,
        })
    }
}

fn outcome(text: Option<&str>) -> Option<impersonation_domain::audit::Outcome> {
    use impersonation_domain::audit::Outcome;
    [Outcome::Allowed, Outcome::Refused].into_iter().find(|one| text == Some(one.as_str()))
}

impl MomentText {
    fn of(at: Option<Timestamp>) -> Self {
        at.map_or_else(Self::default, |at| Self {
            local: at.format("%Y-%m-%dT%H:%M").to_string(),
            utc: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        })
    }
}

/// The person that a text names, and how the field shows them; or why it names none.
async fn person(
    visitor: &Visitor,
    text: &str,
) -> Result<Result<(UserId, String), String>, Failure> {
    let people = visitor.service().people();
    if let Ok(id) = text.parse::<UserId>() {
        // Somebody who has been removed is not listed, but is still in the log.
        return match people.get(visitor.credential(), id).await {
            Ok(view) => Ok(Ok((id, view.user.email().as_str().to_owned()))),
            Err(UseCaseError::NotFound(_)) => Ok(Ok((id, text.to_owned()))),
            Err(error) => Err(error.into()),
        };
    }
    let query =
        UserQuery { search: Some(text.to_owned()), limit: PageLimit::MAX, ..UserQuery::default() };
    let found = people.list(visitor.credential(), query).await?.items;
    Ok(choose(text, &found))
}

/// The one that is meant: by the exact address, by the exact name, or because there is no other.
fn choose(text: &str, found: &[UserView]) -> Result<(UserId, String), String> {
    let same = |one: &str| one.to_lowercase() == text.to_lowercase();
    let answer = |view: &UserView| (view.user.id(), view.user.email().as_str().to_owned());
    if let Some(view) = found.iter().find(|view| same(view.user.email().as_str())) {
        return Ok(answer(view));
    }
    let named: Vec<_> = found.iter().filter(|view| same(view.user.name().as_str())).collect();
    match (named.as_slice(), found) {
        ([view], _) => Ok(answer(view)),
        ([], [view]) => Ok(answer(view)),
        ([], []) => Err(format!("nobody in the organization matches `{text}`")),
        _ => {
            let names: Vec<String> =
                found.iter().take(3).map(|view| Person::from(&view.user).email).collect();
            Err(format!(
                "several people match `{text}`; type an email address, such as {}",
                crate::format::list(&names)
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_from_script_and_from_fields() {
        let at = moment(Some("2026-11-23T10:00:00+01:00")).unwrap().unwrap();
        assert_eq!(MomentText::of(Some(at)).utc, "2026-11-23T09:00:00Z");
        assert_eq!(moment(Some("2026-11-23T09:00")), Ok(Some(at)));
        assert_eq!(moment(None), Ok(None));
        assert_eq!(moment(Some("yesterday")), Err(()));
    }
}
