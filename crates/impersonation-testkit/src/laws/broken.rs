//! A law that does not hold.

use std::fmt;

use super::{Decide, Held};
use crate::{reference::Answer, strategies::Case};

/// A law that a procedure breaks, and the case that shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// The law, by the name of its function.
    pub law: &'static str,
    /// The case.
    pub case: Case,
    /// What was answered.
    pub answer: Answer,
    /// The same case with something changed, where the law compares two.
    pub changed: Option<Changed>,
    /// What was expected, in words.
    pub expected: String,
}

/// A case in which something was changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// What was changed, in words.
    pub what: String,
    /// The case then.
    pub case: Case,
    /// What was answered then.
    pub answer: Answer,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, sentence) = self.law.split_once('_').unwrap_or((self.law, ""));
        let (number, sentence) = (number.to_uppercase(), sentence.replace('_', " "));
        writeln!(f, "{number} is broken: {sentence}.\n\n{}", self.case)?;
        writeln!(f, "Answered: {}.", self.answer)?;
        if let Some(Changed { what, case, answer }) = &self.changed {
            writeln!(f, "\nThen {what}:\n\n{case}\nAnswered: {answer}.")?;
        }
        writeln!(f, "Expected: {}.", self.expected)
    }
}

/// One case under one law.
pub(super) struct Trial<'a> {
    law: &'static str,
    decide: &'a Decide<'a>,
    case: &'a Case,
    /// What is answered.
    pub(super) answer: Answer,
}

impl<'a> Trial<'a> {
    pub(super) fn of(law: &'static str, decide: &'a Decide<'a>, case: &'a Case) -> Self {
        Self { law, decide, case, answer: decide(case) }
    }

    pub(super) fn is_permitted(&self) -> bool {
        matches!(self.answer, Answer::Permit(..))
    }

    fn broken(&self, changed: Option<Changed>, expected: &str) -> Held {
        Err(Box::new(Broken {
            law: self.law,
            case: self.case.clone(),
            answer: self.answer,
            changed,
            expected: expected.to_owned(),
        }))
    }

    /// The answer itself must be as it is.
    pub(super) fn demand(&self, is: bool, expected: &str) -> Held {
        if is { Ok(()) } else { self.broken(None, expected) }
    }

    /// The answer to the changed case must be one that fits.
    pub(super) fn then(
        &self,
        what: &str,
        case: Case,
        expected: &str,
        fits: impl FnOnce(Answer) -> bool,
    ) -> Held {
        let answer = (self.decide)(&case);
        if fits(answer) {
            return Ok(());
        }
        self.broken(Some(Changed { what: what.to_owned(), case, answer }), expected)
    }

    /// The changed case must be denied, whatever the case itself.
    pub(super) fn then_denied(&self, what: &str, change: impl FnOnce(&mut Case)) -> Held {
        let mut case = self.case.clone();
        change(&mut case);
        self.then(what, case, "a denial", |answer| matches!(answer, Answer::Deny(_)))
    }

    /// The changed case must be answered like the case itself.
    pub(super) fn then_the_same(&self, what: &str, case: Case) -> Held {
        self.then(what, case, "the same answer", |answer| answer == self.answer)
    }
}
