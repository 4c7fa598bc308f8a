//! JSON response: a serialized value with a final newline.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::ProblemDetails;

/// A value as the body of a response, with a final newline, so that the prompt of a terminal begins on a new line. Replaces
/// [`axum::Json`] in responses.
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
            // Happens for maps with keys other than strings only; no body has one.
            Err(_) => ProblemDetails::internal().into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::HttpBody as _;

    use super::*;

    #[test]
    fn a_response_has_the_media_type_of_json_and_ends_with_a_newline() {
        let response = Json(vec![1, 2]).into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(response.body().size_hint().exact(), Some("[1,2]\n".len() as u64));
    }
}
