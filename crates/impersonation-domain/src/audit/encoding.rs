//! The canonical encoding of an event, version 1, and its hash.
//!
//! The hash is SHA-256 over: the domain separator, the previous hash, and each field in a fixed
//! order. A text or byte field is its length as a 64-bit big-endian number and then its bytes; an
//! absent one is the single byte 0, a present one the byte 1 and then the field; a number is 64-bit
//! big-endian; a moment is its microseconds since 1970 as a signed 64-bit number.

use sha2::{Digest, Sha256};

use super::{EventContent, FieldValue, Party, Snapshot};
use crate::{
    credential::OwnCredentialId,
    ids::{OrganizationId, TypedId},
};

/// A SHA-256 hash of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash in lower case hexadecimal.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

/// What stands in for the hash before an organization's first event.
pub const GENESIS_HASH: Hash = Hash([0; 32]);

const DOMAIN_SEPARATOR: &[u8] = b"impersonation/audit-event/v1\n";

/// The hash of an event in its place.
#[must_use]
pub fn hash_event(
    organization: OrganizationId,
    sequence: u64,
    policy_revision: u64,
    content: &EventContent,
    previous: Hash,
) -> Hash {
    let mut out = Encoder(Sha256::new());
    out.0.update(DOMAIN_SEPARATOR);
    out.0.update(previous.0);
    out.bytes(organization.uuid().as_bytes());
    out.number(sequence);
    out.number(policy_revision);
    out.bytes(content.id.uuid().as_bytes());
    out.signed(content.at.timestamp_micros());
    out.text(content.action.as_str());
    out.text(content.outcome.as_str());
    out.party(content.actor);
    out.party(content.subject);
    out.optional(content.credential.as_ref(), |out, credential| {
        let (kind, id) = match credential {
            OwnCredentialId::SignIn(id) => ("sign_in", id.uuid()),
            OwnCredentialId::Token(id) => ("token", id.uuid()),
            OwnCredentialId::External(id) => ("external", id.uuid()),
        };
        out.text(kind);
        out.bytes(id.as_bytes());
    });
    out.optional(content.login_session.as_ref(), |out, id| {
        out.bytes(id.uuid().as_bytes());
    });
    out.optional(content.access.as_ref(), |out, access| {
        out.text(access.as_str());
    });
    out.optional(content.grant.as_ref(), |out, grant| {
        out.bytes(grant.id.uuid().as_bytes());
        out.number(grant.version.get());
    });
    out.optional(content.rule.as_ref(), |out, rule| out.text(rule));
    out.optional(content.channel.as_ref(), |out, id| {
        out.bytes(id.uuid().as_bytes());
    });
    out.optional(content.batch.as_ref(), |out, id| {
        out.bytes(id.uuid().as_bytes());
    });
    out.optional(content.reason.as_ref(), |out, reason| out.text(reason));
    out.optional(content.request_id.as_ref(), |out, id| out.text(id));
    out.optional(content.source_address.as_ref(), |out, address| {
        out.text(address);
    });
    out.optional(content.before.as_ref(), Encoder::snapshot);
    out.optional(content.after.as_ref(), Encoder::snapshot);
    Hash(out.0.finalize().into())
}

struct Encoder(Sha256);

impl Encoder {
    fn number(&mut self, value: u64) {
        self.0.update(value.to_be_bytes());
    }

    fn signed(&mut self, value: i64) {
        self.0.update(value.to_be_bytes());
    }

    fn bytes(&mut self, value: &[u8]) {
        // A length never exceeds 64 bits on any machine that this runs on.
        self.number(u64::try_from(value.len()).unwrap_or(u64::MAX));
        self.0.update(value);
    }

    fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    fn optional<T>(&mut self, value: Option<&T>, encode: impl FnOnce(&mut Self, &T)) {
        match value {
            None => self.0.update([0]),
            Some(value) => {
                self.0.update([1]);
                encode(self, value);
            }
        }
    }

    fn party(&mut self, party: Party) {
        match party {
            Party::User(id) => {
                self.text("user");
                self.bytes(id.uuid().as_bytes());
            }
            Party::Organization(id) => {
                self.text("organization");
                self.bytes(id.uuid().as_bytes());
            }
            Party::Operator => self.text("operator"),
            Party::System => self.text("system"),
            Party::Unknown => self.text("unknown"),
        }
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        self.number(u64::try_from(snapshot.iter().count()).unwrap_or(u64::MAX));
        for (field, value) in snapshot.iter() {
            self.text(field);
            match value {
                FieldValue::Flag(flag) => {
                    self.text("flag");
                    self.number(u64::from(*flag));
                }
                FieldValue::Number(number) => {
                    self.text("number");
                    self.signed(*number);
                }
                FieldValue::Text(text) => {
                    self.text("text");
                    self.text(text);
                }
                FieldValue::List(items) => {
                    self.text("list");
                    self.number(u64::try_from(items.len()).unwrap_or(u64::MAX));
                    for item in items {
                        self.text(item);
                    }
                }
            }
        }
    }
}
