//! Forms as browsers send them.

use std::{io, sync::Arc};

use chrono::{DateTime, NaiveDateTime, Utc};
use futures_util::{StreamExt, TryStreamExt};
use impersonation_domain::{
    message::MAX_FILE_SIZE, ports::FileStoreError, service::Upload, time::Timestamp,
};
use poem::{
    Body, FromRequest, Request, RequestBody, Result,
    web::{Field, Multipart},
};
use sha2::{Digest, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    sync::Mutex,
};

use crate::failure::Failure;

/// How large a form without a file may be: 200 selected rows take 20 KiB, the longest message 128.
const MAX_FORM: usize = 512 * 1024;
/// What a form may have beside its file.
const OVERHEAD: u64 = 512 * 1024;

/// A form that was sent, in the order of its fields. Clones share the file.
#[derive(Clone, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    file: Option<Arc<Mutex<Option<FormFile>>>>,
    digest: Option<[u8; 32]>,
}

struct FormFile {
    name: String,
    media_type: String,
    file: File,
    digest: [u8; 32],
}

impl Form {
    /// Reads the form of a request, whichever way it is encoded.
    pub(crate) async fn read(request: &mut Request) -> Result<Self, Failure> {
        let kind = request.content_type().unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = request.take_body();
        match kind.as_str() {
            "multipart/form-data" => read_parts(request, body).await,
            "application/x-www-form-urlencoded" => {
                let bytes = body.into_bytes_limit(MAX_FORM).await.map_err(|_| too_large())?;
                Ok(Self::from_bytes(&bytes))
            }
            // A button without a form around it sends nothing.
            "" => Ok(Self::default()),
            _ => Err(malformed()),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let fields = url::form_urlencoded::parse(bytes).into_owned().map(normalize).collect();
        Self { fields, ..Self::default() }
    }

    /// The fields in the form that a browser sends them in.
    pub(crate) fn encode(&self, without: &str) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.fields.iter().filter(|(name, _)| name != without) {
            text.append_pair(name, value);
        }
        text.finish()
    }

    /// The fields of a form in that encoding.
    pub(crate) fn decode(text: &str) -> Vec<(String, String)> {
        Self::from_bytes(text.as_bytes()).fields
    }

    /// The first value of this field; nothing where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The first value of this field, if there is one beside blanks.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|value| !value.is_empty())
    }

    /// Every value of this field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Whether a checkbox is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// The first value of this field, read as what it should be; what cannot be read is not there.
    pub(crate) fn parse<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.filled(name)?.parse().ok()
    }

    /// All fields.
    pub(crate) fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The file, if one was chosen. It can be taken once.
    pub(crate) async fn take_file(&self) -> Option<Upload> {
        let FormFile { name, media_type, file, .. } = self.file.as_ref()?.lock().await.take()?;
        let content = Body::from_async_read(file).into_bytes_stream();
        let content = content.map_err(|error| FileStoreError::Unavailable(Box::new(error)));
        Some(Upload { name, media_type, content: Box::pin(content) })
    }

    /// The SHA-256 of the file's name and content, if one was chosen.
    pub(crate) fn file_digest(&self) -> Option<[u8; 32]> {
        self.digest
    }

    /// Whether a file was chosen.
    pub(crate) fn has_file(&self) -> bool {
        self.file.is_some()
    }
}

/// Browsers send line breaks as CR LF; people mean one line break.
fn normalize((name, value): (String, String)) -> (String, String) {
    (name, value.replace("\r\n", "\n"))
}

fn malformed() -> Failure {
    Failure::Malformed("the form cannot be read; go back and send it again".to_owned())
}

fn too_large() -> Failure {
    Failure::TooLarge("what was sent is larger than 512 KiB; send less at once".to_owned())
}

