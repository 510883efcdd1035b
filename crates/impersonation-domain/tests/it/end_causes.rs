//! Which cause counts where a login session had run into a limit before.

use impersonation_domain::login_session::EndCause;

use crate::fixture::{LOGIN, scenario};

#[test]
fn a7_every_cause_is_read_back_by_its_name_alone() {
    for cause in EndCause::ALL {
        assert_eq!(cause.as_str().parse(), Ok(*cause));
    }
    for unknown in ["", "STOPPED", "stopped ", "revoked"] {
        let refused = unknown.parse::<EndCause>().unwrap_err();
        assert_eq!(refused.to_string(), format!("`{unknown}` is not a cause of an end"));
    }
}

#[test]
fn a7_the_cause_is_the_limit_that_came_first() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, LOGIN).await;
        let login = demo.login(ben, cleo).await;
        // Idle since the start: over after 15 minutes, long before the absolute limit.
        demo.pass(61);
        assert_eq!(demo.ended(&login.credential).await, Some(EndCause::IdleLimit));
    });
}

#[test]
fn a7_what_was_over_already_keeps_its_cause_when_the_grant_goes_afterwards() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let grant = demo.grant(cleo, ben, LOGIN).await.grant;
        let login = demo.login(ben, cleo).await;
        demo.pass(16);
        demo.grants.delete(&ada.credential, grant.id(), grant.version()).await.unwrap();
        assert_eq!(demo.end_of(login.id).await, Some(EndCause::IdleLimit));
    });
}
