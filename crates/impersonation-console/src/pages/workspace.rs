//! The workspace: channels, messages and files.

use super::Pages;

/// The pages of this part.
pub(super) fn routes(pages: Pages) -> Pages {
    pages
}
