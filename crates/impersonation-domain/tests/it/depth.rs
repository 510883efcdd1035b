//! Inside a login session: depth one, and no administration, whatever the subject's role.

use std::collections::BTreeSet;

use impersonation_domain::{
    access::AccessType,
    audit::{Action, Party},
    secret::Password,
    service::{
        Capability, CreateUser, Credential, EditGrant, EditUser, ErrorClass, ExplainRequest,
        Refusal,
    },
    version::Version,
};

use crate::fixture::{BOTH, Demo, LOGIN, PASSWORD, grant_of, must_fail, scenario, text, text_as};

/// Tries to use the capability, and answers the error code.
async fn attempt(demo: &Demo, me: &Credential, capability: Capability) -> Option<&'static str> {
    use Capability as C;
    let acme = &demo.acme;
    let (ada, ben, eli) = (&acme["ada"], &acme["ben"], &acme["eli"]);
    let (one, general) = (Version::INITIAL, acme.channel("general"));
    let grant = demo.grants.list(&ada.credential, Default::default()).await.unwrap();
    let grant = grant.items[0].grant.id();
    let no_id = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e";
    let list = Default::default();
    let question =
        ExplainRequest { actor: ben.id, action: AccessType::Login, subject: eli.id, channel: None };
    let user =
        CreateUser { name: "Zoe".into(), email: "zoe@acme.example".into(), ..Default::default() };
    let new = || Password::new(PASSWORD.to_owned()).unwrap();
    let result = match capability {
        C::ReadAccount => demo.account.me(me).await.map(drop),
        C::SubmitForm => demo.account.refuse_form(me, Refusal::FormOfAnotherSite).await,
        C::ReadOrganization => demo.organization.get(me).await.map(drop),
        C::ListAccounts => demo.account.accounts(me).await.map(drop),
        C::ReadDelegates => demo.account.delegates(me).await.map(drop),
        C::ChangePassword => demo.account.change_password(me, PASSWORD, new()).await,
        C::SignOut => demo.sign_ins.sign_out(me).await,
        C::ReadGrants => demo.grants.list(me, list).await.map(drop),
        C::CreateGrant => demo.grants.create(me, grant_of(eli, ben, BOTH), None).await.map(drop),
        C::EditGrant => demo.grants.edit(me, grant, one, EditGrant::default()).await.map(drop),
        C::DeleteGrant => demo.grants.delete(me, grant, one).await.map(drop),
        C::StartLoginSession => demo.sessions.start(me, eli.id, None, None).await.map(drop),
        C::StopLoginSession => demo.sessions.end_current(me).await,
        C::EndLoginSession => demo.sessions.end(me, no_id.parse().unwrap()).await,
        C::ListLoginSessions => {
            demo.sessions.list(me, None, None, Default::default()).await.map(drop)
        }
        C::ReadChannels => demo.channels.list(me, None, Default::default()).await.map(drop),
        C::CreateChannel => demo.channels.create(me, "new", None).await.map(drop),
        C::AddMember => demo.channels.add_member(me, general, eli.id).await,
        C::RemoveMember => demo.channels.remove_member(me, general, eli.id).await,
        C::ReadMessages => {
            demo.sending.messages(me, general, None, Default::default()).await.map(drop)
        }
        C::Send => demo.sending.send(me, general, text("hello"), None, None).await.map(drop),
        C::ReadFile => demo.sending.file(me, no_id.parse().unwrap()).await.map(drop),
        C::ReadUsers => demo.people.list(me, Default::default()).await.map(drop),
        C::CreateUser => demo.people.create(me, user, None).await.map(drop),
        C::EditUser => demo.people.edit(me, eli.id, one, EditUser::default()).await.map(drop),
        C::SetPassword => demo.people.set_password(me, eli.id, PASSWORD.to_owned()).await,
        C::RemoveUser => demo.people.remove(me, eli.id, one).await,
        C::ReadRoles => demo.roles.list(me).await.map(drop),
        C::CreateRole => demo.roles.create(me, "Boss", BTreeSet::new(), None).await.map(drop),
        C::EditRole => {
            demo.roles.edit(me, demo.support_lead, one, None, Some(BTreeSet::new())).await.map(drop)
        }
        C::DeleteRole => demo.roles.delete(me, demo.support_lead, one).await,
        C::ReadTokens => demo.tokens.list(me).await.map(drop),
        C::CreateToken => demo.tokens.create(me, "mine", None, None).await.map(drop),
        C::RevokeToken => demo.tokens.revoke(me, no_id.parse().unwrap()).await,
        C::Administer => demo.organization.administer(me).await,
        C::EditOrganization => demo.organization.edit(me, one, None, Some(480)).await.map(drop),
        C::ReadAuditLog => demo.audit.events(me, Default::default()).await.map(drop),
        C::VerifyAuditLog => demo.audit.verify(me).await.map(drop),
        C::Explain => demo.decisions.explain(me, question).await.map(drop),
    };
    result.err().map(|error| error.code())
}

