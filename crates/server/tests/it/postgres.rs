//! A PostgreSQL for tests, where there is one.

use std::env;

use impersonation_domain::ports::IdGenerator;
use impersonation_server::adapters::UuidV7Generator;
use tokio_postgres::NoTls;

/// A new, empty database, or none where the tests have no PostgreSQL.
pub(crate) async fn new_database(test: &str) -> Option<String> {
    let Ok(url) = env::var("IMP_TEST_PG") else {
        assert!(
            env::var("IMP_REQUIRE_PG").is_err(),
            "IMP_REQUIRE_PG is set, and IMP_TEST_PG names no PostgreSQL"
        );
        println!("{test}: skipped, as IMP_TEST_PG names no PostgreSQL");
        return None;
    };
    let name = format!("imp_server_{}", UuidV7Generator.next().get().simple());
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    let mut url = url::Url::parse(&url).unwrap();
    url.set_path(&name);
    Some(url.to_string())
}
