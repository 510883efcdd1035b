//! The audit log as a file: page after page, never the whole in memory.

use bytes::Bytes;
use futures_util::{Stream, stream};
use impersonation_domain::{
    audit::{Event, EventContent, Party},
    ports::PageLimit,
    role::Permission,
    service::{AuditRequest, EventView, UseCaseError},
    time::Timestamp,
    user::User,
};
use poem::{Body, handler};

use super::filter::Filter;
use crate::{
    failure::Failure,
    form::Query,
    reply::{Reply, attachment},
    settings::Common,
    visit::Visitor,
};

/// How the file is written.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    Ndjson,
}

const COLUMNS: [&str; 24] = [
    "sequence",
    "at",
    "action",
    "result",
    "rule",
    "actor_kind",
    "actor_id",
    "actor_name",
    "actor_email",
    "subject_kind",
    "subject_id",
    "subject_name",
    "subject_email",
    "access",
    "grant_id",
    "grant_version",
    "login_session_id",
    "channel_id",
    "batch_id",
    "reason",
    "request_id",
    "source_address",
    "previous_hash",
    "hash",
];

/// Every event that the filter leaves, with comma-separated values.
#[handler]
pub(in crate::pages::administration) async fn csv_file(visitor: Visitor, query: Query) -> Reply {
    download(visitor, &query, Format::Csv).await
}

/// Every event that the filter leaves, one JSON object on each line: as the API has them.
#[handler]
pub(in crate::pages::administration) async fn ndjson_file(visitor: Visitor, query: Query) -> Reply {
    download(visitor, &query, Format::Ndjson).await
}

async fn download(visitor: Visitor, query: &Query, format: Format) -> Reply {
    let filter = Filter::read(&visitor, query).await?;
    if !filter.errors.is_empty() {
        let message = "the filter cannot be understood; mend it on the page of the audit log";
        return Err(Failure::Malformed(message.to_owned()));
    }
    let request = AuditRequest { limit: PageLimit::MAX, ..filter.request };
    let reads_all = visitor.may(Permission::ReadAuditLog);
    let export = Export { visitor, request, format, reads_all };
    // The first page before the answer begins: what is refused is said on a page.
    let (first, rest) = export.page(true).await?;
    let (name, media_type) = match format {
        Format::Csv => ("audit-log.csv", "text/csv; charset=utf-8"),
        Format::Ndjson => ("audit-log.ndjson", "application/x-ndjson"),
    };
    Ok(attachment(name, media_type, Body::from_bytes_stream(pages(first, rest))))
}

/// A file under way.
struct Export {
    visitor: Visitor,
    request: AuditRequest,
    format: Format,
    reads_all: bool,
}

/// The pages, as they are asked for. A failure breaks the file off, so that nobody takes what there
/// is of it for the whole.
fn pages(
    first: Bytes,
    rest: Option<Export>,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
    enum State {
        Ready(Bytes, Option<Export>),
        More(Export),
        Done,
    }
    stream::unfold(State::Ready(first, rest), |state| async move {
        let after = |rest: Option<Export>| rest.map_or(State::Done, State::More);
        match state {
            State::Done => None,
            State::Ready(bytes, rest) => Some((Ok(bytes), after(rest))),
            State::More(export) => match export.page(false).await {
                Ok((bytes, rest)) => Some((Ok(bytes), after(rest))),
                Err(failure) => {
                    tracing::warn!(%failure, "an export of the audit log broke off");
                    Some((Err(std::io::Error::other("the export broke off")), State::Done))
                }
            },
        }
    })
}

