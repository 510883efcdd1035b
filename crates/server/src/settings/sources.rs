//! Reading the settings from their three sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use config::{Config, ConfigError, File, FileFormat, Map, Source, Value, ValueKind};
use thiserror::Error;

use super::{KEYS, Settings};

/// Variables that begin like ours and are no settings: the path of the file, and what the tests of
/// this project are told.
const OTHER_VARIABLES: [&str; 3] = ["IMP_CONFIG", "IMP_TEST_PG", "IMP_REQUIRE_PG"];

/// What the command line says, by key.
#[derive(Debug, Clone, Default)]
pub struct Flags(BTreeMap<&'static str, String>);

impl Flags {
    /// With this flag, where it was given.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Option<String>) -> Self {
        if let Some(value) = value {
            self.0.insert(key, value);
        }
        self
    }
}

/// The settings, and which of them somebody has set.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The keys that a file, a variable or a flag sets.
    pub set: BTreeSet<String>,
}

/// The settings cannot be read. The messages repeat no values of variables, which may be secret.
#[derive(Debug, Error)]
pub enum InvalidSettings {
    /// The file cannot be read.
    #[error("cannot read the settings in `{}`", .0.display())]
    File(PathBuf, #[source] Box<ConfigError>),
    /// Something is set that does not exist.
    #[error("{}", describe_unknown(.0))]
    UnknownKeys(Vec<UnknownKey>),
    /// A value is not what it should be.
    #[error("a setting has a wrong value")]
    Value(#[source] Box<ConfigError>),
}

/// A key that is no setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// As it was written.
    pub written: String,
    /// Where.
    pub place: String,
    /// What may have been meant.
    pub similar: Option<String>,
}

fn describe_unknown(keys: &[UnknownKey]) -> String {
    let lines: Vec<String> = keys
        .iter()
        .map(|key| {
            let hint = key
                .similar
                .as_ref()
                .map_or_else(String::new, |key| format!("; did you mean `{key}`?"));
            format!("`{}` in {} is not a setting{hint}", key.written, key.place)
        })
        .collect();
    lines.join("\n")
}

/// Reads the file, where there is one, then these variables, then the flags: the last one counts.
///
/// # Errors
/// [`InvalidSettings`].
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    flags: &Flags,
) -> Result<Loaded, InvalidSettings> {
    let mut unknown = Vec::new();
    let mut set = BTreeSet::new();
    let mut builder = Config::builder();
    if let Some(path) = file {
        let source = File::from(path).format(FileFormat::Toml).required(true);
        let table = source
            .collect()
            .map_err(|error| InvalidSettings::File(path.to_owned(), Box::new(error)))?;
        let mut keys = Vec::new();
        flatten("", &table, &mut keys);
        for key in keys {
            if is_known(&key) {
                set.insert(key);
            } else {
                let similar = similar(&key, KEYS.iter().map(|known| known.name.to_owned()));
                unknown.push(UnknownKey {
                    written: key,
                    place: format!("`{}`", path.display()),
                    similar,
                });
            }
        }
        builder = builder.add_source(source);
    }
    let variables = Variables::read(environment, &mut unknown);
    set.extend(variables.0.keys().cloned());
    set.extend(flags.0.keys().map(|key| (*key).to_owned()));
    if !unknown.is_empty() {
        return Err(InvalidSettings::UnknownKeys(unknown));
    }
    builder = builder.add_source(variables);
    for (key, value) in &flags.0 {
        builder = builder.set_override(key, value.as_str()).map_err(wrong_value)?;
    }
    let settings = builder.build().and_then(Config::try_deserialize).map_err(wrong_value)?;
    Ok(Loaded { settings, set })
}

fn wrong_value(error: ConfigError) -> InvalidSettings {
    InvalidSettings::Value(Box::new(error))
}

fn is_known(key: &str) -> bool {
    KEYS.iter().any(|known| known.name == key)
}

fn flatten(prefix: &str, table: &Map<String, Value>, keys: &mut Vec<String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match &value.kind {
            ValueKind::Table(inner) => flatten(&key, inner, keys),
            _ => keys.push(key),
        }
    }
}

/// The variables that are settings, by key.
#[derive(Debug, Clone)]
struct Variables(BTreeMap<String, Value>);

impl Variables {
    fn read(
        environment: impl IntoIterator<Item = (String, String)>,
        unknown: &mut Vec<UnknownKey>,
    ) -> Self {
        let mut values = BTreeMap::new();
        for (variable, text) in environment {
            if !variable.starts_with("IMP_") || OTHER_VARIABLES.contains(&variable.as_str()) {
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| key.variable() == variable) else {
                let similar = similar(&variable, KEYS.iter().map(super::Key::variable));
                unknown.push(UnknownKey {
                    written: variable,
                    place: "the environment".to_owned(),
                    similar,
                });
                continue;
            };
            let kind = if key.is_list {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                ValueKind::Array(items.map(|item| Value::new(Some(&variable), item)).collect())
            } else {
                ValueKind::String(text)
            };
            values.insert(key.name.to_owned(), Value::new(Some(&variable), kind));
        }
        Self(values)
    }
}

impl Source for Variables {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}

/// The candidate that differs in the fewest letters, if that is few.
fn similar(written: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let close = |distance: usize| distance <= 3 && distance * 2 < written.chars().count();
    candidates
        .map(|candidate| (distance(written, &candidate), candidate))
        .filter(|(distance, _)| close(*distance))
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be changed, added or left out (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((b, above_left), above) in to.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or(usize::MAX);
            next.push(
                (above + 1).min(left.saturating_add(1)).min(above_left + usize::from(a != *b)),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
