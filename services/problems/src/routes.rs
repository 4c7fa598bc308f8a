//! Routes of problems: `GET /api/problems`, `GET /api/problems/{id}` and `POST /api/problems/{id}/hints/{n}`, the same for all callers.

use axum::{
    extract::{
        FromRequestParts, Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderValue, header, request::Parts},
    middleware,
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use languages::{Capability, Fleet, Language};
use model::{LanguageId, LimitsRequest, PublicTest, TestStyle};
use utoipa_axum::{router::OpenApiRouter, routes};
use wire::{
    HintBody, Json, PageQuery, ProblemBody, ProblemDetails, ProblemLimitsBody, ProblemSummaryBody,
    ProblemTestBody, ProblemType, ProblemsBody, encode_text, millis,
};

use crate::Problems;

/// Default page size.
const DEFAULT_PAGE_SIZE: usize = 100;
/// Maximum page size.
const MAX_PAGE_SIZE: usize = 500;
/// Maximum number of a problem: many clients and all databases use signed 64-bit integers.
const MAX_NUMBER: u64 = i64::MAX.cast_unsigned();

/// All routes, ready to be merged into an application.
pub fn router(problems: Problems) -> OpenApiRouter {
    routes().route_layer(middleware::map_response(add_cache_control)).with_state(problems)
}

/// The same routes with the same description, all forwarded to this handler.
pub fn forwarding_routes(to: &MethodRouter) -> OpenApiRouter {
    let (_, api) = routes().split_for_parts();
    let addresses: Vec<String> = api.paths.paths.keys().cloned().collect();
    let router = OpenApiRouter::with_openapi(api);
    addresses.iter().fold(router, |router, address| router.route(address, to.clone()))
}

fn routes() -> OpenApiRouter<Problems> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(problem)).routes(routes!(hint))
}

/// Problems change only when the server starts. Error responses have a `Cache-Control` of their own.
async fn add_cache_control(mut response: Response) -> Response {
    let minutes = HeaderValue::from_static("public, max-age=300");
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(minutes);
    response
}

/// Error response of this service. Boxed, since it is large and rare.
#[derive(Debug)]
pub(crate) struct ApiError(Box<ProblemDetails>);

impl ApiError {
    fn new(kind: ProblemType, detail: impl Into<String>) -> Self {
        Self(Box::new(ProblemDetails::new(kind, detail)))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// A validated [`PageQuery`].
pub(crate) struct PageParams {
    after: u64,
    limit: usize,
}

impl<S: Send + Sync> FromRequestParts<S> for PageParams {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query: Result<Query<PageQuery>, QueryRejection> = Query::from_request_parts(parts, state).await;
        let query = query.ok().map(|Query(query)| query);
        let query = query.filter(|query| {
            query.after.unwrap_or(0) <= MAX_NUMBER
                && (1..=MAX_PAGE_SIZE).contains(&query.limit.unwrap_or(DEFAULT_PAGE_SIZE))
        });
        let query = query.ok_or_else(|| {
            let detail = format!(
                "The query parameters here are after, the number of a problem from 0 to {MAX_NUMBER}, and limit, from 1 to \
                 {MAX_PAGE_SIZE}."
            );
            ApiError::new(ProblemType::BadParameter, detail)
        })?;
        Ok(Self { after: query.after.unwrap_or(0), limit: query.limit.unwrap_or(DEFAULT_PAGE_SIZE) })
    }
}

/// Problems.
///
/// The problems that programs can be judged by, in the order of their numbers, a page at a time: `?after=` the last number gets
/// the next.
#[utoipa::path(
    get, path = "/api/problems", tag = "Problems", operation_id = "problems",
    params(PageQuery),
    responses(
        (status = 200, description = "The problems.", body = ProblemsBody),
        (status = 400, description = "A parameter is not valid.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(problems): State<Problems>, page: PageParams) -> Json<ProblemsBody> {
    let all = problems.catalogue.all();
    let from = all.partition_point(|problem| problem.number <= page.after);
    let shown = &all[from..(from + page.limit).min(all.len())];
    let is_last = from + shown.len() == all.len();
    let next = shown.last().filter(|_| !is_last).map(|problem| problem.number);
    let problems = shown.iter().map(|problem| summary(problem, &problems.fleet)).collect();
    Json(ProblemsBody { problems, next })
}

/// One problem.
///
/// By id, slug or number, with its statement, starter code and the tests that everybody may see.
#[utoipa::path(
    get, path = "/api/problems/{id}", tag = "Problems", operation_id = "problem",
    params(("id" = String, Path, description = "The problem's id, slug or number.", example = "cake-sale")),
    responses(
        (status = 200, description = "The problem.", body = ProblemBody),
        (status = 404, description = "No such problem.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:problem-not-found", "title": "No such problem", "status": 404,
                "detail": "There is no problem with this id, slug or number. GET /api/problems lists those that there are.",
                "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
    )
)]
pub(crate) async fn problem(
    State(problems): State<Problems>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let name = id.map(|Path(name)| name).unwrap_or_default();
    let problem = find_problem(&problems, &name)?;
    let body = ProblemBody {
        summary: summary(problem, &problems.fleet),
        statement_html: problem.statement_html.clone(),
        starter_code: problem.starters.iter().map(|(id, code)| (id.to_string(), code.clone())).collect(),
        hint_count: problem.hints.len(),
        public_tests: problem.public_tests.iter().map(public_test).collect(),
    };
    Ok(Json(body).into_response())
}

/// One hint.
///
/// Hints come in steps: the first one says least, and the last one most. Ask for the next one when the ones before did not help.
/// `hintCount` of the problem says how many there are. It is a `POST`, since asking for a hint is something that somebody does.
#[utoipa::path(
    post, path = "/api/problems/{id}/hints/{number}", tag = "Problems", operation_id = "hint",
    params(("id" = String, Path, description = "The problem's id, slug or number.", example = "cake-sale"),
        ("number" = u64, Path, description = "Which hint, from 1.", minimum = 1, example = 1)),
    responses(
        (status = 200, description = "The hint.", body = HintBody),
        (status = 404, description = "No such problem, or it has no such hint.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:hint-not-found", "title": "No such hint", "status": 404,
                "detail": "There is no hint 4: the hints of this problem have the numbers 1 to 3.",
                "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
    )
)]
pub(crate) async fn hint(
    State(problems): State<Problems>,
    params: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, ApiError> {
    let (name, number) = params.map(|Path(params)| params).unwrap_or_default();
    let problem = find_problem(&problems, &name)?;
    let body = find_hint(problem, &number).ok_or_else(|| hint_not_found(problem, &number))?;
    // Not cached, so that every request reaches the server, which may count them later.
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response())
}

