//! The decision matrix: every state that bears on a decision, crossed with every other, and what is
//! decided.
//!
//! `matrix.txt` has all of it. Values that make no difference beside each other share a row, and
//! `any` stands for all values of a column, which the file lists at its end. Roles have no column:
//! a role decides who may change grants, and no fact of a decision knows one.
//!
//! A rule, a denial code or a state without a row fails. After a change that is meant, write the
//! file anew with `UPDATE_TABLE=1` and read the difference.

use std::{fmt::Write as _, fs, path::PathBuf};

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessTypes,
    ids::{ChannelId, GrantId, OrganizationId, TypedId, UserId},
    plan::Plan,
    policy::{
        Act, ActAs, ChannelFacts, Decision, Facts, GrantFacts, LogIn, OrganizationFacts, Request,
        Rule, RuleOutcome, SendAs, Standing, UserFacts, evaluate, explain,
    },
    time::Window,
    user::UserStatus,
    version::Version,
};
use impersonation_testkit::environment::{FixedClock, SequentialIds};

/// The columns, nearly in the order of the rules, which makes the fewest rows.
const COLUMNS: [(&str, &[&str]); 13] = [
    ("act", &["LogIn", "ActAs", "SendAs"]),
    ("plan", &["individual", "multi_user", "enterprise", "unknown"]),
    ("asked from", &["own account", "login session"]),
    ("subject is actor", &["no", "yes"]),
    ("actor", USER),
    ("channel", &["this", "unknown", "another", "elsewhere"]),
    ("actor in it", &["yes", "no"]),
    ("grant", &["this", "this and ended", "none", "reverse", "another's", "elsewhere"]),
    ("session's grant", &["this", "earlier"]),
    ("subject", USER),
    ("access", &["login", "send", "both"]),
    ("time", &["always", "from now", "until next tick", "from next tick", "until now"]),
    ("subject in it", &["yes", "no"]),
];
const USER: &[&str] = &["active", "protected", "deactivated", "removed", "unknown", "elsewhere"];

/// What the words mean.
const WORDS: &str = "\
protected: active, and never to be impersonated        deactivated, removed: and not protected
unknown: not among the facts                           elsewhere: of another organization
another: facts of another channel than the one asked   another's: from and to other users
reverse: from the actor to the subject                 tick: a microsecond, the unit of time
this and ended: beside it a second row for the pair with both access types, ended now
earlier: the login session began with another grant than the pair has now
";

/// One value of each column, by its place in it.
type Cell = [usize; COLUMNS.len()];

/// Rows: the values of each column, as bits by their places, and what is decided.
type Rows = Vec<([u8; COLUMNS.len()], &'static str)>;

fn id<T: TypedId>(number: u64) -> T {
    T::from_non_nil(SequentialIds::numbered(number).try_into().unwrap())
}

/// All states, each with its word above. A new one does not compile until it has one.
fn status(word: &str) -> Option<UserStatus> {
    let known = match word {
        "active" | "protected" | "elsewhere" => UserStatus::Active,
        "deactivated" => UserStatus::Deactivated,
        "removed" => UserStatus::Removed,
        _ => return None,
    };
    match known {
        UserStatus::Active | UserStatus::Deactivated | UserStatus::Removed => Some(known),
    }
}

fn user(id: UserId, word: &str) -> Option<UserFacts> {
    let organization: OrganizationId = self::id(if word == "elsewhere" { 2 } else { 1 });
    status(word).map(|status| UserFacts {
        id,
        organization,
        status,
        protected: word == "protected",
    })
}

fn grants(kind: &str, access: &str, time: &str, actor: UserId, subject: UserId) -> Vec<GrantFacts> {
    let (now, tick) = (FixedClock::START, TimeDelta::microseconds(1));
    let (starts_at, expires_at) = match time {
        "always" => (None, None),
        "from now" => (Some(now), None),
        "until next tick" => (None, Some(now + tick)),
        "from next tick" => (Some(now + tick), None),
        "until now" => (None, Some(now)),
        _ => panic!("{time}"),
    };
    let access = match access {
        "login" => AccessTypes::LOGIN,
        "send" => AccessTypes::SEND,
        "both" => AccessTypes::BOTH,
        _ => panic!("{access}"),
    };
    let this = GrantFacts {
        id: id(1),
        version: Version::INITIAL,
        organization: id(1),
        grantor: subject,
        grantee: actor,
        access,
        window: Window::new(starts_at, expires_at).unwrap(),
    };
    let ended = Window::new(None, Some(now)).unwrap();
    match kind {
        "this" => vec![this],
        "this and ended" => {
            vec![GrantFacts { id: id(2), access: AccessTypes::BOTH, window: ended, ..this }, this]
        }
        "none" => Vec::new(),
        // To oneself there is no other direction.
        "reverse" if actor == subject => Vec::new(),
        "reverse" => vec![GrantFacts { grantor: actor, grantee: subject, ..this }],
        "another's" => vec![
            GrantFacts { grantee: id(3), ..this },
            GrantFacts { id: id(2), grantor: id(3), ..this },
        ],
        "elsewhere" => vec![GrantFacts { organization: id(2), ..this }],
        _ => panic!("{kind}"),
    }
}

/// The code of the denial, or `permit`.
fn ask<A: Act>(facts: &Facts, request: &Request<A>) -> &'static str {
    match evaluate(facts, request, FixedClock::START) {
        Decision::Permit(permit) => {
            assert_eq!(permit.grant().id, id(1), "only this grant can be the one");
            "permit"
        }
        Decision::Deny(denial) => denial.code(),
    }
}

