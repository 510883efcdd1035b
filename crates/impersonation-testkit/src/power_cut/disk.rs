//! What a disk holds.

use std::{fs, io, path::Path};

use super::{ENDINGS, Kind, Record, Trace};
use crate::splitmix::SplitMix;

/// What a disk writes at once: a sector is there or not, but not half.
const SECTOR: usize = 512;

/// The files of a database as they must be on the disk at a moment, and what was written since.
#[derive(Debug, Clone)]
pub struct Disk<'a> {
    trace: &'a Trace,
    files: [File<'a>; 3],
    at: usize,
}

#[derive(Debug, Clone, Default)]
struct File<'a> {
    /// What is on the disk for certain, where there is such a file.
    certain: Option<Vec<u8>>,
    /// What was done since, in order.
    pending: Vec<&'a Record>,
    /// Whether it was deleted, which may not be on the disk: a folder is not synchronized.
    deleted: bool,
}

/// The files after a power cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    files: [Option<Vec<u8>>; 3],
}

/// How much of what was not synchronized is on the disk.
#[derive(Clone, Copy)]
struct Luck {
    /// So many of a hundred writes got there.
    writes: usize,
    /// So many of a hundred of the others got there in part, sector by sector.
    torn: usize,
    /// So many of a hundred of those that did not left a file that is as long as if they had.
    grown: usize,
}

impl<'a> Disk<'a> {
    /// The disk before the first record.
    #[must_use]
    pub fn new(trace: &'a Trace) -> Self {
        Self { trace, files: Default::default(), at: 0 }
    }

    /// How many records it has followed.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Follows the trace up to this many records. A synchronization that failed leaves to chance,
    /// for good, what was to be synchronized.
    ///
    /// # Panics
    /// Where that is not forward, or beyond the end.
    pub fn follow(&mut self, until: usize, random: &mut SplitMix) {
        assert!((self.at..=self.trace.len()).contains(&until), "{} to {until}", self.at);
        for index in self.at..until {
            let record = self.trace.record(index).expect("it is within the trace");
            let file = &mut self.files[record.file];
            match record.kind {
                Kind::Create => {
                    *file = File { certain: Some(Vec::new()), ..File::default() };
                    // What is done to a folder gets to the disk in its order.
                    for file in self.files.iter_mut().filter(|file| file.deleted) {
                        *file = File::default();
                    }
                }
                Kind::Unlink => file.deleted = true,
                Kind::Write | Kind::Truncate => file.pending.push(record),
                Kind::Sync => file.settle(self.trace, |_| true),
                Kind::SyncFailed => {
                    let luck = luck(random);
                    file.settle_by(self.trace, luck, random);
                }
            }
        }
        self.at = until;
    }

    /// What may be on the disk if the power fails now, in the middle of what comes next.
    #[must_use]
    pub fn cut(&self, random: &mut SplitMix) -> Image {
        let mut files: [File<'a>; 3] = self.files.clone();
        if let Some(next) = self.trace.record(self.at)
            && matches!(next.kind, Kind::Write | Kind::Truncate)
        {
            files[next.file].pending.push(next);
        }
        Image { files: files.map(|mut file| file.after_cut(self.trace, random)) }
    }

    /// Exactly what the program sees: everything that it has done so far.
    #[must_use]
    pub fn all(&self) -> Image {
        Image {
            files: self.files.clone().map(|mut file| {
                file.settle(self.trace, |_| true);
                file.certain.filter(|_| !file.deleted)
            }),
        }
    }
}

fn luck(random: &mut SplitMix) -> Luck {
    Luck {
        writes: *random.choose(&[0, 0, 10, 50, 90, 100]),
        torn: *random.choose(&[0, 50, 100]),
        grown: *random.choose(&[0, 50, 100]),
    }
}

impl File<'_> {
    fn after_cut(&mut self, trace: &Trace, random: &mut SplitMix) -> Option<Vec<u8>> {
        if self.deleted && random.below(100) < 50 {
            return None;
        }
        let luck = luck(random);
        self.settle_by(trace, luck, random);
        self.certain.take()
    }

    /// Puts those sectors of what was done on the disk that are `kept`.
    fn settle(&mut self, trace: &Trace, mut kept: impl FnMut(usize) -> bool) {
        for record in std::mem::take(&mut self.pending) {
            self.apply(trace, record, &mut kept);
        }
    }

    fn settle_by(&mut self, trace: &Trace, luck: Luck, random: &mut SplitMix) {
        for record in std::mem::take(&mut self.pending) {
            let end = record.offset + trace.data(record).len();
            if random.below(100) < luck.writes {
                self.apply(trace, record, &mut |_| true);
            } else if record.kind == Kind::Write && random.below(100) < luck.torn {
                self.apply(trace, record, &mut |_| random.below(100) < 50);
            }
            if record.kind == Kind::Write && random.below(100) < luck.grown {
                let content = self.certain.get_or_insert_default();
                content.resize(content.len().max(end), 0);
            }
        }
    }

