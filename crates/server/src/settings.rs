//! What can be configured, and how it is read.
//!
//! A TOML file, variables of the environment and flags, each stronger than the one before. A key
//! that is none of [`KEYS`] is refused by name, and unsafe combinations stop the start.

mod checks;
mod database;
mod network;
mod show;
mod sources;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;

pub use checks::Unsafe;
pub use database::{DatabaseUrl, InvalidDatabaseUrl};
pub use network::{InvalidNetwork, InvalidPublicUrl, Network, PublicUrl};
pub use sources::{Flags, InvalidSettings, Loaded, load};

use crate::adapters::FileLocation;

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in the file; the variable is `IMP_` and the same in capitals, with `__` for the dot.
    pub name: &'static str,
    /// Whether it is a list. In a variable its items are separated by commas.
    pub is_list: bool,
}

impl Key {
    const fn one(name: &'static str) -> Self {
        Self { name, is_list: false }
    }

    const fn list(name: &'static str) -> Self {
        Self { name, is_list: true }
    }

    /// The variable that sets it.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("IMP_{}", self.name.to_ascii_uppercase().replace('.', "__"))
    }
}

/// Every setting there is, in the order in which they are shown.
pub const KEYS: &[Key] = &[
    Key::one("listen"),
    Key::one("metrics_listen"),
    Key::one("public_url"),
    Key::one("insecure_http"),
    Key::list("trusted_proxies"),
    Key::one("operator_token"),
    Key::one("database.url"),
    Key::one("database.max_connections"),
    Key::one("files.url"),
    Key::one("sign_in.attempts_per_minute"),
    Key::one("sign_in.attempts_at_once"),
    Key::one("log.format"),
    Key::one("log.filter"),
    Key::one("shutdown.notice_seconds"),
    Key::one("shutdown.drain_seconds"),
];

/// The settings in effect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where metrics are served.
    pub metrics_listen: SocketAddr,
    /// How people reach the server, where that is not `http://` and the address it listens on.
    pub public_url: Option<PublicUrl>,
    /// Whether plain HTTP to other machines is meant: passwords and tokens can be read on the way.
    pub insecure_http: bool,
    /// The proxies whose word on the client's address is taken.
    pub trusted_proxies: Vec<Network>,
    /// What the operator presents to the operator's endpoints; without one they are closed.
    pub operator_token: Option<SecretString>,
    /// The database.
    pub database: DatabaseSettings,
    /// The files.
    pub files: FileSettings,
    /// Signing in.
    pub sign_in: SignInSettings,
    /// The log.
    pub log: LogSettings,
    /// Stopping.
    pub shutdown: ShutdownSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: SocketAddr::from(([127, 0, 0, 1], 9464)),
            public_url: None,
            insecure_http: false,
            trusted_proxies: Vec::new(),
            operator_token: None,
            database: DatabaseSettings::default(),
            files: FileSettings::default(),
            sign_in: SignInSettings::default(),
            log: LogSettings::default(),
            shutdown: ShutdownSettings::default(),
        }
    }
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: DatabaseUrl,
    /// How many connections are open at most.
    pub max_connections: u32,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: DatabaseUrl::sqlite(&PathBuf::from("./data/impersonation.sqlite")),
            max_connections: 16,
        }
    }
}

/// The files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileSettings {
    /// A folder or `s3://bucket/prefix`.
    pub url: FileLocation,
}

impl Default for FileSettings {
    fn default() -> Self {
        Self { url: FileLocation::Folder("./data/files".into()) }
    }
}

/// How often one client may try to sign in, and how often anyone may for one email address.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInSettings {
    /// Tries a minute in the long run.
    pub attempts_per_minute: u32,
    /// Tries at once after a pause.
    pub attempts_at_once: u32,
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self { attempts_per_minute: 10, attempts_at_once: 10 }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// The log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// How a line looks.
    pub format: LogFormat,
    /// What is logged, such as `info` or `warn,impersonation_http=debug`.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info,poem::server=warn,sea_orm_migration=warn,sqlx=warn".to_owned(),
        }
    }
}

/// Stopping.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShutdownSettings {
    /// How long `/readyz` says that the server is going before it stops taking connections.
    pub notice_seconds: u16,
    /// How long requests that have begun may take to end.
    pub drain_seconds: u16,
}

impl Default for ShutdownSettings {
    fn default() -> Self {
        Self { notice_seconds: 0, drain_seconds: 30 }
    }
}

impl ShutdownSettings {
    /// [`ShutdownSettings::notice_seconds`].
    #[must_use]
    pub fn notice(&self) -> Duration {
        Duration::from_secs(u64::from(self.notice_seconds))
    }

    /// [`ShutdownSettings::drain_seconds`].
    #[must_use]
    pub fn drain(&self) -> Duration {
        Duration::from_secs(u64::from(self.drain_seconds))
    }
}

impl LogSettings {
    /// For commands, which say what they did by themselves: warnings and errors only.
    #[must_use]
    pub fn for_commands(&self) -> Self {
        Self { format: self.format, filter: "warn".to_owned() }
    }
}
