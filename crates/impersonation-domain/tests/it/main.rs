//! The use cases, seen from outside: what is answered, what changes, what is recorded.
#![cfg(test)]

mod bulk;
mod fixture;
mod end_causes;
mod grant_changes;
mod grant_list;
mod grants;
mod login_sessions;
mod session_ends;
mod time_limits;