/// The problem with this id, slug or number.
fn find_problem<'a>(problems: &'a Problems, name: &str) -> Result<&'a model::Problem, ApiError> {
    problems.catalogue.by_name(name).ok_or_else(|| {
        let detail =
            "There is no problem with this id, slug or number. GET /api/problems lists those that there are.";
        ApiError::new(ProblemType::ProblemNotFound, detail)
    })
}

fn find_hint(problem: &model::Problem, number: &str) -> Option<HintBody> {
    let number: usize = number.parse().ok()?;
    let html = problem.hints.get(number.checked_sub(1)?)?.clone();
    Some(HintBody { number, count: problem.hints.len(), html })
}

fn hint_not_found(problem: &model::Problem, number: &str) -> ApiError {
    let number: String = number.chars().take(20).collect();
    let number = model::escape_invisible(&number);
    let there_are = match problem.hints.len() {
        0 => "this problem has no hints".to_owned(),
        1 => "this problem has one hint, which has the number 1".to_owned(),
        count => format!("the hints of this problem have the numbers 1 to {count}"),
    };
    ApiError::new(ProblemType::HintNotFound, format!("There is no hint {number}: {there_are}."))
}

fn summary(problem: &model::Problem, fleet: &Fleet) -> ProblemSummaryBody {
    let allowed = |id: &LanguageId| problem.languages.as_ref().is_none_or(|allowed| allowed.contains(id));
    let fits = |language: &Language| problem.style != TestStyle::Calls || language.can_call();
    let is_there = |language: &Language| fleet.can_run(language, None) == Capability::Runnable;
    let all = fleet.registry().all();
    let available = all.filter(|language| allowed(&language.id) && fits(language) && is_there(language));
    ProblemSummaryBody {
        id: problem.id.to_string(),
        number: problem.number,
        slug: problem.slug.clone(),
        title: problem.title.clone(),
        difficulty: problem.difficulty.clone(),
        tags: problem.tags.clone(),
        age_group: problem.age_group.clone(),
        style: problem.style.into(),
        languages: available.map(|language| language.id.to_string()).collect(),
        limits: limits(&problem.limits),
        public_test_count: problem.public_tests.len(),
        hidden_test_count: problem.hidden_tests,
    }
}

fn limits(limits: &LimitsRequest) -> ProblemLimitsBody {
    ProblemLimitsBody {
        cpu_ms: limits.cpu.map(millis),
        memory_bytes: limits.memory.map(model::Bytes::get),
        output_bytes: limits.output.map(model::Bytes::get),
    }
}

fn public_test(test: &PublicTest) -> ProblemTestBody {
    let (input, input_encoding) = encode_text(test.input.as_bytes());
    let (expected, expected_encoding) = encode_text(test.expected.as_bytes());
    ProblemTestBody { name: test.name.clone(), input, input_encoding, expected, expected_encoding }
}
