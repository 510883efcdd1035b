//! Laws about the answer as such.

use std::panic::{AssertUnwindSafe, catch_unwind};

use impersonation_domain::{
    policy::{LogIn, Rule, SendAs},
    time::Timestamp,
};

use super::{Broken, Decide, Held, broken::Trial};
use crate::{
    agreement::translate,
    reference::{self, Answer},
    strategies::{Case, Question},
};

/// D1: permitted exactly where one live grant justifies it, by that grant, and else denied for the
/// first reason, as [`mod@crate::reference`] says.
///
/// # Errors
/// Where the answer is another.
pub fn d1_it_is_as_the_model_says(decide: &Decide<'_>, case: &Case) -> Held {
    let (world, question) = translate(case);
    let trial = Trial::of("d1_it_is_as_the_model_says", decide, case);
    let expected = reference::answer(&world, &question);
    trial.demand(trial.answer == expected, &expected.to_string())
}

/// D3: the same facts, question and time have the same answer, however often and whenever they are
/// asked; there is an answer at any time, even the first and the last that there are.
///
/// # Errors
/// Where the second answer is another, or there is none.
pub fn d3_the_same_question_has_the_same_answer(decide: &Decide<'_>, case: &Case) -> Held {
    const LAW: &str = "d3_the_same_question_has_the_same_answer";
    for now in [case.now, Timestamp::MIN_UTC, Timestamp::UNIX_EPOCH, Timestamp::MAX_UTC] {
        let case = Case { now, ..case.clone() };
        let asked = || {
            let trial = Trial::of(LAW, decide, &case);
            trial.then_the_same("it is asked once more", case.clone())
        };
        // What panics is caught, to be told with the case that it was.
        catch_unwind(AssertUnwindSafe(asked)).unwrap_or_else(|_| {
            Err(Box::new(Broken {
                law: LAW,
                case: case.clone(),
                answer: Answer::Deny("a panic instead of an answer"),
                changed: None,
                expected: "an answer".to_owned(),
            }))
        })?;
    }
    Ok(())
}

/// D7: a denial has one of the known reasons, and one that this act can have.
///
/// # Errors
/// Where it has another.
pub fn d7_a_denial_has_one_known_reason(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d7_a_denial_has_one_known_reason", decide, case);
    let Answer::Deny(code) = trial.answer else { return Ok(()) };
    let known = Rule::ALL.into_iter().any(|rule| match case.question {
        Question::SendAs(_) => rule != Rule::SameGrant && rule.code::<SendAs>() == code,
        Question::LogIn => {
            !is_of_sending(rule) && rule != Rule::SameGrant && rule.code::<LogIn>() == code
        }
        Question::ActAs(_) => {
            !is_of_sending(rule) && rule != Rule::OwnAccount && rule.code::<LogIn>() == code
        }
    });
    trial.demand(known, "a denial with one of the reasons for this act")
}

fn is_of_sending(rule: Rule) -> bool {
    matches!(rule, Rule::ActorInChannel | Rule::SubjectInChannel)
}
