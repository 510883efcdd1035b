//! What unit tests of this crate share.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{NonNilUuid, Uuid};

use crate::{
    audit::{Origin, Party, Stamp},
    ids::{OrganizationId, TypedId},
    ports::IdGenerator,
    time::Timestamp,
};

#[derive(Default)]
pub(crate) struct CountingIds(AtomicU64);

impl IdGenerator for CountingIds {
    fn next(&self) -> NonNilUuid {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        NonNilUuid::new(Uuid::from_u128(u128::from(number))).unwrap()
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

pub(crate) fn organization_id() -> OrganizationId {
    OrganizationId::from_non_nil(NonNilUuid::new(Uuid::from_u128(0xacce)).unwrap())
}

pub(crate) fn with_stamp<T>(test: impl FnOnce(&Stamp<'_>) -> T) -> T {
    test(&Stamp::new(at(0), Party::System, &Origin::default(), &CountingIds::default()))
}
