//! The checker is checked: by histories of a register that is atomic by construction, by the same
//! histories with one reply wrong, and by trying every order of small ones.

mod exhaustive;
mod simulated;

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::GrantId,
};
use proptest::prelude::*;

use self::{
    exhaustive::has_an_order,
    simulated::{Mix, simulate},
};
use super::*;

fn grant_id(number: u128) -> GrantId {
    uuid::Uuid::from_u128(number).try_into().unwrap()
}

/// The same without any version in the replies to questions: yes or no.
fn yes_or_no(history: &[Operation]) -> History {
    let blind = |reply| match reply {
        Reply::Permitted { .. } => Reply::Permitted { grant: None },
        Reply::Started { session, .. } => Reply::Started { session, grant: None },
        Reply::NotGiven { .. } => Reply::NotGiven { grant: None },
        reply => reply,
    };
    let one = |operation: &Operation| Operation { reply: operation.reply.map(blind), ..*operation };
    history.iter().map(one).collect()
}

/// A permit that the history has somewhere, replied once more to somebody who asked after the grant
/// was deleted and the reply to that was there. `None` where the history has no such place.
fn replay_a_permit(history: &[Operation], dice: &mut Dice) -> Option<(History, usize)> {
    let mut places = Vec::new();
    for old in history.iter().filter(|one| matches!(one.call, Call::Check { .. } | Call::Send)) {
        let Some(Reply::Permitted { grant: Some(grant) }) = old.reply else { continue };
        let deleted = history.iter().filter(|one| {
            one.reply == Some(Reply::Deleted)
                && matches!(one.call, Call::Delete { seen } if seen.id == grant.id)
        });
        for deleted in deleted {
            places.extend(history.iter().enumerate().filter_map(|(index, one)| {
                let asks = one.call == old.call && one.reply.is_some();
                (asks && one.invoked > deleted.returned).then_some((index, old.reply))
            }));
        }
    }
    if places.is_empty() {
        return None;
    }
    let (index, reply) = dice.choose(&places);
    let mut replayed = history.to_vec();
    replayed[index].reply = reply;
    Some((replayed, index))
}

/// Puts any reply that fits the question in the place of one.
fn change_a_reply(history: &mut History, dice: &mut Dice) {
    let grants: Vec<Grant> = history
        .iter()
        .filter_map(|one| match one.reply {
            Some(Reply::Created { grant } | Reply::Permitted { grant: Some(grant) }) => Some(grant),
            _ => None,
        })
        .collect();
    let index = usize::try_from(dice.below(history.len() as u64)).unwrap();
    let grant = if grants.is_empty() { None } else { Some(dice.choose(&grants)) };
    let permitted = Reply::Permitted { grant };
    history[index].reply = Some(match history[index].call {
        Call::Create { .. } => Reply::Duplicate { existing: grant.map(|grant| grant.id) },
        Call::Edit { .. } => dice.choose(&[Reply::Stale, Reply::Missing]),
        Call::Delete { .. } => dice.choose(&[Reply::Deleted, Reply::Stale, Reply::Missing]),
        Call::Act { .. } => dice.choose(&[permitted, Reply::SessionEnded]),
        Call::Stop { .. } => dice.choose(&[Reply::Stopped, Reply::SessionEnded]),
        Call::List => Reply::Listed { account: grant.map(|grant| (grant, AccessTypes::LOGIN)) },
        Call::Start => Reply::NoGrant,
        Call::Check { .. } | Call::Send => {
            dice.choose(&[permitted, Reply::NoGrant, Reply::NotGiven { grant: None }])
        }
    });
}

proptest! {
    #[test]
    fn what_an_atomic_register_answered_is_explained(seed: u64) {
        let history = simulate(&mut Dice::new(seed), Mix::USUAL);
        prop_assert!(check(&history).is_explained(), "{}", report(&history).unwrap());
        prop_assert_eq!(stale_permits(&history), []);
        prop_assert_eq!(report(&history), None);
        prop_assert!(check(&yes_or_no(&history)).is_explained());
    }

    #[test]
    fn r1_a_permit_by_a_grant_that_was_deleted_is_never_explained(seed: u64) {
        let mut dice = Dice::new(seed);
        let history = simulate(&mut dice, Mix::USUAL);
        if let Some((replayed, permit)) = replay_a_permit(&history, &mut dice) {
            prop_assert!(matches!(check(&replayed), Verdict::Unexplained(_)));
            let found = stale_permits(&replayed);
            prop_assert!(found.iter().any(|stale| stale.permit == permit), "{:?}", found);
            prop_assert!(report(&replayed).unwrap().contains("no order of these operations"));
        }
    }

    #[test]
    fn the_verdict_is_that_of_trying_every_order(seed: u64) {
        let mut dice = Dice::new(seed);
        let mut history = simulate(&mut dice, Mix::SMALL);
        for _ in 0..dice.below(3) {
            change_a_reply(&mut history, &mut dice);
        }
        prop_assert_eq!(check(&history).is_explained(), has_an_order(&history), "{:#?}", history);
        let blind = yes_or_no(&history);
        prop_assert_eq!(check(&blind).is_explained(), has_an_order(&blind), "{:#?}", blind);
    }

    #[test]
    fn what_the_simple_rule_finds_is_never_explained(seed: u64) {
        let mut dice = Dice::new(seed);
        let mut history = simulate(&mut dice, Mix::USUAL);
        change_a_reply(&mut history, &mut dice);
        if !stale_permits(&history).is_empty() {
            prop_assert!(!check(&history).is_explained(), "{:#?}", history);
        }
    }

    #[test]
    fn a_short_report_is_still_unexplained_and_ends_where_it_must(seed: u64) {
        let mut dice = Dice::new(seed);
        let mut history = simulate(&mut dice, Mix::USUAL);
        change_a_reply(&mut history, &mut dice);
        if let Some(short) = shortest_unexplained(&history) {
            prop_assert!(!check(&short).is_explained());
            let replied = short.iter().filter(|one| one.reply.is_some());
            let last = replied.map(|one| one.returned).max().unwrap();
            // Without the last reply all can be explained.
            let mut before = short.clone();
            for one in before.iter_mut().filter(|one| one.returned == last) {
                one.reply = None;
            }
            prop_assert!(check(&before).is_explained());
        }
    }
}

