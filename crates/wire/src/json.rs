//! An answer that is JSON.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::Problem;

/// A value as the body of an answer, with a newline at its end: what comes next in a terminal begins on a line of its own. Takes the
/// place of [`axum::Json`] in answers.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(mut bytes) => {
                bytes.push(b'\n');
                let media_type = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, media_type)], bytes).into_response()
            }
            // Only a map whose keys are no texts, which no body of ours has.
            Err(_) => Problem::internal().into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::HttpBody as _;

    use super::*;

    #[test]
    fn an_answer_is_announced_as_json_and_ends_with_a_newline() {
        let response = Json(vec![1, 2]).into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(response.body().size_hint().exact(), Some("[1,2]\n".len() as u64));
    }
}
