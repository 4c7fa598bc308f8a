//! Batches: many submissions in one request, and many results in one response.

use serde::{Deserialize, Serialize, de::IgnoredAny};
use utoipa::{IntoParams, ToSchema};

use crate::{AcceptedBody, HelpLanguageName, ProblemDetails, ResultBody, SubmitBody};

/// The path of the batch endpoint.
pub const BATCH_PATH: &str = "/api/execution/batch";

/// Internal header from the gateway: the number of submissions of a batch that are within the caller's rate limits.
pub const BATCH_ADMITTED_HEADER: &str = "x-batch-admitted";

/// Internal header from the gateway: seconds after which the other submissions may be sent.
pub const BATCH_RETRY_AFTER_HEADER: &str = "x-batch-retry-after";

/// Programs to run, each with the fields of a single submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// One submission or more.
    #[schema(min_items = 1)]
    pub submissions: Vec<SubmitBody>,
}

/// The results of accepting a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BatchResponseBody {
    /// One entry for each submission, in their order.
    pub submissions: Vec<BatchItemBody>,
}

/// One submission of a batch: accepted with a `jobId`, or refused with the `type` of a problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum BatchItemBody {
    /// Accepted and recorded.
    Accepted(AcceptedBody),
    /// Refused, for this reason.
    Refused(ProblemDetails),
}

/// Selection of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResultsQuery {
    /// The ids of one job or more, with commas between them.
    pub ids: String,
    /// The language of help with mistakes; by default what `Accept-Language` prefers.
    #[param(inline)]
    pub lang: Option<HelpLanguageName>,
}

/// The results of many jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResultsBody {
    /// The current state of the jobs, in the requested order.
    pub results: Vec<ResultBody>,
    /// The ids of jobs that do not exist or do not belong to the caller.
    #[schema(example = json!(["0192d3a4-5b6c-7d8e-9f01-23456789abce"]))]
    pub unknown: Vec<String>,
    /// The ids of jobs that did not fit into the response: request them again.
    #[serde(rename = "left")]
    #[schema(example = json!([]))]
    pub omitted: Vec<String>,
}

/// The number of submissions in a batch, without validation of their content; `None` if the body is not a batch.
pub fn batch_size(body: &[u8]) -> Option<usize> {
    #[derive(Deserialize)]
    struct SubmissionList {
        submissions: Vec<IgnoredAny>,
    }
    serde_json::from_slice::<SubmissionList>(body).ok().map(|batch| batch.submissions.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_as_large_as_its_list() {
        for (body, size) in [
            (r#"{"submissions":[]}"#, Some(0)),
            (r#"{"submissions":[{"language":"c"},3,[1,2]]}"#, Some(3)),
            (r#"{"submissions":[{}],"more":1}"#, Some(1)),
            (r#"{"submissions":{}}"#, None),
            ("[]", None),
            ("{", None),
        ] {
            assert_eq!(batch_size(body.as_bytes()), size, "{body}");
        }
    }

    #[test]
    fn items_are_distinguished_by_their_fields() {
        let job = r#"{"jobId":"0192d3a4-5b6c-7d8e-9f01-23456789abcd","status":"queued","position":1}"#;
        let problem = r#"{"type":"urn:coderunner:queue-full","title":"x","status":503,"detail":"y"}"#;
        let [job, problem] = [job, problem].map(|item| serde_json::from_str(item).expect("an item"));
        assert!(matches!(job, BatchItemBody::Accepted(_)) && matches!(problem, BatchItemBody::Refused(_)));
    }
}
