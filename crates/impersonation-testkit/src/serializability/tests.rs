use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Anomaly, Dependency, History, Operation, Outcome, Transaction, check};
use crate::splitmix::SplitMix;

const LISTS: [&str; 2] = ["list a", "list b"];

/// Transactions as a sound store would have answered them: one after the other, each somewhere
/// between its beginning and its end, while those overlap.
fn sound(seed: u64, count: usize) -> History {
    let mut numbers = SplitMix::new(seed);
    let mut lists: BTreeMap<&str, Vec<String>> = LISTS.map(|list| (list, Vec::new())).into();
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    let mut transactions = Vec::new();
    for index in 0..=count {
        let mut operations = Vec::new();
        for list in LISTS {
            if index == count || numbers.below(2) == 0 {
                let values = lists[list].clone();
                operations.push(Operation::ReadList { list: list.to_owned(), values });
            }
        }
        if index < count && numbers.below(2) == 0 {
            let (list, value) = (*numbers.choose(&LISTS), format!("v{index}"));
            lists.get_mut(list).unwrap().push(value.clone());
            operations.push(Operation::Append { list: list.to_owned(), value });
        }
        let register = format!("register {}", numbers.below(2));
        let version = versions.entry(register.clone()).or_default();
        if numbers.below(2) == 0 {
            operations.push(Operation::Read { register: register.clone(), version: *version });
        }
        if numbers.below(3) == 0 {
            *version += 1;
            operations.push(Operation::Write { register, version: *version });
        }
        // Those within forty ticks of each other overlap; the last one comes after all.
        let middle = 1_000 + 10 * index as u64 + if index == count { 100 } else { 0 };
        let (before, after) = (numbers.below(20) as u64, numbers.below(20) as u64);
        transactions.push(Transaction {
            name: format!("t{index}"),
            began: 100 * (middle - before) + index as u64,
            ended: 100 * (middle + after) + 50 + index as u64,
            outcome: Outcome::Committed,
            operations,
        });
    }
    // The order in which they are given says nothing.
    for index in (1..transactions.len()).rev() {
        let other = numbers.below(index + 1);
        transactions.swap(index, other);
    }
    History { transactions }
}

fn transaction(name: &str, ticks: (u64, u64), operations: Vec<Operation>) -> Transaction {
    let (began, ended) = ticks;
    Transaction { name: name.to_owned(), began, ended, outcome: Outcome::Committed, operations }
}

fn append(list: &str, value: &str) -> Operation {
    Operation::Append { list: list.to_owned(), value: value.to_owned() }
}

fn read(list: &str, values: &[&str]) -> Operation {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Operation::ReadList { list: list.to_owned(), values }
}

fn see(version: u64) -> Operation {
    Operation::Read { register: "grant 1".to_owned(), version }
}

fn write(version: u64) -> Operation {
    Operation::Write { register: "grant 1".to_owned(), version }
}

fn found(transactions: Vec<Transaction>) -> Anomaly {
    check(&History { transactions }).unwrap_err()
}

/// Every read of this list, in the order in which the values came.
fn reads_of<'a>(history: &'a mut History, of: &str) -> Vec<&'a mut Vec<String>> {
    let operations = history.transactions.iter_mut().flat_map(|one| &mut one.operations);
    let lists = operations.filter_map(|operation| match operation {
        Operation::ReadList { list, values } if list == of => Some(values),
        _ => None,
    });
    lists.collect()
}

