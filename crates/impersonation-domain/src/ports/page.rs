//! Pages of lists.

use thiserror::Error;

/// How many items a page has at most: 1 to 200, 50 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageLimit(u16);

/// The limit is outside what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a page has 1 to 200 items; `{0}` is outside of that")]
pub struct PageLimitOutOfRange(u64);

impl PageLimit {
    /// The largest page.
    pub const MAX: Self = Self(200);

    /// The number of items.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<u64> for PageLimit {
    type Error = PageLimitOutOfRange;
    fn try_from(limit: u64) -> Result<Self, PageLimitOutOfRange> {
        match u16::try_from(limit) {
            Ok(limit @ 1..=200) => Ok(Self(limit)),
            _ => Err(PageLimitOutOfRange(limit)),
        }
    }
}

/// Some items of a list, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// The page made of up to one item more than the limit, as a store reads it: the surplus item
    /// only tells that there is a next page, which begins after the last item kept.
    #[must_use]
    pub fn from_surplus(mut items: Vec<T>, limit: PageLimit, cursor: impl FnOnce(&T) -> C) -> Self {
        let limit = usize::from(limit.get());
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = if has_more { items.last().map(cursor) } else { None };
        Self { items, next }
    }

    /// The page with each item turned into something else.
    #[must_use]
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U, C> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}
