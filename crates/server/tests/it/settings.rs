//! Settings: their order, their names, and what is unsafe.

use std::{fs, path::PathBuf};

use impersonation_server::settings::{
    Flags, InvalidSettings, KEYS, Loaded, LogFormat, Settings, Unsafe, load,
};
use secrecy::ExposeSecret;
use tempfile::TempDir;

struct Given {
    folder: TempDir,
    file: Option<PathBuf>,
    variables: Vec<(String, String)>,
    flags: Flags,
}

impl Given {
    fn nothing() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            file: None,
            variables: Vec::new(),
            flags: Flags::default(),
        }
    }

    fn file(mut self, text: &str) -> Self {
        let path = self.folder.path().join("settings.toml");
        fs::write(&path, text).unwrap();
        self.file = Some(path);
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn flag(mut self, key: &'static str, value: &str) -> Self {
        self.flags = self.flags.with(key, Some(value.to_owned()));
        self
    }

    fn load(&self) -> Result<Loaded, InvalidSettings> {
        load(self.file.as_deref(), self.variables.clone(), &self.flags)
    }

    fn settings(&self) -> Settings {
        self.load().unwrap().settings
    }

    fn message(&self) -> String {
        let error = self.load().unwrap_err();
        format!("{:#}", anyhow::Error::from(error))
    }
}

#[test]
fn without_any_source_the_defaults_hold_and_are_safe() {
    let settings = Given::nothing().settings();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.metrics_listen.to_string(), "127.0.0.1:9464");
    assert_eq!(settings.database.url.to_string(), "sqlite:./data/impersonation.sqlite");
    assert_eq!(settings.files.url.to_string(), "./data/files");
    assert_eq!(settings.shutdown.drain_seconds, 30);
    assert!(settings.operator_token.is_none());
    settings.check(false).unwrap();
    settings.check(true).unwrap();
}

#[test]
fn a_variable_outweighs_the_file_and_a_flag_outweighs_both() {
    let file = "listen = '127.0.0.1:1'\n[database]\nurl = 'sqlite:file.sqlite'\n";
    let given = Given::nothing().file(file);
    assert_eq!(given.settings().listen.port(), 1);
    let given = given
        .variable("IMP_LISTEN", "127.0.0.1:2")
        .variable("IMP_DATABASE__URL", "sqlite:variable.sqlite");
    assert_eq!(given.settings().listen.port(), 2);
    let given = given.flag("listen", "127.0.0.1:3").flag("database.url", "sqlite:flag.sqlite");
    let loaded = given.load().unwrap();
    assert_eq!(loaded.settings.listen.port(), 3);
    assert_eq!(loaded.settings.database.url.to_string(), "sqlite:flag.sqlite");
    assert_eq!(loaded.set.into_iter().collect::<Vec<_>>(), ["database.url", "listen"]);
}

#[test]
fn every_setting_can_be_given_by_file_and_by_variable() {
    let values = [
        ("listen", "127.0.0.1:7001"),
        ("metrics_listen", "127.0.0.1:7002"),
        ("public_url", "https://access.example.com"),
        ("insecure_http", "true"),
        ("trusted_proxies", "10.0.0.7/32, 10.1.0.0/16"),
        ("operator_token", "0000000000000000000000000000000000000000000000000000000000000007"),
        ("database.url", "postgres://app@db.example/imp"),
        ("database.max_connections", "40"),
        ("files.url", "s3://acme-files/a"),
        ("sign_in.attempts_per_minute", "7"),
        ("sign_in.attempts_at_once", "8"),
        ("log.format", "json"),
        ("log.filter", "warn"),
        ("shutdown.notice_seconds", "3"),
        ("shutdown.drain_seconds", "4"),
    ];
    assert_eq!(
        values.map(|(key, _)| key).as_slice(),
        KEYS.iter().map(|key| key.name).collect::<Vec<_>>()
    );
    let mut by_variable = Given::nothing();
    for (key, (_, value)) in KEYS.iter().zip(values) {
        by_variable = by_variable.variable(&key.variable(), value);
    }
    let settings = by_variable.settings();
    assert_eq!(settings.operator_token.as_ref().unwrap().expose_secret(), values[5].1);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.trusted_proxies.len(), 2);
    let shown = settings.to_string();
    assert!(!shown.contains("is not set"), "{shown}");

    // What is shown is a file that gives the same settings again, but for the secret.
    let again = Given::nothing().file(&shown).settings();
    assert_eq!(again.to_string(), shown);
    assert_eq!(again.operator_token.unwrap().expose_secret(), "redacted");
}

