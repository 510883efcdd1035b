//! Operation × principal × object: whatever takes an identifier, with one's own organization's,
//! another organization's and one that nobody has.
//!
//! What is answered is kept in `objects.txt`, one line for each identifier and kind of object.
//! `UPDATE_TABLE=1` writes the table anew. Beside the table these hold: to another organization's
//! object the answer is that to one that does not exist, byte for byte, and nothing changes there.

mod cases;

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Answer, Ask, DOCUMENT, Person, World, delete, get, method, patch, post};

/// Eight, each with a credential of another kind or state.
const PRINCIPALS: [&str; 8] = [
    "nobody",
    "member",
    "administrator",
    "in session as a member",
    "in session as administrator",
    "administrator of Birch",
    "deactivated user",
    "ended session",
];

const OBJECTS: [&str; 3] = ["of Acme", "of Birch", "of nobody"];

/// Operations whose identifiers belong to no organization.
const NOT_OF_AN_ORGANIZATION: [&str; 3] = ["get_set_up", "set_up", "set_organization_plan"];

/// An identifier of every kind.
pub(super) struct Objects {
    pub(super) channel: String,
    pub(super) user: String,
    pub(super) email: String,
    /// Somebody else.
    pub(super) other: String,
    pub(super) other_email: String,
    pub(super) grant: String,
    pub(super) role: String,
    pub(super) token: String,
    pub(super) file: String,
    pub(super) session: String,
    pub(super) organization: String,
}

impl Objects {
    /// One that nobody has, for every kind.
    fn absent() -> Self {
        let id = || "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e".to_owned();
        Self {
            channel: id(),
            user: id(),
            email: "nobody@acme.example".to_owned(),
            other: id(),
            other_email: "no-other@acme.example".to_owned(),
            grant: id(),
            role: id(),
            token: id(),
            file: id(),
            session: id(),
            organization: id(),
        }
    }

