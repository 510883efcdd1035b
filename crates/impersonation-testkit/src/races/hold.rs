//! Holding a unit of work until it is let go.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use impersonation_domain::{
    ids::OrganizationId,
    ports::{RepositoryError, UnitOfWork, UnitOfWorkFactory},
};
use tokio::sync::Notify;

use crate::through::{Call, Route, Through};

/// Where a unit of work is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Before it begins.
    BeforeBegin,
    /// When it has begun, and has read nothing.
    AfterBegin,
    /// When it has read everything that decides, and has written nothing.
    Decided,
    /// When it has written everything, before the commit.
    BeforeCommit,
    /// After the commit, before anybody is told.
    AfterCommit,
}

impl Point {
    /// Every point, in the order in which a unit comes to them.
    pub const ALL: [Self; 5] =
        [Self::BeforeBegin, Self::AfterBegin, Self::Decided, Self::BeforeCommit, Self::AfterCommit];

    /// Whether a unit has the right to write there, so that another one waits.
    #[must_use]
    pub fn excludes_others(self) -> bool {
        matches!(self, Self::AfterBegin | Self::Decided | Self::BeforeCommit)
    }

    /// In words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::BeforeBegin => "before it began",
            Self::AfterBegin => "when it had begun",
            Self::Decided => "when it had decided, and not written",
            Self::BeforeCommit => "before its commit",
            Self::AfterCommit => "after its commit",
        }
    }
}

/// Holds the first unit that may write at one point.
pub(super) struct Hold {
    point: Option<Point>,
    is_taken: AtomicBool,
    /// The unit has come to the point; or, without a point, has asked to begin.
    pub(super) reached: Notify,
    /// The unit may go on.
    pub(super) release: Notify,
}

impl Hold {
    pub(super) fn at(point: Point) -> Arc<Self> {
        Self::new(Some(point))
    }

    /// Holds nothing, and only says when a unit asks to begin.
    pub(super) fn nowhere() -> Arc<Self> {
        Self::new(None)
    }

    fn new(point: Option<Point>) -> Arc<Self> {
        let (reached, release) = (Notify::new(), Notify::new());
        Arc::new(Self { point, is_taken: AtomicBool::new(false), reached, release })
    }

    async fn pass(&self, point: Point) {
        if self.point == Some(point) {
            self.reached.notify_one();
            self.release.notified().await;
        } else if self.point.is_none() && point == Point::BeforeBegin {
            self.reached.notify_one();
        }
    }
}

/// Units of work of which the first is held.
pub(super) struct Held {
    pub(super) units: Arc<dyn UnitOfWorkFactory>,
    pub(super) hold: Arc<Hold>,
}

#[async_trait]
impl UnitOfWorkFactory for Held {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        if self.hold.is_taken.swap(true, Ordering::SeqCst) {
            return self.units.begin(organization).await;
        }
        self.hold.pass(Point::BeforeBegin).await;
        let unit = self.units.begin(organization).await?;
        self.hold.pass(Point::AfterBegin).await;
        let hold = self.hold.clone();
        Ok(Box::new(Through(HeldUnit { unit, hold, has_written: false })))
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        self.units.begin_read(organization).await
    }
}

struct HeldUnit {
    unit: Box<dyn UnitOfWork>,
    hold: Arc<Hold>,
    has_written: bool,
}

#[async_trait]
impl Route for HeldUnit {
    async fn unit(&mut self, call: Call) -> Result<&mut dyn UnitOfWork, RepositoryError> {
        if call.writes && !self.has_written {
            self.has_written = true;
            self.hold.pass(Point::Decided).await;
        }
        Ok(self.unit.as_mut())
    }

    async fn commit(mut self: Box<Self>) -> Result<(), RepositoryError> {
        if !self.has_written {
            self.hold.pass(Point::Decided).await;
        }
        self.hold.pass(Point::BeforeCommit).await;
        let Self { unit, hold, .. } = *self;
        unit.commit().await?;
        hold.pass(Point::AfterCommit).await;
        Ok(())
    }
}
