//! SQLite and PostgreSQL storage for `impersonation-domain`.
