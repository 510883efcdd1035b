//! Bodies in JSON.

use std::{fmt, marker::PhantomData};

use bytes::Bytes;
use poem::{
    Request, RequestBody, Result,
    error::ReadBodyError,
    http::{StatusCode, header},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, value::MapAccessDeserializer},
};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// What can be sent as a body.
pub(crate) trait JsonBody: Type + DeserializeOwned {
    /// How many bytes it may have.
    const LIMIT: usize = 64 * 1024;
}

/// A body that has been read and understood.
pub(crate) struct Body<T> {
    /// What it says.
    pub(crate) value: T,
    /// The SHA-256 of its bytes.
    pub(crate) digest: [u8; 32],
}

impl<'a, T: JsonBody> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = MetaMediaType { content_type: "application/json", schema: T::schema_ref() };
        Some(MetaRequest { description: None, content: vec![content], required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        expect_type(request, "application/json")?;
        let bytes = read_limited(request, body, T::LIMIT).await?;
        Ok(Self { digest: Sha256::digest(&bytes).into(), value: parse(&bytes)? })
    }
}

/// Refuses a body of another type. A character set must be UTF-8 if one is named.
pub(crate) fn expect_type(request: &Request, expected: &str) -> Result<(), Problem> {
    let mut given = request.headers().get_all(header::CONTENT_TYPE).iter();
    let text = match (given.next().map(|value| value.to_str()), given.next()) {
        (Some(Ok(text)), None) => text,
        _ => "",
    };
    let mut parts = text.split(';').map(str::trim);
    let is_type = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(expected));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if is_type && is_utf8 {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        format!("send the body as `{expected}`, in UTF-8, and say so in one `Content-Type` header"),
    ))
}

/// The body's bytes, if there are not too many. It is not believed what `Content-Length` says.
pub(crate) async fn read_limited(
    request: &Request,
    body: &mut RequestBody,
    limit: usize,
) -> Result<Bytes, Problem> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced =
        announced.and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    let too_much = announced
        .is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit));
    if too_much {
        return Err(Problem::body_too_large(limit));
    }
    let body = body.take().map_err(|_| Problem::internal())?;
    body.into_bytes_limit(limit).await.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => Problem::body_too_large(limit),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "interrupted",
            "the body broke off; send the request again",
        ),
    })
}

/// The value that the JSON stands for.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize::<_, Strict<T>>(&mut json).map_err(|error| {
        let path = error.path().clone();
        refuse(error.inner(), &path)
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value.0)
}

fn malformed(error: &serde_json::Error) -> Problem {
    let detail = format!(
        "the body is not valid JSON (line {}, column {}); check it and send it again",
        error.line(),
        error.column()
    );
    Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
}

fn refuse(error: &serde_json::Error, path: &serde_path_to_error::Path) -> Problem {
    use serde_json::error::Category;
    if error.classify() != Category::Data {
        return malformed(error);
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let here = pointer(path);
    if let Some(rest) = text.strip_prefix("unknown field `") {
        // What follows the last of these words is ours; what was sent may have any characters.
        let (name, known) = rest
            .rsplit_once("`, expected ")
            .unwrap_or((rest.trim_end_matches("`, there are no fields"), ""));
        let instead = match known.trim_start_matches("one of ") {
            "" => "this takes none".to_owned(),
            known => format!("use {known}"),
        };
        let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
        let detail = format!("there is no field `{shown}` here; {instead}");
        let pointer = format!("{}/{}", parent(&here, name), escape(&shown));
        return Problem::new(StatusCode::BAD_REQUEST, "unknown_field", detail.clone())
            .at(pointer, detail);
    }
    if let Some(name) = quoted(text, "missing field `") {
        let pointer = format!("{here}/{}", escape(name));
        return Problem::invalid_field(pointer, format!("`{name}` is missing; send it"));
    }
    if let Some(name) = quoted(text, "duplicate field `") {
        let detail = format!("`{name}` is there twice; send it once");
        return Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail);
    }
    Problem::invalid_field(here, what_to_send(text).unwrap_or_else(|| text.to_owned()))
}

/// serde's message about a value of the wrong type, without its words for types.
fn what_to_send(text: &str) -> Option<String> {
    let text =
        text.strip_prefix("invalid type: ").or_else(|| text.strip_prefix("invalid value: "))?;
    let (found, expected) = text.rsplit_once(", expected ")?;
    // The value itself may be long, or a secret.
    let found = found.split(['`', '"']).next().map(str::trim)?;
    Some(format!("this is {}; send {}", plain(found), plain(expected)))
}

/// What people call a type.
fn plain(kind: &str) -> &str {
    match kind {
        "u16" | "u32" | "u64" => "a whole number from 0 up",
        "integer" | "floating point" => "a number",
        "string" => "a string",
        "sequence" | "a sequence" => "a list",
        "map" => "an object",
        "boolean" | "a boolean" => "`true` or `false`",
        other => other,
    }
}

fn quoted<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('`'))
}

/// The pointer without its last part, where that is the field itself.
fn parent<'a>(pointer: &'a str, field: &str) -> &'a str {
    pointer.strip_suffix(&format!("/{}", escape(field))).unwrap_or(pointer)
}

/// The path as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escape(key)),
            Segment::Enum { variant } => format!("/{}", escape(variant)),
            Segment::Unknown => String::new(),
        })
        .collect()
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A value that is written as an object: serde would take a list of its fields as well.
#[derive(Debug, Clone)]
pub(crate) struct Strict<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Strict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Object<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(Object(PhantomData)).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_value_is_said_in_plain_words() {
        for (text, expected) in [
            ("invalid type: integer `1`, expected a string", "this is a number; send a string"),
            (
                "invalid type: string \"a, expected b\", expected u16",
                "this is a string; send a whole number from 0 up",
            ),
            ("invalid type: null, expected a sequence", "this is null; send a list"),
            (
                "invalid type: floating point `1.5`, expected u64",
                "this is a number; send a whole number from 0 up",
            ),
            (
                "invalid value: integer `-1`, expected u16",
                "this is a number; send a whole number from 0 up",
            ),
            ("invalid type: map, expected a boolean", "this is an object; send `true` or `false`"),
        ] {
            assert_eq!(what_to_send(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(what_to_send("`x` is not an access type"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_body_is_read_or_refused(text in "\\{\"[a-c`]{1,2}\":[\\[\\]{}\",0-9a-z]{0,20}\\}?", other in ".{0,40}") {
            #[derive(Debug, serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            #[expect(dead_code, reason = "only whether it can be read is of interest")]
            struct Sample {
                a: String,
                b: Option<u16>,
            }
            for text in [text, other] {
                if let Err(problem) = parse::<Sample>(text.as_bytes()) {
                    let known = ["malformed_json", "unknown_field", "invalid_input"];
                    proptest::prop_assert!(known.contains(&problem.code));
                }
            }
        }
    }
}
