//! The demo people, made by the use cases that everyone else goes through.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, anyhow};
use impersonation_domain::{
    access::AccessType,
    audit::Origin,
    ids::{ChannelId, OrganizationId, RoleId, UserId},
    plan::Plan,
    role::Permission,
    service::{
        Answer, CreateGrant, CreateUser, Credential, Impersonation, NewOrganization, SendMessage,
    },
};

/// Everyone's password.
pub(super) const PASSWORD: &str = "impersonate-me";

const SUPPORT_LEAD: &str = "Support lead";

/// An organization of the demo. The first person is its first administrator.
pub(super) struct Organization {
    pub(super) name: &'static str,
    pub(super) plan: Plan,
    pub(super) people: &'static [Person],
    channels: &'static [(&'static str, &'static [&'static str])],
    /// Channel, author and text, the oldest first.
    messages: &'static [(&'static str, &'static str, &'static str)],
    grants: &'static [Grant],
}

pub(super) struct Person {
    pub(super) email: &'static str,
    name: &'static str,
    pub(super) about: &'static str,
    role: Option<&'static str>,
}

struct Grant {
    grantee: &'static str,
    grantor: &'static str,
    access: &'static [AccessType],
}

const fn person(email: &'static str, name: &'static str, about: &'static str) -> Person {
    Person { email, name, about, role: None }
}

const ADA: &str = "ada@acme.example";
const BEN: &str = "ben@acme.example";
const CLEO: &str = "cleo@acme.example";
const DINA: &str = "dina@acme.example";
const ELI: &str = "eli@acme.example";

/// Everyone.
pub(super) const ORGANIZATIONS: &[Organization] = &[
    Organization {
        name: "Acme",
        plan: Plan::Enterprise,
        people: &[
            person(ADA, "Ada", "Admin"),
            person(BEN, "Ben", "Member; may log in as and send as Cleo"),
            person(CLEO, "Cleo", "Member"),
            Person {
                email: DINA,
                name: "Dina",
                about: "Support lead, a role that may manage grants",
                role: Some(SUPPORT_LEAD),
            },
            person(ELI, "Eli", "Member; may send as Ben"),
        ],
        channels: &[
            ("general", &[ADA, BEN, CLEO, DINA, ELI]),
            ("deals", &[BEN, CLEO]),
            ("board", &[ADA]),
        ],
        messages: &[
            ("general", ADA, "Welcome to Acme. House news and questions go here."),
            (
                "general",
                DINA,
                "The support rota for next week is up. Swap among yourselves, and tell me.",
            ),
            ("general", CLEO, "I am out from Thursday. Ben looks after my account until Monday."),
            ("general", ELI, "Enjoy it. The new price list is with everyone by noon."),
            (
                "deals",
                CLEO,
                "Harbour Street want the offer by Friday, for three sites instead of two.",
            ),
            (
                "deals",
                BEN,
                "I have the numbers. I will send it in your name once Eli has checked them.",
            ),
        ],
        grants: &[
            Grant { grantee: BEN, grantor: CLEO, access: &[AccessType::Login, AccessType::Send] },
            Grant { grantee: ELI, grantor: BEN, access: &[AccessType::Send] },
        ],
    },
    Organization {
        name: "Birch",
        plan: Plan::MultiUser,
        people: &[
            person("olga@birch.example", "Olga", "Admin"),
            person("pete@birch.example", "Pete", "Member"),
            person("quin@birch.example", "Quin", "Member"),
        ],
        channels: &[(
            "general",
            &["olga@birch.example", "pete@birch.example", "quin@birch.example"],
        )],
        messages: &[],
        grants: &[],
    },
    Organization {
        name: "Solo",
        plan: Plan::Individual,
        people: &[person(
            "sam@solo.example",
            "Sam",
            "Admin, alone: impersonation does not exist here",
        )],
        channels: &[],
        messages: &[],
        grants: &[],
    },
];

/// Makes everyone.
pub(crate) async fn seed(service: &Impersonation) -> anyhow::Result<()> {
    for organization in ORGANIZATIONS {
        Seeding::of(service, organization)
            .await
            .with_context(|| format!("in {}", organization.name))?;
    }
    Ok(())
}

/// One organization while it is being made, by its first administrator.
struct Seeding<'a> {
    service: &'a Impersonation,
    organization: OrganizationId,
    admin: Credential,
    people: BTreeMap<&'static str, UserId>,
    channels: BTreeMap<&'static str, ChannelId>,
}

