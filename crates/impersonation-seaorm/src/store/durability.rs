//! What a database must promise.

use crate::error::ConnectError;

/// Refuses a setting that is none of what is needed, or warns where that was asked for.
pub(super) fn require(
    setting: &'static str,
    found: String,
    needed: &[&'static str],
    unsafe_is_fine: bool,
) -> Result<(), ConnectError> {
    if needed.contains(&found.as_str()) {
        return Ok(());
    }
    let needed = needed.first().copied().unwrap_or_default();
    if unsafe_is_fine {
        tracing::warn!(setting, found, needed, "the database may lose what it has acknowledged");
        return Ok(());
    }
    Err(ConnectError::UnsafeDurability { setting, found, needed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p1_an_unsafe_setting_is_refused_unless_asked_for() {
        assert!(require("synchronous", "2".to_owned(), &["2", "3"], false).is_ok());
        let refused = require("synchronous", "0".to_owned(), &["2", "3"], false).unwrap_err();
        assert!(
            refused.to_string().starts_with("`synchronous` is `0` where `2` is needed"),
            "{refused}"
        );
        assert!(require("synchronous", "0".to_owned(), &["2", "3"], true).is_ok());
    }
}
