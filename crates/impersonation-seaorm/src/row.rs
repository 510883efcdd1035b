//! Reading rows, fallibly: a value that cannot be read names table, column and row.

use std::{error::Error as StdError, fmt, str::FromStr};

use chrono::DateTime;
use impersonation_domain::{
    ids::InvalidId, ports::RepositoryError, time::Timestamp, version::Version,
};
use sea_orm::{QueryResult, TryGetable};
use thiserror::Error;
use uuid::Uuid;

/// What is wrong with a value.
#[derive(Debug, Error)]
enum BadValue {
    #[error("`{0}` is not allowed here")]
    Number(i64),
    #[error("there are {0} bytes instead of 32")]
    Length(usize),
    #[error("it does not fit the rest of the row")]
    Combination,
}

/// One row of one table in the answer to a query.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    result: &'a QueryResult,
    prefix: &'a str,
    table: &'static str,
    key: &'static str,
}

impl<'a> Row<'a> {
    /// The row of a table with the key `id`.
    pub(crate) fn of(table: &'static str, result: &'a QueryResult) -> Self {
        Self { result, prefix: "", table, key: "id" }
    }

    /// The same, with the columns' names behind a prefix.
    pub(crate) fn prefixed(self, prefix: &'a str) -> Self {
        Self { prefix, ..self }
    }

    /// The same, named by another column than `id` when it is corrupt.
    pub(crate) fn keyed(self, key: &'static str) -> Self {
        Self { key, ..self }
    }

    /// The value of a column.
    pub(crate) fn get<T: TryGetable>(&self, column: &'static str) -> Result<T, RepositoryError> {
        self.result.try_get(self.prefix, column).map_err(|error| self.corrupt(column, error))
    }

    /// Whether a column of this row, which may come from an outer join, has any value.
    pub(crate) fn is_there(&self, column: &'static str) -> Result<bool, RepositoryError> {
        Ok(self.get::<Option<Uuid>>(column)?.is_some())
    }

    /// An identifier.
    pub(crate) fn id<T>(&self, column: &'static str) -> Result<T, RepositoryError>
    where
        T: TryFrom<Uuid, Error = InvalidId>,
    {
        T::try_from(self.get(column)?).map_err(|error| self.corrupt(column, error))
    }

    /// An identifier that may be absent.
    pub(crate) fn optional_id<T>(&self, column: &'static str) -> Result<Option<T>, RepositoryError>
    where
        T: TryFrom<Uuid, Error = InvalidId>,
    {
        self.optional(column, |id: Uuid| T::try_from(id))
    }

    /// A text that is read as something.
    pub(crate) fn parse<T>(&self, column: &'static str) -> Result<T, RepositoryError>
    where
        T: FromStr<Err: StdError + Send + Sync + 'static>,
    {
        self.read(column, |text: String| text.parse())
    }

    /// A value that is read as something.
    pub(crate) fn read<V, T, E>(
        &self,
        column: &'static str,
        read: impl FnOnce(V) -> Result<T, E>,
    ) -> Result<T, RepositoryError>
    where
        V: TryGetable,
        E: StdError + Send + Sync + 'static,
    {
        read(self.get(column)?).map_err(|error| self.corrupt(column, error))
    }

    /// A value that may be absent and is read as something.
    pub(crate) fn optional<V, T, E>(
        &self,
        column: &'static str,
        read: impl FnOnce(V) -> Result<T, E>,
    ) -> Result<Option<T>, RepositoryError>
    where
        V: TryGetable,
        E: StdError + Send + Sync + 'static,
    {
        let value: Option<V> = self.get(column)?;
        value.map(read).transpose().map_err(|error| self.corrupt(column, error))
    }

    /// A switch.
    pub(crate) fn flag(&self, column: &'static str) -> Result<bool, RepositoryError> {
        self.read(column, |number: i64| match number {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(BadValue::Number(other)),
        })
    }

    /// A number that is never negative.
    pub(crate) fn number(&self, column: &'static str) -> Result<u64, RepositoryError> {
        self.read(column, |number: i64| u64::try_from(number).map_err(|_| BadValue::Number(number)))
    }

    /// A version.
    pub(crate) fn version(&self, column: &'static str) -> Result<Version, RepositoryError> {
        let number = self.number(column)?;
        Version::try_from(number).map_err(|error| self.corrupt(column, error))
    }

    /// A moment.
    pub(crate) fn moment(&self, column: &'static str) -> Result<Timestamp, RepositoryError> {
        self.read(column, moment)
    }

    /// A moment that may be absent.
    pub(crate) fn optional_moment(
        &self,
        column: &'static str,
    ) -> Result<Option<Timestamp>, RepositoryError> {
        self.optional(column, moment)
    }

    /// 32 bytes.
    pub(crate) fn hash(&self, column: &'static str) -> Result<[u8; 32], RepositoryError> {
        self.read(column, |bytes: Vec<u8>| {
            <[u8; 32]>::try_from(bytes).map_err(|bytes| BadValue::Length(bytes.len()))
        })
    }

    /// The error that a column's value does not go with those of the others.
    pub(crate) fn contradiction(&self, column: &'static str) -> RepositoryError {
        self.corrupt(column, BadValue::Combination)
    }

    /// The error that a column cannot be read.
    pub(crate) fn corrupt(
        &self,
        column: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> RepositoryError {
        RepositoryError::corrupt(self.table, column, &Key(self), source)
    }
}

fn moment(microseconds: i64) -> Result<Timestamp, BadValue> {
    DateTime::from_timestamp_micros(microseconds).ok_or(BadValue::Number(microseconds))
}

/// The key of a corrupt row, as well as it can be read.
struct Key<'a>(&'a Row<'a>);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { result, prefix, key, .. } = self.0;
        if let Ok(id) = result.try_get::<Uuid>(prefix, key) {
            id.fmt(f)
        } else if let Ok(number) = result.try_get::<i64>(prefix, key) {
            number.fmt(f)
        } else if let Ok(bytes) = result.try_get::<Vec<u8>>(prefix, key) {
            f.write_str(&hex::encode(bytes))
        } else {
            f.write_str("?")
        }
    }
}
