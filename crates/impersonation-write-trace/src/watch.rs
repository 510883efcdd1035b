//! What is watched, and what was seen.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use libc::c_int;

use crate::{
    fault::{Fault, Plan},
    trace::{Kind, MAGIC, Record},
};

/// Which of the first descriptors are watched: 0 is not, otherwise the file and 1. The programs that
/// this is for have few.
static DESCRIPTORS: [AtomicU8; 4096] = [const { AtomicU8::new(0) }; 4096];

static WATCH: OnceLock<Option<(Vec<u8>, Mutex<Watch>)>> = OnceLock::new();

/// What is known of the program. It is held while a call is passed on, so that the order of the
/// records is the order of what they tell.
pub(crate) struct Watch {
    to: Option<PathBuf>,
    faults: Option<PathBuf>,
    trace: Option<File>,
    sequence: u64,
    serial: u64,
    counted: u64,
    /// Whether a write was short already, under this serial.
    was_short: bool,
}

/// What is to become of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is passed on.
    Pass,
    /// It fails with this number.
    Fail(c_int),
    /// It is passed on with half of what it should write.
    Half,
}

/// What a call does to a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Write,
    Truncate,
    Sync,
}

/// Only reads the environment: what opens a file comes back here.
fn watch() -> Option<&'static (Vec<u8>, Mutex<Watch>)> {
    WATCH
        .get_or_init(|| {
            let database = env::var_os("WRITE_TRACE_DATABASE")?;
            let watch = Watch {
                to: env::var_os("WRITE_TRACE_TO").map(PathBuf::from),
                faults: env::var_os("WRITE_TRACE_FAULTS").map(PathBuf::from),
                trace: None,
                sequence: 0,
                serial: 0,
                counted: 0,
                was_short: false,
            };
            Some((database.into_encoded_bytes(), Mutex::new(watch)))
        })
        .as_ref()
}

/// The watched file of this path, if it is one.
pub(crate) fn file_at(path: &[u8]) -> Option<u8> {
    let (database, _) = watch()?;
    match path.strip_prefix(database.as_slice())? {
        b"" => Some(0),
        b"-wal" => Some(1),
        b"-journal" => Some(2),
        _ => None,
    }
}

/// The watched file of this descriptor, if it is one.
pub(crate) fn file_of(descriptor: c_int) -> Option<u8> {
    let slot = DESCRIPTORS.get(usize::try_from(descriptor).ok()?)?;
    slot.load(Ordering::Relaxed).checked_sub(1)
}

/// From now on the descriptor is of this file, or of none that is watched.
pub(crate) fn set(descriptor: c_int, file: Option<u8>) {
    let slot = usize::try_from(descriptor).ok().and_then(|index| DESCRIPTORS.get(index));
    match (slot, file) {
        (Some(slot), file) => slot.store(file.map_or(0, |file| file + 1), Ordering::Relaxed),
        // A trace with holes would prove nothing.
        (None, Some(_)) => std::process::abort(),
        (None, None) => {}
    }
}

/// The watch, for one call on a watched file.
pub(crate) fn lock() -> Option<MutexGuard<'static, Watch>> {
    watch().map(|(_, watch)| watch.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Watch {
    /// Whether the call is to fail.
    pub(crate) fn verdict(&mut self, call: Call) -> Verdict {
        let Some(path) = &self.faults else { return Verdict::Pass };
        let Some(plan) = fs::read_to_string(path).ok().as_deref().and_then(Plan::parse) else {
            return Verdict::Pass;
        };
        if plan.serial != self.serial {
            (self.serial, self.counted, self.was_short) = (plan.serial, 0, false);
        }
        if (call == Call::Read) != (plan.fault == Fault::Read) {
            return Verdict::Pass;
        }
        self.counted += 1;
        if !(plan.first..=plan.last).contains(&self.counted) {
            return Verdict::Pass;
        }
        let verdict = match plan.fault {
            Fault::Io | Fault::Read => Verdict::Fail(libc::EIO),
            Fault::Short if call == Call::Write && !self.was_short => {
                self.was_short = true;
                Verdict::Half
            }
            Fault::Full | Fault::Short => Verdict::Fail(libc::ENOSPC),
        };
        self.tell_of_fault();
        verdict
    }

    /// One byte in the file of hits for each call that failed.
    fn tell_of_fault(&self) {
        let Some(path) = &self.faults else { return };
        let mut hits = path.clone().into_os_string();
        hits.push(".hits");
        let hits = OpenOptions::new().create(true).append(true).open(hits);
        if hits.and_then(|mut hits| hits.write_all(b".")).is_err() {
            std::process::abort();
        }
    }

    /// Adds a record. A trace with holes would prove nothing: where it cannot be written, the
    /// program ends.
    pub(crate) fn record(&mut self, record: Record<'_>) {
        if self.to.is_none() {
            return;
        }
        let bytes = record.encode(self.sequence);
        self.sequence += 1;
        let written = self.trace().and_then(|trace| trace.write_all(&bytes));
        if written.is_err() {
            std::process::abort();
        }
    }

    /// As above, for what has no data.
    pub(crate) fn note(&mut self, kind: Kind, file: u8, offset: u64) {
        self.record(Record { kind, file, offset, data: &[] });
    }

    fn trace(&mut self) -> std::io::Result<&mut File> {
        if self.trace.is_none() {
            let path = self.to.clone().unwrap_or_default();
            let mut file = OpenOptions::new().create(true).append(true).open(path)?;
            file.write_all(MAGIC)?;
            self.trace = Some(file);
        }
        self.trace.as_mut().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}
