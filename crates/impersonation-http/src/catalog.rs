//! Which addresses there are, with which methods and parameters, read from the API's own
//! description: what is not described does not exist.

use std::collections::BTreeMap;

use poem::http::Method;
use serde_json::Value;

/// One address, perhaps with parts that vary.
#[derive(Debug)]
pub(crate) struct Route {
    pattern: String,
    segments: Vec<Segment>,
    operations: BTreeMap<String, Operation>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Varies,
    Is(String),
}

#[derive(Debug)]
struct Operation {
    query: Vec<String>,
}

/// All addresses.
#[derive(Debug)]
pub(crate) struct Catalog(Vec<Route>);

impl Catalog {
    /// The addresses that the description has.
    pub(crate) fn new(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let routes = paths.into_iter().flatten().map(|(pattern, item)| {
            let segments = segments(pattern)
                .map(|part| {
                    if part.starts_with('{') {
                        Segment::Varies
                    } else {
                        Segment::Is(part.to_owned())
                    }
                })
                .collect();
            let operations = item.as_object().into_iter().flatten();
            let operations = operations.map(|(method, operation)| {
                let parameters =
                    operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
                let query = parameters
                    .filter(|parameter| {
                        parameter.get("in").and_then(Value::as_str) == Some("query")
                    })
                    .filter_map(|parameter| parameter.get("name").and_then(Value::as_str))
                    .map(ToOwned::to_owned)
                    .collect();
                (method.to_ascii_uppercase(), Operation { query })
            });
            Route { pattern: pattern.clone(), segments, operations: operations.collect() }
        });
        Self(routes.collect())
    }

    /// The route of an address. A fixed part wins over one that varies.
    pub(crate) fn find(&self, path: &str) -> Option<&Route> {
        let wanted: Vec<&str> = segments(path).collect();
        self.0
            .iter()
            .filter(|route| route.matches(&wanted))
            .max_by(|one, other| one.segments.cmp(&other.segments))
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip(1)
}

impl Route {
    fn matches(&self, wanted: &[&str]) -> bool {
        self.segments.len() == wanted.len()
            && self.segments.iter().zip(wanted).all(|(segment, wanted)| match segment {
                Segment::Varies => !wanted.is_empty(),
                Segment::Is(text) => text == wanted,
            })
    }

    /// The address as it is described.
    pub(crate) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The methods that the address has, as `Allow` lists them.
    pub(crate) fn allow(&self) -> String {
        let methods = self.operations.keys().flat_map(|method| match method.as_str() {
            "GET" => vec!["GET", "HEAD"],
            other => vec![other],
        });
        methods.collect::<Vec<_>>().join(", ")
    }

    /// The names that a query may have; `None` where there is no such operation.
    pub(crate) fn query(&self, method: &Method) -> Option<&[String]> {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.operations.get(method.as_str()).map(|operation| operation.query.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fixed_part_wins_over_one_that_varies() {
        let catalog = Catalog::new(&json!({"paths": {
            "/a/{id}": {"get": {"parameters": [{"in": "query", "name": "limit"}, {"in": "path", "name": "id"}]}, "delete": {}},
            "/a/current": {"delete": {}},
            "/a/{id}/b": {"post": {}},
        }}));
        let find = |path: &str| catalog.find(path).map(Route::pattern);
        assert_eq!(find("/a/1"), Some("/a/{id}"));
        assert_eq!(find("/a/current"), Some("/a/current"));
        assert_eq!(find("/a/1/b"), Some("/a/{id}/b"));
        for nothing in ["/", "/a", "/a/", "/a/1/", "/a//b", "/a/1/b/c", ""] {
            assert_eq!(find(nothing), None, "{nothing}");
        }
        let route = catalog.find("/a/1").unwrap();
        assert_eq!(route.allow(), "DELETE, GET, HEAD");
        assert_eq!(route.query(&Method::HEAD).unwrap(), ["limit"]);
        assert!(route.query(&Method::PUT).is_none());
    }
}
