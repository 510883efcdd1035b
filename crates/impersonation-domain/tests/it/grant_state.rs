//! The state of a grant, for every combination of what it rests on.

use impersonation_domain::{
    grant::{Grant, GrantRecord, GrantState},
    plan::Plan,
    time::Window,
    user::{User, UserRecord, UserStatus},
};

use crate::fixture::{BOTH, scenario};

const STATUSES: [UserStatus; 3] =
    [UserStatus::Active, UserStatus::Deactivated, UserStatus::Removed];

/// One who is like this.
fn like(user: &User, status: UserStatus, protected: bool) -> User {
    User::from_record(UserRecord { status, protected, ..user.record().clone() })
}

/// Each cause alone takes a grant out of force, and so do all of them together: what is said of a
/// grant must not be better than what it gives.
#[test]
fn d14_a_grant_is_in_the_state_that_its_window_its_people_and_the_plan_put_it_in() {
    scenario(async |demo| {
        let view = demo.grant(&demo.acme["cleo"], &demo.acme["ben"], BOTH).await;
        let (from, to) = (demo.in_minutes(10), demo.in_minutes(20));
        let window = Window::new(Some(from), Some(to)).unwrap();
        let record = GrantRecord { window, ..view.grant.record().clone() };
        let grant = Grant::from_record(record).unwrap();
        let moments = [
            (demo.in_minutes(9), GrantState::Scheduled),
            (from, GrantState::Live),
            (demo.in_minutes(19), GrantState::Live),
            (to, GrantState::Expired),
            (demo.in_minutes(21), GrantState::Expired),
        ];
        for plan in Plan::ALL {
            for (grantor_is, grantee_is) in
                STATUSES.iter().flat_map(|one| STATUSES.map(|other| (*one, other)))
            {
                for (protected, grantee_is_protected) in
                    [(false, false), (false, true), (true, false), (true, true)]
                {
                    let grantor = like(&view.grantor, grantor_is, protected);
                    let grantee = like(&view.grantee, grantee_is, grantee_is_protected);
                    let causes = [
                        plan == Plan::Individual,
                        grantor_is != UserStatus::Active,
                        grantee_is != UserStatus::Active,
                        protected,
                    ];
                    for (now, otherwise) in moments {
                        let expected = match otherwise {
                            GrantState::Expired => GrantState::Expired,
                            _ if causes.contains(&true) => GrantState::Suspended,
                            state => state,
                        };
                        let state = GrantState::of(&grant, plan, &grantor, &grantee, now);
                        assert_eq!(state, expected, "{plan:?}, {causes:?}, {now}");
                    }
                }
            }
        }
    });
}
