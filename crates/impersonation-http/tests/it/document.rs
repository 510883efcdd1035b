//! The description of the API.

use std::collections::BTreeSet;

use impersonation_http::openapi_document;
use serde_json::Value;

use crate::support::{DOCUMENT, Server, get};

fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn the_description_is_stable_and_ends_with_one_line_break() {
    let text = openapi_document();
    assert_eq!(text, openapi_document());
    assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
    assert_eq!(DOCUMENT["openapi"], "3.0.0");
}

#[tokio::test]
async fn the_server_shows_the_same_description() {
    let answer = Server::new().ask(get("/api/v1/openapi.json")).await.expect(200);
    assert_eq!(answer.bytes, openapi_document().as_bytes());
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
}

#[test]
fn every_operation_is_described() {
    let mut ids = BTreeSet::new();
    for (name, operation) in operations() {
        assert!(
            operation["summary"].as_str().is_some_and(|text| text.len() > 5),
            "{name} has no summary"
        );
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name} has no family");
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap()),
            "{name} has no name of its own"
        );
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        assert!(responses.contains_key("500"), "{name} never fails");
        let takes_token =
            operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
        assert_eq!(
            takes_token,
            responses.contains_key("401") && name != "post /api/v1/sign-in",
            "{name}"
        );
        for (status, response) in responses {
            assert!(!response["description"].as_str().unwrap().is_empty(), "{name} {status}");
            let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
            let is_problem = status.as_str() >= "400" && (name != "get /readyz" || status != "503");
            assert_eq!(is_problem, problem == "#/components/schemas/Problem", "{name} {status}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {}", parameter["name"]);
            assert!(!parameter["name"].as_str().unwrap().starts_with("param"), "{name}");
        }
    }
    assert!(ids.len() > 50);
}

#[test]
fn every_body_is_closed_and_what_may_be_left_out_may_be_null() {
    let schemas = DOCUMENT["components"]["schemas"].as_object().unwrap();
    let bodies = operations().filter_map(|(_, operation)| {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()
    });
    for body in bodies {
        let schema = &schemas[body.rsplit('/').next().unwrap()];
        assert_eq!(schema["additionalProperties"], false, "{body}");
    }
    assert_eq!(schemas["Grant"]["properties"]["reason"]["nullable"], true);
    assert_eq!(schemas["Grant"]["properties"]["id"]["nullable"], Value::Null);
    assert_eq!(schemas["SeenGrant"]["additionalProperties"], false);
}
