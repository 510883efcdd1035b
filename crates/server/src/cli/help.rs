//! The longer parts of `--help`.

pub(super) const ABOUT: &str = "\
Delegated access between the users of one organization, without sharing credentials.

An administrator grants one user access to the account of another: to log in as them, to send as \
them, or both. Every use is decided anew, ends at once when the grant does, and is recorded with \
both people's names.";

pub(super) const EXAMPLES: &str = "\
Examples:
  Look at it with demo people, on a store that is removed at the end:
    impersonation-server serve --demo

  Run it on a SQLite file in ./data:
    impersonation-server serve

  Run it on PostgreSQL:
    IMP_DATABASE__URL=postgres://app:secret@db.example/impersonation impersonation-server serve

Settings come from the file (--config), from variables (IMP_LISTEN, IMP_DATABASE__URL, …) and from \
flags; the last of them counts. `impersonation-server check-config` shows what is in effect.";

pub(super) const SERVE: &str = "\
The database is brought up to this version first. On an empty one the server prints a link, good \
for one use, that sets up the first organization and its administrator.

SIGTERM and SIGINT stop it gracefully: /readyz says 503, no new connection is taken, and requests \
that have begun may end (shutdown.drain_seconds, 30 by default). Then it exits with 0.

Examples:
  impersonation-server serve --demo
  impersonation-server serve --listen 127.0.0.1:8080 --database sqlite:./data/impersonation.sqlite
  impersonation-server serve --config /etc/impersonation.toml

Other machines can reach it only when a proxy with TLS stands in front:
  IMP_PUBLIC_URL=https://access.example.com impersonation-server serve --listen 10.0.0.5:8080";

pub(super) const MIGRATE: &str = "\
`serve` does this by itself. Run it alone to see it done before the servers are replaced. It may be \
run any number of times, and by several at once.

Example:
  impersonation-server migrate --database sqlite:./data/impersonation.sqlite";

pub(super) const OPENAPI: &str = "\
Example:
  impersonation-server openapi > openapi.json";

pub(super) const CHECK_CONFIG: &str = "\
It takes the same flags as `serve`, starts nothing and opens no database. It ends with 1 where \
`serve` would refuse to start, and says why.

Example:
  impersonation-server check-config --config /etc/impersonation.toml";

pub(super) const ORGANIZATIONS: &str = "\
These work on the database directly and need no running server; what they change is decided by and \
recorded in the audit log like everything else. The same is offered over HTTP under \
/api/v1/operator/organizations to whoever has the operator token.

Examples:
  impersonation-server organizations list
  impersonation-server organizations list --output csv";

pub(super) const ORGANIZATIONS_CREATE: &str = "\
Examples:
  impersonation-server organizations create --name Acme --plan enterprise \\
      --admin-name 'Ada Admin' --admin-email ada@acme.example

  With the password from a program:
  pass show acme/ada | impersonation-server organizations create --name Acme --plan enterprise \\
      --admin-name 'Ada Admin' --admin-email ada@acme.example --password-stdin";

pub(super) const ORGANIZATIONS_SET_PLAN: &str = "\
Individual suspends every grant of the organization and ends its login sessions; a later upgrade \
brings the grants back, and never a session.

Example:
  impersonation-server organizations set-plan --organization 0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e \\
      --plan multi_user";

pub(super) const AUDIT: &str = "\
Example:
  impersonation-server audit verify";

pub(super) const AUDIT_VERIFY: &str = "\
Events form a chain of SHA-256 hashes for each organization. Where the chain is broken this names \
the first event that does not fit and ends with 1. Note the printed heads somewhere else: only by \
comparing with an earlier head can the loss of the latest events be seen.

Examples:
  impersonation-server audit verify
  impersonation-server audit verify --organization 0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e";
