//! Laws about users and organizations.

use impersonation_domain::{
    ids::TypedId,
    policy::{ChannelFacts, GrantFacts, UserFacts},
    user::UserStatus,
};
use uuid::{NonNilUuid, Uuid};

use super::{Decide, Held, broken::Trial};
use crate::strategies::{Case, Question, id};

/// D7: without a grant, the answer does not depend on what the subject is.
///
/// # Errors
/// Where it does.
pub fn d7_without_a_grant_nothing_of_the_subject_shows(decide: &Decide<'_>, case: &Case) -> Held {
    let mut bare = case.clone();
    bare.facts.grants.clear();
    let trial = Trial::of("d7_without_a_grant_nothing_of_the_subject_shows", decide, &bare);
    let statuses = [UserStatus::Active, UserStatus::Deactivated, UserStatus::Removed];
    let users = statuses.into_iter().flat_map(|status| {
        [false, true].map(|protected| {
            let (id, organization) = (bare.subject, id(1));
            Some(UserFacts { id, organization, status, protected })
        })
    });
    for subject in users.chain([None]) {
        let mut other = bare.clone();
        other.facts.subject = subject;
        trial.then_the_same("the subject is another", other)?;
    }
    for subject_is_member in [false, true] {
        let mut other = bare.clone();
        other.facts.channel.iter_mut().for_each(|c| c.subject_is_member = subject_is_member);
        trial.then_the_same("the subject is in the channel, or is not", other)?;
    }
    Ok(())
}

/// D8: what is not known denies, and so does what is known of somebody or something else.
///
/// # Errors
/// Where it is permitted all the same.
pub fn d8_what_is_not_known_denies(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d8_what_is_not_known_denies", decide, case);
    trial.then_denied("the organization is not known", |case| case.facts.organization = None)?;
    trial.then_denied("the actor is not known", |case| case.facts.actor = None)?;
    trial.then_denied("the subject is not known", |case| case.facts.subject = None)?;
    trial.then_denied("no grant is known", |case| case.facts.grants.clear())?;
    trial.then_denied("only another user is known as the actor", |case| {
        case.facts.actor.iter_mut().for_each(|user| user.id = id(44));
    })?;
    trial.then_denied("only another user is known as the subject", |case| {
        case.facts.subject.iter_mut().for_each(|user| user.id = id(44));
    })?;
    if !matches!(case.question, Question::SendAs(_)) {
        return Ok(());
    }
    trial.then_denied("the channel is not known", |case| case.facts.channel = None)?;
    trial.then_denied("only another channel is known", |case| {
        case.facts.channel.iter_mut().for_each(|channel| channel.id = id(44));
    })
}

/// D9: nobody acts on their own account through a grant, even one to themself.
///
/// # Errors
/// Where it is permitted.
pub fn d9_nobody_acts_on_their_own_account(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d9_nobody_acts_on_their_own_account", decide, case);
    trial.then_denied("the actor is the subject, with grants to themself", |case| {
        let pair = (case.subject, case.actor);
        let grants = case.facts.grants.iter_mut();
        grants
            .filter(|grant| (grant.grantor, grant.grantee) == pair)
            .for_each(|grant| grant.grantor = pair.1);
        case.subject = case.actor;
        case.facts.subject = case.facts.actor;
    })
}

/// D11: an account that is protected is never acted on.
///
/// # Errors
/// Where it is permitted.
pub fn d11_a_protected_account_is_never_acted_on(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d11_a_protected_account_is_never_acted_on", decide, case);
    trial.then_denied("the subject is protected", |case| {
        case.facts.subject.iter_mut().for_each(|subject| subject.protected = true);
    })
}

/// Another identifier, with one bit of this one turned over.
fn nearly<T: TypedId>(of: T, bit: u32) -> T {
    let turned = NonNilUuid::new(Uuid::from_u128(of.uuid().as_u128() ^ (1 << bit)));
    T::from_non_nil(turned.or(NonNilUuid::new(Uuid::max())).expect("not all bits are zero"))
}

/// D13: identifiers are compared whole. One that differs in a single bit is another, so that what
/// is said of it gives nothing.
///
/// # Errors
/// Where it is permitted.
pub fn d13_identifiers_are_compared_whole(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("d13_identifiers_are_compared_whole", decide, case);
    let grants = |change: fn(&mut GrantFacts, u32), bit: u32| {
        move |case: &mut Case| case.facts.grants.iter_mut().for_each(|grant| change(grant, bit))
    };
    let channel = |change: fn(&mut ChannelFacts, u32), bit: u32| {
        move |case: &mut Case| case.facts.channel.iter_mut().for_each(|known| change(known, bit))
    };
    // One near the end, one in the middle, the first.
    for bit in [40, 70, 127] {
        let what = |of: &str| format!("every {of} differs in bit {bit}");
        let denied = |of: &str, change: &dyn Fn(&mut Case)| trial.then_denied(&what(of), change);
        denied("grantor", &grants(|g, bit| g.grantor = nearly(g.grantor, bit), bit))?;
        denied("grantee", &grants(|g, bit| g.grantee = nearly(g.grantee, bit), bit))?;
        let organization = grants(|g, bit| g.organization = nearly(g.organization, bit), bit);
        denied("grant's organization", &organization)?;
        denied("user", &|case: &mut Case| {
            let users = [&mut case.facts.actor, &mut case.facts.subject];
            users.into_iter().flatten().for_each(|user| user.id = nearly(user.id, bit));
        })?;
        match case.question {
            Question::LogIn => {}
            Question::ActAs(_) => {
                denied("grant", &grants(|g, bit| g.id = nearly(g.id, bit), bit))?;
            }
            Question::SendAs(_) => {
                denied("channel", &channel(|c, bit| c.id = nearly(c.id, bit), bit))?;
                let organization =
                    channel(|c, bit| c.organization = nearly(c.organization, bit), bit);
                denied("channel's organization", &organization)?;
            }
        }
    }
    Ok(())
}

/// T1: what another organization has gives nothing here: its grants, users and channels.
///
/// # Errors
/// Where it is permitted.
pub fn t1_what_is_of_another_organization_gives_nothing(decide: &Decide<'_>, case: &Case) -> Held {
    let trial = Trial::of("t1_what_is_of_another_organization_gives_nothing", decide, case);
    trial.then_denied("it is asked in another organization", |case| {
        case.facts.organization.iter_mut().for_each(|known| known.id = id(45));
    })?;
    trial.then_denied("the grants are of another organization", |case| {
        case.facts.grants.iter_mut().for_each(|grant| grant.organization = id(45));
    })?;
    trial.then_denied("the actor is of another organization", |case| {
        case.facts.actor.iter_mut().for_each(|user| user.organization = id(45));
    })?;
    trial.then_denied("the subject is of another organization", |case| {
        case.facts.subject.iter_mut().for_each(|user| user.organization = id(45));
    })?;
    if !matches!(case.question, Question::SendAs(_)) {
        return Ok(());
    }
    trial.then_denied("the channel is of another organization", |case| {
        case.facts.channel.iter_mut().for_each(|channel| channel.organization = id(45));
    })
}
