//! Everything that testers of impersonation need.
