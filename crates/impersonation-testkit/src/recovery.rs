//! What must hold of a store that comes back after something went wrong: a power cut, a killed
//! process, a failing disk.
//!
//! [`examine`] reads all organizations and compares what there is with what the audit log tells:
//! neither may have anything that the other has not. [`Examined::lost`] says what of that which was
//! acknowledged is gone.

mod told;

use std::collections::{BTreeMap, BTreeSet};

use impersonation_domain::{
    audit::{Action, ChainVerifier, Event, EventContent, FieldValue, Outcome},
    grant::Grant,
    ids::OrganizationId,
    plan::Plan,
    ports::{
        ChannelQuery, GrantQuery, GrantSort, LoginSessionQuery, OrganizationIndex, PageLimit,
        RepositoryError, UnitOfWork, UnitOfWorkFactory, UserQuery,
    },
};

use self::told::Told;

/// A change that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// How much had been done when the answer came, in whatever the harness counts it.
    pub at: u64,
    /// Which change, in the words of [`words`], such as `grant.edit 0198… 2`.
    pub change: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examined {
    /// Every change that the audit logs tell of, in the words of [`words`].
    pub changes: BTreeSet<String>,
    /// How many events there are.
    pub events: u64,
    /// How many grants.
    pub grants: u64,
    /// How many login sessions, live or ended.
    pub login_sessions: u64,
    /// How many messages.
    pub messages: u64,
}

impl Examined {
    /// Those of the acknowledged changes that are not there.
    #[must_use]
    pub fn lost<'a>(
        &self,
        acknowledged: impl IntoIterator<Item = &'a Acknowledged>,
    ) -> Vec<&'a str> {
        let changes = acknowledged.into_iter().map(|one| one.change.as_str());
        changes.filter(|change| !self.changes.contains(*change)).collect()
    }
}

/// A change, named by its action and by what it changed.
#[must_use]
pub fn words(event: &EventContent) -> String {
    let mut words = vec![event.action.to_string()];
    match event.action {
        Action::GrantCreate | Action::GrantEdit | Action::GrantDelete => {
            words.extend(event.grant.map(|grant| format!("{} {}", grant.id, grant.version)));
        }
        Action::LoginSessionStart | Action::LoginSessionShorten | Action::LoginSessionEnd => {
            words.extend(event.login_session.map(|id| id.to_string()));
        }
        Action::MessageSend => {
            let after = event.after.as_ref();
            words.extend(match after.and_then(|after| after.get("message_id")) {
                Some(FieldValue::Text(id)) => Some(id.clone()),
                _ => None,
            });
        }
        _ => {
            words.extend(event.channel.map(|id| id.to_string()));
            words.extend(event.subject.user().map(|id| id.to_string()));
        }
    }
    words.join(" ")
}

/// Reads everything, and compares it.
///
/// # Errors
/// What is wrong, in words: an audit chain that does not verify, a change without its event, an
/// event without its change, a live login session whose grant is gone, or a store that fails.
pub async fn examine(
    units: &dyn UnitOfWorkFactory,
    index: &dyn OrganizationIndex,
) -> Result<Examined, String> {
    let mut examined = Examined::default();
    for organization in index.organizations().await.map_err(|error| told_of(&error))? {
        let id = organization.id();
        let unit = units.begin_read(id).await;
        let mut unit = unit.map_err(|error| told_of(&error))?;
        one(unit.as_mut(), id, organization.plan(), &mut examined).await?;
    }
    Ok(examined)
}

fn told_of(error: &RepositoryError) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})"));
    format!("the store cannot be read: {error}{}", cause.unwrap_or_default())
}

async fn one(
    unit: &mut dyn UnitOfWork,
    organization: OrganizationId,
    plan: Plan,
    examined: &mut Examined,
) -> Result<(), String> {
    let events = chain(unit, organization).await?;
    let allowed = events.iter().filter(|event| event.content.outcome == Outcome::Allowed);
    let mut told = Told::default();
    for event in allowed {
        told.take(&event.content);
        examined.changes.insert(words(&event.content));
    }
    let found = found(unit, plan).await.map_err(|error| told_of(&error))?;
    told.compare(&found)?;
    let count = |number: usize| u64::try_from(number).expect("a small number");
    examined.events += count(events.len());
    examined.grants += count(found.grants.len());
    examined.login_sessions += count(found.login_sessions.len());
    examined.messages += count(found.messages.len());
    Ok(())
}

