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
