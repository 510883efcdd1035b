//! Requests that may be sent twice.

use impersonation_domain::service::Repeatable;
use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaParamIn, MetaSchema, MetaSchemaRef},
};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// The header `Idempotency-Key`, and the address that it was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdempotencyKey {
    key: Option<String>,
    path: String,
}

impl IdempotencyKey {
    /// The request as one that may be repeated, if the client asked for that. `body` is the SHA-256
    /// of what was sent, `render` writes down the answer without any secret.
    pub(crate) fn repeatable<'a, T>(
        self,
        endpoint: &'static str,
        body: [u8; 32],
        render: &'a (dyn Fn(&T) -> Vec<u8> + Send + Sync),
    ) -> Option<Repeatable<'a, T>> {
        let mut fingerprint = Sha256::new();
        fingerprint.update(body);
        fingerprint.update(self.path.as_bytes());
        let fingerprint = fingerprint.finalize().into();
        self.key.map(|key| Repeatable { key, endpoint, fingerprint, render })
    }
}

/// The key in the header: a string as in RFC 9651, quotes and all, or the bare key.
fn parse(text: &str) -> Option<String> {
    let text = text.trim();
    let key = match text.strip_prefix('"') {
        None => text.to_owned(),
        Some(rest) => {
            let (mut key, mut chars) = (String::new(), rest.strip_suffix('"')?.chars());
            while let Some(c) = chars.next() {
                match c {
                    '\\' => key.push(chars.next().filter(|c| matches!(c, '\\' | '"'))?),
                    '"' => return None,
                    c => key.push(c),
                }
            }
            key
        }
    };
    let visible = key.bytes().all(|b| b.is_ascii_graphic());
    (visible && (1..=255).contains(&key.len())).then_some(key)
}

impl<'a> ApiExtractor<'a> for IdempotencyKey {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = String;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        let pattern = r#"^([!#-~][!-~]{0,254}|"[!#-\[\]-~]{1,255}")$"#.to_owned();
        let schema = MetaSchema { pattern: Some(pattern), ..MetaSchema::new("string") };
        Some(MetaSchemaRef::Inline(Box::new(schema)))
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<String>,
    ) -> Result<Self> {
        let refused = || {
            Problem::invalid_parameter(
                "Idempotency-Key",
                "send one key of 1 to 255 visible ASCII characters",
            )
        };
        let path = request.uri().path().to_owned();
        let mut given = request.headers().get_all("idempotency-key").iter();
        let key = match (given.next(), given.next()) {
            (None, _) => None,
            (Some(value), None) => {
                let text = value.to_str().map_err(|_| refused())?;
                Some(parse(text).ok_or_else(refused)?)
            }
            _ => return Err(refused().into()),
        };
        Ok(Self { key, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_be_quoted_or_bare() {
        assert_eq!(parse("\"8e03978e\"").unwrap(), "8e03978e");
        assert_eq!(parse("8e03978e").unwrap(), "8e03978e");
        assert_eq!(parse(r#""a\"b\\c""#).unwrap(), r#"a"b\c"#);
        assert_eq!(parse(&"x".repeat(255)).unwrap().len(), 255);
        for refused in
            ["", "\"\"", "\"", "\"a", "a b", "\"a\"b\"", "\"a\\n\"", "é", &"x".repeat(256)]
        {
            assert_eq!(parse(refused), None, "{refused}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_key_that_is_taken_is_visible_and_not_too_long(text in ".{0,40}", quoted in "[\"\\\\ a]{0,9}") {
            for text in [text, quoted] {
                if let Some(key) = parse(&text) {
                    proptest::prop_assert!(key.bytes().all(|b| b.is_ascii_graphic()));
                    proptest::prop_assert!((1..=255).contains(&key.len()));
                }
            }
        }
    }
}
