//! When something is killed.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use impersonation_testkit::splitmix::SplitMix;

/// How often is looked for a write, at most.
const LOOKS: usize = 200_000;

/// A moment: after so many acknowledgements, and then after a while, or after the next write.
pub(crate) struct Moment {
    after: u64,
    /// The file that is watched: when it is written to, a transaction is being committed.
    log: Option<PathBuf>,
    pause: Duration,
}

impl Moment {
    /// Half of these are in the middle of a commit: SQLite has begun to write to its log. The
    /// others are any moment.
    pub(crate) fn on_sqlite(numbers: &mut SplitMix, folder: &Path) -> Self {
        let log = folder.join("data/impersonation.sqlite-wal");
        let watched = numbers.below(2) == 0;
        Self {
            log: watched.then_some(log),
            ..Self::any(numbers, if watched { 1_500 } else { 10_000 })
        }
    }

    /// Any moment within a few transactions.
    pub(crate) fn on_postgresql(numbers: &mut SplitMix) -> Self {
        Self::any(numbers, 10_000)
    }

    fn any(numbers: &mut SplitMix, microseconds: usize) -> Self {
        Self {
            after: numbers.below(50) as u64,
            log: None,
            pause: Duration::from_micros(numbers.below(microseconds) as u64),
        }
    }

    /// How many requests have been acknowledged before.
    pub(crate) fn after(&self) -> u64 {
        self.after
    }

    /// Waits until it is that moment.
    pub(crate) fn wait(&self) {
        if let Some(log) = &self.log {
            let state =
                || fs::metadata(log).and_then(|file| Ok((file.len(), file.modified()?))).ok();
            let before = state();
            let _found = (0..LOOKS).any(|_| state() != before);
        }
        #[expect(clippy::disallowed_methods, reason = "a random moment is what is tested")]
        thread::sleep(self.pause);
    }
}