    /// Those of an organization: what `subject` has given to `actor`, what `admin` has made,
    /// and somebody else.
    async fn of(world: &World, people: [&Person; 4], channel: &str) -> Self {
        let [admin, subject, actor, other] = people;
        let by = async |ask: Ask| world.ask(ask.by(&admin.token)).await;
        let grant = json!({"grantor_email": subject.email, "grantee_email": actor.email,
            "access": ["login", "send"]});
        let grant = by(post("/api/v1/grants", &grant)).await.expect(201);
        let (_, session) = world.log_in(actor, subject).await;
        let token = by(post("/api/v1/tokens", &json!({"name": "script"}))).await.expect(201);
        let file = method("POST", format!("/api/v1/channels/{channel}/files"))
            .form(&[(r#""file"; filename="a.txt""#, b"hello")]);
        let file = by(file).await.expect(201).body["files"][0]["id"].as_str().unwrap().to_owned();
        // The first built-in role that is not the administrator's: it exists on every plan.
        let roles = by(get("/api/v1/roles")).await.expect(200);
        let role = roles.items().iter().find(|role| role["kind"] == "member").unwrap();
        let me = by(get("/api/v1/me")).await.expect(200);
        Self {
            channel: channel.to_owned(),
            user: subject.id.clone(),
            email: subject.email.clone(),
            other: other.id.clone(),
            other_email: other.email.clone(),
            grant: grant.text("id").to_owned(),
            role: role["id"].as_str().unwrap().to_owned(),
            token: token.text("id").to_owned(),
            file,
            session,
            organization: me.body["organization"]["id"].as_str().unwrap().to_owned(),
        }
    }
}

/// Two organizations with everything in them, and somebody in every state.
struct Fixture {
    world: World,
    objects: [Objects; 3],
    as_member: String,
    as_administrator: String,
    deactivated: String,
    ended: String,
}

impl Fixture {
    async fn new() -> Self {
        let world = World::new().await;
        let World { ada, ben, cleo, dina, eli, olga, pete, .. } = &world;
        let acme = Objects::of(&world, [ada, cleo, ben, dina], &world.general).await;
        let channel = post("/api/v1/channels", &json!({"name": "birch"})).by(&olga.token);
        let channel = world.ask(channel).await.expect(201).text("id").to_owned();
        let birch = Objects::of(&world, [olga, olga, pete, pete], &channel).await;
        for subject in [ada, dina] {
            world.grant(subject, ben, &["login"]).await;
        }
        let (as_member, _) = world.log_in(ben, cleo).await;
        let (as_administrator, _) = world.log_in(ben, ada).await;
        let (ended, _) = world.log_in(ben, dina).await;
        world.ask(delete("/api/v1/login-sessions/current").by(&ended)).await.expect(204);
        let deactivate =
            patch(format!("/api/v1/users/{}", eli.id), &json!({"status": "deactivated"}));
        world.as_ada(deactivate.if_match("*")).await.expect(200);
        let deactivated = eli.token.clone();
        let objects = [acme, birch, Objects::absent()];
        Self { world, objects, as_member, as_administrator, deactivated, ended }
    }

    fn token_of(&self, principal: &str) -> Option<&str> {
        match principal {
            "member" => Some(&self.world.ben.token),
            "administrator" => Some(&self.world.ada.token),
            "in session as a member" => Some(&self.as_member),
            "in session as administrator" => Some(&self.as_administrator),
            "administrator of Birch" => Some(&self.world.olga.token),
            "deactivated user" => Some(&self.deactivated),
            "ended session" => Some(&self.ended),
            _ => None,
        }
    }

    /// What is asked of the object, the rest of the request being about `home`.
    async fn answer(&self, case: &cases::Case, principal: &str, object: usize) -> (Answer, String) {
        let home = &self.objects[home_of(principal)];
        let id = (case.kind)(&self.objects[object]);
        let ask = (case.ask)(home, id).header("x-request-id", "same");
        let ask = match self.token_of(principal) {
            Some(token) => ask.by(token),
            None => ask,
        };
        (self.world.ask(ask).await, id.clone())
    }

    /// All of an organization that its administrator can see, the audit log included.
    async fn all_of(&self, organization: usize) -> Vec<Value> {
        let admin = [&self.world.ada, &self.world.olga][organization];
        let mut all = Vec::new();
        let lists = [
            "grants?limit=200",
            "users?limit=200",
            "roles",
            "channels",
            "tokens",
            "login-sessions?limit=200",
            "audit-events?limit=200",
        ];
        for list in lists {
            let list = get(format!("/api/v1/{list}")).by(&admin.token);
            let mut page = self.world.ask(list).await.expect(200).body;
            // Reading the log is itself in the log.
            let items = page["items"].as_array_mut().unwrap();
            items.retain(|item| item["action"] != "audit.read");
            all.append(items);
        }
        all
    }
}

/// Where whoever asks belongs, as a place in [`OBJECTS`].
fn home_of(principal: &str) -> usize {
    usize::from(principal == "administrator of Birch")
}

fn cell(answer: &Answer) -> String {
    let some = match answer.body["items"].as_array() {
        Some(items) if items.is_empty() => "none",
        Some(_) => "some",
        None => answer.code(),
    };
    format!("{} {some}", answer.status).trim_end().to_owned()
}

/// The status, the headers and the body, without the identifier that was sent.
fn seen(answer: &Answer, id: &str) -> (u16, Vec<(String, String)>, String) {
    let text = String::from_utf8_lossy(&answer.bytes).replace(id, "?");
    let headers = answer.headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).replace(id, "?"))
    });
    (answer.status, headers.collect(), text)
}