#[test]
fn the_tests_of_the_checker_are_not_vacuous() {
    let (mut unexplained, mut explained, mut replayed, mut unknown) = (0, 0, 0, 0);
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let history = simulate(&mut dice, Mix::USUAL);
        unknown += history.iter().filter(|one| one.reply.is_none() && one.is_write()).count();
        replayed += usize::from(replay_a_permit(&history, &mut dice).is_some());
        let mut small = simulate(&mut dice, Mix::SMALL);
        change_a_reply(&mut small, &mut dice);
        if has_an_order(&small) { explained += 1 } else { unexplained += 1 }
    }
    assert!(unexplained > 80 && explained > 80, "{unexplained} and {explained} of 400");
    assert!(replayed > 200 && unknown > 200, "{replayed} replayed, {unknown} unknown writes");
}

/// Fact 3 of the invariants: why every permit has to name its grant and version.
#[test]
fn r1_a_checker_that_is_told_yes_or_no_is_blind() {
    let (mut found, mut found_blind, mut all) = (0, 0, 0);
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let history = simulate(&mut dice, Mix::USUAL);
        if let Some((replayed, _)) = replay_a_permit(&history, &mut dice) {
            all += 1;
            found += usize::from(!check(&replayed).is_explained());
            found_blind += usize::from(!check(&yes_or_no(&replayed)).is_explained());
        }
    }
    assert_eq!(found, all, "with versions every one is found");
    assert!(found_blind * 10 < all * 9, "yes or no: {found_blind} of {all} found");

    // The plainest of them: deleted and granted anew, and the old grant still permits.
    let grant = |number| Grant { id: grant_id(number), version: 1 };
    let mut time = 0;
    let mut next = |call, reply| {
        time += 10_000_000;
        let returned = time + 5_000_000;
        Operation { client: 0, invoked: time, returned, call, reply: Some(reply) }
    };
    let create = Call::Create { access: AccessTypes::LOGIN };
    let ask = Call::Check { access: AccessType::Login };
    let history = [
        next(create, Reply::Created { grant: grant(1) }),
        next(Call::Delete { seen: grant(1) }, Reply::Deleted),
        next(create, Reply::Created { grant: grant(2) }),
        next(ask, Reply::Permitted { grant: Some(grant(1)) }),
    ];
    assert!(!check(&history).is_explained());
    assert_eq!(stale_permits(&history), [StalePermit { revocation: 1, permit: 3 }]);
    assert!(check(&yes_or_no(&history)).is_explained());
    let expected = "\
R1: permitted after access was taken away:
      10.000 ..       15.000 ms  client 0  deletes g1 version 1: deleted
      30.000 ..       35.000 ms  client 0  asks whether login is permitted: permitted by g1 version 1
R1: no order of these operations explains all replies:
       0.000 ..        5.000 ms  client 0  makes a grant of login: made g1 version 1
      10.000 ..       15.000 ms  client 0  deletes g1 version 1: deleted
      20.000 ..       25.000 ms  client 0  makes a grant of login: made g2 version 1
      30.000 ..       35.000 ms  client 0  asks whether login is permitted: permitted by g1 version 1
as far as it can be explained, the pair has grant g2, version 1, with login; then these do not fit:
client 0 asks whether login is permitted: permitted by g1 version 1
";
    assert_eq!(report(&history).unwrap(), expected);
}

#[test]
fn a_search_that_gives_up_says_so() {
    let history = simulate(&mut Dice::new(7), Mix::USUAL);
    assert_eq!(check_within(1, &history), Verdict::Undecided);
    assert!(!Verdict::Undecided.is_explained());
}
