//! Many submissions in one request, and many results in one answer.

use serde::{Deserialize, Serialize, de::IgnoredAny};
use utoipa::{IntoParams, ToSchema};

use crate::{AcceptedBody, Problem, ResultBody, SubmitBody};

/// The address of batches.
pub const BATCH_PATH: &str = "/api/execution/batch";

/// The header by which whoever counts requests says how many submissions of a batch are within the caller's limits.
pub const BATCH_ADMITTED: &str = "x-batch-admitted";

/// The header by which it says after how many seconds the others may come.
pub const BATCH_RETRY_AFTER: &str = "x-batch-retry-after";

/// Programs to run, each as in a submission of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// One submission or more.
    #[schema(min_items = 1)]
    pub submissions: Vec<SubmitBody>,
}

/// What became of each submission of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BatchAnswerBody {
    /// One entry for each submission, in their order.
    pub submissions: Vec<BatchItemBody>,
}

/// What became of one submission of a batch: it has a `jobId`, or it was refused, with the `type` of a problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum BatchItemBody {
    /// It is accepted and recorded.
    Accepted(AcceptedBody),
    /// It is not, for this reason.
    Refused(Problem),
}

/// Which results to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResultsQuery {
    /// The ids of one job or more, with commas between them.
    pub ids: String,
}

/// The results of many jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResultsBody {
    /// The jobs as they are now, in the order in which they were asked for.
    pub results: Vec<ResultBody>,
    /// The ids of those that there are not, or that are not the caller's.
    #[schema(example = json!(["0192d3a4-5b6c-7d8e-9f01-23456789abce"]))]
    pub unknown: Vec<String>,
    /// The ids of those that would have made the answer too long: ask for them again.
    #[schema(example = json!([]))]
    pub left: Vec<String>,
}

/// How many submissions a batch has, whatever is in them; none if it is no batch.
pub fn batch_size(body: &[u8]) -> Option<usize> {
    #[derive(Deserialize)]
    struct Sized {
        submissions: Vec<IgnoredAny>,
    }
    serde_json::from_slice::<Sized>(body).ok().map(|batch| batch.submissions.len())
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
    fn an_item_is_told_apart_by_what_it_has() {
        let job = r#"{"jobId":"0192d3a4-5b6c-7d8e-9f01-23456789abcd","status":"queued","position":1}"#;
        let problem = r#"{"type":"urn:coderunner:queue-full","title":"x","status":503,"detail":"y"}"#;
        let [job, problem] = [job, problem].map(|item| serde_json::from_str(item).expect("an item"));
        assert!(matches!(job, BatchItemBody::Accepted(_)) && matches!(problem, BatchItemBody::Refused(_)));
    }
}
