//! What is around every page: navigation, the profile menu, the banner of a login session.

use impersonation_domain::{access::AccessType, role::Permission, service::Account};

use crate::{
    assets,
    format::{Moment, Person},
    visit::{Visit, Visitor},
};

/// What is around every page.
pub(crate) struct Shell {
    /// The title of the page.
    pub(crate) title: String,
    /// The address of the page, to come back to.
    pub(crate) address: String,
    /// The addresses of our files.
    pub(crate) base: String,
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) icon: String,
    /// What has just been done.
    pub(crate) notice: Option<String>,
    /// Whoever is signed in.
    pub(crate) person: Option<Signed>,
}

/// Whoever is signed in, and where they can go.
pub(crate) struct Signed {
    /// The account that is used.
    pub(crate) account: Person,
    /// The organization.
    pub(crate) organization: String,
    /// The token for forms.
    pub(crate) form_token: String,
    /// The sequence of the organization's last event.
    pub(crate) head: u64,
    /// The login session that they are in.
    pub(crate) banner: Option<Banner>,
    /// Whose account they may log in to.
    pub(crate) accounts: Vec<Person>,
    /// Where they can go.
    pub(crate) navigation: Vec<Group>,
    /// Whether the plan has the feature.
    pub(crate) has_feature: bool,
}

/// The login session that one is in.
pub(crate) struct Banner {
    /// The person at the keyboard.
    pub(crate) actor: Person,
    /// Whose account it is.
    pub(crate) subject: Person,
    /// When it ends at the latest.
    pub(crate) expires_at: Moment,
    /// Why it was started.
    pub(crate) reason: Option<String>,
}

/// A part of the navigation.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) items: Vec<Item>,
}

/// A place in the navigation.
pub(crate) struct Item {
    pub(crate) address: String,
    pub(crate) label: String,
    pub(crate) is_current: bool,
}

/// What a place takes.
enum Takes {
    Nothing,
    Permission(Permission),
    /// A permission, and a plan that has the feature.
    Feature(Option<Permission>),
}

const ADMINISTER: Takes = Takes::Permission(Permission::AdministerOrganization);

/// An address, its label, and what it takes.
type Place = (&'static str, &'static str, Takes);

const PLACES: [(&str, &[Place]); 3] = [
    ("Workspace", &[("/channels", "Channels", Takes::Nothing)]),
    (
        "Settings",
        &[
            (
                "/settings/user-impersonation",
                "User Impersonation",
                Takes::Feature(Some(Permission::ManageUserImpersonation)),
            ),
            (
                "/settings/sessions",
                "Login sessions",
                Takes::Feature(Some(Permission::ManageUserImpersonation)),
            ),
            ("/settings/audit-log", "Audit log", Takes::Permission(Permission::ReadAuditLog)),
            ("/settings/roles", "Manage Roles", ADMINISTER),
            ("/settings/people", "People", ADMINISTER),
            ("/settings/channels", "Channels", ADMINISTER),
            ("/settings/organization", "Organization", ADMINISTER),
        ],
    ),
    (
        "My account",
        &[
            ("/account/delegated-access", "Delegated access", Takes::Feature(None)),
            ("/account/password", "Password", Takes::Nothing),
        ],
    ),
];

impl Shell {
    /// What is around a page of this title.
    pub(crate) fn of(visit: &Visit, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            address: visit.address().to_owned(),
            base: assets::address("base.css"),
            style: assets::address("console.css"),
            script: assets::address("console.js"),
            icon: assets::address("favicon.svg"),
            notice: visit.notice().map(ToOwned::to_owned),
            person: visit.visitor().ok().map(|visitor| Signed::of(&visitor, visit.address())),
        }
    }

    /// The token for a form of the page.
    pub(crate) fn form_token(&self) -> &str {
        self.person.as_ref().map(|person| person.form_token.as_str()).unwrap_or_default()
    }
}

impl Signed {
    fn of(visitor: &Visitor, address: &str) -> Self {
        let me = visitor.me();
        let banner = visitor.login_session().map(|session| Banner {
            actor: (&me.actor).into(),
            subject: (&me.subject).into(),
            expires_at: session.record().expires_at.into(),
            reason: session.record().reason.as_ref().map(|reason| reason.as_str().to_owned()),
        });
        let may_log_in = |account: &&Account| account.access.contains(AccessType::Login);
        Self {
            account: (&me.subject).into(),
            organization: me.organization.name().as_str().to_owned(),
            form_token: visitor.form_token(),
            head: visitor.head(),
            banner,
            accounts: visitor
                .accounts()
                .iter()
                .filter(may_log_in)
                .map(|account| (&account.user).into())
                .collect(),
            navigation: navigation(visitor, address),
            has_feature: me.organization.plan().includes_impersonation(),
        }
    }
}

fn navigation(visitor: &Visitor, address: &str) -> Vec<Group> {
    let has_feature = visitor.me().organization.plan().includes_impersonation();
    let in_session = visitor.login_session().is_some();
    let path = address.split('?').next().unwrap_or_default();
    let is_open = |takes: &Takes| match takes {
        Takes::Nothing => true,
        Takes::Permission(permission) => visitor.may(*permission),
        Takes::Feature(None) => has_feature,
        Takes::Feature(Some(permission)) => has_feature && visitor.may(*permission),
    };
    let groups = PLACES.iter().map(|(title, places)| {
        let open = places.iter().filter(|(place, _, takes)| {
            // The password is the person's own, not that of the account they are logged in as.
            is_open(takes) && !(in_session && *place == "/account/password")
        });
        let items = open.map(|(place, label, _)| Item {
            address: (*place).to_owned(),
            label: (*label).to_owned(),
            is_current: path == *place || path.starts_with(&format!("{place}/")),
        });
        Group { title, items: items.collect() }
    });
    groups.filter(|group| !group.items.is_empty()).collect()
}
