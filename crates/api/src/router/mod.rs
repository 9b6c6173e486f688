//! The one HTTP router: the same over a Unix socket and over TCP.

mod import;
mod request;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::FutureExt as _;
use serde_json::json;

use crate::error::{ApiError, ErrorCode};
use crate::limits::Deadlines;
use crate::operation::{
    Answer, Backend, Command, IMPORT_PATH, IMPORT_TYPE, Method, OPERATIONS, Operation, for_each_operation,
};
use crate::reply;
use crate::transport::Transport;
use crate::types::*;

/// Where a node says that it is alive; asked without a token.
pub const HEALTH_PATH: &str = "/v1/health";

/// Where a node lists its paths.
pub const INDEX_PATH: &str = "/v1";

/// What every handler knows.
#[derive(Debug)]
struct App<B> {
    backend: B,
    transport: Transport,
    deadlines: Deadlines,
}

/// Builds the router.
pub fn router<B: Backend>(backend: B, transport: Transport, deadlines: Deadlines) -> Router {
    let app = Arc::new(App { backend, transport, deadlines });
    let router = Router::new()
        .route(HEALTH_PATH, get(async || reply::json(&json!({ "status": "ok" }))))
        .route(INDEX_PATH, get(async || index()))
        .route(IMPORT_PATH, post(import::handle::<B>));
    mount_all(router)
        .fallback(async || unknown_route())
        .method_not_allowed_fallback(async || wrong_method())
        .layer(middleware::from_fn_with_state(Arc::clone(&app), guard::<B>))
        .with_state(app)
}

macro_rules! mounts {
    ($($name:ident: $method:ident $path:literal $request:ident => $answer:ident;)+) => {
        fn mount_all<B: Backend>(router: Router<Arc<App<B>>>) -> Router<Arc<App<B>>> {
            router$(.route($path, mount::<B, $request>()))+
        }
    };
}

for_each_operation!(mounts);

fn mount<B: Backend, R: Operation>() -> axum::routing::MethodRouter<Arc<App<B>>> {
    match R::METHOD {
        Method::Get => get(answer_get::<B, R>),
        Method::Post => post(answer_post::<B, R>),
    }
}

/// Turns requests away before they are routed, and adds the headers every response has.
async fn guard<B: Backend>(State(app): State<Arc<App<B>>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let public = parts.uri.path() == HEALTH_PATH;
    if let Err(error) = app.transport.admit(&parts, public) {
        tracing::debug!(path = parts.uri.path(), code = error.code.name(), "request turned away");
        return reply::harden(error.into_response());
    }
    reply::harden(next.run(Request::from_parts(parts, body)).await)
}

async fn answer_get<B: Backend, R: Operation>(State(app): State<Arc<App<B>>>, uri: Uri) -> Response {
    let done = async { do_it::<B, R>(&app, request::from_query(&uri)?).await };
    respond(within(app.deadlines.request, done).await)
}

async fn answer_post<B: Backend, R: Operation>(State(app): State<Arc<App<B>>>, request: Request) -> Response {
    let done = async { do_it::<B, R>(&app, request::from_body(request).await?).await };
    respond(within(app.deadlines.request, done).await)
}

async fn do_it<B: Backend, R: Operation>(app: &App<B>, request: R) -> Result<R::Answer, ApiError> {
    let answer = call(app, request.into_command()).await?;
    R::answer_of(answer).ok_or_else(mismatch)
}

/// Asks the backend; a panic in it ends this request and no other.
async fn call<B: Backend>(app: &App<B>, command: Command) -> Result<Answer, ApiError> {
    match AssertUnwindSafe(app.backend.call(command)).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::error!("a request made the node panic");
            Err(ApiError::new(ErrorCode::Internal, "the node failed on this request", REPORT))
        }
    }
}

const REPORT: &str = "look into the node's log, and report this as a fault";

fn mismatch() -> ApiError {
    ApiError::new(ErrorCode::Internal, "the node answered another question", REPORT)
}

async fn within<T>(
    deadline: Duration,
    done: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    tokio::time::timeout(deadline, done).await.unwrap_or_else(|_| Err(too_late(deadline)))
}

fn too_late(deadline: Duration) -> ApiError {
    let message = format!("the request was not done within {} s", deadline.as_secs_f32());
    let fix = "look at `commonwheel status` before repeating a change: it may still have been made";
    ApiError::new(ErrorCode::Timeout, message, fix)
}

fn respond<T: serde::Serialize>(done: Result<T, ApiError>) -> Response {
    match done {
        Ok(answer) => reply::json(&answer),
        Err(error) => error.into_response(),
    }
}

/// Lists the paths, so that whoever asks needs no other document.
fn index() -> Response {
    let plain = OPERATIONS.iter().map(|(method, path)| json!({ "method": method.name(), "path": path }));
    let import = json!({ "method": Method::Post.name(), "path": IMPORT_PATH, "type": IMPORT_TYPE });
    reply::json(&json!({ "operations": plain.chain([import]).collect::<Vec<_>>() }))
}

fn unknown_route() -> Response {
    let fix = "ask GET /v1 for the paths of this version";
    ApiError::new(ErrorCode::UnknownRoute, "no such path", fix).into_response()
}

fn wrong_method() -> Response {
    let fix = "paths that read take GET, paths that change take POST";
    ApiError::new(ErrorCode::WrongMethod, "this path does not take this method", fix).into_response()
}
