//! P6: not ready, no new connections, what has begun ends, and nothing acknowledged is lost.

use std::{fs, path::Path, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reqwest::{Body, Client as Http, multipart};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::{
    client::{Client, text},
    process::{Server, folder},
};

fn start(folder: &Path, shutdown: &str) -> Server {
    fs::write(folder.join("imp.toml"), format!("[shutdown]\n{shutdown}\n")).unwrap();
    Server::start(folder, &["--demo", "--config", "imp.toml"])
}

/// An upload whose second half waits to be let go.
struct Upload {
    go_on: oneshot::Sender<()>,
    answer: tokio::task::JoinHandle<reqwest::Result<(u16, Value)>>,
}

impl Upload {
    async fn begin(server: &Server) -> Self {
        let client = Client::new(&server.base);
        let ada = client.sign_in("ada@acme.example").await;
        let channels = ada.get("/api/v1/channels").await.expect(200);
        let url =
            format!("{}/api/v1/channels/{}/files", server.base, text(&channels, "/items/0/id"));
        let token = ada.token();
        let ((go_on, gone_on), (begun, has_begun)) = (oneshot::channel::<()>(), oneshot::channel());
        let first =
            stream::once(async { Ok::<_, std::io::Error>(Bytes::from(vec![b'a'; 100_000])) });
        let second = stream::once(async move {
            begun.send(()).unwrap();
            drop(gone_on.await);
            Ok(Bytes::from_static(b"the end"))
        });
        let part =
            multipart::Part::stream(Body::wrap_stream(first.chain(second))).file_name("a.txt");
        let form = multipart::Form::new().part("file", part.mime_str("text/plain").unwrap());
        let request = Http::new().post(url).bearer_auth(token).multipart(form);
        let answer = tokio::spawn(async move {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok((status, serde_json::from_slice(&response.bytes().await?).unwrap()))
        });
        has_begun.await.unwrap();
        Self { go_on, answer }
    }
}

#[tokio::test]
async fn p6_what_has_begun_is_answered_before_the_server_goes() {
    let folder = folder();
    let server = start(folder.path(), "notice_seconds = 2\ndrain_seconds = 60");
    let client = Client::new(&server.base);
    let upload = Upload::begin(&server).await;
    client.get("/readyz").await.expect(200);
    server.signal("TERM");
    // Load balancers are told before anyone is turned away.
    while client.get("/readyz").await.status != 503 {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.get("/livez").await.expect(200), "ok\n");
    assert_eq!(client.get("/api/v1/me").await.status, 401);
    while tokio::net::TcpStream::connect(server.base.trim_start_matches("http://")).await.is_ok() {
        tokio::task::yield_now().await;
    }
    upload.go_on.send(()).unwrap();
    let (status, message) = upload.answer.await.unwrap().unwrap();
    assert_eq!((status, &message["files"][0]["size"]), (201, &Value::from(100_007)), "{message}");
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[tokio::test]
async fn p6_a_request_that_never_ends_does_not_hold_the_server() {
    let folder = folder();
    let server = start(folder.path(), "drain_seconds = 1");
    let upload = Upload::begin(&server).await;
    server.signal("TERM");
    let waiting = tokio::task::spawn_blocking(move || server.wait());
    let (status, log) =
        tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(upload.answer.await.unwrap().is_err());
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let folder = folder();
    let server = start(folder.path(), "drain_seconds = 600");
    let upload = Upload::begin(&server).await;
    server.signal("INT");
    let client = Client::new(&server.base);
    while tokio::net::TcpStream::connect(server.base.trim_start_matches("http://")).await.is_ok() {
        tokio::task::yield_now().await;
    }
    drop(client);
    server.signal("INT");
    let waiting = tokio::task::spawn_blocking(move || server.wait());
    let (status, log) =
        tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(upload.answer.await.unwrap().is_err());
}
