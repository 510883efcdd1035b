//! Identifiers.

use impersonation_domain::ports::IdGenerator;
use uuid::{NonNilUuid, Uuid};

/// UUIDs of version 7, each later than the one before it in this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidV7Generator;

impl IdGenerator for UuidV7Generator {
    fn next(&self) -> NonNilUuid {
        loop {
            if let Some(id) = NonNilUuid::new(new_uuid()) {
                return id;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the adapter behind the `IdGenerator` port")]
fn new_uuid() -> Uuid {
    Uuid::now_v7()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_version_7_and_ascend_even_within_one_millisecond() {
        let ids: Vec<Uuid> = (0..10_000).map(|_| UuidV7Generator.next().get()).collect();
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert!(ids.is_sorted_by(|a, b| a < b));
    }
}
