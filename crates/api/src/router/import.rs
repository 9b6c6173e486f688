//! Imports: a line of terms, then an export's bytes, streamed to the importer as they arrive.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::{Request, State};
use axum::response::Response;
use futures::StreamExt as _;
use hyper::body::Bytes;

use super::request::{bad_request, require_type, too_large};
use super::{App, call, mismatch, respond, within};
use crate::error::{ApiError, ErrorCode};
use crate::limits::{MAX_IMPORT_BYTES, MAX_TERMS_BYTES};
use crate::operation::{Answer, Backend, Command, IMPORT_TYPE, ImportJob};
use crate::types::{ImportAnswer, ImportRequest};
use crate::upload::{Sender, Upload};

pub(super) async fn handle<B: Backend>(State(app): State<Arc<App<B>>>, request: Request) -> Response {
    respond(within(app.deadlines.import, import(&app, request)).await)
}

async fn import<B: Backend>(app: &App<B>, request: Request) -> Result<ImportAnswer, ApiError> {
    require_type(request.headers(), IMPORT_TYPE)?;
    let mut source = Source::new(request.into_body(), app.deadlines.chunk);
    let terms = source.terms().await?;
    let (sender, upload) = Upload::pipe();
    let command = Command::Import(Box::new(ImportJob { terms, upload }));
    // Both run to their end: a sender that is still writing would otherwise miss why it was refused.
    let (sent, answer) = futures::join!(source.send_all(sender), call(app, command));
    sent?;
    match answer? {
        Answer::Import(answer) => Ok(answer),
        _ => Err(mismatch()),
    }
}

/// The body of an import on its way in.
struct Source {
    chunks: BodyDataStream,
    patience: Duration,
    ahead: Bytes,
}

impl Source {
    fn new(body: Body, patience: Duration) -> Self {
        Self { chunks: body.into_data_stream(), patience, ahead: Bytes::new() }
    }

    /// Reads the terms: everything up to the first line feed.
    async fn terms(&mut self) -> Result<ImportRequest, ApiError> {
        let mut line = Vec::new();
        loop {
            let Some(mut chunk) = self.next().await? else {
                return Err(bad_request("the line of terms does not end"));
            };
            let end = chunk.iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(&chunk.split_to(end.unwrap_or(chunk.len())));
            if line.len() > MAX_TERMS_BYTES {
                return Err(bad_request(format!("the line of terms is longer than {MAX_TERMS_BYTES} bytes")));
            }
            if end.is_some() {
                self.ahead = chunk.split_off(1);
                break;
            }
        }
        serde_json::from_slice(&line)
            .map_err(|error| bad_request(format!("the line of terms is not understood: {error}")))
    }

    /// Hands every chunk on. An importer that has stopped reading does not stop the sender.
    async fn send_all(&mut self, sender: Sender) -> Result<(), ApiError> {
        let mut left = MAX_IMPORT_BYTES;
        let mut read = true;
        loop {
            let chunk = self.next_within(&mut left).await;
            let ended = !matches!(&chunk, Ok(Some(_)));
            let passed = match &chunk {
                Ok(Some(bytes)) => Ok(bytes.clone()),
                Ok(None) => Ok(Bytes::new()),
                Err(error) => Err(io::Error::other(error.to_string())),
            };
            read = read && sender.send(passed).await;
            if ended {
                return chunk.map(drop);
            }
        }
    }

    async fn next_within(&mut self, left: &mut u64) -> Result<Option<Bytes>, ApiError> {
        let chunk = self.next().await?;
        let length = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        *left = left.checked_sub(length).ok_or_else(|| too_large(MAX_IMPORT_BYTES))?;
        Ok(chunk)
    }

    /// Returns the next chunk, which is never empty; none at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        if !self.ahead.is_empty() {
            return Ok(Some(std::mem::take(&mut self.ahead)));
        }
        loop {
            let chunk = tokio::time::timeout(self.patience, self.chunks.next()).await;
            match chunk.map_err(|_| stalled(self.patience))? {
                Some(Ok(chunk)) if chunk.is_empty() => {}
                Some(Ok(chunk)) => return Ok(Some(chunk)),
                Some(Err(_)) => return Err(bad_request("the import was cut off")),
                None => return Ok(None),
            }
        }
    }
}

fn stalled(patience: Duration) -> ApiError {
    let message = format!("nothing of the import arrived for {} s", patience.as_secs_f32());
    ApiError::new(ErrorCode::Timeout, message, "send it again; what arrived was not taken in")
}
