//! What is wrong with a form, by field.

use std::collections::BTreeMap;

use impersonation_domain::service::{ErrorClass, UseCaseError};

use crate::failure::{Failure, sentence};

/// The place for what belongs to no field: above the form.
const WHOLE: &str = "form";

/// What is wrong with a form, by field.
#[derive(Debug, Clone, Default)]
pub(crate) struct FormErrors(BTreeMap<String, String>);

impl FormErrors {
    /// What is wrong with this field.
    pub(crate) fn of(&self, field: &str) -> Option<&String> {
        self.0.get(field)
    }

    /// What is wrong with the form as a whole.
    pub(crate) fn whole(&self) -> Option<&String> {
        self.of(WHOLE)
    }

    /// Notes what is wrong with a field.
    pub(crate) fn add(&mut self, field: &str, message: &str) {
        self.0.insert(field.to_owned(), sentence(message));
    }

    /// Takes an error that the person can mend in the form, for one of its fields or for the whole.
    /// Any other comes back.
    pub(crate) fn take(
        &mut self,
        error: UseCaseError,
        fields: &[&str],
    ) -> Result<Failure, Failure> {
        if !matches!(error.class(), ErrorClass::Invalid | ErrorClass::Conflict) {
            return Err(error.into());
        }
        let place = match error.code() {
            "email_taken" => Some("email"),
            "name_taken" => Some("name"),
            _ => error.field(),
        };
        let place = place.filter(|field| fields.contains(field)).unwrap_or(WHOLE);
        self.add(place, &error.to_string());
        Ok(error.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use impersonation_domain::service::{Conflict, Resource};

    use super::*;

    #[test]
    fn an_error_stands_beside_its_field_where_there_is_one() {
        let mut errors = FormErrors::default();
        let taken = || UseCaseError::from(Conflict::EmailTaken);
        assert!(errors.take(taken(), &["name", "email"]).is_ok());
        assert!(errors.of("email").is_some_and(|text| text.ends_with('.')));
        assert!(errors.whole().is_none());
        assert!(errors.take(Conflict::LastAdministrator.into(), &["name"]).is_ok());
        assert!(errors.whole().is_some());
    }

    #[test]
    fn what_nobody_can_mend_in_a_form_comes_back() {
        let mut errors = FormErrors::default();
        assert!(errors.take(UseCaseError::NotFound(Resource::Role), &["name"]).is_err());
        assert!(errors.is_empty());
    }
}
