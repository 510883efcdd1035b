//! The description of the API, in OpenAPI 3.0.

use std::{collections::BTreeSet, sync::LazyLock};

use serde_json::{Map, Value, json};

use crate::api;

static DOCUMENT: LazyLock<Value> = LazyLock::new(build);
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&*DOCUMENT).unwrap_or_default();
    text.push('\n');
    text
});

/// The description as a value.
pub(crate) fn value() -> &'static Value {
    &DOCUMENT
}

/// The description as text.
pub(crate) fn text() -> &'static str {
    &TEXT
}

fn build() -> Value {
    let mut document: Value = serde_json::from_str(&api::service().spec()).unwrap_or_default();
    let requests = request_schemas(&document);
    if let Some(schemas) =
        document.pointer_mut("/components/schemas").and_then(Value::as_object_mut)
    {
        for (name, schema) in schemas {
            complete(schema, requests.contains(name));
        }
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for (_, operation) in paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten()) {
        complete_operation(operation);
    }
    sorted(document)
}

/// Says of an operation what the framework leaves out: that it takes no token, in as many words, that
/// a form has no other parts, and that an empty parameter of the query is as good as none.
fn complete_operation(operation: &mut Value) {
    if let Some(operation) = operation.as_object_mut() {
        operation.entry("security").or_insert_with(|| json!([]));
    }
    let form = operation.pointer_mut("/requestBody/content/multipart~1form-data/schema");
    if let Some(form) = form.and_then(Value::as_object_mut) {
        form.insert("additionalProperties".to_owned(), false.into());
    }
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let is_query = parameter.get("in").and_then(Value::as_str) == Some("query");
        if let Some(parameter) = parameter.as_object_mut().filter(|_| is_query) {
            parameter.insert("allowEmptyValue".to_owned(), true.into());
        }
    }
}

/// Says of a schema what the framework leaves out: a value that may be left out may also be `null`,
/// and what is sent has no other fields than these.
fn complete(schema: &mut Value, is_request: bool) {
    let required: BTreeSet<String> = list(schema.get("required")).map(ToOwned::to_owned).collect();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (_, property) in properties.iter_mut().filter(|(name, _)| !required.contains(*name)) {
            if property.get("$ref").is_some() {
                *property = json!({"allOf": [property.take()]});
            }
            if let Some(property) = property.as_object_mut() {
                // What is described elsewhere, or by no schema at all, is an object.
                property.entry("type").or_insert_with(|| "object".into());
                property.insert("nullable".to_owned(), true.into());
                // An enumeration that may be `null` has to list it.
                if let Some(words) = property.get_mut("enum").and_then(Value::as_array_mut) {
                    words.push(Value::Null);
                }
            }
        }
    }
    if is_request && let Some(schema) = schema.as_object_mut() {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The names of the schemas that are part of a body.
fn request_schemas(document: &Value) -> BTreeSet<String> {
    let operations = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let operations = operations.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let mut waiting: Vec<String> = operations
        .flat_map(|(_, operation)| references(operation.get("requestBody").unwrap_or(&Value::Null)))
        .collect();
    let mut found = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        let schema = document.pointer(&format!("/components/schemas/{name}"));
        if found.insert(name) {
            waiting.extend(schema.map(references).unwrap_or_default());
        }
    }
    found
}

/// The names of the schemas that a value refers to.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value.as_str()) {
                ("$ref", Some(target)) => {
                    target.rsplit('/').next().map(ToOwned::to_owned).into_iter().collect()
                }
                _ => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// The value with the keys of every object in order, whatever order the map type keeps.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.into_iter().collect();
            pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(
                pairs.into_iter().map(|(key, value)| (key, sorted(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
