//! Where the database is.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;
use tokio::{net::TcpStream, time::timeout};
use url::Url;

/// The address of a database. It may have a password in it and never shows it.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl {
    url: SecretString,
    redacted: String,
    file: Option<PathBuf>,
}

/// The text is no address of a database. The message does not repeat it, as it may have a password
/// in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidDatabaseUrl {
    /// It is of a kind that is not known.
    #[error(
        "the database's address must begin with `sqlite:` or `postgres://`, such as `sqlite:./data/impersonation.sqlite` or `postgres://user:password@host/database`"
    )]
    UnknownScheme,
    /// It cannot be read.
    #[error(
        "the database's address cannot be read: {0}; characters such as `@`, `/` or `#` in a password are written `%40`, `%2F`, `%23`"
    )]
    Malformed(url::ParseError),
    /// It has no file, or no host or name of a database.
    #[error(
        "the database's address is incomplete; write `sqlite:PATH` or `postgres://user:password@host/database`"
    )]
    Incomplete,
    /// SQLite without a file would forget everything.
    #[error(
        "a SQLite store in memory would forget everything at the end; name a file, or use `serve --demo`"
    )]
    InMemory,
}

impl DatabaseUrl {
    /// A SQLite file.
    #[must_use]
    pub fn sqlite(file: &Path) -> Self {
        let url = format!("sqlite:{}", file.display());
        Self { redacted: url.clone(), url: url.into(), file: Some(file.to_owned()) }
    }

    /// The whole address, with its password.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.url.expose_secret()
    }

    /// Why the host of the database cannot be reached, if that is so. It is asked when a connection
    /// has failed, as the pool of connections only tells that it took too long.
    pub(crate) async fn unreachable(&self) -> Option<String> {
        let url = Url::parse(self.reveal()).ok().filter(|_| self.file.is_none())?;
        let (host, port) = (url.host_str()?, url.port().unwrap_or(5432));
        let connecting = TcpStream::connect((host.trim_matches(['[', ']']), port));
        match timeout(Duration::from_secs(5), connecting).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(format!("cannot connect to {host}, port {port}: {error}")),
            Err(_) => Some(format!("{host}, port {port}, does not answer")),
        }
    }

    /// The file, where it is SQLite.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(rest) = text.strip_prefix("sqlite:") {
            let path =
                rest.strip_prefix("//").unwrap_or(rest).split('?').next().unwrap_or_default();
            return match path {
                "" => Err(InvalidDatabaseUrl::Incomplete),
                path if path.contains(":memory:") || rest.contains("mode=memory") => {
                    Err(InvalidDatabaseUrl::InMemory)
                }
                path => Ok(Self::sqlite(Path::new(path))),
            };
        }
        if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
            return Err(InvalidDatabaseUrl::UnknownScheme);
        }
        let mut url = Url::parse(text).map_err(InvalidDatabaseUrl::Malformed)?;
        if url.path().trim_matches('/').is_empty() {
            return Err(InvalidDatabaseUrl::Incomplete);
        }
        redact(&mut url);
        Ok(Self { url: text.to_owned().into(), redacted: url.to_string(), file: None })
    }
}

fn redact(url: &mut Url) {
    if url.password().is_some() && url.set_password(Some("redacted")).is_err() {
        url.set_path("redacted");
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if !pairs.is_empty() {
        let shown = |key: &str, value: String| {
            if key.contains("password") { "redacted".to_owned() } else { value }
        };
        url.query_pairs_mut().clear().extend_pairs(pairs.into_iter().map(|(key, value)| {
            let value = shown(&key, value);
            (key, value)
        }));
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = InvalidDatabaseUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l6_a_password_in_the_address_never_shows() {
        for address in [
            "postgres://app:hunter2-hunter2@db.example/imp",
            "postgresql://app@db.example/imp?sslmode=require&password=hunter2-hunter2",
        ] {
            let url: DatabaseUrl = address.parse().unwrap();
            assert_eq!(url.reveal(), address);
            assert!(!format!("{url} {url:?}").contains("hunter2"), "{url}");
            assert!(url.to_string().contains("db.example/imp"));
        }
    }

    #[test]
    fn a_sqlite_address_names_a_file() {
        for (address, file) in [
            ("sqlite:./data/x.sqlite", "./data/x.sqlite"),
            ("sqlite:///srv/x.sqlite?mode=rwc", "/srv/x.sqlite"),
            ("sqlite://data/x.sqlite", "data/x.sqlite"),
        ] {
            let url: DatabaseUrl = address.parse().unwrap();
            assert_eq!(url.file(), Some(Path::new(file)));
        }
    }

    #[test]
    fn other_addresses_are_refused_without_being_repeated() {
        for address in [
            "",
            "mysql://app:hunter2@host/x",
            "./x.sqlite",
            "sqlite:",
            "sqlite::memory:",
            "sqlite://x?mode=memory",
            "postgres://app:hunter2@host",
            "postgres://app:hunter2@ho st/x",
        ] {
            let error = address.parse::<DatabaseUrl>().unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