fn decide(cell: &Cell) -> &'static str {
    let mut words = COLUMNS.iter().zip(cell).map(|((_, values), place)| values[*place]);
    let words: [&str; COLUMNS.len()] = std::array::from_fn(|_| words.next().unwrap());
    let [
        act,
        plan,
        from,
        same,
        actor,
        channel,
        actor_in,
        grant,
        bound,
        subject,
        access,
        time,
        subject_in,
    ] = words;
    let actor_id: UserId = id(1);
    let subject_id: UserId = id(if same == "yes" { 1 } else { 2 });
    let facts = Facts {
        organization: Plan::ALL
            .into_iter()
            .find(|known| known.as_str() == plan)
            .map(|plan| OrganizationFacts { id: id(1), plan }),
        actor: user(actor_id, actor),
        subject: user(subject_id, subject),
        grants: grants(grant, access, time, actor_id, subject_id),
        channel: (channel != "unknown").then(|| ChannelFacts {
            id: id(if channel == "another" { 2 } else { 1 }),
            organization: id(if channel == "elsewhere" { 2 } else { 1 }),
            actor_is_member: actor_in == "yes",
            subject_is_member: subject_in == "yes",
        }),
    };
    let standing = match from {
        "own account" => Standing::OwnAccount,
        "login session" => Standing::InLoginSession,
        _ => panic!("{from}"),
    };
    let (channel, grant): (ChannelId, GrantId) =
        (id(1), id(if bound == "earlier" { 3 } else { 1 }));
    let (actor, subject) = (actor_id, subject_id);
    match act {
        "LogIn" => ask(&facts, &Request { actor, subject, standing, act: LogIn }),
        "ActAs" => ask(&facts, &Request { actor, subject, standing, act: ActAs { grant } }),
        "SendAs" => ask(&facts, &Request { actor, subject, standing, act: SendAs { channel } }),
        _ => panic!("{act}"),
    }
}

/// Whether the column bears on the act at all: a channel on sending, a session's grant on acting in
/// the session. Where it does not, its first value stands for all.
fn bears(column: usize, act: usize) -> bool {
    match (COLUMNS[column].0, COLUMNS[0].1[act]) {
        ("channel" | "actor in it" | "subject in it", act) => act == "SendAs",
        ("session's grant", act) => act == "ActAs",
        _ => true,
    }
}

/// The rows for all cells that begin like this one. Values whose rows are the same share them.
fn rows(cell: &mut Cell, column: usize) -> Rows {
    let Some((_, values)) = COLUMNS.get(column) else {
        return vec![([0; COLUMNS.len()], decide(cell))];
    };
    let mut groups: Vec<(u8, Rows)> = Vec::new();
    for value in 0..values.len() {
        if value > 0 && !bears(column, cell[0]) {
            groups[0].0 |= 1 << value;
            continue;
        }
        cell[column] = value;
        let below = rows(cell, column + 1);
        match groups.iter_mut().find(|(_, rows)| *rows == below) {
            Some((group, _)) => *group |= 1 << value,
            None => groups.push((1 << value, below)),
        }
    }
    for (group, rows) in &mut groups {
        rows.iter_mut().for_each(|(columns, _)| columns[column] = *group);
    }
    groups.into_iter().flat_map(|(_, rows)| rows).collect()
}