    fn apply(&mut self, trace: &Trace, record: &Record, kept: &mut impl FnMut(usize) -> bool) {
        let content = self.certain.get_or_insert_default();
        if record.kind == Kind::Truncate {
            content.resize(record.offset, 0);
            return;
        }
        let (data, start) = (trace.data(record), record.offset);
        let end = start + data.len();
        let mut from = start;
        while from < end {
            let to = end.min((from / SECTOR + 1) * SECTOR);
            if kept(from / SECTOR) {
                content.resize(content.len().max(to), 0);
                content[from..to].copy_from_slice(&data[from - start..to - start]);
            }
            from = to;
        }
    }
}

impl Image {
    /// Writes the files where a database of this path would have them, in place of those that are
    /// there.
    ///
    /// # Errors
    /// Where that fails.
    pub fn write(&self, database: &Path) -> io::Result<()> {
        for (ending, content) in
            ENDINGS.iter().chain(&["-shm"]).zip(self.files.iter().chain(&[None]))
        {
            let mut path = database.as_os_str().to_owned();
            path.push(ending);
            match content {
                Some(content) => fs::write(path, content)?,
                None => match fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                },
            }
        }
        Ok(())
    }

    /// The content of a file, where it is there; see [`ENDINGS`].
    #[must_use]
    pub fn file(&self, number: usize) -> Option<&[u8]> {
        self.files.get(number)?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const CREATE: u8 = 1;
    const WRITE: u8 = 2;
    const SYNC: u8 = 4;
    const SYNC_FAILED: u8 = 5;
    const UNLINK: u8 = 6;

    /// A trace of these calls: kind, file, and two sectors of one byte where it is a write.
    fn trace(calls: &[(u8, u8, u8)]) -> Trace {
        let mut bytes = b"imptrac1".to_vec();
        for (sequence, (kind, file, byte)) in (0_u64..).zip(calls) {
            let data = if *kind == WRITE { vec![*byte; 2 * SECTOR] } else { Vec::new() };
            bytes.extend(sequence.to_le_bytes());
            bytes.extend([*kind, *file]);
            bytes.extend(0_u64.to_le_bytes());
            bytes.extend((data.len() as u64).to_le_bytes());
            bytes.extend(data);
        }
        let path = std::env::temp_dir().join(format!(
            "impersonation-trace-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        fs::write(&path, bytes).unwrap();
        let trace = Trace::read(&path).unwrap();
        fs::remove_file(path).unwrap();
        trace
    }

    /// What a file may look like if the power fails after so many calls: the first byte of each
    /// sector that it has.
    fn outcomes(trace: &Trace, after: usize, file: usize) -> BTreeSet<Option<Vec<u8>>> {
        let mut random = SplitMix::new(7);
        let images = (0..2000).map(|_| {
            let mut disk = Disk::new(trace);
            disk.follow(after, &mut random);
            disk.cut(&mut random)
        });
        let sectors = |content: &[u8]| content.chunks(SECTOR).map(|sector| sector[0]).collect();
        images.map(|image| image.file(file).map(sectors)).collect()
    }

    fn set<const N: usize>(outcomes: [Option<&[u8]>; N]) -> BTreeSet<Option<Vec<u8>>> {
        outcomes.into_iter().map(|outcome| outcome.map(<[u8]>::to_vec)).collect()
    }

    #[test]
    fn what_was_synchronized_is_there_and_what_was_not_may_be_torn() {
        let trace = trace(&[(CREATE, 0, 0), (WRITE, 0, 1), (SYNC, 0, 0), (WRITE, 0, 2)]);
        assert_eq!(outcomes(&trace, 0, 0), set([None]));
        let grown: &[u8] = &[0, 0];
        let torn = [[].as_slice(), grown, &[0, 1], &[1, 0], &[1], &[1, 1]].map(Some);
        assert_eq!(outcomes(&trace, 1, 0), set(torn));
        // The write after the synchronization is under way.
        assert_eq!(
            outcomes(&trace, 3, 0),
            set([[1, 1], [1, 2], [2, 1], [2, 2]].each_ref().map(|sectors| Some(&sectors[..])))
        );
    }

    #[test]
    fn what_could_not_be_synchronized_may_be_lost_for_good() {
        let calls = [
            (CREATE, 1, 0),
            (WRITE, 1, 1),
            (SYNC, 1, 0),
            (WRITE, 1, 2),
            (SYNC_FAILED, 1, 0),
            (SYNC, 1, 0),
        ];
        let trace = trace(&calls);
        assert!(outcomes(&trace, 6, 1).contains(&Some(vec![1, 1])));
        assert!(outcomes(&trace, 6, 1).contains(&Some(vec![2, 2])));
    }

    #[test]
    fn a_deleted_file_may_be_there_until_the_folder_is_written_again() {
        let calls = [(CREATE, 2, 0), (WRITE, 2, 1), (SYNC, 2, 0), (UNLINK, 2, 0), (CREATE, 1, 0)];
        let trace = trace(&calls);
        assert_eq!(outcomes(&trace, 4, 2), set([None, Some(&[1, 1])]));
        assert_eq!(outcomes(&trace, 5, 2), set([None]));
        let mut disk = Disk::new(&trace);
        disk.follow(4, &mut SplitMix::new(1));
        assert_eq!(disk.all().file(2), None, "the program does not see it");
    }
}
