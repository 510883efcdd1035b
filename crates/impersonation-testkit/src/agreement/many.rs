//! Comparing on all cores.

use std::{
    ops::Range,
    panic::resume_unwind,
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use super::Distribution;
use crate::{
    reference::Answer,
    strategies::{Case, smallest},
};

/// How many cases a thread takes at a time.
const STRIPE: u64 = 1 << 14;

/// A case that was decided otherwise than the model does.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Which case it was.
    pub number: u64,
    /// The smallest case that still differs.
    pub case: Case,
    /// What was expected of that, in words.
    pub says: String,
}

/// Compares `decide` with the model on the cases with these numbers, on so many threads. The answer
/// does not depend on their number: the counts are those of all cases, or else the difference is
/// that of the case with the lowest number. `progress` hears now and then how many are done.
///
/// # Errors
/// The first [`Difference`].
///
/// # Panics
/// Where `decide` does.
pub fn compare_many(
    numbers: Range<u64>,
    threads: usize,
    case: impl Fn(u64) -> Case + Sync,
    decide: impl Fn(&Case) -> Answer + Sync,
    mut progress: impl FnMut(u64),
) -> Result<Distribution, Box<Difference>> {
    // Stripes are handed out in order. Whoever finds a difference keeps the others from beginning
    // later stripes; earlier ones are being looked through already.
    let next = AtomicU64::new(numbers.start);
    let found_at = AtomicU64::new(u64::MAX);
    let work = |done: &mpsc::Sender<u64>| {
        let mut distribution = Distribution::default();
        let mut difference = None;
        loop {
            let start = next.fetch_add(STRIPE, Ordering::Relaxed);
            if start >= numbers.end.min(found_at.load(Ordering::Relaxed)) {
                return (distribution, difference);
            }
            let end = numbers.end.min(start + STRIPE);
            for number in start..end {
                let case = case(number);
                if let Err(says) = distribution.compare(&case, &decide) {
                    found_at.fetch_min(number, Ordering::Relaxed);
                    difference = Some((number, case, says));
                    return (distribution, difference);
                }
            }
            // Nobody listens any more where the one who asked has panicked.
            let _ = done.send(end - start);
        }
    };
    let (sender, receiver) = mpsc::channel();
    let results: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| {
                let (sender, work) = (sender.clone(), &work);
                scope.spawn(move || work(&sender))
            })
            .collect();
        drop(sender);
        let mut done = 0;
        for more in receiver {
            done += more;
            progress(done);
        }
        let joined = workers.into_iter().map(|worker| worker.join());
        joined.map(|result| result.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut all = Distribution::default();
    let mut first = None;
    for (distribution, difference) in results {
        all.add(&distribution);
        first = [first, difference].into_iter().flatten().min_by_key(|(number, ..)| *number);
    }
    let Some((number, case, says)) = first else { return Ok(all) };
    let differs = |case: &Case| Distribution::default().compare(case, &decide).err();
    let (case, says) = smallest(&case, says, differs);
    Err(Box::new(Difference { number, case, says }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{agreement::decide, strategies::quick};

    fn on(threads: usize, decide: impl Fn(&Case) -> Answer + Sync) -> Result<Distribution, u64> {
        let numbers = 5..3 * STRIPE;
        compare_many(numbers, threads, |number| quick::case(9, number), decide, |_| ())
            .map_err(|difference| difference.number)
    }

    #[test]
    fn d3_the_number_of_threads_changes_nothing() {
        let one = on(1, decide).unwrap();
        assert_eq!(one.counts().first(), Some(&("cases", 3 * STRIPE - 5)));
        assert_eq!(one.counts(), on(4, decide).unwrap().counts());
        // A mistake that is rare: three grants or more, and one of them in its second version.
        let rarely_wrong = |case: &Case| match decide(case) {
            Answer::Permit(grant, 2, ends) if case.facts.grants.len() > 4 => {
                Answer::Permit(grant, 1, ends)
            }
            answer => answer,
        };
        let first = on(1, rarely_wrong).unwrap_err();
        for _ in 0..5 {
            assert_eq!(on(4, rarely_wrong).unwrap_err(), first);
        }
    }
}
