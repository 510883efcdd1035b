//! The pure core of delegated access between the users of one organization.
//!
//! An administrator makes a [grant](grant::Grant): one user may act on the account of another, by
//! logging in as them ([Login Access](access::AccessType::Login)) or by sending messages and files
//! as them ([Send Access](access::AccessType::Send)). This crate has the rules: who may act on whose
//! account, what ends when something changes, and what is recorded. It does no I/O, has no clock
//! and no randomness; what it needs of the world it asks through [ports].
//!
//! - [`policy::evaluate`] decides; nothing acts without the [`policy::Permit`] that only it makes.
//! - Aggregates ([`grant`], [`login_session`], [`user`] …) change by transitions that answer an
//!   [`audit::Recorded`]: the new state together with its event.
//! - [`service::Impersonation`] has the use cases, split by family; [`ports`] is what they ask of the world.

pub mod access;
pub mod audit;
pub mod channel;
pub mod credential;
pub mod email;
pub mod grant;
pub mod ids;
pub mod login_session;
pub mod message;
pub mod organization;
pub mod plan;
#[cfg(planted)]
#[doc(hidden)]
pub mod planted;
pub mod policy;
pub mod ports;
pub mod role;
pub mod secret;
pub mod service;
pub mod text;
pub mod time;
pub mod user;
pub mod version;

#[cfg(test)]
mod test_support;

#[cfg(all(planted, not(debug_assertions)))]
compile_error!("planted bugs are for tests: no release can have them");
