//! Settings: login sessions, the audit log, roles, people, channels, the organization.

use super::Pages;

/// The pages of this part.
pub(super) fn routes(pages: Pages) -> Pages {
    pages
}