impl Export {
    /// The next page, and what is left after it.
    async fn page(mut self, is_first: bool) -> Result<(Bytes, Option<Self>), Failure> {
        let (service, credential) = (self.visitor.service(), self.visitor.credential());
        let page = service.audit().events(credential, self.request.clone()).await?;
        if self.reads_all && page.next.is_some() {
            // Whoever may no longer read everything would get a file with silent gaps.
            let me = service.account().me(credential).await?;
            if !me.permissions.contains(&Permission::ReadAuditLog) {
                let refusal = impersonation_domain::service::Refusal::PermissionRequired(
                    Permission::ReadAuditLog,
                );
                return Err(UseCaseError::from(refusal).into());
            }
        }
        let bytes = match self.format {
            Format::Csv => csv_page(&page.items, is_first)?,
            Format::Ndjson => {
                let common = &self.visitor.visit().app().settings().common;
                ndjson_page(&page.items, &**common)
            }
        };
        self.request.before_sequence = page.next;
        let rest = page.next.is_some().then_some(self);
        Ok((bytes.into(), rest))
    }
}

fn ndjson_page(views: &[EventView], common: &dyn Common) -> Vec<u8> {
    let mut text = String::new();
    for view in views {
        text.push_str(&common.event_as_json(view));
        text.push('\n');
    }
    text.into_bytes()
}

fn csv_page(views: &[EventView], is_first: bool) -> Result<Vec<u8>, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "an export of the audit log cannot be written");
        Failure::Internal
    };
    let mut file =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if is_first {
        file.write_record(COLUMNS).map_err(|error| failed(&error))?;
    }
    for view in views {
        file.write_record(record(view)).map_err(|error| failed(&error))?;
    }
    file.into_inner().map_err(|error| failed(&error))
}

/// The values of an event, in the order of [`COLUMNS`].
fn record(view: &EventView) -> [String; COLUMNS.len()] {
    let Event { sequence, content, previous_hash, hash, .. } = &view.event;
    let [actor_kind, actor_id, actor_name, actor_email] = party(content.actor, view.actor.as_ref());
    let [subject_kind, subject_id, subject_name, subject_email] =
        party(content.subject, view.subject.as_ref());
    let EventContent { action, outcome, access, grant, .. } = content;
    [
        sequence.to_string(),
        moment(content.at),
        action.as_str().to_owned(),
        outcome.as_str().to_owned(),
        plain(content.rule.as_deref()),
        actor_kind,
        actor_id,
        actor_name,
        actor_email,
        subject_kind,
        subject_id,
        subject_name,
        subject_email,
        access.map(|access| access.as_str().to_owned()).unwrap_or_default(),
        grant.map(|grant| grant.id.to_string()).unwrap_or_default(),
        grant.map(|grant| grant.version.to_string()).unwrap_or_default(),
        content.login_session.map(|id| id.to_string()).unwrap_or_default(),
        content.channel.map(|id| id.to_string()).unwrap_or_default(),
        content.batch.map(|id| id.to_string()).unwrap_or_default(),
        plain(content.reason.as_deref()),
        plain(content.request_id.as_deref()),
        plain(content.source_address.as_deref()),
        previous_hash.to_hex(),
        hash.to_hex(),
    ]
}

fn party(party: Party, user: Option<&User>) -> [String; 4] {
    let (kind, id) = match party {
        Party::User(id) => ("user", id.to_string()),
        Party::Organization(id) => ("organization", id.to_string()),
        Party::Operator => ("operator", String::new()),
        Party::System => ("system", String::new()),
        Party::Unknown => ("unknown", String::new()),
    };
    let name = plain(user.map(|user| user.name().as_str()));
    [kind.to_owned(), id, name, plain(user.map(|user| user.email().as_str()))]
}

fn moment(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// A text that somebody else wrote, for a cell of a table. Programs take what begins with one of
/// these characters for a formula; an apostrophe in front of it says that it is text.
fn plain(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    let looks_like_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if looks_like_formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for text in ["=1+1", "+1", "-1", "@a", "\tx"] {
            assert_eq!(plain(Some(text)), format!("'{text}"));
        }
        assert_eq!(plain(Some("on leave = away")), "on leave = away");
        assert_eq!(plain(None), "");
    }

    #[test]
    fn the_header_stands_on_the_first_page_alone() {
        let text = |is_first| String::from_utf8(csv_page(&[], is_first).unwrap()).unwrap();
        assert!(text(true).starts_with("sequence,at,action,result"));
        assert_eq!(text(false), "");
    }
}
