//! Grants.

use impersonation_domain::{
    access::AccessType,
    grant::{GrantState, GrantWarning},
    ids::{BatchId, GrantId, UserId},
    ports::GrantView,
    service::{BulkPreview, CreateGrant, CreatedGrant, EditGrant, EditedGrant},
};
use poem_openapi::Object;
use serde::{Deserialize, Deserializer};

use super::PersonJson;
use crate::{
    request::{JsonBody, Strict},
    value::{Id, Moment, Word},
};

/// An impersonation relationship: one user may act on the account of another.
#[derive(Debug, Object)]
#[oai(rename = "Grant")]
pub(crate) struct GrantJson {
    /// Its identifier.
    id: Id<GrantId>,
    /// The user granting access: whose account is acted on.
    grantor: PersonJson,
    /// The user receiving access: who acts.
    grantee: PersonJson,
    /// Login Access, Send Access or both.
    access: Vec<Word<AccessType>>,
    /// Why, in the words of whoever made it.
    reason: Option<String>,
    /// When it begins to hold; at once if absent.
    starts_at: Option<Moment>,
    /// The first moment at which it no longer holds; never if absent.
    expires_at: Option<Moment>,
    /// How it stands now.
    state: Word<GrantState>,
    /// Raised by each change.
    version: u64,
    /// When it was made.
    created_at: Moment,
    /// Who made it.
    created_by: Id<UserId>,
    /// When it last allowed something.
    last_used_at: Option<Moment>,
}

impl From<&GrantView> for GrantJson {
    fn from(view: &GrantView) -> Self {
        let grant = view.grant.record();
        Self {
            id: Id(grant.id),
            grantor: (&view.grantor).into(),
            grantee: (&view.grantee).into(),
            access: grant.access.iter().map(Word).collect(),
            reason: grant.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            starts_at: grant.window.starts_at().map(Moment),
            expires_at: grant.window.expires_at().map(Moment),
            state: Word(view.state),
            version: grant.version.get(),
            created_at: Moment(grant.created_at),
            created_by: Id(grant.created_by),
            last_used_at: grant.last_used_at.map(Moment),
        }
    }
}

/// A new grant.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateGrantRequest {
    /// The address of the user granting access.
    #[oai(validator(min_length = 3, max_length = 254))]
    grantor_email: String,
    /// The address of the user receiving access.
    #[oai(validator(min_length = 3, max_length = 254))]
    grantee_email: String,
    /// Login Access, Send Access or both.
    #[oai(validator(min_items = 1))]
    access: Vec<Word<AccessType>>,
    /// Why.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: Option<String>,
    /// When it begins to hold; at once if absent.
    starts_at: Option<Moment>,
    /// When it expires; never if absent.
    expires_at: Option<Moment>,
}
impl JsonBody for CreateGrantRequest {}

impl From<CreateGrantRequest> for CreateGrant {
    fn from(request: CreateGrantRequest) -> Self {
        Self {
            grantor_email: request.grantor_email,
            grantee_email: request.grantee_email,
            access: request.access.into_iter().map(|word| word.0).collect(),
            reason: request.reason,
            starts_at: request.starts_at.map(|moment| moment.0),
            expires_at: request.expires_at.map(|moment| moment.0),
        }
    }
}

/// Something about a grant that whoever makes it should know.
#[derive(Object)]
struct Warning {
    /// What it is, stable for programs.
    code: String,
    /// What it means.
    message: String,
}

impl From<&GrantWarning> for Warning {
    fn from(warning: &GrantWarning) -> Self {
        Self { code: warning.as_str().to_owned(), message: warning.message().to_owned() }
    }
}

/// A grant that has just been made.
#[derive(Object)]
#[oai(rename = "CreatedGrant")]
pub(crate) struct CreatedGrantJson {
    #[oai(flatten)]
    grant: GrantJson,
    /// What its maker should know. None of it forbids the grant.
    warnings: Vec<Warning>,
}

impl From<&CreatedGrant> for CreatedGrantJson {
    fn from(created: &CreatedGrant) -> Self {
        Self {
            grant: (&created.view).into(),
            warnings: created.warnings.iter().map(Into::into).collect(),
        }
    }
}

