//! Reading a request: a query, or a JSON body.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Uri, header};
use http_body_util::{BodyExt as _, Limited};
use serde::de::DeserializeOwned;

use crate::error::{ApiError, ErrorCode};
use crate::limits::MAX_BODY_BYTES;

/// Reads a request from a path's query.
pub(super) fn from_query<R: DeserializeOwned>(uri: &Uri) -> Result<R, ApiError> {
    serde_urlencoded::from_str(uri.query().unwrap_or_default())
        .map_err(|error| bad_request(format!("the query is not understood: {error}")))
}

/// Reads a request from a JSON body.
pub(super) async fn from_body<R: DeserializeOwned>(request: Request) -> Result<R, ApiError> {
    require_type(request.headers(), "application/json")?;
    let bytes = collect(request.into_body()).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| bad_request(format!("the body is not understood: {error}")))
}

async fn collect(body: Body) -> Result<hyper::body::Bytes, ApiError> {
    let collected = Limited::new(body, MAX_BODY_BYTES).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            too_large(MAX_BODY_BYTES as u64)
        } else {
            bad_request("the body was cut off")
        }
    })
}

/// A page of another site cannot send these types without asking first, so a type is part of the defence.
pub(super) fn require_type(headers: &HeaderMap, wanted: &str) -> Result<(), ApiError> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let fix = format!("send `Content-Type: {wanted}`");
    Err(ApiError::new(ErrorCode::WrongType, "the body is not of the type this path takes", fix))
}

pub(super) fn bad_request(message: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::BadRequest, message, "correct the request; GET /v1 lists the paths")
}

pub(super) fn too_large(limit: u64) -> ApiError {
    let message = format!("the body is larger than {limit} bytes");
    ApiError::new(ErrorCode::TooLarge, message, "split it, and send the parts one by one")
}