impl<'a> Seeding<'a> {
    async fn of(service: &'a Impersonation, organization: &Organization) -> anyhow::Result<()> {
        let origin = Origin { request_id: Some("demo".to_owned()), source_address: None };
        let first = organization.people.first().context("nobody is there")?;
        let new = NewOrganization {
            name: organization.name.to_owned(),
            plan: organization.plan,
            admin_name: first.name.to_owned(),
            admin_email: first.email.to_owned(),
            admin_password: PASSWORD.to_owned(),
        };
        let created = service.operator().create_organization(new, false, &origin).await?;
        let signed_in = service
            .sign_ins()
            .sign_in(first.email, PASSWORD, Some(created.organization.id()), &origin)
            .await?;
        let admin = Credential::bearer(signed_in.token.hash(), origin);
        let people = BTreeMap::from([(first.email, created.admin.id())]);
        let channels = BTreeMap::new();
        let mut seeding =
            Self { service, organization: created.organization.id(), admin, people, channels };
        for person in organization.people.iter().skip(1) {
            seeding.add_person(person).await?;
        }
        for (name, members) in organization.channels {
            seeding.add_channel(name, members).await?;
        }
        for message in organization.messages {
            seeding.send(message).await?;
        }
        for grant in organization.grants {
            seeding.add_grant(grant).await?;
        }
        service.sign_ins().sign_out(&seeding.admin).await?;
        Ok(())
    }

    async fn add_person(&mut self, person: &Person) -> anyhow::Result<()> {
        let role_id = match person.role {
            Some(name) => Some(self.add_role(name).await?),
            None => None,
        };
        let new = CreateUser {
            name: person.name.to_owned(),
            email: person.email.to_owned(),
            role_id,
            password: Some(PASSWORD.to_owned()),
        };
        let view = fresh(self.service.people().create(&self.admin, new, None).await?)?;
        self.people.insert(person.email, view.user.id());
        Ok(())
    }

    async fn add_role(&self, name: &str) -> anyhow::Result<RoleId> {
        let permissions = BTreeSet::from([Permission::ManageUserImpersonation]);
        Ok(fresh(self.service.roles().create(&self.admin, name, permissions, None).await?)?
            .role
            .id())
    }

    async fn add_channel(&mut self, name: &'static str, members: &[&str]) -> anyhow::Result<()> {
        let channel =
            fresh(self.service.channels().create(&self.admin, name, None).await?)?.channel.id();
        for (email, user) in &self.people {
            // Whoever makes a channel is in it from the start.
            let is_member = self
                .service
                .channels()
                .members(&self.admin, channel)
                .await?
                .iter()
                .any(|one| one.id() == *user);
            match (is_member, members.contains(email)) {
                (false, true) => {
                    self.service.channels().add_member(&self.admin, channel, *user).await?;
                }
                (true, false) => {
                    self.service.channels().remove_member(&self.admin, channel, *user).await?;
                }
                _ => {}
            }
        }
        self.channels.insert(name, channel);
        Ok(())
    }

    async fn send(&self, (channel, author, body): &(&str, &str, &str)) -> anyhow::Result<()> {
        let channel = *self.channels.get(channel).context("there is no such channel")?;
        let origin = Origin { request_id: Some("demo".to_owned()), source_address: None };
        let sign_ins = self.service.sign_ins();
        let token =
            sign_ins.sign_in(author, PASSWORD, Some(self.organization), &origin).await?.token;
        let author = Credential::bearer(token.hash(), origin);
        let message = SendMessage { body: Some((*body).to_owned()), send_as: None };
        fresh(self.service.sending().send(&author, channel, message, None, None).await?)?;
        Ok(sign_ins.sign_out(&author).await?)
    }

    async fn add_grant(&self, grant: &Grant) -> anyhow::Result<()> {
        let new = CreateGrant {
            grantor_email: grant.grantor.to_owned(),
            grantee_email: grant.grantee.to_owned(),
            access: grant.access.to_vec(),
            reason: None,
            starts_at: None,
            expires_at: None,
        };
        fresh(self.service.grants().create(&self.admin, new, None).await?)?;
        Ok(())
    }
}

fn fresh<T>(answer: Answer<T>) -> anyhow::Result<T> {
    match answer {
        Answer::Fresh(made) => Ok(made),
        Answer::Repeated(_) => Err(anyhow!("it was made before")),
    }
}
