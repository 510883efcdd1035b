//! Making grants, one by one or from a file.

use std::collections::BTreeMap;

use super::GrantService;
use crate::{
    access::{AccessType, AccessTypes},
    channel::Channel,
    email::EmailAddress,
    grant::{Grant, GrantState, GrantWarning, NewGrant},
    ports::GrantView,
    role::{Permission, RoleKind},
    service::{
        Answer, Capability, Conflict, Credential, InvalidInput, MAX_BULK_ITEMS, Repeatable,
        UseCaseError, error::text, operation::Operation,
    },
    text::Reason,
    time::{Timestamp, Window},
    user::User,
};

/// What a grant is to be made of, as a person types it.
#[derive(Debug, Clone, Default)]
pub struct CreateGrant {
    /// The address of the user granting access.
    pub grantor_email: String,
    /// The address of the user receiving access.
    pub grantee_email: String,
    /// One or both access types.
    pub access: Vec<AccessType>,
    /// Why.
    pub reason: Option<String>,
    /// When it begins to hold; at once if absent.
    pub starts_at: Option<Timestamp>,
    /// When it expires; never if absent.
    pub expires_at: Option<Timestamp>,
}

/// A grant that has just been made.
#[derive(Debug, Clone)]
pub struct CreatedGrant {
    /// The grant.
    pub view: GrantView,
    /// What its maker should know.
    pub warnings: Vec<GrantWarning>,
}

/// What a grant would mean, before it is made.
#[derive(Debug, Clone)]
pub struct GrantPreview {
    /// The user granting access.
    pub grantor: User,
    /// The user receiving access.
    pub grantee: User,
    /// What its maker should know.
    pub warnings: Vec<GrantWarning>,
    /// The channels that both are in, as far as the caller may know of them.
    pub shared_channels: Vec<Channel>,
    /// How many channels both are in.
    pub shared_channel_count: u64,
    /// The grant that the pair has already.
    pub existing: Option<Grant>,
}

impl GrantService {
    /// What a grant would mean, while it is still being typed. `None` while the two addresses do not
    /// name two users. Nothing is recorded: nothing is done or refused.
    ///
    /// # Errors
    /// [`UseCaseError`].
    pub async fn preview(
        &self,
        credential: &Credential,
        grantor_email: &str,
        grantee_email: &str,
        access: &[AccessType],
    ) -> Result<Option<GrantPreview>, UseCaseError> {
        let mut op =
            Operation::begin_read(&self.ports, credential, Capability::CreateGrant).await?;
        let result = preview(&mut op, grantor_email, grantee_email, access).await;
        op.finish(result).await
    }

    /// Makes a grant.
    ///
    /// # Errors
    /// [`Conflict::DuplicateGrant`] where the pair has one already, and others.
    pub async fn create(
        &self,
        credential: &Credential,
        request: CreateGrant,
        repeatable: Option<Repeatable<'_, CreatedGrant>>,
    ) -> Result<Answer<CreatedGrant>, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::CreateGrant).await?;
        let result = async {
            if let Some(body) = op.repeated(repeatable.as_ref()).await? {
                return Ok(Answer::Repeated(body));
            }
            let (grantor, grantee) = pair(&mut op, &request, &mut BTreeMap::new()).await?;
            let warnings = warnings(&mut op, &grantor, &grantee, &request.access).await?;
            let view = create(&mut op, request, grantor, grantee, false).await?;
            let created = CreatedGrant { view, warnings };
            op.remember(repeatable.as_ref(), &created).await?;
            Ok(Answer::Fresh(created))
        }
        .await;
        op.finish(result).await
    }

    /// Makes several grants, for instance those that a bulk delete offered as a file: all of them or
    /// none. One that has expired meanwhile is put back as it was.
    ///
    /// # Errors
    /// That of the first grant that cannot be made.
    pub async fn import(
        &self,
        credential: &Credential,
        requests: Vec<CreateGrant>,
    ) -> Result<Vec<GrantView>, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::CreateGrant).await?;
        let result = async {
            if requests.is_empty() || requests.len() > MAX_BULK_ITEMS {
                let message =
                    format!("send 1 to {MAX_BULK_ITEMS} grants; these are {}", requests.len());
                return Err(InvalidInput::form("grants", "invalid_input", &message));
            }
            let mut made = Vec::with_capacity(requests.len());
            let mut known = BTreeMap::new();
            for (index, request) in requests.into_iter().enumerate() {
                let view = match pair(&mut op, &request, &mut known).await {
                    Ok((grantor, grantee)) => {
                        create(&mut op, request, grantor, grantee, true).await
                    }
                    Err(error) => Err(error),
                };
                let in_item = |error| UseCaseError::InItem { index, error: Box::new(error) };
                made.push(view.map_err(in_item)?);
            }
            Ok(made)
        }
        .await;
        op.finish(result).await
    }
}