async fn read_parts(request: &Request, body: Body) -> Result<Form, Failure> {
    let mut left = MAX_FILE_SIZE.saturating_add(OVERHEAD);
    let limited = body.into_bytes_stream().map(move |bytes| {
        let bytes = bytes?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        left = left.checked_sub(length).ok_or_else(|| io::Error::other("too large"))?;
        Ok::<_, io::Error>(bytes)
    });
    let mut body = RequestBody::new(Body::from_bytes_stream(limited));
    let broken =
        |_| Failure::TooLarge("the upload broke off: a file may have at most 25 MiB".to_owned());
    let mut parts = <Multipart as FromRequest>::from_request(request, &mut body)
        .await
        .map_err(|_| malformed())?;
    let mut form = Form::default();
    while let Some(field) = parts.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            let file = receive(field).await?;
            if let Some(file) = file {
                form.digest = Some(file.digest);
                form.file = Some(Arc::new(Mutex::new(Some(file))));
            }
        } else {
            let mut text = Vec::new();
            let limit = u64::try_from(MAX_FORM).unwrap_or(u64::MAX);
            let mut reader = field.into_async_read().take(limit.saturating_add(1));
            reader.read_to_end(&mut text).await.map_err(|_| malformed())?;
            if text.len() > MAX_FORM {
                return Err(too_large());
            }
            let value = String::from_utf8(text).map_err(|_| malformed())?;
            form.fields.push(normalize((name, value)));
        }
    }
    Ok(form)
}

/// Keeps a file in a temporary one: never whole in memory. Browsers send a field without a name
/// where no file was chosen.
async fn receive(field: Field) -> Result<Option<FormFile>, Failure> {
    let name = field.file_name().unwrap_or_default().to_owned();
    if name.is_empty() {
        return Ok(None);
    }
    let media_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
    let failed = |error: io::Error| {
        tracing::error!(%error, "an upload cannot be kept");
        Failure::Internal
    };
    let mut file = File::from_std(tempfile::tempfile().map_err(failed)?);
    let mut digest = Sha256::new_with_prefix(Sha256::digest(&name));
    let mut content = Body::from_async_read(field.into_async_read()).into_bytes_stream();
    while let Some(bytes) = content.next().await {
        let bytes = bytes.map_err(|_| {
            Failure::TooLarge("the upload broke off: a file may have at most 25 MiB".to_owned())
        })?;
        digest.update(&bytes);
        file.write_all(&bytes).await.map_err(failed)?;
    }
    let digest = digest.finalize().into();
    file.flush().await.map_err(failed)?;
    file.rewind().await.map_err(failed)?;
    Ok(Some(FormFile { name, media_type, file, digest }))
}

impl<'a> FromRequest<'a> for Form {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(request.extensions().get::<Self>().cloned().unwrap_or_default())
    }
}

/// The query of an address, in the order of its fields.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// The query of an address.
    pub(crate) fn of(address: &str) -> Self {
        let text = address.split_once('?').map_or("", |(_, query)| query);
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of this field, if there is one beside blanks.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(field, _)| field == name)?.1.trim();
        Some(value).filter(|value| !value.is_empty())
    }

    /// Every value of this field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The first value of this field, read as what it should be; what cannot be read is not there.
    pub(crate) fn parse<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// An address with this query, some fields replaced: `None` leaves one out.
    pub(crate) fn with(&self, path: &str, changes: &[(&str, Option<&str>)]) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        let changed = |name: &str| changes.iter().any(|(field, _)| *field == name);
        for (name, value) in
            self.0.iter().filter(|(name, value)| !changed(name) && !value.is_empty())
        {
            text.append_pair(name, value);
        }
        for (name, value) in changes {
            if let Some(value) = value {
                text.append_pair(name, value);
            }
        }
        let text = text.finish();
        if text.is_empty() { path.to_owned() } else { format!("{path}?{text}") }
    }
}

impl<'a> FromRequest<'a> for Query {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(Self::of(&request.uri().to_string()))
    }
}

/// The moment in a field. Script sends RFC 3339; without script it is what was typed, in UTC.
pub(crate) fn moment(text: Option<&str>) -> std::result::Result<Option<Timestamp>, ()> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(Some(at.with_timezone(&Utc)));
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|at| Some(at.and_utc()))
        .ok_or(())
}
