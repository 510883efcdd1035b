//! Grants as a file (RFC 4180).
//!
//! What is written can be read again, so that a value is written as it is: a program that takes
//! cells for formulas must be told not to.

use std::fmt::Display;

use impersonation_domain::{
    access::AccessType,
    ports::GrantView,
    service::{CreateGrant, MAX_BULK_ITEMS},
    text::Reason,
};
use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest},
    types::Type,
};
use serde::{Deserialize, Serialize};

use crate::{
    problem::Problem,
    request::{expect_type, read_limited},
    value::{FromText, Moment},
};

/// How large a file may be.
const LIMIT: usize = 4 * 1024 * 1024;

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    grantor_email: String,
    grantee_email: String,
    login: bool,
    send: bool,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    starts_at: String,
    #[serde(default)]
    expires_at: String,
}

/// The grants as a file.
pub(crate) fn write(grants: &[GrantView]) -> Result<String, Problem> {
    let failed = |error: &dyn Display| {
        tracing::error!(%error, "a file cannot be written");
        Problem::internal()
    };
    let mut file =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let moment = |at| {
        serde_json::to_value(Moment(at)).ok().and_then(|at| at.as_str().map(ToOwned::to_owned))
    };
    for view in grants {
        let grant = view.grant.record();
        let row = Row {
            grantor_email: view.grantor.email().as_str().to_owned(),
            grantee_email: view.grantee.email().as_str().to_owned(),
            login: grant.access.contains(AccessType::Login),
            send: grant.access.contains(AccessType::Send),
            reason: grant.reason.as_ref().map(Reason::as_str).unwrap_or_default().to_owned(),
            starts_at: grant.window.starts_at().and_then(moment).unwrap_or_default(),
            expires_at: grant.window.expires_at().and_then(moment).unwrap_or_default(),
        };
        file.serialize(row).map_err(|error| failed(&error))?;
    }
    let bytes = file.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// The grants of a file that was sent.
pub(crate) struct Rows(pub(crate) Vec<CreateGrant>);

fn read(bytes: &[u8]) -> Result<Vec<CreateGrant>, Problem> {
    let mut file = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let mut requests = Vec::new();
    for (index, row) in file.deserialize::<Row>().enumerate() {
        if requests.len() == MAX_BULK_ITEMS {
            let detail = format!("the file has more than {MAX_BULK_ITEMS} rows; send it in parts");
            return Err(
                Problem::invalid_field("", detail).with(|problem| problem.code = "too_many_items")
            );
        }
        let row = row.map_err(|error| unreadable(index, &error))?;
        requests.push(request(index, row)?);
    }
    if requests.is_empty() {
        return Err(Problem::invalid_field(
            "",
            "the file has no rows; send at least one beside the names of the columns",
        ));
    }
    Ok(requests)
}

/// Rows are counted from 0, as JSON pointers count, and from 1 where people read it.
fn unreadable(index: usize, error: &csv::Error) -> Problem {
    let detail = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.kind().to_string(),
        csv::ErrorKind::Utf8 { .. } => "this is not UTF-8; send the file in UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { .. } => {
            "the row has another number of values than there are columns".to_owned()
        }
        _ => "this cannot be read as CSV".to_owned(),
    };
    Problem::invalid_field(
        format!("/{index}"),
        format!("row {}: {detail}", index.saturating_add(1)),
    )
}

fn request(index: usize, row: Row) -> Result<CreateGrant, Problem> {
    let moment = |field: &str, text: &str| match text {
        "" => Ok(None),
        text => Moment::from_text(text).map(|moment| Some(moment.0)).map_err(|detail| {
            let detail = format!("row {}: {detail}", index.saturating_add(1));
            Problem::invalid_field(format!("/{index}/{field}"), detail)
        }),
    };
    let access = [(row.login, AccessType::Login), (row.send, AccessType::Send)];
    Ok(CreateGrant {
        access: access.into_iter().filter(|(given, _)| *given).map(|(_, access)| access).collect(),
        starts_at: moment("starts_at", &row.starts_at)?,
        expires_at: moment("expires_at", &row.expires_at)?,
        reason: Some(row.reason).filter(|reason| !reason.is_empty()),
        grantor_email: row.grantor_email,
        grantee_email: row.grantee_email,
    })
}

impl<'a> ApiExtractor<'a> for Rows {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let content = MetaMediaType { content_type: "text/csv", schema: String::schema_ref() };
        Some(MetaRequest { description: None, content: vec![content], required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        expect_type(request, "text/csv")?;
        let bytes = read_limited(request, body, LIMIT).await?;
        Ok(Self(read(&bytes)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "grantor_email,grantee_email,login,send,reason,starts_at,expires_at\r\n";

    #[test]
    fn a_file_is_read_with_quotes_and_line_breaks() {
        let text = format!(
            "{HEADER}b@x.example,a@x.example,true,false,\"says \"\"hi\"\",\r\n=1+1\",,2027-01-01T00:00:00Z\r\n"
        );
        let rows = read(text.as_bytes()).unwrap();
        assert_eq!(rows[0].reason.as_deref(), Some("says \"hi\",\r\n=1+1"));
        assert_eq!(rows[0].access, [AccessType::Login]);
        assert_eq!(rows[0].expires_at.unwrap().to_rfc3339(), "2027-01-01T00:00:00+00:00");
        assert_eq!(rows[0].starts_at, None);
        let rows =
            read(b"send,login,grantee_email,grantor_email\ntrue,true,a@x.example,b@x.example\n")
                .unwrap();
        assert_eq!(rows[0].access, [AccessType::Login, AccessType::Send]);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_row() {
        for (text, pointer) in [
            ("", ""),
            (HEADER, ""),
            ("grantor_email,grantee_email\na,b\n", "/0"),
            (&format!("{HEADER}b,a,yes,false,,,\r\n"), "/0"),
            (&format!("{HEADER}b,a,true,false,,,\r\nb,a,true,false\r\n"), "/1"),
            (&format!("{HEADER}b,a,true,false,,tomorrow,\r\n"), "/0/starts_at"),
            ("grantor_email,grantee_email,login,send,admin\nb,a,true,true,true\n", "/0"),
        ] {
            let problem = read(text.as_bytes()).unwrap_err();
            assert_eq!(
                (problem.code, problem.errors[0].pointer.as_str()),
                ("invalid_input", pointer),
                "{text}"
            );
        }
        assert!(read(b"grantor_email,grantee_email,login,send\n\xff,a,true,true\n").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(rows in "[a,\"\r\n]{0,60}", bytes in proptest::collection::vec(0_u8.., 0..60)) {
            for text in [rows.into_bytes(), bytes] {
                let file: Vec<u8> = [HEADER.as_bytes(), &text].concat();
                if let Err(problem) = read(&file) {
                    proptest::prop_assert_eq!(problem.code, "invalid_input");
                }
            }
        }
    }
}
