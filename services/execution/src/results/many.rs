//! Route `GET /api/execution/results?ids=…`: reads the results of many jobs, up to a size.

use std::io;

use axum::{
    extract::{Query, State},
    http::Uri,
};
use model::{JobId, quoted};
use wire::{Json, ProblemDetails, ProblemType, ResultBody, ResultsBody, ResultsQuery};

use crate::{
    ApiError, Execution,
    caller::{self, Caller},
    help_language::HelpLanguage,
    results::result_body,
};

/// Results of many jobs.
///
/// The jobs as they are now, in the order in which they are asked for. What is not there, or not the caller's, is named in
/// `unknown`. The length of an answer is bounded, but it always has one job: the ids of others are in `left`, to be asked for again.
#[utoipa::path(
    get, path = "/api/execution/results", tag = "Running code", operation_id = "results",
    params(ResultsQuery),
    responses(
        (status = 200, description = "The jobs; the `status` of each says whether it has ended.", body = ResultsBody),
        (status = 400, description = "There are no ids, too many, or one is not one.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The records cannot be reached. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn results(
    State(execution): State<Execution>,
    caller: Caller,
    uri: Uri,
    HelpLanguage(words): HelpLanguage,
) -> Result<Json<ResultsBody>, ApiError> {
    let ids = parse_ids(&uri, execution.settings().submissions.max_batch)?;
    let mut answer = ResultsBody { results: Vec::new(), unknown: Vec::new(), omitted: Vec::new() };
    let (mut bytes, max) = (0_usize, execution.settings().submissions.max_results.as_usize());
    for id in ids {
        if bytes >= max {
            answer.omitted.push(id.to_string());
            continue;
        }
        match execution.store().record(id).await? {
            Some(record) if caller::can_access(&caller.principal, &record.job.principal) => {
                let result = result_body::result_body(&record, words);
                let own = serialized_size(&result);
                if bytes > 0 && bytes.saturating_add(own) > max {
                    answer.omitted.push(id.to_string());
                    bytes = max;
                    continue;
                }
                bytes = bytes.saturating_add(own);
                answer.results.push(result);
            }
            Some(_) | None => answer.unknown.push(id.to_string()),
        }
    }
    Ok(Json(answer))
}

/// Size of a result in the response.
fn serialized_size(result: &ResultBody) -> usize {
    let mut counter = ByteCounter(0);
    // A result is plain data with text keys, which always serializes, and counting does not fail.
    let _always = serde_json::to_writer(&mut counter, result);
    counter.0
}

/// Counts the bytes written to it.
struct ByteCounter(usize);

impl io::Write for ByteCounter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Parses the query.
fn parse_ids(uri: &Uri, max: usize) -> Result<Vec<JobId>, ApiError> {
    let bad = |detail: String| ApiError::new(ProblemType::BadParameter, detail);
    let Ok(Query(ResultsQuery { ids, .. })) = Query::<ResultsQuery>::try_from_uri(uri) else {
        return Err(bad(format!(
            "The query parameter here is ids: the ids of 1 to {max} jobs with commas between them, such as ?ids=ID,ID."
        )));
    };
    let named: Vec<&str> = if ids.is_empty() { Vec::new() } else { ids.split(',').collect() };
    if !(1..=max).contains(&named.len()) {
        return Err(bad(format!("ids must name between 1 and {max} jobs; it names {}.", named.len())));
    }
    let id = |text: &&str| text.parse().map_err(|error| bad(format!("{} in ids is {error}.", quoted(text))));
    named.iter().map(id).collect()
}
