//! What Prometheus asks for: its text format 0.0.4, or OpenMetrics where that is accepted.

use impersonation_http::Metrics;
use poem::{Endpoint, Response, endpoint::make_sync, http::header};

const OPEN_METRICS: &str = "application/openmetrics-text";

/// Answers with the measurements.
pub(super) fn endpoint(metrics: &Metrics) -> impl Endpoint + 'static {
    let metrics = metrics.clone();
    make_sync(move |request| {
        let rendered = metrics.render();
        let accepts_open_metrics =
            request.header(header::ACCEPT).is_some_and(|accept| accept.contains(OPEN_METRICS));
        if accepts_open_metrics {
            let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            Response::builder().content_type(content_type).body(rendered)
        } else {
            let content_type = "text/plain; version=0.0.4; charset=utf-8";
            Response::builder().content_type(content_type).body(to_text_format(&rendered))
        }
    })
}

/// OpenMetrics in the older format, which knows neither units nor an end, and describes a counter by
/// the name of its sample.
fn to_text_format(open_metrics: &str) -> String {
    let is_counter = |name: &str| {
        let described = format!("# TYPE {name} counter");
        open_metrics.lines().any(|line| line == described)
    };
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines() {
        if line == "# EOF" || line.starts_with("# UNIT ") {
            continue;
        }
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(what @ ("HELP" | "TYPE")), Some(name), Some(rest)) => {
                let name = if is_counter(name) { format!("{name}_total") } else { name.to_owned() };
                let rest = if (what, rest) == ("TYPE", "unknown") { "untyped" } else { rest };
                text.push_str(&format!("# {what} {name} {rest}\n"));
            }
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_format_describes_counters_by_their_samples() {
        let open_metrics = "\
# HELP duration_seconds How long.
# TYPE duration_seconds histogram
# UNIT duration_seconds seconds
duration_seconds_count 2
# HELP decisions How many.
# TYPE decisions counter
decisions_total{decision=\"deny\"} 1
# EOF
";
        let text = "\
# HELP duration_seconds How long.
# TYPE duration_seconds histogram
duration_seconds_count 2
# HELP decisions_total How many.
# TYPE decisions_total counter
decisions_total{decision=\"deny\"} 1
";
        assert_eq!(to_text_format(open_metrics), text);
    }
}
