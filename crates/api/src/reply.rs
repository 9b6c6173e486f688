//! Answers and refusals as HTTP responses.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::{ApiError, ErrorCode, PROBLEM_TYPE, Problem};

const JSON_TYPE: &str = "application/json";

/// Headers of every response: nothing of it is kept, framed, guessed at or passed on.
const HARDENING: [(HeaderName, HeaderValue); 5] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = encode(&Problem::from(&self)).unwrap_or_else(|_| Response::new(Body::empty()));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        response
    }
}

/// Answers with JSON.
pub(crate) fn json<T: Serialize>(answer: &T) -> Response {
    encode(answer).unwrap_or_else(|error| {
        let message = format!("the answer cannot be written as JSON: {error}");
        ApiError::new(ErrorCode::Internal, message, "report this as a fault").into_response()
    })
}

fn encode<T: Serialize>(value: &T) -> Result<Response, serde_json::Error> {
    let mut response = Response::new(Body::from(serde_json::to_vec(value)?));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON_TYPE));
    Ok(response)
}

/// Adds the headers that every response has.
pub(crate) fn harden(mut response: Response) -> Response {
    for (name, value) in HARDENING {
        response.headers_mut().insert(name, value);
    }
    response
}
