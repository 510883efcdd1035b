//! Files on their way in.
//!
//! A form may have its parts in any order, so that a file is kept in a temporary file until all of
//! them are there. It is never held whole in memory.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::TryStreamExt;
use impersonation_domain::{
    ids::UserId,
    message::MAX_FILE_SIZE,
    ports::FileStoreError,
    service::{SendMessage, Upload},
};
use poem::{
    Body, FromRequest, Request, RequestBody, Result,
    http::StatusCode,
    web::{Field, Multipart},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef},
    types::Type,
};
use sha2::{Digest, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};

use super::expect_type;
use crate::{
    problem::Problem,
    value::{FromText, Id},
};

/// What a form may have beside the file: its text, and the frame around the parts.
const OVERHEAD: u64 = 256 * 1024;
/// The longest text of a message, in bytes.
const MAX_TEXT: usize = 128 * 1024;

/// A form with a file, and perhaps a text and a sender.
pub(crate) struct FileForm {
    /// The text, and as whom to send.
    pub(crate) message: SendMessage,
    /// The file.
    pub(crate) upload: Upload,
    /// The SHA-256 of what was sent, whatever separated its parts.
    pub(crate) digest: [u8; 32],
}

struct Received {
    name: String,
    media_type: String,
    file: File,
    sha256: [u8; 32],
}

#[derive(Default)]
struct Parts {
    file: Option<Received>,
    body: Option<String>,
    send_as: Option<UserId>,
}

impl FileForm {
    async fn read(request: &Request, body: &mut RequestBody) -> Result<Self, Problem> {
        expect_type(request, "multipart/form-data")?;
        let too_large = Arc::new(AtomicBool::new(false));
        let whole = body.take().map_err(|_| Problem::internal())?;
        let mut limited = RequestBody::new(limit(whole, too_large.clone()));
        let parts = read_parts(request, &mut limited).await;
        // Reading goes on until the limit is hit, and then breaks off like any other upload.
        if too_large.load(Ordering::SeqCst) {
            let detail = "the file is larger than 25 MiB; send a smaller one";
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", detail)
                .at("/file", detail));
        }
        let Parts { file, body, send_as } = parts?;
        let file = file.ok_or_else(|| {
            Problem::invalid_field("/file", "`file` is missing; send it as a part of the form")
        })?;
        let digest = digest(&file, body.as_deref(), send_as);
        let content = Body::from_async_read(file.file).into_bytes_stream();
        let upload = Upload {
            name: file.name,
            media_type: file.media_type,
            content: Box::pin(
                content.map_err(|error| FileStoreError::Unavailable(Box::new(error))),
            ),
        };
        Ok(Self { message: SendMessage { body, send_as }, upload, digest })
    }
}

/// The body, which fails after as many bytes as a form may have.
fn limit(body: Body, too_large: Arc<AtomicBool>) -> Body {
    let mut left = MAX_FILE_SIZE.saturating_add(OVERHEAD);
    Body::from_bytes_stream(body.into_bytes_stream().and_then(move |bytes| {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let fits = left.checked_sub(length);
        left = fits.unwrap_or(0);
        if fits.is_none() {
            too_large.store(true, Ordering::SeqCst);
        }
        std::future::ready(if fits.is_some() {
            Ok(bytes)
        } else {
            Err(io::Error::other("too large"))
        })
    }))
}

async fn read_parts(request: &Request, body: &mut RequestBody) -> Result<Parts, Problem> {
    let mut form =
        <Multipart as FromRequest>::from_request(request, body).await.map_err(|_| malformed())?;
    let mut parts = Parts::default();
    while let Some(field) = form.next_field().await.map_err(|_| malformed())? {
        let name = field.name().unwrap_or_default().to_owned();
        let twice = match name.as_str() {
            "file" => parts.file.replace(receive(field).await?).is_some(),
            "body" => parts.body.replace(text(field, "/body").await?).is_some(),
            "send_as" => {
                let id = Id::from_text(&text(field, "/send_as").await?);
                parts
                    .send_as
                    .replace(id.map_err(|detail| Problem::invalid_field("/send_as", detail))?.0)
                    .is_some()
            }
            _ => return Err(unknown(&name)),
        };
        if twice {
            return Err(Problem::invalid_field(
                format!("/{name}"),
                format!("`{name}` is there twice; send it once"),
            ));
        }
    }
    Ok(parts)
}

fn malformed() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed_form",
        "the form cannot be read; send it again as `multipart/form-data`",
    )
}

fn unknown(name: &str) -> Problem {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    let detail = format!("there is no part `{shown}` here; use `file`, `body`, `send_as`");
    Problem::new(StatusCode::BAD_REQUEST, "unknown_field", detail.clone())
        .at(format!("/{shown}"), detail)
}

async fn text(field: Field, pointer: &str) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
    let read = field.into_async_read().take(limit.saturating_add(1)).read_to_end(&mut bytes).await;
    read.map_err(|_| malformed())?;
    if bytes.len() > MAX_TEXT {
        return Err(Problem::body_too_large(MAX_TEXT));
    }
    String::from_utf8(bytes)
        .map_err(|_| Problem::invalid_field(pointer, "this is not UTF-8; send it in UTF-8"))
}

/// Takes a file in.
async fn receive(field: Field) -> Result<Received, Problem> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let media_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
    let failed = |error: io::Error| {
        tracing::error!(%error, "an upload cannot be kept");
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "the file cannot be taken now; try again",
        )
    };
    let mut file = File::from_std(tempfile::tempfile().map_err(failed)?);
    let (mut reader, mut sha256) = (Box::pin(field.into_async_read()), Sha256::new());
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        let length = reader.read(&mut buffer).await.map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "upload_interrupted",
                "the upload was interrupted; send the file again",
            )
        })?;
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
        sha256.update(bytes);
        file.write_all(bytes).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    file.rewind().await.map_err(failed)?;
    Ok(Received { name, media_type, file, sha256: sha256.finalize().into() })
}

fn digest(file: &Received, body: Option<&str>, send_as: Option<UserId>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(file.sha256);
    let send_as = send_as.map(|id| id.to_string());
    for part in [Some(file.name.as_str()), Some(file.media_type.as_str()), body, send_as.as_deref()]
    {
        let length = part.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(u64::MAX));
        hash.update(length.to_be_bytes());
        hash.update(part.unwrap_or_default());
    }
    hash.finalize().into()
}

impl<'a> ApiExtractor<'a> for FileForm {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let text = |schema: MetaSchema| MetaSchemaRef::Inline(Box::new(schema));
        let describe = |description, schema: MetaSchema| {
            text(MetaSchema { description: Some(description), ..schema })
        };
        let schema = MetaSchema {
            required: vec!["file"],
            properties: vec![
                (
                    "file",
                    describe(
                        "The file, with its name and type. At most 25 MiB.",
                        MetaSchema::new_with_format("string", "binary"),
                    ),
                ),
                ("body", describe("A text to go with it.", MetaSchema::new("string"))),
                ("send_as", Id::<UserId>::schema_ref()),
            ],
            ..MetaSchema::new("object")
        };
        let content = MetaMediaType { content_type: "multipart/form-data", schema: text(schema) };
        Some(MetaRequest { description: None, content: vec![content], required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        Ok(Self::read(request, body).await?)
    }
}