/// What is to change of a grant. What is left out stays; `null` clears it.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditGrantRequest {
    /// Login Access, Send Access or both.
    #[oai(validator(min_items = 1))]
    access: Option<Vec<Word<AccessType>>>,
    /// Why.
    #[serde(default, deserialize_with = "given")]
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: Option<Option<String>>,
    /// When it begins to hold.
    #[serde(default, deserialize_with = "given")]
    starts_at: Option<Option<Moment>>,
    /// When it expires.
    #[serde(default, deserialize_with = "given")]
    expires_at: Option<Option<Moment>>,
}
impl JsonBody for EditGrantRequest {}

/// What is there, even if it is `null`.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl From<EditGrantRequest> for EditGrant {
    fn from(request: EditGrantRequest) -> Self {
        let moment =
            |field: Option<Option<Moment>>| field.map(|moment| moment.map(|moment| moment.0));
        Self {
            access: request.access.map(|words| words.into_iter().map(|word| word.0).collect()),
            reason: request.reason,
            starts_at: moment(request.starts_at),
            expires_at: moment(request.expires_at),
        }
    }
}

/// A grant that has just been changed.
#[derive(Object)]
#[oai(rename = "EditedGrant")]
pub(crate) struct EditedGrantJson {
    #[oai(flatten)]
    grant: GrantJson,
    /// How many login sessions ended with the change.
    sessions_ended: u64,
}

impl From<&EditedGrant> for EditedGrantJson {
    fn from(edited: &EditedGrant) -> Self {
        Self { grant: (&edited.view).into(), sessions_ended: edited.sessions_ended }
    }
}

/// A grant in the version that was seen.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenGrant {
    /// Which grant.
    pub(crate) id: Id<GrantId>,
    /// In which version.
    #[oai(validator(minimum(value = "1")))]
    pub(crate) version: u64,
}

/// Which grants are to be deleted.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewBulkDelete {
    /// The grants, at most 10,000.
    #[serde(deserialize_with = "objects")]
    #[oai(validator(min_items = 1, max_items = 10000))]
    pub(crate) grants: Vec<SeenGrant>,
}

/// Which grants are to be deleted, and that this is meant.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkDelete {
    /// The grants, exactly as in the preview.
    #[serde(deserialize_with = "objects")]
    #[oai(validator(min_items = 1, max_items = 10000))]
    pub(crate) grants: Vec<SeenGrant>,
    /// The confirmation from the preview.
    pub(crate) confirmation: String,
}

/// Ten thousand grants with their versions.
const BULK_LIMIT: usize = 1024 * 1024;
impl JsonBody for PreviewBulkDelete {
    const LIMIT: usize = BULK_LIMIT;
}
impl JsonBody for BulkDelete {
    const LIMIT: usize = BULK_LIMIT;
}

fn objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Strict<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|object| object.0).collect())
}

/// What a bulk delete would do.
#[derive(Object)]
#[oai(rename = "BulkPreview")]
pub(crate) struct BulkPreviewJson {
    /// To be sent back to confirm exactly this set.
    confirmation: String,
    /// How many grants would be deleted.
    grants: u64,
    /// Who would lose access, or a delegate.
    people: Vec<PersonJson>,
    /// How many live login sessions would end.
    sessions_ended: u64,
}

impl From<BulkPreview> for BulkPreviewJson {
    fn from(preview: BulkPreview) -> Self {
        Self {
            confirmation: preview.confirmation,
            grants: preview.grants,
            people: preview.people.iter().map(Into::into).collect(),
            sessions_ended: preview.sessions_ended,
        }
    }
}

/// What a bulk delete has done.
#[derive(Object)]
#[oai(rename = "BulkDeleted")]
pub(crate) struct BulkDeletedJson {
    /// What its events in the audit log have in common.
    pub(crate) batch_id: Id<BatchId>,
    /// The grants as they were.
    pub(crate) deleted: Vec<GrantJson>,
    /// How many live login sessions ended.
    pub(crate) sessions_ended: u64,
    /// The same grants as a file, which `POST /api/v1/grants/import` takes.
    pub(crate) csv: String,
}
