//! HTTP client of the API: strict about statuses, media types and the OpenAPI description.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use wire::{AcceptedBody, GradeBody, JobStatusName, QueueBody, ResultBody, SubmitBody};

use crate::{EventStream, described, response::ApiResponse};

/// Longer than the longest wait for a result.
const PATIENCE: Duration = Duration::from_secs(75);

/// Sends requests to one listener. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
}

impl Client {
    /// A client of the listener at this address, such as `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        Self::with_timeout(base, PATIENCE)
    }

    /// A client with this timeout for each answer, connecting included.
    pub fn with_timeout(base: &str, patience: Duration) -> Self {
        let http = reqwest::Client::builder().timeout(patience).build().expect("a client without options");
        Self { base: base.to_owned(), http }
    }

    /// The address of the listener.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request to be filled in and sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Sends the request and reads the whole answer; an error if there was none.
    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<ApiResponse> {
        let (http, request) = request.build_split();
        let request = request?;
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = http.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = ApiResponse { status, headers, body: response.bytes().await?.to_vec() };
        described::check(&method, &path, &answer);
        Ok(answer)
    }

    /// Sends the request and reads the whole answer.
    pub async fn send(&self, request: RequestBuilder) -> ApiResponse {
        self.try_send(request).await.unwrap_or_else(|error| panic!("no answer: {error:?}"))
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> ApiResponse {
        self.send(self.request(Method::GET, path)).await
    }

    /// Submits a program; an error if there was no answer.
    pub async fn try_submit(&self, query: &str, program: &SubmitBody) -> reqwest::Result<ApiResponse> {
        let path = format!("/api/execution/submit{query}");
        self.try_send(self.request(Method::POST, &path).json(program)).await
    }

    /// Submits a program and returns its job's id.
    pub async fn submit(&self, program: &SubmitBody) -> String {
        let answer = self.try_submit("", program).await.expect("an answer");
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.parse::<AcceptedBody>().job_id
    }

    /// Runs a program to its end.
    pub async fn run(&self, program: &SubmitBody) -> ResultBody {
        let id = self.submit(program).await;
        self.wait_for_result(&id).await
    }

    /// Submits a program to be judged; an error if there was no answer.
    pub async fn try_grade(&self, query: &str, program: &GradeBody) -> reqwest::Result<ApiResponse> {
        let path = format!("/api/execution/submit/grade{query}");
        self.try_send(self.request(Method::POST, &path).json(program)).await
    }

    /// Submits a program to be judged and returns its job's id.
    pub async fn submit_to_grade(&self, program: &GradeBody) -> String {
        let answer = self.try_grade("", program).await.expect("an answer");
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.parse::<AcceptedBody>().job_id
    }

    /// Submits a program and waits until it is judged.
    pub async fn grade(&self, program: &GradeBody) -> ResultBody {
        let id = self.submit_to_grade(program).await;
        self.wait_for_result(&id).await
    }

    /// The job as it is now.
    pub async fn result(&self, id: &str) -> ResultBody {
        self.get(&format!("/api/execution/result/{id}")).await.expect(200).parse()
    }

    /// The job once it has ended.
    pub async fn wait_for_result(&self, id: &str) -> ResultBody {
        let began = Instant::now();
        loop {
            let path = format!("/api/execution/result/{id}?wait=60");
            let job: ResultBody = self.get(&path).await.expect(200).parse();
            if !matches!(job.status, JobStatusName::Queued | JobStatusName::Processing) {
                return job;
            }
            assert!(began.elapsed() < PATIENCE, "the job does not end: {job:?}");
        }
    }

    /// Cancels a job.
    pub async fn cancel(&self, id: &str) -> ApiResponse {
        self.send(self.request(Method::DELETE, &format!("/api/execution/{id}"))).await
    }

    /// Follows a job, from its beginning or after the event with this id.
    pub async fn follow(&self, id: &str, after: Option<u64>) -> EventStream {
        let mut request = self.request(Method::GET, &format!("/api/execution/stream/{id}"));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        EventStream::of(request.send().await.expect("an answer"))
    }

    /// The statistics of the queue.
    pub async fn queue(&self) -> QueueBody {
        self.get("/api/execution/queue/stats").await.expect(200).parse()
    }
}
