//! What there is to prove, and how much of it is the full size.

/// One part of the proof.
pub(crate) struct Part {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// What it is, in words.
    pub(crate) what: &'static str,
    /// What is run.
    pub(crate) work: Work,
}

/// What is run.
pub(crate) enum Work {
    /// The comparison of the decision with the reference model.
    Policy {
        /// How many cases.
        cases: u64,
    },
    /// The same on all small worlds, which are never fewer.
    SmallWorlds,
    /// Bugs that are put in on purpose, each of which its suite must catch.
    Planted,
    /// Tests with this in their name.
    Tests {
        /// A part of their names.
        filter: &'static str,
        /// The variables that say how many are tried, and how many are in full.
        sizes: &'static [(&'static str, u64)],
        /// The variables that say what each is like, which no percentage changes.
        shape: &'static [(&'static str, u64)],
    },
}

/// Every part, the fast ones first. The sizes are the minimums of the test programme: what its runs
/// in CI are cut down from.
pub(crate) const PARTS: &[Part] = &[
    tests("matrix", "the decision matrix, every state crossed with every other", "matrix", &[]),
    Part {
        name: "planted",
        what: "bugs put in on purpose, and the suites that must catch them",
        work: Work::Planted,
    },
    Part {
        name: "policy",
        what: "the decision against the reference model",
        work: Work::Policy { cases: 100_000_000 },
    },
    Part { name: "small-worlds", what: "all small worlds", work: Work::SmallWorlds },
    tests("corpus", "the kept cases, on every store and over HTTP", "every_kept_case", &[]),
    tests("laws", "the laws of a decision and of lives", "laws", &[("IMP_LAW_CASES", 100_000)]),
    tests("protocol", "revoke, start, act and send as a model, explored whole", "protocol", &[])
        .each(&[("IMP_PROTOCOL_OPERATIONS", 6)]),
    tests(
        "schedules",
        "interleavings at each call of a port",
        "schedules",
        &[("IMP_SCHEDULES", 200_000)],
    ),
    tests(
        "histories",
        "histories beside the model, in memory",
        "memory_histories",
        &[("IMP_STATEFUL_HISTORIES", 50_000)],
    )
    .each(&[("IMP_STATEFUL_STEPS", 50)]),
    tests(
        "histories-sqlite",
        "histories beside the model, on SQLite",
        "sqlite_histories",
        &[("IMP_STATEFUL_HISTORIES", 5_000)],
    )
    .each(&[("IMP_STATEFUL_STEPS", 50)]),
    tests(
        "histories-postgres",
        "histories beside the model, on PostgreSQL",
        "postgres_histories",
        &[("IMP_STATEFUL_HISTORIES", 1_000)],
    )
    .each(&[("IMP_STATEFUL_STEPS", 50)]),
    tests("races", "every race, both orders forced", "races", &[("IMP_RACE_ROUNDS", 200)]),
    tests(
        "serializability",
        "whether some order explains what concurrent use cases saw",
        "serializability",
        &[("IMP_SERIAL_HISTORIES", 200)],
    ),
    tests(
        "linearizability",
        "clients over HTTP, on one server and on two, with faults",
        "linearizability",
        &[("IMP_HISTORIES", 200)],
    )
    .each(&[("IMP_HISTORY_CLIENTS", 8), ("IMP_HISTORY_OPERATIONS", 50)]),
    tests(
        "network",
        "lines that fail, to the server and to PostgreSQL",
        "network",
        &[("IMP_NETWORK_FAULTS", 100)],
    ),
    tests(
        "crashes",
        "servers and PostgreSQL killed at random moments",
        "crashes",
        &[
            ("IMP_KILLS", 1_000),
            ("IMP_KILLS_ON_POSTGRES", 300),
            ("IMP_POSTGRES_KILLS", 50),
            ("IMP_STOPS", 50),
        ],
    ),
    tests(
        "power-cuts",
        "power cut in SQLite's writes, with controls; I/O errors; a full disk",
        "power_cut",
        &[("IMP_POWER_CUTS", 10_000), ("IMP_POWER_CUT_CONTROLS", 1_000), ("IMP_IO_FAULTS", 500)],
    ),
    tests(
        "tampering",
        "events altered, moved, doubled and taken away, and rows of them",
        "tamper",
        &[("IMP_TAMPERINGS", 100_000), ("IMP_ROW_TAMPERINGS", 5_000)],
    ),
];

/// A part that is made of tests.
const fn tests(
    name: &'static str,
    what: &'static str,
    filter: &'static str,
    sizes: &'static [(&'static str, u64)],
) -> Part {
    Part { name, what, work: Work::Tests { filter, sizes, shape: &[] } }
}

impl Part {
    /// The same, of which each is like this.
    const fn each(self, shape: &'static [(&'static str, u64)]) -> Self {
        match self.work {
            Work::Tests { filter, sizes, .. } => {
                Self { work: Work::Tests { filter, sizes, shape }, ..self }
            }
            _ => self,
        }
    }
}
