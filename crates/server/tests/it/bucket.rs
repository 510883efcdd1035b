//! Files in a bucket: a server that keeps them in something that speaks S3.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use poem::{
    Endpoint, Request, Response, Server as HttpServer, endpoint::make, http::StatusCode,
    listener::TcpAcceptor,
};
use serde_json::json;

use crate::{
    client::{Client, text},
    process::{Server, folder, program, run_with_input, text as printed},
};

/// As much of S3 as an upload, a download and their failures need.
#[derive(Clone, Default)]
struct Bucket(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    objects: BTreeMap<String, Vec<u8>>,
    unfinished: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    /// How many parts were ever sent.
    parts: usize,
}

impl Bucket {
    /// Serves it, and tells where.
    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = HttpServer::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap());
        tokio::spawn(server.run(self.clone().endpoint()));
        format!("http://{address}")
    }

    /// The object whose name ends like this, and how many parts were sent of it and those before.
    fn holding(&self, end: &str) -> (String, Vec<u8>, usize) {
        let content = self.0.lock().unwrap();
        let (key, object) = content.objects.iter().find(|(key, _)| key.ends_with(end)).unwrap();
        (key.clone(), object.clone(), content.parts)
    }

    fn endpoint(self) -> impl Endpoint {
        make(move |mut request: Request| {
            let bucket = self.clone();
            async move {
                let body = request.take_body().into_vec().await.unwrap();
                bucket.answer(&request, body)
            }
        })
    }

    fn answer(&self, request: &Request, body: Vec<u8>) -> Response {
        let mut content = self.0.lock().unwrap();
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let Some(key) = request.uri().path().strip_prefix("/acme-files/") else {
            return missing("NoSuchBucket");
        };
        let upload = query.get("uploadId").cloned();
        match (request.method().as_str(), upload, query.get("partNumber")) {
            ("PUT", None, None) => {
                content.objects.insert(key.to_owned(), body);
                stored("")
            }
            ("POST", None, None) => {
                content.unfinished.insert(key.to_owned(), BTreeMap::new());
                stored(&format!(
                    "<InitiateMultipartUploadResult><UploadId>{key}</UploadId></InitiateMultipartUploadResult>"
                ))
            }
            ("PUT", Some(id), Some(number)) => {
                content.parts += 1;
                content.unfinished.get_mut(&id).unwrap().insert(number.parse().unwrap(), body);
                stored("")
            }
            ("POST", Some(id), None) => {
                let parts = content.unfinished.remove(&id).unwrap();
                content.objects.insert(id, parts.into_values().flatten().collect());
                stored(
                    "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>",
                )
            }
            ("DELETE", Some(id), None) => {
                content.unfinished.remove(&id).unwrap();
                StatusCode::NO_CONTENT.into()
            }
            ("GET", None, None) => match content.objects.get(key) {
                Some(object) => stored_at(object.clone()),
                None => missing("NoSuchKey"),
            },
            other => panic!("the fake knows nothing of {other:?}"),
        }
    }
}

fn stored(body: &str) -> Response {
    stored_at(body.as_bytes().to_vec())
}

fn stored_at(body: Vec<u8>) -> Response {
    Response::builder()
        .header("etag", "\"e\"")
        .header("last-modified", "Sun, 22 Nov 2026 12:00:00 GMT")
        .body(body)
}

fn missing(code: &str) -> Response {
    Response::builder()
        .status(StatusCode::NOT_FOUND)
        .body(format!("<Error><Code>{code}</Code></Error>"))
}

fn variables(endpoint: &str, place: &str) -> [(&'static str, String); 6] {
    [
        ("IMP_FILES__URL", place.to_owned()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
        ("AWS_ACCESS_KEY_ID", "key".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "hunter2".to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
    ]
}

#[tokio::test]
async fn files_can_be_kept_in_a_bucket() {
    let (folder, bucket) = (folder(), Bucket::default());
    let endpoint = bucket.serve().await;
    let organization = [
        "organizations",
        "create",
        "--name",
        "Acme",
        "--plan",
        "enterprise",
        "--admin-name",
        "Ada",
    ];
    let admin = ["--admin-email", "ada@acme.example", "--password-stdin"];
    run_with_input(folder.path(), &[organization.as_slice(), &admin].concat(), "impersonate-me\n");
    let mut prepared = program(folder.path());
    prepared.envs(variables(&endpoint, "s3://acme-files/imp/a"));
    let server =
        tokio::task::spawn_blocking(move || Server::start_with(prepared, &[])).await.unwrap();
    let ada = Client::new(&server.base).sign_in("ada@acme.example").await;
    let channel =
        text(&ada.post("/api/v1/channels", &json!({"name": "general"})).await.expect(201), "/id");
    let path = format!("/api/v1/channels/{channel}/files");

    // In one piece, in several, and too large.
    let (small, large) = (b"hello".to_vec(), vec![b'x'; 12_000_000]);
    for (content, parts) in [(&small, 0), (&large, 3)] {
        let sent = ada.upload(&path, "a.txt", content, &[]).await.expect(201);
        let id = text(&sent, "/files/0/id");
        let (key, object, sent_in_parts) = bucket.holding(&id);
        assert!(key.starts_with("imp/a/") && object == *content);
        assert_eq!(sent_in_parts, parts);
        let read = ada.get(&format!("/api/v1/files/{id}")).await.expect(200);
        assert_eq!(read.as_str().unwrap().as_bytes(), content);
    }
    ada.upload(&path, "a.txt", &vec![b'x'; 27_000_000], &[]).await.refused(413, "file_too_large");
    let content = bucket.0.lock().unwrap();
    assert_eq!((content.objects.len(), content.unfinished.len()), (2, 0), "nothing is left behind");
    assert!(!folder.path().join("data/files").exists());
}

#[tokio::test]
async fn a_bucket_that_is_not_there_stops_the_start() {
    let folder = folder();
    let endpoint = Bucket::default().serve().await;
    for (place, told) in
        [("s3://other-files", "NoSuchBucket"), ("s3://no bucket", "is no place for files")]
    {
        let mut serve = program(folder.path());
        serve.args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]);
        serve.envs(variables(&endpoint, place));
        let output = tokio::task::spawn_blocking(move || serve.output().unwrap()).await.unwrap();
        let (_, complaints) = printed(&output);
        assert_eq!(output.status.code(), Some(1), "{complaints}");
        assert!(complaints.contains(told) && !complaints.contains("hunter2"), "{complaints}");
    }
}