async fn chain(
    unit: &mut dyn UnitOfWork,
    organization: OrganizationId,
) -> Result<Vec<Event>, String> {
    let head = unit.audit_log().head().await.map_err(|error| told_of(&error))?;
    let mut verifier = ChainVerifier::new(organization);
    let mut events = Vec::new();
    loop {
        let next = unit.audit_log().range(verifier.verified(), 1000).await;
        let next = next.map_err(|error| told_of(&error))?;
        if next.is_empty() {
            break;
        }
        for event in &next {
            verifier.check(event).map_err(|fault| format!("the audit log is broken: {fault}"))?;
        }
        events.extend(next);
    }
    verifier.finish(&head).map_err(|fault| format!("the audit log is broken: {fault}"))?;
    Ok(events)
}

/// What a grant is: its version, the two people and what it gives.
fn grant(grant: &Grant) -> (u64, Vec<String>) {
    let mut parts = vec![grant.grantor().to_string(), grant.grantee().to_string()];
    parts.extend(grant.access().iter().map(|access| access.to_string()));
    (grant.version().get(), parts)
}

/// Everything there is, through all pages.
async fn found(unit: &mut dyn UnitOfWork, plan: Plan) -> Result<Told, RepositoryError> {
    let mut found = Told::default();
    let limit = PageLimit::MAX;
    let mut query = GrantQuery {
        search: None,
        access: None,
        state: None,
        unused_since: None,
        grantor: None,
        grantee: None,
        sort: GrantSort::default(),
        after: None,
        limit,
        now: impersonation_domain::time::Timestamp::default(),
        plan,
    };
    loop {
        let page = unit.grants().list(&query).await?;
        found.grants.extend(page.items.iter().map(|view| (view.grant.id(), grant(&view.grant))));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let mut query = LoginSessionQuery { limit, ..LoginSessionQuery::default() };
    loop {
        let page = unit.sessions().list(&query).await?;
        for session in page.items {
            found.login_sessions.insert(session.id(), (session.is_live(), session.grant().id));
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let mut query = UserQuery { limit, ..UserQuery::default() };
    loop {
        let page = unit.directory_store().users(&query).await?;
        found.users.extend(page.items.iter().map(impersonation_domain::user::User::id));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let mut query = ChannelQuery { limit, ..ChannelQuery::default() };
    loop {
        let page = unit.directory_store().channels(&query).await?;
        for channel in page.items {
            let members = unit.directory_store().members(channel.id()).await?;
            let members: BTreeSet<_> = members.iter().map(|user| user.id()).collect();
            found.channels.insert(channel.id(), members);
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let channels: Vec<_> = found.channels.keys().copied().collect();
    for channel in channels {
        let mut after = None;
        loop {
            let page = unit.messages().in_channel(channel, after, limit).await?;
            found.messages.extend(page.items.iter().map(|message| message.id().to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(found)
}

/// What is in one of two maps and not, or otherwise, in the other.
fn difference<K: Ord + std::fmt::Display, V: PartialEq + std::fmt::Debug>(
    what: &str,
    told: &BTreeMap<K, V>,
    found: &BTreeMap<K, V>,
) -> Result<(), String> {
    for (id, value) in told {
        match found.get(id) {
            None => return Err(format!("an event without its change: the {what} {id} is gone")),
            Some(other) if other != value => {
                return Err(format!(
                    "the {what} {id} is {other:?}, but its events tell of {value:?}"
                ));
            }
            Some(_) => {}
        }
    }
    match found.keys().find(|id| !told.contains_key(*id)) {
        Some(id) => Err(format!("a change without its event: no event tells of the {what} {id}")),
        None => Ok(()),
    }
}