proptest! {
    #[test]
    fn what_a_sound_store_answers_is_explained(seed: u64, count in 2..60_usize) {
        let report = check(&sound(seed, count));
        prop_assert!(report.is_ok(), "{}", report.unwrap_err());
        prop_assert_eq!(report.unwrap().transactions, count as u64 + 1);
    }

    #[test]
    fn an_append_that_is_lost_is_found(seed: u64, count in 8..60_usize, which: usize) {
        let mut history = sound(seed, count);
        let appended: Vec<(String, String)> = history.transactions.iter()
            .flat_map(|one| &one.operations)
            .filter_map(|operation| match operation {
                Operation::Append { list, value } => Some((list.clone(), value.clone())),
                _ => None,
            })
            .collect();
        prop_assume!(!appended.is_empty());
        let (list, value) = &appended[which % appended.len()];
        for values in reads_of(&mut history, list) {
            values.retain(|one| one != value);
        }
        let lost = Anomaly::Lost { list: list.clone(), value: value.clone() };
        prop_assert_eq!(check(&history).unwrap_err(), lost);
    }

    #[test]
    fn an_update_that_is_lost_is_found(seed: u64, count in 8..60_usize, which: usize) {
        // Two make the same version, as two do who both read before either writes.
        let mut history = sound(seed, count);
        let written: Vec<Operation> = history.transactions.iter()
            .flat_map(|one| &one.operations)
            .filter(|operation| matches!(operation, Operation::Write { .. }))
            .cloned()
            .collect();
        prop_assume!(!written.is_empty());
        let twice = written[which % written.len()].clone();
        history.transactions.push(transaction("twice", (1, 1_000_000), vec![twice]));
        let anomaly = check(&history).unwrap_err();
        prop_assert!(matches!(anomaly, Anomaly::LostUpdate { .. }), "{}", anomaly);
    }

    #[test]
    fn a_stale_read_is_found(seed: u64, count in 8..60_usize, missing in 1..4_usize) {
        // Somebody begins when all is done, and does not see the last of it.
        let mut history = sound(seed, count);
        let longest = reads_of(&mut history, LISTS[0]).into_iter().max_by_key(|it| it.len());
        let longest = longest.unwrap().clone();
        prop_assume!(longest.len() >= missing);
        let seen: Vec<&str> =
            longest[..longest.len() - missing].iter().map(String::as_str).collect();
        let late = transaction("late", (10_000_000, 10_000_001), vec![read(LISTS[0], &seen)]);
        history.transactions.push(late);
        let anomaly = check(&history).unwrap_err();
        let Anomaly::Cycle(steps) = anomaly else { panic!("{anomaly}") };
        prop_assert!(steps.iter().any(|step| step.because == Dependency::RealTime));
    }

    #[test]
    fn write_skew_is_found(seed: u64, count in 8..60_usize) {
        // Both read both lists before either appends. Each list by itself is in order.
        let mut history = sound(seed, count);
        let whole = |history: &mut History, list: &str| -> Vec<String> {
            reads_of(history, list).into_iter().max_by_key(|it| it.len()).unwrap().clone()
        };
        let seen = LISTS.map(|list| whole(&mut history, list));
        let both = |value: &str, to: &str| {
            let mut operations: Vec<Operation> = LISTS.iter().zip(&seen)
                .map(|(list, values)| Operation::ReadList {
                    list: (*list).to_owned(),
                    values: values.clone(),
                })
                .collect();
            operations.push(append(to, value));
            transaction(value, (20_000_000 + value.len() as u64, 20_000_100), operations)
        };
        history.transactions.push(both("skew", LISTS[0]));
        history.transactions.push(both("skewed", LISTS[1]));
        let last = LISTS.iter().zip(&seen).zip(["skew", "skewed"]).map(|((list, values), value)| {
            let values = values.iter().map(String::as_str).chain([value]).collect::<Vec<_>>();
            read(list, &values)
        });
        let last = transaction("last", (30_000_000, 30_000_001), last.collect());
        history.transactions.push(last);
        let anomaly = check(&history).unwrap_err();
        let Anomaly::Cycle(steps) = anomaly else { panic!("{anomaly}") };
        prop_assert_eq!(steps.len(), 2);
        prop_assert!(steps.iter().all(|step| step.because == Dependency::Anti));
    }
}

#[test]
fn a_read_of_what_was_undone_is_found() {
    let mut undone = transaction("undone", (1, 2), vec![append("l", "x")]);
    undone.outcome = Outcome::Aborted;
    let anomaly = found(vec![undone, transaction("reader", (3, 4), vec![read("l", &["x"])])]);
    assert_eq!(anomaly.to_string(), "reader read x in l, which nobody appended for good");
}

#[test]
fn a_list_that_was_rewritten_is_found() {
    let writers = ["x", "y"].map(|value| transaction(value, (1, 9), vec![append("l", value)]));
    let one = transaction("one", (2, 3), vec![read("l", &["x", "y"])]);
    let other = transaction("other", (2, 8), vec![read("l", &["y"])]);
    let anomaly = found([writers.to_vec(), vec![one, other]].concat());
    assert!(matches!(anomaly, Anomaly::Forked { place: 0, .. }), "{anomaly}");
}

#[test]
fn a_value_that_is_there_twice_is_found() {
    let writer = transaction("writer", (1, 2), vec![append("l", "x")]);
    let reader = transaction("reader", (3, 4), vec![read("l", &["x", "x"])]);
    assert!(matches!(found(vec![writer, reader]), Anomaly::Doubled { .. }));
}

#[test]
fn a_version_that_was_seen_after_the_next_one_was_acknowledged_is_found() {
    let edit = transaction("edit", (1, 2), vec![see(0), write(1)]);
    let next = transaction("next", (3, 4), vec![see(1), write(2)]);
    let late = transaction("late", (5, 6), vec![see(1)]);
    assert!(check(&History { transactions: vec![edit.clone(), next.clone()] }).is_ok());
    let told = found(vec![edit, next, late]).to_string();
    assert_eq!(
        told,
        "these come before each other in a circle:\n\
         - next (ticks 3 to 4): sees version 1 of grant 1, makes version 2 of grant 1\n  \
         is before late (ticks 5 to 6): sees version 1 of grant 1, which began after its answer\n\
         - late (ticks 5 to 6): sees version 1 of grant 1\n  \
         is before next (ticks 3 to 4): sees version 1 of grant 1, makes version 2 of grant 1, \
         whose write of grant 1 it did not see"
    );
}

#[test]
fn half_of_a_transaction_that_is_seen_is_found() {
    // It changed a grant and appended; the reader saw one and not the other.
    let writer = transaction("writer", (1, 9), vec![write(1), append("l", "x")]);
    let reader = transaction("reader", (2, 8), vec![see(0), read("l", &["x"])]);
    assert!(matches!(found(vec![writer, reader]), Anomaly::Cycle(steps) if steps.len() == 2));
}

#[test]
fn what_was_not_answered_may_have_happened_or_not() {
    let mut unknown = transaction("unknown", (1, 2), vec![write(1), append("l", "x")]);
    unknown.outcome = Outcome::Unknown;
    let saw_it = transaction("saw it", (5, 6), vec![see(1), read("l", &["x"])]);
    let saw_none = transaction("saw none", (3, 4), vec![see(0), read("l", &[])]);
    let all = vec![unknown.clone(), saw_none.clone(), saw_it];
    assert_eq!(check(&History { transactions: all }).unwrap().transactions, 3);
    let without = History { transactions: vec![unknown, saw_none] };
    assert_eq!(check(&without).unwrap().transactions, 1);
}
