//! Laws about sending.

use super::{Decide, Held, broken::Trial};
use crate::strategies::{Case, Question};

/// N6: to send, both must be in the channel at this moment.
///
/// # Errors
/// Where it is permitted without one of them.
pub fn n6_both_must_be_in_the_channel_now(decide: &Decide<'_>, case: &Case) -> Held {
    let Question::SendAs(_) = case.question else { return Ok(()) };
    let trial = Trial::of("n6_both_must_be_in_the_channel_now", decide, case);
    trial.then_denied("the actor has left the channel", |case| {
        case.facts.channel.iter_mut().for_each(|channel| channel.actor_is_member = false);
    })?;
    trial.then_denied("the subject has left the channel", |case| {
        case.facts.channel.iter_mut().for_each(|channel| channel.subject_is_member = false);
    })
}
