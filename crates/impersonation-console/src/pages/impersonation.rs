//! Settings, User Impersonation: the grants of the organization.

use super::Pages;

/// The pages of this part.
pub(super) fn routes(pages: Pages) -> Pages {
    pages
}
