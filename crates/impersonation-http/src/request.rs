//! What handlers take from a request.

mod body;
mod caller;
mod cursor;
mod idempotency;
mod list;
mod parameter;
mod precondition;
mod upload;

pub(crate) use body::{Body, JsonBody, Strict, expect_type, read_limited};
pub(crate) use caller::{Anyone, Caller, Operator};
pub(crate) use cursor::{Binding, CursorText};
pub(crate) use idempotency::IdempotencyKey;
pub(crate) use list::{Limit, List, encode};
pub(crate) use parameter::{LastPart, Path, Query};
pub(crate) use precondition::{IfMatch, etag};
pub(crate) use upload::FileForm;
