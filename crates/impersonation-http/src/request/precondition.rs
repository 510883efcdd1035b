//! Preconditions: which version of a thing the client has seen (RFC 9110, section 13.1.1).

use std::borrow::Cow;

use impersonation_domain::version::Version;
use poem::{
    Request, RequestBody, Result,
    http::{StatusCode, header},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaParamIn, MetaSchema, MetaSchemaRef},
};

use crate::problem::Problem;

/// The header `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// It is not there.
    Missing,
    /// `*`: whatever version it has.
    Any,
    /// One of these. A weak tag is none of them: the comparison is the strong one.
    OneOf(Vec<Version>),
}

impl IfMatch {
    fn parse(text: &str) -> Result<Self, Problem> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let mut versions = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |rest| (true, rest));
            let (tag, after) = quoted
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'))
                .ok_or_else(malformed)?;
            let is_number = tag.starts_with(|c: char| matches!(c, '1'..='9'))
                && tag.bytes().all(|b| b.is_ascii_digit());
            let version = tag.parse::<u64>().ok().and_then(|number| Version::try_from(number).ok());
            versions.extend(version.filter(|_| is_number && !weak));
            rest = match after.trim_start() {
                "" => "",
                after => after.strip_prefix(',').ok_or_else(malformed)?.trim_start(),
            };
        }
        Ok(Self::OneOf(versions))
    }

    /// The version that the client means. Only where it is not one exact version, the current one is
    /// read; whether the caller may read it is found out first.
    pub(crate) async fn version<E: From<Problem>>(
        self,
        current: impl Future<Output = Result<Version, E>> + Send,
    ) -> Result<Version, E> {
        if let Self::OneOf(versions) = &self
            && let [version] = versions.as_slice()
        {
            return Ok(*version);
        }
        let current = current.await?;
        match self {
            Self::Any => Ok(current),
            Self::OneOf(versions) if versions.contains(&current) => Ok(current),
            Self::OneOf(_) => Err(mismatch(current).into()),
            Self::Missing => Err(required(current).into()),
        }
    }
}

fn malformed() -> Problem {
    Problem::invalid_parameter(
        "If-Match",
        "send the `ETag` that you got, quotes included, such as `\"3\"`",
    )
}

fn mismatch(current: Version) -> Problem {
    let detail = format!(
        "this has been changed meanwhile (it is at version {current}); read it again and decide"
    );
    Problem::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", detail)
        .with(|problem| problem.current_version = Some(current.get()))
}

fn required(current: Version) -> Problem {
    let detail = "say which version you have seen: send its `ETag` as `If-Match`";
    Problem::new(StatusCode::PRECONDITION_REQUIRED, "version_required", detail)
        .with(|problem| problem.current_version = Some(current.get()))
}

/// The entity tag of a version.
pub(crate) fn etag(version: Version) -> String {
    format!("\"{version}\"")
}

impl<'a> ApiExtractor<'a> for IfMatch {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = true;

    type ParamType = String;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))))
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<String>,
    ) -> Result<Self> {
        let lines: Vec<Cow<'_, str>> = request
            .headers()
            .get_all(header::IF_MATCH)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        if lines.is_empty() { Ok(Self::Missing) } else { Ok(Self::parse(&lines.join(","))?) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(text: &str) -> Vec<u64> {
        match IfMatch::parse(text).unwrap() {
            IfMatch::OneOf(versions) => versions.into_iter().map(Version::get).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lists_and_the_star_parse_and_weak_tags_never_match() {
        assert_eq!(IfMatch::parse(" * ").unwrap(), IfMatch::Any);
        assert_eq!(versions("\"3\""), [3]);
        assert_eq!(versions("\"3\", \"4\" ,\"5\""), [3, 4, 5]);
        assert_eq!(versions("W/\"3\""), Vec::<u64>::new());
        assert_eq!(versions("W/\"3\", \"4\""), [4]);
        for never in ["\"\"", "\"0\"", "\"03\"", "\"+3\"", "\"x\"", "\"99999999999999999999\"", ""]
        {
            assert_eq!(versions(never), Vec::<u64>::new(), "{never}");
        }
        for malformed in ["3", "\"3", "3\"", "\"3\" \"4\"", "*, \"3\"", "w/\"3\""] {
            assert_eq!(
                IfMatch::parse(malformed).unwrap_err().code,
                "invalid_parameter",
                "{malformed}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}", tags in "[0-9\"W/,* ]{0,20}") {
            for text in [text, tags] {
                if let Err(problem) = IfMatch::parse(&text) {
                    proptest::prop_assert_eq!(problem.code, "invalid_parameter");
                }
            }
        }

        #[test]
        fn every_version_is_read_back(number in 1..=i64::MAX.unsigned_abs()) {
            let version = Version::try_from(number).unwrap();
            proptest::prop_assert_eq!(IfMatch::parse(&etag(version)).unwrap(), IfMatch::OneOf(vec![version]));
        }
    }
}
