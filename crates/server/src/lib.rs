//! Configuration, wiring and command line of the impersonation server.
