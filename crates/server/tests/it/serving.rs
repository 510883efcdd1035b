//! Serving: the demo, the listeners, the log, and stopping.

mod demo;
mod stopping;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use serde_json::Value;

use crate::{
    client::Client,
    process::{Server, folder, program, run, text},
};

#[tokio::test]
async fn w10_the_metrics_have_a_listener_of_their_own() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    let api = Client::new(&server.base);
    assert_eq!(api.get("/livez").await.expect(200), "ok\n");
    assert_eq!(api.get("/readyz").await.expect(200), "ok\n");
    assert_eq!(api.get("/metrics").await.status, 404);
    api.get("/api/v1/me").await.refused(401, "unauthenticated");

    let metrics = api.at(&server.metrics).get("/metrics").await;
    assert_eq!(metrics.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = metrics.expect(200);
    let line = "http_server_request_duration_seconds_count{http_request_method=\"GET\",http_route=\"/api/v1/me\"";
    assert!(text.as_str().unwrap().contains(line), "{text}");
    let types: Vec<&str> =
        text.as_str().unwrap().lines().filter(|line| line.starts_with("# ")).collect();
    assert_eq!(types[1..], ["# TYPE http_server_request_duration_seconds histogram"]);
    for path in ["/", "/livez", "/api/v1/me"] {
        assert_eq!(api.at(&server.metrics).get(path).await.status, 404, "{path}");
    }
}

/// A server in front of this one may read the other of two hosts (RFC 9112, section 3.2).
#[test]
fn w5_a_request_says_once_for_which_host_it_is() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    let address = server.base.strip_prefix("http://").unwrap();
    let status = |path: &str, version: &str, hosts: &[&str]| {
        let hosts: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
        let mut line = TcpStream::connect(address).unwrap();
        write!(line, "GET {path} HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        assert!(answer.to_ascii_lowercase().contains("x-content-type-options"), "{answer}");
        let said = answer.contains("one_host") || answer.contains("for which host");
        let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
        assert_eq!(said, status == 400, "{answer}");
        status
    };
    for (path, usual) in [("/livez", 200), ("/api/v1/me", 401), ("/sign-in", 200)] {
        assert_eq!(status(path, "1.1", &[address]), usual, "{path}");
        assert_eq!(status(path, "1.0", &[]), usual, "{path}");
        assert_eq!(status(path, "1.1", &[address, address]), 400, "{path}");
        assert_eq!(status(path, "1.1", &[address, "evil.example"]), 400, "{path}");
        assert_eq!(status(path, "1.0", &["evil.example", address]), 400, "{path}");
        assert_eq!(status(path, "1.1", &[]), 400, "{path}");
    }
}

#[tokio::test]
async fn the_description_that_is_served_is_the_one_that_is_printed() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    let served = Client::new(&server.base).get("/api/v1/openapi.json").await.expect(200);
    let (printed, _) = text(&run(folder.path(), &["openapi"]));
    assert_eq!(served, serde_json::from_str::<Value>(&printed).unwrap());
}

#[test]
fn an_address_in_use_is_told_before_the_store_is_touched() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (setting, other, flags) in [
        ("listen", "metrics_listen", ["--listen", &address, "--metrics-listen", "127.0.0.1:0"]),
        ("metrics_listen", "`listen`", ["--listen", "127.0.0.1:0", "--metrics-listen", &address]),
    ] {
        let output = run(folder.path(), &[["serve"].as_slice(), &flags].concat());
        let (_, complaints) = text(&output);
        assert_eq!(output.status.code(), Some(1), "{complaints}");
        assert!(complaints.contains(&format!("cannot listen on {address}")), "{complaints}");
        assert!(
            complaints.contains(&format!("`{setting}`")) && !complaints.contains(other),
            "{complaints}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn each_line_of_a_json_log_is_an_object_with_the_id_of_its_request() {
    let folder = folder();
    fs::write(folder.path().join("imp.toml"), "[log]\nformat = 'json'\n").unwrap();
    let server = Server::start(folder.path(), &["--config", "imp.toml"]);
    let client = Client::new(&server.base).with("imp_own_0000");
    let answer = client.get("/api/v1/me?password=hunter2").await;
    let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
    server.signal("TERM");
    let (_, log) = server.wait();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_request: Vec<&Value> =
        lines.iter().filter(|line| line["request_id"] == id.as_str()).collect();
    assert_eq!(of_request.len(), 1, "{log}");
    assert_eq!(of_request[0]["route"], "/api/v1/me");
    assert!(!log.contains("hunter2") && !log.contains("imp_own_"), "{log}");
}

#[tokio::test]
async fn the_operator_is_whoever_has_the_token() {
    let folder = folder();
    let token = "0123456789abcdef0123456789abcdef";
    fs::write(folder.path().join("imp.toml"), format!("operator_token = '{token}'\n")).unwrap();
    let server = Server::start(folder.path(), &["--config", "imp.toml"]);
    let client = Client::new(&server.base);
    let path = "/api/v1/operator/organizations";
    assert_eq!(client.get(path).await.status, 401);
    assert_eq!(client.with(&token.replace('f', "e")).get(path).await.status, 401);
    assert_eq!(client.with(token).get(path).await.expect(200)["items"], serde_json::json!([]));
    let without = Server::start(folder.path(), &[]);
    assert_eq!(client.at(&without.base).with(token).get(path).await.status, 404);
}

#[test]
fn settings_that_are_not_safe_stop_the_start() {
    let folder = folder();
    let output = program(folder.path()).args(["serve", "--listen", "0.0.0.0:0"]).output().unwrap();
    let (_, complaints) = text(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(complaints.contains("insecure_http"), "{complaints}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