#[test]
fn unknown_keys_are_refused_by_name_wherever_they_stand() {
    let given = Given::nothing()
        .file(
            "listn = '127.0.0.1:1'\n[database]\nulr = 'sqlite:x'\n[colours]\nbackground = 'red'\n",
        )
        .variable("IMP_DATABSE__URL", "sqlite:x")
        .variable("UNRELATED", "x");
    let message = given.message();
    for part in [
        "`listn` in",
        "did you mean `listen`?",
        "`database.ulr` in",
        "did you mean `database.url`?",
        "`colours.background` in",
        "`IMP_DATABSE__URL` in the environment is not a setting; did you mean `IMP_DATABASE__URL`?",
    ] {
        assert!(message.contains(part), "{part} is missing in:\n{message}");
    }
    assert!(!message.contains("UNRELATED"));
}

#[test]
fn a_wrong_value_names_its_setting_and_repeats_no_secret() {
    for (name, value, told) in [
        ("IMP_LISTEN", "8080", "listen"),
        ("IMP_SHUTDOWN__DRAIN_SECONDS", "soon", "shutdown.drain_seconds"),
        ("IMP_LOG__FORMAT", "xml", "log.format"),
        ("IMP_TRUSTED_PROXIES", "10.0.0.1,*", "trusted_proxies"),
        ("IMP_PUBLIC_URL", "access.example.com", "public_url"),
        ("IMP_DATABASE__URL", "mysql://app:hunter2hunter2@db.example/imp", "database"),
    ] {
        let message = Given::nothing().variable(name, value).message();
        assert!(message.contains(told), "{name}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    let message = Given::nothing().file("listen = 'x' = 'y'").message();
    assert!(message.contains("settings.toml"), "{message}");
    let mut missing = Given::nothing();
    missing.file = Some("no/such/settings.toml".into());
    assert!(missing.message().contains("no/such/settings.toml"));
}

#[test]
fn w11_unsafe_settings_are_refused() {
    let check = |given: Given, demo: bool| given.settings().check(demo);
    let token = |token: &str| Given::nothing().variable("IMP_OPERATOR_TOKEN", token);
    assert_eq!(check(token("short"), false), Err(Unsafe::ShortOperatorToken { length: 5 }));
    assert_eq!(
        check(token(&"x".repeat(31)), false),
        Err(Unsafe::ShortOperatorToken { length: 31 })
    );
    assert_eq!(
        check(token(&format!("{} ", "x".repeat(40))), false),
        Err(Unsafe::UnprintableOperatorToken)
    );
    assert_eq!(check(token(&"x".repeat(32)), false), Ok(()));

    let open = || Given::nothing().variable("IMP_LISTEN", "0.0.0.0:8080");
    assert!(matches!(check(open(), false), Err(Unsafe::PlainHttp { .. })));
    assert_eq!(
        check(open().variable("IMP_PUBLIC_URL", "https://access.example.com"), false),
        Ok(())
    );
    assert_eq!(check(open().variable("IMP_INSECURE_HTTP", "true"), false), Ok(()));
    let plain = open().variable("IMP_PUBLIC_URL", "http://access.example.com");
    assert!(matches!(check(plain, false), Err(Unsafe::PlainPublicUrl { .. })));
    let local = open().variable("IMP_PUBLIC_URL", "http://localhost:8080");
    assert!(matches!(check(local, false), Err(Unsafe::PlainHttp { .. })));

    let tls = open().variable("IMP_PUBLIC_URL", "https://access.example.com");
    assert!(matches!(check(tls, true), Err(Unsafe::PublicDemo { .. })));
    assert_eq!(check(open().variable("IMP_INSECURE_HTTP", "true"), true), Ok(()));

    let same = Given::nothing().variable("IMP_METRICS_LISTEN", "127.0.0.1:8080");
    assert!(matches!(check(same, false), Err(Unsafe::SameAddress(_))));
    let none = Given::nothing().variable("IMP_SIGN_IN__ATTEMPTS_AT_ONCE", "0");
    assert!(matches!(check(none, false), Err(Unsafe::NoAttempts(_))));
    let one = Given::nothing().variable("IMP_DATABASE__MAX_CONNECTIONS", "1");
    assert!(matches!(check(one, false), Err(Unsafe::Connections(1))));
}

#[test]
fn l6_secrets_do_not_show() {
    let given = Given::nothing()
        .variable("IMP_OPERATOR_TOKEN", &"hunter2".repeat(8))
        .variable("IMP_DATABASE__URL", "postgres://app:hunter2@db.example/imp");
    let settings = given.settings();
    let shown = format!("{settings} {settings:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("operator_token = \"redacted\""));
}
