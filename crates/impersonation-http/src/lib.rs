//! The JSON API over the use cases of `impersonation-domain`.
