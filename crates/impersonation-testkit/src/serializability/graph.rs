//! Dependencies, and circles in them.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
};

use super::{History, Operation, Outcome, Transaction};

/// Why one transaction comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependency {
    /// It wrote what the other one wrote over, or appended after.
    Write,
    /// It wrote what the other one saw.
    Read,
    /// It saw what was before the other one's write.
    Anti,
    /// It was answered before the other one began.
    RealTime,
}

/// A step of a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The transaction that comes first.
    pub from: String,
    /// The one that comes after it.
    pub to: String,
    /// Why.
    pub because: Dependency,
    /// On account of which list or register; empty for real time.
    pub of: String,
}

/// What no order explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anomaly {
    /// A value was appended and acknowledged, and the last read does not have it.
    Lost {
        /// Which list.
        list: String,
        /// The value.
        value: String,
    },
    /// A value was read that nobody appended, or whose transaction was undone.
    Invented {
        /// Which list.
        list: String,
        /// The value.
        value: String,
        /// Who read it.
        by: String,
    },
    /// A value is in a list twice.
    Doubled {
        /// Which list.
        list: String,
        /// The value.
        value: String,
    },
    /// Two reads of a list have different values at a place, so that the list was not only
    /// appended to.
    Forked {
        /// Which list.
        list: String,
        /// The place, from 0.
        place: usize,
        /// Who read it like this.
        by: String,
        /// Who read it otherwise.
        and: String,
    },
    /// Two transactions made the same version of a register: one update is lost.
    LostUpdate {
        /// Which register.
        register: String,
        /// The version.
        version: u64,
        /// Who made it.
        by: String,
        /// Who made it as well.
        and: String,
    },
    /// Each of these comes before the next, and the last before the first.
    Cycle(Vec<Step>),
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Transactions that have taken place.
    pub transactions: u64,
    /// Dependencies of the data, without those of real time.
    pub dependencies: u64,
}

type Edges = BTreeMap<usize, BTreeMap<usize, (Dependency, String)>>;

/// Whether some order of the transactions, which agrees with real time, explains all that was seen.
///
/// # Errors
/// The first anomaly: of circles, a shortest.
pub fn check(history: &History) -> Result<Report, Anomaly> {
    let all = &history.transactions;
    let mut edges = Edges::new();
    let mut seen_to_happen = BTreeSet::new();
    for list in names(all, |operation| match operation {
        Operation::Append { list, .. } | Operation::ReadList { list, .. } => Some(list),
        _ => None,
    }) {
        of_list(all, list, &mut edges, &mut seen_to_happen)?;
    }
    for register in names(all, |operation| match operation {
        Operation::Write { register, .. } | Operation::Read { register, .. } => Some(register),
        _ => None,
    }) {
        of_register(all, register, &mut edges, &mut seen_to_happen)?;
    }
    let happened = |index: usize| match all[index].outcome {
        Outcome::Committed => true,
        Outcome::Aborted => false,
        Outcome::Unknown => seen_to_happen.contains(&index),
    };
    let taken: Vec<usize> = (0..all.len()).filter(|index| happened(*index)).collect();
    let dependencies = edges.values().map(|to| to.len() as u64).sum();
    for first in &taken {
        for second in &taken {
            // What was not answered may have happened at any time since.
            let answered = all[*first].outcome == Outcome::Committed;
            if answered && all[*first].ended < all[*second].began {
                let to = edges.entry(*first).or_default();
                to.entry(*second).or_insert((Dependency::RealTime, String::new()));
            }
        }
    }
    match shortest_circle(&edges, all.len()) {
        Some(circle) => Err(Anomaly::Cycle(in_steps(&circle, &edges, all))),
        None => Ok(Report { transactions: taken.len() as u64, dependencies }),
    }
}

fn names<'a>(
    all: &'a [Transaction],
    name: impl Fn(&'a Operation) -> Option<&'a String>,
) -> BTreeSet<&'a str> {
    let operations = all.iter().flat_map(|transaction| &transaction.operations);
    operations.filter_map(name).map(String::as_str).collect()
}

