//! The impersonation server.

fn main() {}
