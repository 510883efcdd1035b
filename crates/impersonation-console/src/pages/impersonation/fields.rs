//! The fields of a grant's form, as they are typed and as they are shown.

use std::collections::BTreeMap;

use impersonation_domain::{
    access::AccessType,
    grant::Grant,
    service::{EditGrant, UseCaseError},
    text::Reason,
    time::Timestamp,
};

use crate::{
    failure::sentence,
    form::{Form, moment},
    format::Moment,
};

/// What is wrong, by field.
#[derive(Debug, Clone, Default)]
pub(super) struct Errors(BTreeMap<&'static str, String>);

impl Errors {
    /// What is wrong with this field.
    pub(super) fn of(&self, field: &str) -> Option<&String> {
        self.0.get(field)
    }

    /// Notes what is wrong with a field.
    pub(super) fn add(&mut self, field: &'static str, message: &str) {
        self.0.insert(field, sentence(message));
    }

    /// Notes what a use case found wrong; what belongs to no field of the form stands above it.
    pub(super) fn add_use_case(&mut self, error: &UseCaseError) {
        const FIELDS: [&str; 6] =
            ["grantor_email", "grantee_email", "access", "reason", "starts_at", "expires_at"];
        let field = error.field().and_then(|field| FIELDS.iter().find(|known| **known == field));
        self.add(field.copied().unwrap_or("form"), &error.to_string());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A moment in a field: as `datetime-local` has it, in UTC, for script in RFC 3339, and for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MomentField {
    pub(super) local: String,
    pub(super) utc: String,
    pub(super) human: String,
}

impl MomentField {
    fn of(at: Option<Timestamp>) -> Self {
        at.map_or_else(Self::default, |at| Self {
            local: at.format("%Y-%m-%dT%H:%M").to_string(),
            utc: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            human: Moment::from(at).human,
        })
    }
}

/// What somebody has typed into the form of a grant.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) login: bool,
    pub(super) send: bool,
    pub(super) reason: String,
    pub(super) starts_at: MomentField,
    pub(super) expires_at: MomentField,
    starts: Option<Timestamp>,
    expires: Option<Timestamp>,
}

impl Typed {
    /// What a form has, and what cannot be read of it.
    pub(super) fn read(form: &Form, errors: &mut Errors) -> Self {
        let mut at = |field: &'static str| {
            let typed = form.filled(field);
            let parsed = moment(typed);
            if parsed.is_err() {
                errors.add(field, "this is no date with a time; choose both");
            }
            let shown = match parsed {
                Ok(at) => MomentField::of(at),
                Err(()) => MomentField::default(),
            };
            (parsed.ok().flatten(), shown)
        };
        let (starts, starts_at) = at("starts_at");
        let (expires, expires_at) = at("expires_at");
        Self {
            login: form.is_ticked("login"),
            send: form.is_ticked("send"),
            reason: form.text("reason").to_owned(),
            starts_at,
            expires_at,
            starts,
            expires,
        }
    }

    /// What a grant has now.
    pub(super) fn of(grant: &Grant) -> Self {
        let record = grant.record();
        let (starts, expires) = (record.window.starts_at(), record.window.expires_at());
        Self {
            login: record.access.contains(AccessType::Login),
            send: record.access.contains(AccessType::Send),
            reason: record.reason.as_ref().map(Reason::as_str).unwrap_or_default().to_owned(),
            starts_at: MomentField::of(starts),
            expires_at: MomentField::of(expires),
            starts,
            expires,
        }
    }

    pub(super) fn access(&self) -> Vec<AccessType> {
        let all = [(self.login, AccessType::Login), (self.send, AccessType::Send)];
        all.into_iter().filter(|(ticked, _)| *ticked).map(|(_, access)| access).collect()
    }

    pub(super) fn reason(&self) -> Option<String> {
        Some(self.reason.trim().to_owned()).filter(|reason| !reason.is_empty())
    }

    pub(super) fn starts(&self) -> Option<Timestamp> {
        self.starts
    }

    pub(super) fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Whether something beside the access types is typed, so that it is not to be hidden.
    pub(super) fn has_more(&self) -> bool {
        !self.reason.is_empty() || !self.starts_at.utc.is_empty() || !self.expires_at.utc.is_empty()
    }

    /// The change that makes a grant like this. Minutes are typed: a moment that is the same to the
    /// minute is left as it is.
    pub(super) fn as_edit_of(&self, grant: &Grant) -> EditGrant {
        let now = Self::of(grant);
        let changed =
            |typed: &MomentField, now: &MomentField, at| (typed.local != now.local).then_some(at);
        EditGrant {
            access: Some(self.access()),
            reason: (self.reason().unwrap_or_default() != now.reason).then(|| self.reason()),
            starts_at: changed(&self.starts_at, &now.starts_at, self.starts),
            expires_at: changed(&self.expires_at, &now.expires_at, self.expires),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_script_sends_it_and_as_it_is_typed_without() {
        let read = |text| moment(Some(text)).map(|at| at.unwrap().to_rfc3339());
        assert_eq!(read("2026-11-23T10:00:00.000Z").unwrap(), "2026-11-23T10:00:00+00:00");
        assert_eq!(read("2026-11-23T10:00:00+02:00").unwrap(), "2026-11-23T08:00:00+00:00");
        assert_eq!(read("2026-11-23T10:00").unwrap(), "2026-11-23T10:00:00+00:00");
        assert_eq!(moment(None), Ok(None));
        for wrong in ["tomorrow", "2026-11-23", "2026-13-01T10:00", "10:00"] {
            assert_eq!(moment(Some(wrong)), Err(()), "{wrong}");
        }
    }
}
