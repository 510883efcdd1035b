//! Parameters in the path and the query.

use impersonation_domain::ids::TypedId;
use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaParamIn, MetaSchema, MetaSchemaRef},
    types::Type,
};
use uuid::Uuid;

use crate::{
    problem::Problem,
    value::{FromText, Id},
};

/// An identifier in the path.
///
/// A text that is no identifier is looked for like any other: it stands for one that is never given
/// out, so that the answer is that for another organization's thing, in every respect.
pub(crate) struct Path<T>(pub(crate) T);

impl<'a, T: TypedId + TryFrom<Uuid> + Send + Sync> ApiExtractor<'a> for Path<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = true;

    type ParamType = Id<T>;
    type ParamRawType = Id<T>;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Path)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(Id::<T>::schema_ref())
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        options: ExtractParamOptions<Id<T>>,
    ) -> Result<Self> {
        let text = request.raw_path_param(options.name).unwrap_or_default();
        if let Some(id) = Id::parse(text) {
            return Ok(Self(id.0));
        }
        T::try_from(Uuid::max()).map(Self).map_err(|_| Problem::not_found().into())
    }
}

/// The last part of the path as it is: a token.
pub(crate) struct LastPart(pub(crate) String);

impl<'a> ApiExtractor<'a> for LastPart {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = true;

    type ParamType = String;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Path)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))))
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<String>,
    ) -> Result<Self> {
        Ok(Self(request.uri().path().rsplit('/').next().unwrap_or_default().to_owned()))
    }
}

/// A parameter in the query. All of them may be left out, and an empty one is as good as none.
#[derive(Clone, Copy)]
pub(crate) struct Query<T>(pub(crate) Option<T>);

impl<'a, T: Type + FromText> ApiExtractor<'a> for Query<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = T;
    type ParamRawType = T;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Query)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(T::schema_ref())
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        options: ExtractParamOptions<T>,
    ) -> Result<Self> {
        let pairs: Vec<(String, String)> = request.params().map_err(|_| {
            Problem::invalid_parameter(
                "query",
                "the query cannot be read; encode it as a form does",
            )
        })?;
        let text = pairs.into_iter().find(|(name, _)| name == options.name).map(|(_, value)| value);
        let text = text.filter(|text| !text.is_empty());
        let value = text.map(|text| T::from_text(&text)).transpose();
        value.map(Self).map_err(|detail| Problem::invalid_parameter(options.name, detail).into())
    }
}
