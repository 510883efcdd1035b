//! Lists in pages.

use impersonation_domain::ports::{Page, PageLimit};
use poem::{FromRequest, Request, RequestBody, Result};
use poem_openapi::{
    registry::MetaSchema,
    types::{ParseFromJSON, ToJSON, Type},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{Caller, CursorText, Query, cursor::ListBinding};
use crate::{
    problem::Problem,
    reply::{Items, Paged, Reply},
    value::{FromText, described},
};

/// How many items a page may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit(PageLimit);

impl FromText for Limit {
    fn from_text(text: &str) -> Result<Self, String> {
        let number = u64::from(u32::from_text(text)?);
        PageLimit::try_from(number).map(Self).map_err(|error| error.to_string())
    }
}

described!(impl[] Limit, "integer_limit", MetaSchema {
    minimum: Some(1.0),
    maximum: Some(200.0),
    default: Some(50.into()),
    ..MetaSchema::new_with_format("integer", "uint32")
});

/// The list as it was asked for: where, with which filters, in which order.
pub(crate) struct List {
    path: String,
    filters: Vec<(String, String)>,
}

impl<'a> FromRequest<'a> for List {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        let pairs: Vec<(String, String)> = request.params().unwrap_or_default();
        let is_filter = |(name, value): &(String, String)| {
            !value.is_empty() && !matches!(name.as_str(), "cursor" | "limit")
        };
        let mut filters: Vec<_> = pairs.into_iter().filter(is_filter).collect();
        filters.sort_unstable();
        Ok(Self { path: request.uri().path().to_owned(), filters })
    }
}

/// The page of a list that a caller asks for.
pub(crate) struct PageRequest {
    list: List,
    binding: ListBinding,
    cursor: Option<CursorText>,
    limit: PageLimit,
}

impl List {
    /// The page of this list that the caller asks for.
    pub(crate) fn page(
        self,
        caller: &Caller,
        cursor: Query<CursorText>,
        limit: Query<Limit>,
    ) -> PageRequest {
        let binding = caller.binding.list(&self.path, &self.filters);
        let limit = limit.0.map_or_else(PageLimit::default, |limit| limit.0);
        PageRequest { list: self, binding, cursor: cursor.0, limit }
    }
}

impl PageRequest {
    /// How many items at most.
    pub(crate) fn limit(&self) -> PageLimit {
        self.limit
    }

    /// Where to go on.
    pub(crate) fn after<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        self.binding.open(self.cursor.as_ref())
    }

    /// The page. `item` shows an item, `position` makes of a domain cursor what can be read again.
    pub(crate) fn reply<V, C, T, P>(
        &self,
        page: Page<V, C>,
        item: impl FnMut(V) -> T,
        position: impl FnOnce(C) -> P,
    ) -> Reply<Items<T>, Paged>
    where
        T: Type + ParseFromJSON + ToJSON,
        P: Serialize,
    {
        let next_cursor = page.next.and_then(|next| self.binding.seal(&position(next)));
        let next = next_cursor.as_deref().map(|cursor| self.address(cursor));
        let items = page.items.into_iter().map(item).collect();
        Reply::paged(&Items { items, next_cursor }, next.as_deref())
    }

    /// The address of the page that begins there.
    fn address(&self, cursor: &str) -> String {
        let limit = self.limit.get().to_string();
        let more = [("cursor", cursor), ("limit", limit.as_str())];
        let filters = self.list.filters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs =
            filters.chain(more).map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        format!("{}?{}", self.list.path, pairs.collect::<Vec<_>>().join("&"))
    }
}

/// The text with everything encoded that is not unreserved (RFC 3986, section 2.3).
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}
