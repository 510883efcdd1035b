//! Files.

use futures_util::stream;
use poem::Body;
use serde_json::json;

use crate::support::{Ask, World, get, method};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0000IHDR0000";
const MEBIBYTE: usize = 1024 * 1024;

type Parts<'a> = Vec<(&'a str, &'a [u8])>;

fn path(world: &World) -> String {
    format!("/api/v1/channels/{}/files", world.general)
}

fn send(world: &World, parts: &[(&str, &[u8])]) -> Ask {
    method("POST", path(world)).form(parts).by(&world.ben.token)
}

/// A form with one file of this size, made piece by piece.
fn large(world: &World, size: usize) -> Ask {
    let head =
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.bin\"\r\n\r\n";
    let pieces = std::iter::repeat_n(vec![b'x'; MEBIBYTE], size / MEBIBYTE);
    let rest = vec![b'x'; size % MEBIBYTE];
    let frame = |text: &str| text.as_bytes().to_vec();
    let all = std::iter::once(frame(head)).chain(pieces).chain([rest, frame("\r\n--XX--\r\n")]);
    let body =
        Body::from_bytes_stream(stream::iter(all.map(Ok::<_, std::io::Error>).collect::<Vec<_>>()));
    method("POST", path(world)).body("multipart/form-data; boundary=XX", body).by(&world.ben.token)
}

#[tokio::test]
async fn a_file_is_sent_and_fetched_under_its_name() {
    let world = World::new().await;
    world.grant(&world.cleo, &world.ben, &["send"]).await;
    let file = "\"file\"; filename=\"Q3 räport.png\"\r\nContent-Type: image/png";
    // In any order.
    let parts =
        [("\"send_as\"", world.cleo.id.as_bytes()), (file, PNG), ("\"body\"", "größer".as_bytes())];
    let sent = world.ask(send(&world, &parts)).await.expect(201);
    assert_eq!((&sent.body["author"]["name"], sent.text("body")), (&json!("Cleo"), "größer"));
    let file = &sent.body["files"][0];
    assert_eq!((&file["name"], &file["size"]), (&json!("Q3 räport.png"), &json!(PNG.len())));
    assert_eq!(file["content_type"], "image/png");

    let address = format!("/api/v1/files/{}", file["id"].as_str().unwrap());
    let fetched = world.ask(get(address.clone()).by(&world.eli.token)).await.expect(200);
    assert_eq!(fetched.bytes, PNG);
    assert_eq!(fetched.header("content-type"), "image/png");
    assert_eq!(fetched.header("content-length"), PNG.len().to_string());
    assert_eq!(
        fetched.header("content-disposition"),
        "attachment; filename=\"Q3 r_port.png\"; filename*=UTF-8''Q3%20r%C3%A4port.png"
    );
    assert!(fetched.header("content-security-policy").starts_with("sandbox;"));
    let head = world.ask(method("HEAD", address.clone()).by(&world.eli.token)).await.expect(200);
    assert_eq!((head.bytes.len(), head.header("content-length")), (0, &*PNG.len().to_string()));
    world.ask(get(address).by(&world.pete.token)).await.problem(404, "file_not_found");
}

#[tokio::test]
async fn a_file_is_at_most_25_mebibytes() {
    let world = World::new().await;
    let sent = world.ask(large(&world, 25 * MEBIBYTE)).await.expect(201);
    assert_eq!(sent.body["files"][0]["size"], 25 * MEBIBYTE);
    world.ask(large(&world, 25 * MEBIBYTE + 1)).await.problem(413, "file_too_large");
    world.ask(large(&world, 27 * MEBIBYTE)).await.problem(413, "file_too_large");
    assert_eq!(world.files.len(), 1);
}

#[tokio::test]
async fn forms_that_cannot_be_used_are_refused() {
    let world = World::new().await;
    let before = world.everything().await;
    let file = "\"file\"; filename=\"a.txt\"";
    let png = "\"file\"; filename=\"a.png\"\r\nContent-Type: image/png";
    let long = "x".repeat(200_000);
    let cases: Vec<(Parts<'_>, u16, &str)> = vec![
        (vec![], 422, "invalid_input"),
        (vec![("\"body\"", b"x")], 422, "invalid_input"),
        (vec![(file, b"")], 422, "file_empty"),
        (vec![(png, b"hello")], 422, "file_type_mismatch"),
        (vec![("\"file\"; filename=\"../a\"", b"x")], 422, "invalid_file_name"),
        (vec![("\"file\"", b"x")], 422, "invalid_file_name"),
        (vec![(file, b"x"), (file, b"y")], 422, "invalid_input"),
        (vec![(file, b"x"), ("\"author\"", b"y")], 400, "unknown_field"),
        (vec![(file, b"x"), ("\"send_as\"", b"ben")], 422, "invalid_input"),
        (vec![(file, b"x"), ("\"send_as\"", world.cleo.id.as_bytes())], 403, "no_grant"),
        (vec![(file, b"x"), ("\"body\"", b"\xff")], 422, "invalid_input"),
        (vec![(file, b"x"), ("\"body\"", long.as_bytes())], 413, "body_too_large"),
    ];
    for (parts, status, code) in cases {
        world.ask(send(&world, &parts)).await.problem(status, code);
    }
    let raw = |kind: &str, body: &str| {
        method("POST", path(&world)).body(kind, body.to_owned()).by(&world.ben.token)
    };
    world.ask(raw("application/json", "{}")).await.problem(415, "unsupported_media_type");
    world.ask(raw("multipart/form-data", "x")).await.problem(400, "malformed_form");
    world.ask(raw("multipart/form-data; boundary=XX", "x")).await.problem(400, "malformed_form");
    let cut =
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf a fi";
    world
        .ask(raw("multipart/form-data; boundary=XX", cut))
        .await
        .problem(400, "upload_interrupted");
    assert_eq!(world.everything().await, before);
    assert!(world.files.is_empty());
}
