//! A working in-memory storage for `impersonation-domain`.
