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
    /// Tests with this in their name, and sizes that variables set.
    Tests {
        /// A part of their names.
        filter: &'static str,
        /// The variables and the full sizes.
        sizes: &'static [(&'static str, u64)],
    },
}

/// Every part, the fast ones first.
pub(crate) const PARTS: &[Part] = &[
    Part {
        name: "matrix",
        what: "the decision matrix, every state crossed with every other",
        work: Work::Tests { filter: "matrix", sizes: &[] },
    },
    Part {
        name: "policy",
        what: "the decision against the reference model",
        work: Work::Policy { cases: 100_000_000 },
    },
    Part {
        name: "histories",
        what: "histories beside the model, in memory",
        work: Work::Tests {
            filter: "memory_histories",
            sizes: &[("IMP_STATEFUL_HISTORIES", 50_000), ("IMP_STATEFUL_STEPS", 50)],
        },
    },
    Part {
        name: "histories-sqlite",
        what: "histories beside the model, on SQLite",
        work: Work::Tests {
            filter: "sqlite_histories",
            sizes: &[("IMP_STATEFUL_HISTORIES", 5_000), ("IMP_STATEFUL_STEPS", 50)],
        },
    },
    Part {
        name: "histories-postgres",
        what: "histories beside the model, on PostgreSQL",
        work: Work::Tests {
            filter: "postgres_histories",
            sizes: &[("IMP_STATEFUL_HISTORIES", 1_000), ("IMP_STATEFUL_STEPS", 50)],
        },
    },
    Part {
        name: "power-cut-controls",
        what: "power cuts of a store that waits for the disk less",
        work: Work::Tests {
            filter: "sqlite::power_cut",
            sizes: &[("IMP_POWER_CUT_CONTROLS", 1_000)],
        },
    },
    Part {
        name: "disk-faults",
        what: "disks that fail under a server on SQLite",
        work: Work::Tests { filter: "power_cut::faults", sizes: &[("IMP_IO_FAULTS", 500)] },
    },
    Part {
        name: "power-cuts",
        what: "power cuts of a server on SQLite",
        work: Work::Tests { filter: "p1_p2_no_power_cut", sizes: &[("IMP_POWER_CUTS", 200_000)] },
    },
];
