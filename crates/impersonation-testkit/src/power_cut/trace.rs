//! Reading what was recorded.

use std::{fs, io, ops::Range, path::Path};

/// What was done. The numbers are those of `impersonation-write-trace`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The file was made.
    Create,
    /// Data was written.
    Write,
    /// The file was cut off, or filled up with zeros, to end at the offset.
    Truncate,
    /// Everything written to the file before is on the disk.
    Sync,
    /// That failed.
    SyncFailed,
    /// The file was deleted.
    Unlink,
}

/// One record.
#[derive(Debug, Clone)]
pub struct Record {
    /// What was done.
    pub kind: Kind,
    /// To which of the files; see [`super::ENDINGS`].
    pub file: usize,
    /// Where.
    pub offset: usize,
    data: Range<usize>,
}

/// Everything that a program did to its database, in the order in which it did it. A program that
/// was started again goes on with the same trace.
#[derive(Debug)]
pub struct Trace {
    bytes: Vec<u8>,
    /// Each with the length of the trace after it.
    records: Vec<(u64, Record)>,
}

const MAGIC: &[u8] = b"imptrac1";

impl Trace {
    /// Reads a trace.
    ///
    /// # Errors
    /// Where there is none.
    ///
    /// # Panics
    /// Where it has holes, or tells of something that no database does.
    pub fn read(path: &Path) -> io::Result<Self> {
        let bytes = fs::read(path)?;
        let mut records = Vec::new();
        let (mut at, mut next) = (0, 0);
        let number = |at: usize| -> u64 {
            u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
        };
        let small = |number: u64| usize::try_from(number).expect("a trace fits into memory");
        while at < bytes.len() {
            if bytes[at..].starts_with(MAGIC) {
                (at, next) = (at + MAGIC.len(), 0);
                continue;
            }
            assert_eq!(number(at), next, "the trace has a hole at {at}");
            let kind = match bytes[at + 8] {
                1 => Kind::Create,
                2 => Kind::Write,
                3 => Kind::Truncate,
                4 => Kind::Sync,
                5 => Kind::SyncFailed,
                6 => Kind::Unlink,
                other => panic!("the trace tells of {other}, which SQLite never does"),
            };
            let data = at + 26..at + 26 + small(number(at + 18));
            let file = usize::from(bytes[at + 9]);
            records.push((
                data.end as u64,
                Record { kind, file, offset: small(number(at + 10)), data: data.clone() },
            ));
            (at, next) = (data.end, next + 1);
        }
        Ok(Self { bytes, records })
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// A record.
    #[must_use]
    pub fn record(&self, index: usize) -> Option<&Record> {
        self.records.get(index).map(|(_, record)| record)
    }

    /// How many records there were when the trace was so long. Whoever gets an answer and looks how
    /// long the trace is has here everything that was done before the answer, or a little more.
    #[must_use]
    pub fn until(&self, length: u64) -> usize {
        self.records.partition_point(|(end, _)| *end <= length)
    }

    /// What was written.
    #[must_use]
    pub fn data(&self, record: &Record) -> &[u8] {
        &self.bytes[record.data.clone()]
    }

    /// How many records there are of this kind, for this file.
    #[must_use]
    pub fn count(&self, kind: Kind, file: usize) -> u64 {
        let records = self.records.iter().map(|(_, record)| record);
        let found = records.filter(|record| record.kind == kind && record.file == file).count();
        u64::try_from(found).expect("a small number")
    }
}
