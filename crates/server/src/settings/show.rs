//! The settings in effect, as a file that could be read again, without their secrets.

use std::fmt;

use super::{KEYS, LogFormat, Settings};

impl Settings {
    /// What a key is set to, in TOML; secrets are left out.
    fn show(&self, key: &str) -> Option<String> {
        let text = |value: &dyn fmt::Display| Some(quote(&value.to_string()));
        match key {
            "listen" => text(&self.listen),
            "metrics_listen" => text(&self.metrics_listen),
            "public_url" => self.public_url.as_ref().and_then(|url| text(url)),
            "insecure_http" => Some(self.insecure_http.to_string()),
            "trusted_proxies" => {
                let networks: Vec<String> =
                    self.trusted_proxies.iter().map(|one| quote(&one.to_string())).collect();
                Some(format!("[{}]", networks.join(", ")))
            }
            "operator_token" => self.operator_token.as_ref().map(|_| quote("redacted")),
            "database.url" => text(&self.database.url),
            "database.max_connections" => Some(self.database.max_connections.to_string()),
            "files.url" => text(&self.files.url),
            "sign_in.attempts_per_minute" => Some(self.sign_in.attempts_per_minute.to_string()),
            "sign_in.attempts_at_once" => Some(self.sign_in.attempts_at_once.to_string()),
            "log.format" => match self.log.format {
                LogFormat::Text => text(&"text"),
                LogFormat::Json => text(&"json"),
            },
            "log.filter" => text(&self.log.filter),
            "shutdown.notice_seconds" => Some(self.shutdown.notice_seconds.to_string()),
            "shutdown.drain_seconds" => Some(self.shutdown.drain_seconds.to_string()),
            _ => None,
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in KEYS {
            match self.show(key.name) {
                Some(value) => writeln!(f, "{} = {value}", key.name)?,
                None => writeln!(f, "# {} is not set", key.name)?,
            }
        }
        Ok(())
    }
}

/// A basic string of TOML.
fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