/// One column of the table: three cells for every case.
async fn column(principal: &'static str) -> Vec<[String; 3]> {
    let home = home_of(principal);
    let foreign = 1 - home;
    let mut fixture = Fixture::new().await;
    let mut column = Vec::new();
    for case in cases::CASES {
        let what = format!("{principal}: {} ({})", case.operation, case.identifier);
        let before = fixture.all_of(foreign).await;
        let (elsewhere, id) = fixture.answer(case, principal, foreign).await;
        assert!(fixture.all_of(foreign).await == before, "{what}: something changed elsewhere");
        let (absent, none) = fixture.answer(case, principal, 2).await;
        assert_eq!(seen(&elsewhere, &id), seen(&absent, &none), "{what}");
        let (own, _) = fixture.answer(case, principal, home).await;
        let mut cells = [String::new(), String::new(), cell(&absent)];
        cells[home] = cell(&own);
        cells[foreign] = cell(&elsewhere);
        column.push(cells);
        // Whatever was changed is made anew for the next case.
        if own.status < 300 {
            fixture = Fixture::new().await;
        }
    }
    column
}

async fn table() -> String {
    let mut columns = JoinSet::new();
    for (place, principal) in PRINCIPALS.into_iter().enumerate() {
        columns.spawn(async move { (place, column(principal).await) });
    }
    let mut columns = columns.join_all().await;
    columns.sort_by_key(|(place, _)| *place);
    let mut lines = vec![line(["", "", ""], PRINCIPALS.into_iter())];
    for (row, case) in cases::CASES.iter().enumerate() {
        for (place, object) in OBJECTS.into_iter().enumerate() {
            let cells = columns.iter().map(|(_, column)| &*column[row][place]);
            lines.push(line([case.operation, case.identifier, object], cells));
        }
    }
    lines.join("\n") + "\n"
}

fn line<'a>(head: [&str; 3], cells: impl Iterator<Item = &'a str>) -> String {
    let [operation, identifier, object] = head;
    let mut line = format!("{operation:<21} {identifier:<15} {object:<9}");
    for cell in cells {
        write!(line, " | {cell:<30}").unwrap();
    }
    line.trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t3_anothers_object_is_answered_as_none_to_every_principal_as_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/objects.txt");
    let table = table().await;
    if std::env::var_os("UPDATE_TABLE").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    for (line, was) in table.lines().zip(committed.lines()) {
        assert_eq!(line, was, "UPDATE_TABLE=1 writes the table anew");
    }
    assert_eq!(table.lines().count(), committed.lines().count(), "a line is missing or stale");
}

/// What an operation takes that names something: its parameters and the fields of its body.
fn identifiers(operation: &Value) -> Vec<String> {
    let resolve = |schema: &Value| match schema["$ref"].as_str() {
        Some(name) => DOCUMENT["components"]["schemas"][name.rsplit('/').next().unwrap()].clone(),
        None => schema.clone(),
    };
    let names = |name: &str, schema: &Value| {
        schema["format"] == "uuid" || name.ends_with("_email") || name == "grants"
    };
    let mut found = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        if parameter["in"] == "path" || names(name, &parameter["schema"]) {
            found.push(name.to_owned());
        }
    }
    for content in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let schema = resolve(&content.1["schema"]);
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            if names(name, &resolve(field)) {
                found.push(name.clone());
            }
        }
    }
    found
}

#[test]
fn t3_every_identifier_of_every_operation_has_a_place_in_the_table() {
    let mut wanted = BTreeSet::new();
    for item in DOCUMENT["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            if !NOT_OF_AN_ORGANIZATION.contains(&id) {
                wanted.extend(identifiers(operation).into_iter().map(|name| (id.to_owned(), name)));
            }
        }
    }
    // A file of comma-separated values: no description has its columns.
    for column in ["grantor_email", "grantee_email"] {
        wanted.insert(("import_grants".to_owned(), column.to_owned()));
    }
    let tried: BTreeSet<_> = cases::CASES
        .iter()
        .map(|case| (case.operation.to_owned(), case.identifier.to_owned()))
        .collect();
    assert_eq!(wanted.difference(&tried).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    assert_eq!(tried.difference(&wanted).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}
