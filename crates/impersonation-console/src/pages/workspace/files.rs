//! Files of messages.

use std::io;

use futures_util::TryStreamExt;
use impersonation_domain::{ids::FileId, service::FileDownload};
use poem::{Body, handler, http::header, web::Path};

use crate::{
    reply::{Reply, attachment},
    visit::Visitor,
};

/// A file, to be saved: never shown in place, whatever it says that it is.
#[handler]
pub(super) async fn download(visitor: Visitor, Path(id): Path<FileId>) -> Reply {
    let found = visitor.service().sending().file(visitor.credential(), id).await?;
    let FileDownload { file, content } = found;
    let content = Body::from_bytes_stream(content.map_err(io::Error::other));
    let mut response = attachment(file.name.as_str(), file.media_type.as_str(), content);
    response.headers_mut().insert(header::CONTENT_LENGTH, file.size.into());
    Ok(response)
}
