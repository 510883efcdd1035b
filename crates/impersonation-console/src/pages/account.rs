//! One's own account: who may act on it, and its password.

mod delegated;
mod password;
mod words;

use poem::get;

use super::Pages;

/// The pages of this part.
pub(super) fn routes(pages: Pages) -> Pages {
    pages
        .page("/account/delegated-access", get(delegated::show))
        .page("/account/password", get(password::show).post(password::change))
}