fn shown(column: usize, group: u8) -> String {
    let all = COLUMNS[column].1;
    let values: Vec<_> =
        all.iter().enumerate().filter(|(place, _)| group & (1 << place) != 0).collect();
    if values.len() == all.len() {
        return "any".to_owned();
    }
    values.into_iter().map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

fn matrix() -> String {
    let mut lines: Vec<Vec<String>> =
        vec![COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect()];
    lines[0].push("decision".to_owned());
    for (columns, decision) in rows(&mut Cell::default(), 0) {
        let groups = columns.into_iter().enumerate();
        let mut line: Vec<_> = groups.map(|(column, group)| shown(column, group)).collect();
        line.push(if decision == "permit" {
            decision.to_owned()
        } else {
            format!("deny {decision}")
        });
        lines.push(line);
    }
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: Vec<_> = (0..=COLUMNS.len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<_> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(text, "{}", cells.join(" | ").trim_end()).unwrap();
    }
    writeln!(text, "\nany:").unwrap();
    for (name, values) in COLUMNS {
        writeln!(text, "{name}: {}", values.join(", ")).unwrap();
    }
    write!(text, "\n{WORDS}").unwrap();
    text
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/policy/matrix.txt")
}

/// The rules that concern an act, with their codes for it.
fn concerning<A: Act>(act: A) -> Vec<RuleOutcome> {
    let request = Request { actor: id(1), subject: id(2), standing: Standing::OwnAccount, act };
    explain(&Facts::default(), &request, FixedClock::START)
}

#[test]
fn d1_every_state_is_decided_as_the_matrix_says() {
    let table = matrix();
    if std::env::var_os("UPDATE_TABLE").is_some() {
        fs::write(file(), &table).unwrap();
    }
    let committed = fs::read_to_string(file()).unwrap_or_default();
    for (line, was) in table.lines().zip(committed.lines()) {
        assert_eq!(line, was, "UPDATE_TABLE=1 writes the matrix anew");
    }
    assert_eq!(table.lines().count(), committed.lines().count(), "a line is missing or stale");
    assert!(table.lines().count() < 400, "nobody reads a matrix that long");
}

#[test]
fn d7_every_rule_denies_in_a_row_of_the_matrix() {
    let text = fs::read_to_string(file()).unwrap();
    let has_row = |act: &str, decision: &str| {
        text.lines().any(|line| line.starts_with(act) && line.ends_with(&format!("| {decision}")))
    };
    let channel: ChannelId = id(1);
    let acts = [
        ("LogIn", concerning(LogIn)),
        ("ActAs", concerning(ActAs { grant: id(1) })),
        ("SendAs", concerning(SendAs { channel })),
    ];
    for (act, outcomes) in &acts {
        assert!(has_row(act, "permit"), "{act}");
        for RuleOutcome { rule, code, .. } in outcomes {
            assert!(has_row(act, &format!("deny {code}")), "{act}: {rule:?} has no row");
        }
    }
    for rule in Rule::ALL {
        let known = acts.iter().flat_map(|(_, outcomes)| outcomes).any(|known| known.rule == rule);
        assert!(known, "{rule:?} concerns no act of the matrix");
    }
}

#[test]
fn d1_every_plan_access_type_and_state_has_a_place_in_the_matrix() {
    let column = |name| COLUMNS.iter().find(|(column, _)| *column == name).unwrap().1;
    for plan in Plan::ALL {
        assert!(column("plan").contains(&plan.as_str()), "{plan}");
    }
    for access in impersonation_domain::access::AccessType::ALL {
        assert!(column("access").contains(&access.as_str()), "{access}");
    }
    for who in ["actor", "subject"] {
        for status in [UserStatus::Active, UserStatus::Deactivated, UserStatus::Removed] {
            assert!(column(who).contains(&status.as_str()), "{who}: {status:?}");
        }
    }
}
