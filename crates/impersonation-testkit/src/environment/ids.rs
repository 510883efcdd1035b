//! Identifiers that are the same in every run.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use impersonation_domain::ports::IdGenerator;
use uuid::{NonNilUuid, Uuid};

/// UUIDs in the form of version 7 that count up, or down. Clones share the counter.
#[derive(Debug, Clone)]
pub struct SequentialIds {
    next: Arc<AtomicU64>,
    descending: bool,
}

impl SequentialIds {
    /// Identifiers that count down: what is made later sorts first.
    #[must_use]
    pub fn descending() -> Self {
        Self { next: Arc::new(AtomicU64::new(1)), descending: true }
    }

    /// The UUID with this number, as version 7 of one fixed moment.
    #[must_use]
    pub fn numbered(number: u64) -> Uuid {
        // 48 bits of time in milliseconds, version, 12 bits, variant, 62 bits.
        let high = (0x019b_8d48_3a80_u128 << 80) | (0x7_u128 << 76);
        let low = (0b10_u128 << 62) | u128::from(number & (u64::MAX >> 2));
        Uuid::from_u128(high | low)
    }
}

impl Default for SequentialIds {
    fn default() -> Self {
        Self { next: Arc::new(AtomicU64::new(1)), descending: false }
    }
}

impl IdGenerator for SequentialIds {
    fn next(&self) -> NonNilUuid {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let number = if self.descending { (u64::MAX >> 2) - number } else { number };
        NonNilUuid::new(Self::numbered(number)).expect("the version bits are never zero")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_version_7_and_in_order() {
        let (up, down) = (SequentialIds::default(), SequentialIds::descending());
        let first = up.next();
        assert_eq!(first.get().get_version_num(), 7);
        assert_eq!(first.get().get_variant(), uuid::Variant::RFC4122);
        assert!(first < up.clone().next());
        assert!(down.next() > down.next());
    }
}
