//! `GET /api/execution/results?ids=…`: the results of many jobs.

use axum::{
    extract::{Query, State},
    http::Uri,
};
use model::{JobId, quoted};
use wire::{Json, ProblemDetails, ProblemType, ResultBody, ResultsBody, ResultsQuery};

use crate::{Execution, Refusal, answer, caller, caller::Caller};

/// Results of many jobs.
///
/// Up to 100 jobs as they are now, in the order in which they are asked for. What is not there, or not the caller's, is named
/// in `unknown`. An answer has at most 16 MiB of output, but always one job: the ids of others are in `left`, to be asked for again.
#[utoipa::path(
    get, path = "/api/execution/results", tag = "Running code", operation_id = "results",
    params(ResultsQuery),
    responses(
        (status = 200, description = "The jobs; the `status` of each says whether it has ended.", body = ResultsBody),
        (status = 400, description = "There are no ids, too many, or one is not one.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The records cannot be reached. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn results(
    State(execution): State<Execution>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<ResultsBody>, Refusal> {
    let ids = ids(&uri, execution.settings.batch)?;
    let mut answer = ResultsBody { results: Vec::new(), unknown: Vec::new(), omitted: Vec::new() };
    let (mut bytes, most) = (0, execution.settings.results.as_usize());
    for id in ids {
        if bytes >= most {
            answer.omitted.push(id.to_string());
            continue;
        }
        match execution.store.record(id).await? {
            Some(record) if caller::may_read(&caller.principal, &record.job.principal) => {
                let result = answer::shown(&record);
                let own = size(&result);
                if bytes > 0 && bytes + own > most {
                    answer.omitted.push(id.to_string());
                    bytes = most;
                    continue;
                }
                bytes += own;
                answer.results.push(result);
            }
            Some(_) | None => answer.unknown.push(id.to_string()),
        }
    }
    Ok(Json(answer))
}

/// How much of an answer a result takes, about: its texts.
fn size(result: &ResultBody) -> usize {
    let run = result.run.as_ref().map_or(0, |run| run.stdout.len() + run.stderr.len());
    let compile = result.compile.as_ref().map_or(0, |compile| compile.output.len());
    result.output.len() + run + compile
}

/// The ids that the query names.
fn ids(uri: &Uri, most: usize) -> Result<Vec<JobId>, Refusal> {
    let bad = |detail: String| Refusal::new(ProblemType::BadParameter, detail);
    let Ok(Query(ResultsQuery { ids })) = Query::<ResultsQuery>::try_from_uri(uri) else {
        return Err(bad(format!(
            "The query parameter here is ids: the ids of 1 to {most} jobs with commas between them, such as ?ids=ID,ID."
        )));
    };
    let named: Vec<&str> = ids.split(',').filter(|id| !id.is_empty()).collect();
    if !(1..=most).contains(&named.len()) {
        return Err(bad(format!("ids must name between 1 and {most} jobs; it names {}.", named.len())));
    }
    let id = |text: &&str| text.parse().map_err(|error| bad(format!("{} in ids is {error}.", quoted(text))));
    named.iter().map(id).collect()
}
