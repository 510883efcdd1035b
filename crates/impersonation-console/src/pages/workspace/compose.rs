//! Sending a message or a file.

use impersonation_domain::{
    ids::{ChannelId, UserId},
    service::{Answer, ErrorClass, MessageView, Repeatable, SendMessage, UseCaseError},
};
use poem::{handler, web::Path};
use sha2::{Digest, Sha256};

use super::channel::{Draft, page};
use crate::{
    failure::{Failure, sentence},
    form::Form,
    reply::{Reply, see_other},
    visit::Visitor,
};

/// Sends what is in the composer. The form sent a second time, by a double click or the browser's
/// Back, sends no second message.
#[handler]
pub(super) async fn send(visitor: Visitor, Path(id): Path<ChannelId>, form: Form) -> Reply {
    let (text, send_as) = (form.text("body"), form.filled("send_as"));
    let as_other: Option<UserId> =
        send_as.map(str::parse).transpose().map_err(|_| Failure::NotFound)?;
    let fingerprint = fingerprint(id, &form);
    let nothing = |_: &MessageView| Vec::new();
    let repeatable = form.filled("key").map(|_| Repeatable {
        // With what is sent: a page that is gone back to may send something else.
        key: hex(&fingerprint),
        endpoint: "console_send",
        fingerprint,
        render: &nothing,
    });
    let message = SendMessage { body: Some(text.to_owned()), send_as: as_other };
    let upload = form.take_file().await;
    let sending = visitor.service().sending();
    let answer = sending.send(visitor.credential(), id, message, upload, repeatable).await;
    if as_other.is_some() {
        let common = &visitor.visit().app().settings().common;
        match &answer {
            Ok(Answer::Fresh(_)) => common.count_send_decision(true),
            Err(UseCaseError::Denied(_)) => common.count_send_decision(false),
            Ok(Answer::Repeated(_)) | Err(_) => {}
        }
    }
    match answer {
        // The fragment puts the focus where one goes on writing.
        Ok(_) => see_other(&format!("/channels/{id}#composer-text")),
        Err(error) if is_gone(&error) => Err(error.into()),
        Err(error) => {
            let draft = Draft {
                text: text.to_owned(),
                send_as: send_as.unwrap_or_default().to_owned(),
                error: Some(explain(&error, form.has_file())),
            };
            page(&visitor, id, None, draft, Failure::from(error).status()).await
        }
    }
}

/// Whether there is no page to go on writing on.
fn is_gone(error: &UseCaseError) -> bool {
    matches!(
        error.class(),
        ErrorClass::NotFound | ErrorClass::Unauthenticated | ErrorClass::Unavailable
    )
}

fn explain(error: &UseCaseError, had_file: bool) -> String {
    let mut text = match (error.field(), error.code()) {
        (Some("body"), _) if !had_file && error.to_string().contains("empty") => {
            "Write something, or choose a file.".to_owned()
        }
        _ => sentence(&error.to_string()),
    };
    if had_file {
        text.push_str(" Choose the file again.");
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the form asks for, whatever its token.
fn fingerprint(id: ChannelId, form: &Form) -> [u8; 32] {
    let mut digest = Sha256::new();
    let id = id.to_string();
    for part in [id.as_str(), form.text("key"), form.text("send_as"), form.text("body")] {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    if let Some(file) = form.file_digest() {
        digest.update(file);
    }
    digest.finalize().into()
}