#[test]
fn s9_inside_a_session_every_capability_outside_the_short_list_is_refused_and_recorded() {
    scenario(async |demo| {
        // The subject is the administrator, who may do everything.
        let (ada, ben) = (&demo.acme["ada"], &demo.acme["ben"]);
        demo.grant(ada, ben, LOGIN).await;
        let allowed = [
            Capability::ReadAccount,
            Capability::SubmitForm,
            Capability::ReadOrganization,
            Capability::ReadDelegates,
            Capability::ReadChannels,
            Capability::ReadMessages,
            Capability::Send,
            Capability::ReadFile,
            Capability::StopLoginSession,
        ];
        for capability in Capability::ALL {
            let login = demo.login(ben, ada).await;
            let before = demo.everything().await;
            let attempt = attempt(demo, &login.credential, *capability);
            let (code, log) = demo.watch(attempt).await;
            if allowed.contains(capability) {
                assert_ne!(code, Some("in_login_session"), "{capability:?}");
            } else {
                assert_eq!(code, Some("in_login_session"), "{capability:?}");
                let action = capability.action();
                let line = format!("refused {action} ben>ada (in_login_session) v1 session");
                assert_eq!(log, [line], "{capability:?}");
                assert_eq!(demo.everything().await, before, "{capability:?}");
            }
            let own = must_have_ended(demo, &login.credential).await;
            assert_eq!(own, *capability == Capability::StopLoginSession, "{capability:?}");
            if !own {
                demo.sessions.end_current(&login.credential).await.unwrap();
            }
        }
    });
}

async fn must_have_ended(demo: &Demo, credential: &Credential) -> bool {
    demo.ended(credential).await.is_some()
}

#[test]
fn d10_a_session_opens_no_second_one_whatever_grants_there_are() {
    scenario(async |demo| {
        let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        demo.grant(cleo, ben, BOTH).await;
        demo.grant(eli, cleo, BOTH).await;
        demo.grant(eli, ben, BOTH).await;
        let login = demo.login(ben, cleo).await;
        for subject in [eli, ben, cleo] {
            let attempt = demo.sessions.start(&login.credential, subject.id, None, None);
            let log = demo.refused(attempt, "in_login_session", ErrorClass::Forbidden).await;
            assert_eq!(log, ["refused login_session.start ben>cleo (in_login_session) v1 session"]);
            // Neither is anything sent as a third person, by cleo's grant or by ben's own.
            let attempt = demo.send(&login.credential, "general", text_as("hi", subject.id));
            let log = demo.refused(attempt, "in_login_session", ErrorClass::Forbidden).await;
            assert_eq!(log.len(), 1);
            assert!(log[0].starts_with("refused message.send ben>"), "{log:?}");
            assert!(log[0].ends_with("session #general"), "{log:?}");
        }
    });
}

#[test]
fn a3_in_every_event_of_a_session_the_actor_is_the_person_at_the_keyboard() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, LOGIN).await.grant;
        let before = demo.events(demo.acme.id).await.len();
        let login = demo.login(ben, cleo).await;
        demo.account.me(&login.credential).await.unwrap();
        demo.send(&login.credential, "deals", text("done")).await.unwrap();
        must_fail(demo.audit.verify(&login.credential).await);
        demo.sessions.end_current(&login.credential).await.unwrap();
        let events = demo.events(demo.acme.id).await.split_off(before);
        let actions: Vec<_> = events.iter().map(|event| event.content.action).collect();
        let expected = [
            Action::LoginSessionStart,
            Action::AccountRead,
            Action::MessageSend,
            Action::AuditVerify,
            Action::LoginSessionEnd,
        ];
        assert_eq!(actions, expected);
        for event in events.iter().map(|event| &event.content) {
            assert_eq!(event.actor, Party::User(ben.id), "{event:?}");
            assert_eq!(event.subject, Party::User(cleo.id), "{event:?}");
            assert_eq!(event.login_session, Some(login.id), "{event:?}");
            assert!(event.credential.is_some(), "{event:?}");
            if event.rule.as_deref() != Some("in_login_session") {
                assert_eq!(event.grant, Some(grant.reference()), "{event:?}");
            }
        }
    });
}

#[test]
fn s9_an_administrator_sees_no_more_through_the_session_than_the_account_has_channels() {
    scenario(async |demo| {
        let (ada, ben) = (&demo.acme["ada"], &demo.acme["ben"]);
        demo.grant(ada, ben, LOGIN).await;
        let login = demo.login(ben, ada).await;
        let count = async |credential| {
            let page = demo.channels.list(credential, None, Default::default()).await.unwrap();
            page.items.len()
        };
        assert_eq!(count(&ada.credential).await, 3);
        assert_eq!(count(&login.credential).await, 2);
        let deals = demo.acme.channel("deals");
        demo.channels.members(&ada.credential, deals).await.unwrap();
        let attempt = demo.channels.members(&login.credential, deals);
        demo.refused(attempt, "channel_not_found", ErrorClass::NotFound).await;
        assert!(demo.account.me(&login.credential).await.unwrap().permissions.is_empty());
    });
}
