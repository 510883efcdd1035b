//! One's own account: who may act on it, and its password.

use super::Pages;

/// The pages of this part.
pub(super) fn routes(pages: Pages) -> Pages {
    pages
}
