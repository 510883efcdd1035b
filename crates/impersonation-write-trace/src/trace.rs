//! The format of a trace.

/// How a trace begins. A program that goes on with a trace adds to it.
pub const MAGIC: &[u8; 8] = b"imptrac1";

/// What was done. A record is, in little-endian numbers: its sequence from 0 on (8 bytes), the kind
/// (1), the file (1), offset (8), length (8); and for [`Kind::Write`] so many bytes of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The file was made.
    Create = 1,
    /// Data was written at the offset.
    Write = 2,
    /// The file now ends at the offset.
    Truncate = 3,
    /// Everything written before is on the disk.
    Sync = 4,
    /// That failed: what was written since the last time may be there or not, for good.
    SyncFailed = 5,
    /// The file was deleted.
    Unlink = 6,
    /// The file got another name, which SQLite never does.
    Rename = 7,
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// What was done.
    pub kind: Kind,
    /// To which file: 0 the database, 1 `-wal`, 2 `-journal`.
    pub file: u8,
    /// Where.
    pub offset: u64,
    /// What was written.
    pub data: &'a [u8],
}

impl Record<'_> {
    /// The bytes of the record with this sequence.
    #[must_use]
    pub fn encode(&self, sequence: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(26 + self.data.len());
        bytes.extend(sequence.to_le_bytes());
        bytes.extend([self.kind as u8, self.file]);
        bytes.extend(self.offset.to_le_bytes());
        bytes.extend((self.data.len() as u64).to_le_bytes());
        bytes.extend(self.data);
        bytes
    }
}