fn of_list(
    all: &[Transaction],
    list: &str,
    edges: &mut Edges,
    seen_to_happen: &mut BTreeSet<usize>,
) -> Result<(), Anomaly> {
    let (mut writers, mut reads) = (BTreeMap::new(), Vec::new());
    for (index, transaction) in all.iter().enumerate() {
        for operation in &transaction.operations {
            match operation {
                Operation::Append { list: of, value } if of == list => {
                    writers.insert(value.as_str(), index);
                }
                Operation::ReadList { list: of, values }
                    if of == list && transaction.outcome == Outcome::Committed =>
                {
                    reads.push((index, values));
                }
                _ => {}
            }
        }
    }
    let named = |value: &str| (list.to_owned(), value.to_owned());
    let empty = (usize::MAX, &Vec::new());
    let longest = *reads.iter().max_by_key(|(_, values)| values.len()).unwrap_or(&empty);
    for (reader, values) in &reads {
        let differs = values.iter().zip(longest.1).position(|(one, other)| one != other);
        if let Some(place) = differs {
            let (by, and) = (all[*reader].name.clone(), all[longest.0].name.clone());
            return Err(Anomaly::Forked { list: list.to_owned(), place, by, and });
        }
    }
    let mut distinct = BTreeSet::new();
    for value in longest.1 {
        if !distinct.insert(value) {
            let (list, value) = named(value);
            return Err(Anomaly::Doubled { list, value });
        }
        match writers.get(value.as_str()) {
            Some(writer) if all[*writer].outcome != Outcome::Aborted => {
                seen_to_happen.insert(*writer);
            }
            _ => {
                let ((list, value), by) = (named(value), all[longest.0].name.clone());
                return Err(Anomaly::Invented { list, value, by });
            }
        }
    }
    for (value, writer) in &writers {
        let is_there = longest.1.iter().any(|one| one == value);
        if all[*writer].outcome == Outcome::Committed && !is_there {
            let (list, value) = named(value);
            return Err(Anomaly::Lost { list, value });
        }
    }
    let order: Vec<usize> = longest.1.iter().map(|value| writers[value.as_str()]).collect();
    for pair in order.windows(2) {
        add(edges, pair[0], pair[1], Dependency::Write, list);
    }
    for (reader, values) in &reads {
        if let Some(last) = values.len().checked_sub(1) {
            add(edges, order[last], *reader, Dependency::Read, list);
        }
        if let Some(next) = order.get(values.len()) {
            add(edges, *reader, *next, Dependency::Anti, list);
        }
    }
    Ok(())
}

fn of_register(
    all: &[Transaction],
    register: &str,
    edges: &mut Edges,
    seen_to_happen: &mut BTreeSet<usize>,
) -> Result<(), Anomaly> {
    let (mut writers, mut reads) = (BTreeMap::<u64, usize>::new(), Vec::new());
    for (index, transaction) in all.iter().enumerate() {
        for operation in &transaction.operations {
            match operation {
                Operation::Write { register: of, version }
                    if of == register && transaction.outcome == Outcome::Committed =>
                {
                    if let Some(other) = writers.insert(*version, index) {
                        let (by, and) = (all[other].name.clone(), transaction.name.clone());
                        let (register, version) = (register.to_owned(), *version);
                        return Err(Anomaly::LostUpdate { register, version, by, and });
                    }
                }
                Operation::Read { register: of, version }
                    if of == register && transaction.outcome == Outcome::Committed =>
                {
                    reads.push((index, *version));
                }
                _ => {}
            }
        }
    }
    // One that was not answered is the only one who can have made a version that was seen.
    for (index, transaction) in all.iter().enumerate() {
        for operation in &transaction.operations {
            if let Operation::Write { register: of, version } = operation
                && of == register
                && transaction.outcome == Outcome::Unknown
                && !writers.contains_key(version)
                && reads.iter().any(|(_, seen)| seen >= version)
            {
                writers.insert(*version, index);
                seen_to_happen.insert(index);
            }
        }
    }
    let order: Vec<(u64, usize)> = writers.into_iter().collect();
    for pair in order.windows(2) {
        add(edges, pair[0].1, pair[1].1, Dependency::Write, register);
    }
    for (reader, seen) in reads {
        if let Some((_, writer)) = order.iter().find(|(version, _)| *version == seen) {
            add(edges, *writer, reader, Dependency::Read, register);
        }
        if let Some((_, next)) = order.iter().find(|(version, _)| *version > seen) {
            add(edges, reader, *next, Dependency::Anti, register);
        }
    }
    Ok(())
}