/// The two people whom the request names. Who is `known` is not looked up again.
async fn pair(
    op: &mut Operation,
    request: &CreateGrant,
    known: &mut BTreeMap<String, User>,
) -> Result<(User, User), UseCaseError> {
    let grantor = find(op, "grantor_email", &request.grantor_email, known).await?;
    op.about.subject = Some(grantor.id());
    let grantee = find(op, "grantee_email", &request.grantee_email, known).await?;
    Ok((grantor, grantee))
}

async fn create(
    op: &mut Operation,
    request: CreateGrant,
    grantor: User,
    grantee: User,
    may_have_expired: bool,
) -> Result<GrantView, UseCaseError> {
    let access = AccessTypes::new(request.access)?;
    let window = Window::new(request.starts_at, request.expires_at)?;
    let reason =
        request.reason.map(|reason| text("reason", || Reason::new(&reason))).transpose()?;
    let existing = op.uow.grants().of_pair(grantor.id(), grantee.id()).await?;
    if let Some(existing) = existing {
        op.about.grant = Some(existing.reference());
        return Err(Conflict::DuplicateGrant { existing: existing.id() }.into());
    }
    let new = NewGrant {
        grantor: &grantor,
        grantee: &grantee,
        access,
        window,
        reason,
        created_by: op.ctx.caller.actor.id(),
        may_have_expired,
    };
    let grant = op.uow.grants().save(Grant::create(new, &op.ctx.stamp())?).await?;
    let plan = op.ctx.caller.organization.plan();
    let state = GrantState::of(&grant, plan, &grantor, &grantee, op.ctx.now);
    Ok(GrantView { grant, grantor, grantee, state })
}

async fn find(
    op: &mut Operation,
    field: &'static str,
    email: &str,
    known: &mut BTreeMap<String, User>,
) -> Result<User, UseCaseError> {
    let address: EmailAddress =
        email.parse().map_err(|error| InvalidInput::form(field, "invalid_email", &error))?;
    if let Some(user) = known.get(&address.key()) {
        return Ok(user.clone());
    }
    let user = op.uow.directory().user_by_email(&address).await?.ok_or_else(|| {
        let message = format!(
            "nobody in the organization has the email address `{address}`; check it, or make the \
             user first"
        );
        InvalidInput::rule(field, "unknown_user", &message)
    })?;
    known.insert(address.key(), user.clone());
    Ok(user)
}

async fn preview(
    op: &mut Operation,
    grantor_email: &str,
    grantee_email: &str,
    access: &[AccessType],
) -> Result<Option<GrantPreview>, UseCaseError> {
    let mut people = Vec::new();
    for email in [grantor_email, grantee_email] {
        let Ok(address) = email.parse::<EmailAddress>() else { return Ok(None) };
        people.extend(op.uow.directory().user_by_email(&address).await?);
    }
    let Ok([grantor, grantee]) = <[User; 2]>::try_from(people) else { return Ok(None) };
    if grantor.id() == grantee.id() {
        return Ok(None);
    }
    let warnings = warnings(op, &grantor, &grantee, access).await?;
    let shared = op.uow.directory().shared_channels(grantor.id(), grantee.id()).await?;
    let administers = op.ctx.has(Permission::AdministerOrganization);
    let caller = op.ctx.caller.actor.id();
    let mut shared_channels = Vec::new();
    let shared_channel_count = u64::try_from(shared.len()).unwrap_or(u64::MAX);
    for channel in shared {
        if administers || op.uow.directory().is_member(channel.id(), caller).await? {
            shared_channels.push(channel);
        }
    }
    let existing = op.uow.grants().of_pair(grantor.id(), grantee.id()).await?;
    Ok(Some(GrantPreview {
        grantor,
        grantee,
        warnings,
        shared_channels,
        shared_channel_count,
        existing,
    }))
}

async fn warnings(
    op: &mut Operation,
    grantor: &User,
    grantee: &User,
    access: &[AccessType],
) -> Result<Vec<GrantWarning>, UseCaseError> {
    let mut warnings = Vec::new();
    if op.ctx.caller.actor.id() == grantee.id() {
        warnings.push(GrantWarning::ToOneself);
    }
    if op.uow.grants().of_pair(grantee.id(), grantor.id()).await?.is_some() {
        warnings.push(GrantWarning::Reciprocal);
    }
    let onto_grantor = op.uow.grants().received_by(grantor.id()).await?;
    let from_grantee = op.uow.grants().granted_by(grantee.id()).await?;
    let is_transitive = onto_grantor.iter().any(|grant| grant.grantor() != grantee.id())
        || from_grantee.iter().any(|grant| grant.grantee() != grantor.id());
    if is_transitive {
        warnings.push(GrantWarning::Transitive);
    }
    let role = op.uow.directory().role(grantor.role_id()).await?;
    if role.is_some_and(|role| role.kind() == RoleKind::Admin) {
        warnings.push(GrantWarning::AdministratorAccount);
    }
    let sends = access.contains(&AccessType::Send);
    if sends && op.uow.directory().shared_channels(grantor.id(), grantee.id()).await?.is_empty() {
        warnings.push(GrantWarning::NoSharedChannel);
    }
    Ok(warnings)
}
