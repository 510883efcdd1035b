//! The file, and whose turn it is to write.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use impersonation_domain::{
    email::EmailAddress,
    ids::{OrganizationId, UserId},
    organization::Organization,
    ports::{OrganizationIndex, RepositoryError, UnitOfWork, UnitOfWorkFactory},
    secret::SecretHash,
    user::UserStatus,
};
use serde::Deserialize;
use tokio::sync::Mutex as Turn;

use crate::{tenant::Tenant, unit::Unit};

/// One installation in one JSON file. Clones share it.
///
/// A unit of work that may write waits for its turn, works on a copy of what is stored of its
/// organization, and puts a new file in the place of the old one when it is committed. There is one
/// turn for all organizations, which is the simplest that keeps the contract. A unit that only
/// reads keeps what it found when it began, and waits for nobody.
#[derive(Clone)]
pub struct JsonFile(Arc<Inner>);

struct Inner {
    path: PathBuf,
    stored: Mutex<Stored>,
    turn: Arc<Turn<()>>,
    /// Whether a commit waits until the disk has it.
    is_durable: bool,
    /// Held while the store is open, so that no second process writes to the file.
    _lock: fs::File,
}

/// What stands in the file.
type Stored = BTreeMap<OrganizationId, Section>;

/// What stands there of one organization.
#[derive(Clone)]
struct Section {
    tenant: Arc<Tenant>,
    /// The same as JSON, so that a commit has to write down its own organization only.
    text: Arc<str>,
}

impl JsonFile {
    /// Opens the file, or begins a new one: it is there after the first commit.
    ///
    /// # Errors
    /// Where somebody else has it open, or where it cannot be read as what it should be.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        Self::open_as(path.into(), true)
    }

    /// The same for tests that commit thousands of times: a commit does not wait for the disk, so
    /// that one that has answered may be lost when the power goes.
    ///
    /// # Errors
    /// As [`JsonFile::open`].
    pub fn open_for_tests(path: impl Into<PathBuf>) -> io::Result<Self> {
        Self::open_as(path.into(), false)
    }

    fn open_as(path: PathBuf, is_durable: bool) -> io::Result<Self> {
        let lock = fs::File::create(path.with_added_extension("lock"))?;
        lock.try_lock()?;
        let stored = Mutex::new(read(&path)?);
        let turn = Arc::default();
        Ok(Self(Arc::new(Inner { path, stored, turn, is_durable, _lock: lock })))
    }

    /// Reads the file again, after somebody has put another in its place.
    ///
    /// # Errors
    /// Where it cannot be read as what it should be.
    pub async fn reload(&self) -> io::Result<()> {
        let _turn = self.0.turn.lock().await;
        *self.stored() = read(&self.0.path)?;
        Ok(())
    }

    /// What was committed last of an organization.
    pub(crate) fn tenant(&self, organization: OrganizationId) -> Arc<Tenant> {
        let stored = self.stored();
        stored.get(&organization).map(|section| section.tenant.clone()).unwrap_or_default()
    }

    /// The same of every organization.
    pub(crate) fn tenants(&self) -> Vec<(OrganizationId, Arc<Tenant>)> {
        self.stored().iter().map(|(id, section)| (*id, section.tenant.clone())).collect()
    }

    /// Puts this in the place of what was committed last of the organization. The caller has the
    /// turn.
    ///
    /// There is no `await` in here, so that nobody can drop a commit halfway; a server with many
    /// users would hand the writing to another thread, and the turn with it.
    pub(crate) fn commit(&self, organization: OrganizationId, tenant: &Tenant) -> io::Result<()> {
        let text = serde_json::to_string_pretty(tenant)?;
        // What is seen from now on is what stands in the file, not what was meant to stand there.
        let tenant = Arc::new(serde_json::from_str(&text)?);
        let mut stored = self.stored().clone();
        stored.insert(organization, Section { tenant, text: text.into() });
        replace(&self.0.path, &whole(&stored), self.0.is_durable)?;
        *self.stored() = stored;
        Ok(())
    }

    fn stored(&self) -> MutexGuard<'_, Stored> {
        self.0.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for JsonFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonFile").field(&self.0.path).finish()
    }
}

/// The whole file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    organizations: BTreeMap<OrganizationId, Tenant>,
}

fn read(path: &Path) -> io::Result<Stored> {
    let whole: Whole = match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Whole::default(),
        Err(error) => return Err(error),
    };
    let section = |(id, tenant)| {
        let text = serde_json::to_string_pretty(&tenant)?.into();
        Ok((id, Section { tenant: Arc::new(tenant), text }))
    };
    whole.organizations.into_iter().map(section).collect()
}

/// The text of the whole file, with an organization in each section.
fn whole(stored: &Stored) -> String {
    let sections = stored.iter().map(|(id, section)| format!("\"{id}\": {}", section.text));
    let sections: Vec<_> = sections.collect();
    format!("{{\"organizations\": {{\n{}\n}}}}\n", sections.join(",\n"))
}

/// Writes a new file beside the old one and renames it. Whenever the power goes, either the old or
/// the new one is there, whole; once this has returned, the new one.
fn replace(path: &Path, text: &str, is_durable: bool) -> io::Result<()> {
    let beside = path.with_added_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // There are hashes of passwords in it: it is nobody else's business.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(text.as_bytes())?;
    if is_durable {
        file.sync_all()?;
    }
    fs::rename(&beside, path)?;
    #[cfg(unix)]
    if is_durable {
        // The new name is there for good when the folder is.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[async_trait]
impl UnitOfWorkFactory for JsonFile {
    async fn begin(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        let turn = self.0.turn.clone().lock_owned().await;
        Ok(Box::new(Unit::new(self.clone(), organization, Some(turn))))
    }

    async fn begin_read(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        Ok(Box::new(Unit::new(self.clone(), organization, None)))
    }
}

#[async_trait]
impl OrganizationIndex for JsonFile {
    async fn organizations(&self) -> Result<Vec<Organization>, RepositoryError> {
        let tenants = self.tenants().into_iter();
        let rows = tenants.filter_map(|(_, tenant)| tenant.organization.clone());
        let mut found: Vec<_> = rows.map(|row| Organization::from_record(row.0)).collect();
        found.sort_by_cached_key(|found| (found.name().as_str().to_ascii_lowercase(), found.id()));
        Ok(found)
    }

    async fn by_token(&self, hash: &SecretHash) -> Result<Option<OrganizationId>, RepositoryError> {
        let found = self.tenants().into_iter().find(|(_, tenant)| tenant.knows_token(hash));
        Ok(found.map(|(id, _)| id))
    }

    async fn accounts_by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Vec<(OrganizationId, UserId)>, RepositoryError> {
        let mut accounts = Vec::new();
        for (organization, tenant) in self.tenants() {
            let users = tenant.users.values().map(|row| &row.0);
            let found = users
                .filter(|user| user.status != UserStatus::Removed)
                .filter(|user| user.email.key() == email.key());
            accounts.extend(found.map(|user| (organization, user.id)));
        }
        Ok(accounts)
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        Ok(())
    }
}