fn add(edges: &mut Edges, from: usize, to: usize, because: Dependency, of: &str) {
    if from != to {
        edges.entry(from).or_default().entry(to).or_insert((because, of.to_owned()));
    }
}

/// A circle with as few steps as there can be.
fn shortest_circle(edges: &Edges, count: usize) -> Option<Vec<usize>> {
    // Only what has no end can be in a circle: take away what nothing comes before, or after.
    let mut left: BTreeSet<usize> = (0..count).collect();
    loop {
        let has_next =
            |from: &usize| edges.get(from).is_some_and(|to| to.keys().any(|to| left.contains(to)));
        let kept: BTreeSet<usize> = left.iter().copied().filter(has_next).collect();
        if kept.len() == left.len() {
            break;
        }
        left = kept;
    }
    let circles = left.iter().filter_map(|start| circle_from(edges, &left, *start));
    circles.min_by_key(Vec::len)
}

fn circle_from(edges: &Edges, within: &BTreeSet<usize>, start: usize) -> Option<Vec<usize>> {
    let (mut before, mut queue) = (BTreeMap::new(), VecDeque::from([start]));
    while let Some(at) = queue.pop_front() {
        for next in edges.get(&at).into_iter().flat_map(BTreeMap::keys) {
            if *next == start {
                let mut circle = vec![at];
                while let Some(earlier) = before.get(circle.last()?) {
                    circle.push(*earlier);
                }
                circle.reverse();
                return Some(circle);
            }
            if within.contains(next) && !before.contains_key(next) {
                before.insert(*next, at);
                queue.push_back(*next);
            }
        }
    }
    None
}

fn in_steps(circle: &[usize], edges: &Edges, all: &[Transaction]) -> Vec<Step> {
    let ends = circle.iter().cycle().skip(1);
    let step = |(from, to): (&usize, &usize)| {
        let (because, of) = edges[from][to].clone();
        Step { from: all[*from].to_string(), to: all[*to].to_string(), because, of }
    };
    circle.iter().zip(ends).map(step).collect()
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { list, value } => {
                write!(f, "{value} was appended to {list} and acknowledged, and is not there")
            }
            Self::Invented { list, value, by } => {
                write!(f, "{by} read {value} in {list}, which nobody appended for good")
            }
            Self::Doubled { list, value } => write!(f, "{value} is in {list} twice"),
            Self::Forked { list, place, by, and } => {
                write!(f, "{by} and {and} read different values at place {place} of {list}")
            }
            Self::LostUpdate { register, version, by, and } => {
                write!(f, "{by} and {and} both made version {version} of {register}")
            }
            Self::Cycle(steps) => {
                f.write_str("these come before each other in a circle:")?;
                for Step { from, to, because, of } in steps {
                    let because = match because {
                        Dependency::Write => format!("which wrote {of} later"),
                        Dependency::Read => format!("which saw its write of {of}"),
                        Dependency::Anti => format!("whose write of {of} it did not see"),
                        Dependency::RealTime => "which began after its answer".to_owned(),
                    };
                    write!(f, "\n- {from}\n  is before {to}, {because}")?;
                }
                Ok(())
            }
        }
    }
}
