//! Founding the two organizations.

use impersonation_domain::{
    audit::Origin,
    plan,
    role::RoleKind,
    service::{CreateUser, NewOrganization, UseCaseError},
};

use super::{Drive, PASSWORD, email};
use crate::stateful::{
    facts::{ABSOLUTE, home, name},
    step::{ORGANIZATIONS, USERS},
};

impl Drive {
    pub(super) async fn found(&mut self, organization: usize) -> Result<(), UseCaseError> {
        let people: Vec<_> = (0..USERS.len()).filter(|user| home(*user) == organization).collect();
        let new = NewOrganization {
            name: ORGANIZATIONS[organization].to_owned(),
            plan: plan::Plan::Enterprise,
            admin_name: name(people[0]).to_owned(),
            admin_email: email(people[0], self.run),
            admin_password: PASSWORD.to_owned(),
        };
        let (operator, origin) = (self.app.operator(), Origin::default());
        let created = operator.create_organization(new, false, &origin).await?;
        self.organizations.push(created.organization.id());
        self.users.push(created.admin.id());
        let credential = self.sign_in(people[0]).await?;
        let minutes = u16::try_from(ABSOLUTE / 60).ok();
        let version = created.organization.version();
        self.app.organization().edit(&credential, version, None, minutes).await?;
        for user in &people[1..] {
            let new = CreateUser {
                name: name(*user).to_owned(),
                email: email(*user, self.run),
                role_id: None,
                password: Some(PASSWORD.to_owned()),
            };
            let user = self.app.people().create(&credential, new, None).await?;
            self.users.extend(user.fresh().map(|view| view.user.id()));
        }
        let roles = self.app.roles().list(&credential).await?;
        let role = |kind| {
            let role = roles.iter().find(|view| view.role.kind() == kind);
            role.expect("there are built-in roles").role.id()
        };
        self.roles.push((role(RoleKind::Admin), role(RoleKind::Member)));
        self.sign_ins.push(credential);
        for user in &people[1..] {
            let credential = self.sign_in(*user).await?;
            self.sign_ins.push(credential);
        }
        Ok(())
    }

    pub(super) async fn open(
        &mut self,
        name: &str,
        organization: usize,
        members: &[usize],
    ) -> Result<(), UseCaseError> {
        let first = members[0];
        debug_assert_eq!(home(first), organization);
        let by = self.sign_ins[first].clone();
        let made = self.app.channels().create(&by, name, None).await?;
        let channel = made.fresh().expect("it is new").channel.id();
        for member in &members[1..] {
            self.app.channels().add_member(&by, channel, self.users[*member]).await?;
        }
        self.channels.push(channel);
        Ok(())
    }
}
