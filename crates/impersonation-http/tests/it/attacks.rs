//! What went wrong elsewhere, tried here. `SECURITY-CASES.md` says where.

mod credentials;
mod headers;
mod methods;

use serde_json::Value;

use crate::support::DOCUMENT;

const ME: &str = "/api/v1/me";

/// Every operation of the description: path, method, description.
fn operations() -> impl Iterator<Item = (&'static str, String, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap();
        item.iter().map(move |(method, operation)| (&**path, method.to_uppercase(), operation))
    })
}
