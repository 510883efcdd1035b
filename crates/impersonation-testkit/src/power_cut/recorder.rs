//! Putting the library that records under a program.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use super::Trace;

/// Records what programs do to one database, and lets calls fail.
#[derive(Debug)]
pub struct Recorder {
    shim: PathBuf,
    database: PathBuf,
    trace: PathBuf,
    faults: PathBuf,
    serial: u64,
}

impl Recorder {
    /// A recorder for a database of this name in this folder, which has to be there. `None` where
    /// there is no `LD_PRELOAD`, or another C library than glibc: then a test says that it was
    /// skipped.
    ///
    /// The library is looked for beside the program that calls this, where cargo puts it for a crate
    /// with a dev-dependency on `impersonation-write-trace`.
    ///
    /// # Panics
    /// Where the library should be there and is not.
    #[must_use]
    pub fn new(folder: &Path, name: &str) -> Option<Self> {
        if !cfg!(all(target_os = "linux", target_env = "gnu")) {
            return None;
        }
        let program = env::current_exe().expect("the path of this program");
        let library = program
            .ancestors()
            .skip(1)
            .take(2)
            .map(|folder| folder.join("libimpersonation_write_trace.so"))
            .find(|library| library.exists())
            .expect("cargo has built impersonation-write-trace beside this program");
        let folder = fs::canonicalize(folder).expect("the folder is there");
        Some(Self {
            shim: library,
            database: folder.join(name),
            trace: folder.join("trace"),
            faults: folder.join("faults"),
            serial: 0,
        })
    }

    /// The path of the database, which the program must be given.
    #[must_use]
    pub fn database(&self) -> &Path {
        &self.database
    }

    /// What the program must have in its environment, for a trace.
    #[must_use]
    pub fn tracing(&self) -> [(&'static str, OsString); 3] {
        [
            ("LD_PRELOAD", self.shim.clone().into()),
            ("WRITE_TRACE_DATABASE", self.database.clone().into()),
            ("WRITE_TRACE_TO", self.trace.clone().into()),
        ]
    }

    /// What the program must have in its environment, for faults.
    #[must_use]
    pub fn failing(&self) -> [(&'static str, OsString); 3] {
        [
            ("LD_PRELOAD", self.shim.clone().into()),
            ("WRITE_TRACE_DATABASE", self.database.clone().into()),
            ("WRITE_TRACE_FAULTS", self.faults.clone().into()),
        ]
    }

    /// How long the trace is now: to be asked when an answer has come.
    ///
    /// # Panics
    /// Where there is no trace.
    #[must_use]
    pub fn position(&self) -> u64 {
        fs::metadata(&self.trace).expect("a trace").len()
    }

    /// Reads the trace.
    ///
    /// # Errors
    /// Where there is none.
    pub fn trace(&self) -> io::Result<Trace> {
        Trace::read(&self.trace)
    }

    /// The path of the trace.
    #[must_use]
    pub fn trace_path(&self) -> &Path {
        &self.trace
    }

    /// From the `first` call on that writes, calls fail in this way (`EIO`, `ENOSPC`, `SHORT`; with
    /// `READ` those that read): only that one where it is to be `once`, else until [`Self::heal`].
    ///
    /// # Panics
    /// Where the file of faults cannot be written.
    pub fn fail(&mut self, fault: &str, first: u64, once: bool) {
        self.serial += 1;
        let last = if once { first.to_string() } else { "-".to_owned() };
        let line = format!("{} {fault} {first} {last}", self.serial);
        let next = self.faults.with_extension("next");
        fs::write(&next, line)
            .and_then(|()| fs::rename(next, &self.faults))
            .expect("the file of faults can be written");
        drop(fs::remove_file(self.hits_path()));
    }

    /// Nothing fails any more. The answer is how many calls have failed.
    ///
    /// # Panics
    /// Where the file of faults cannot be deleted.
    pub fn heal(&mut self) -> u64 {
        fs::remove_file(&self.faults).expect("something was failing");
        self.hits()
    }

    /// How many calls have failed so far.
    #[must_use]
    pub fn hits(&self) -> u64 {
        fs::metadata(self.hits_path()).map_or(0, |file| file.len())
    }

    fn hits_path(&self) -> PathBuf {
        let mut path = self.faults.clone().into_os_string();
        path.push(".hits");
        path.into()
    }
}
