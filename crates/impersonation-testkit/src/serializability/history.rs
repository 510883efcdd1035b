//! Histories.

use std::fmt;

/// Something that a transaction did, or saw. Its reads count as made before its own writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// It appended a value, which nobody else appends, to a list.
    Append {
        /// Which list.
        list: String,
        /// The value.
        value: String,
    },
    /// It read a whole list.
    ReadList {
        /// Which list.
        list: String,
        /// What was in it.
        values: Vec<String>,
    },
    /// It put a register into its next version.
    Write {
        /// Which register.
        register: String,
        /// The version since.
        version: u64,
    },
    /// It read a register.
    Read {
        /// Which register.
        register: String,
        /// The version that it was in; 0 where it was not there yet.
        version: u64,
    },
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was acknowledged.
    Committed,
    /// It was undone.
    Aborted,
    /// Nobody knows. It counts as committed where somebody has seen its effect.
    Unknown,
}

/// A transaction as its client knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// What it is called in messages, such as `op-7 edits a grant`.
    pub name: String,
    /// The tick before it began. Ticks grow with real time; no two are the same.
    pub began: u64,
    /// The tick after it was answered.
    pub ended: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// What it did and saw.
    pub operations: Vec<Operation>,
}

/// What several clients did at the same time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The transactions, in any order. For a list there should be a read after everything else: what
    /// nobody has read is taken for lost.
    pub transactions: Vec<Transaction>,
}

impl fmt::Display for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (ticks {} to {})", self.name, self.began, self.ended)?;
        for (index, operation) in self.operations.iter().enumerate() {
            write!(f, "{} {operation}", if index == 0 { ":" } else { "," })?;
        }
        match self.outcome {
            Outcome::Committed => Ok(()),
            Outcome::Aborted => f.write_str("; undone"),
            Outcome::Unknown => f.write_str("; not answered"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Append { list, value } => write!(f, "appends {value} to {list}"),
            Self::ReadList { list, values } => match values.last() {
                Some(last) => write!(f, "reads {list} with {} values up to {last}", values.len()),
                None => write!(f, "reads {list}, which is empty"),
            },
            Self::Write { register, version } => write!(f, "makes version {version} of {register}"),
            Self::Read { register, version } => write!(f, "sees version {version} of {register}"),
        }
    }
}
