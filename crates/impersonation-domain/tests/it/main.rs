//! The use cases, seen from outside: what is answered, what changes, what is recorded.
#![cfg(test)]

mod audit;
mod bulk;
mod chain;
mod channels;
mod depth;
mod embedding;
mod end_causes;
mod explain;
mod failures;
mod fixture;
mod grant_changes;
mod grant_list;
mod grant_preview;
mod grant_state;
mod grants;
mod idempotency;
mod live;
mod login_sessions;
mod names;
mod people;
mod policy;
mod protocol;
mod races;
mod reads;
mod sending;
mod session_ends;
mod sign_in;
mod tampering;
mod tenants;
mod time_limits;
mod uploads;
