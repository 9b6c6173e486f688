//! Asking a running node, over its Unix socket.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::stream;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody, combinators::BoxBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::UnixStream;

use crate::error::Problem;
use crate::limits::{Deadlines, MAX_ANSWER_BYTES};
use crate::operation::{IMPORT_PATH, IMPORT_TYPE, Method, Operation};
use crate::transport::UNIX_HOST;
use crate::types::{ImportAnswer, ImportRequest};

/// Bytes of an import sent at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// What a client waits longer than a node may take.
const SLACK: Duration = Duration::from_secs(15);

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens on the socket.
    #[error("no node is running on {}", .socket.display())]
    NotRunning {
        /// The socket.
        socket: PathBuf,
        /// What connecting met.
        #[source]
        source: io::Error,
    },
    /// This user may not open the socket.
    #[error("no permission to open {}", .0.display())]
    NotPermitted(PathBuf),
    /// The node refused.
    #[error("{}", .0.title)]
    Refused(Problem),
    /// The connection broke before the answer was here.
    #[error("the node closed the connection before it answered: {0}")]
    Broken(String),
    /// The answer is no answer to this request.
    #[error("the node's answer is not understood: {0}")]
    BadAnswer(String),
    /// No answer came in time.
    #[error("the node did not answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// What should be imported cannot be read.
    #[error("cannot read what should be imported")]
    Source(#[source] io::Error),
}

/// A client of one node; each call is a connection of its own.
#[derive(Clone, Debug)]
pub struct Client {
    socket: PathBuf,
    deadlines: Deadlines,
}

type Outgoing = BoxBody<Bytes, io::Error>;

impl Client {
    /// Makes a client of the node that listens on a socket; nothing is opened yet.
    #[must_use]
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self { socket: socket.into(), deadlines: Deadlines::default() }
    }

    /// Returns the socket's path.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Asks for an operation.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn call<R: Operation>(&self, request: &R) -> Result<R::Answer, ClientError> {
        let asked = to_http(request)?;
        let bytes = self.exchange(asked, self.deadlines.request + SLACK).await?;
        serde_json::from_slice(&bytes).map_err(|error| ClientError::BadAnswer(error.to_string()))
    }

    /// Imports what a reader gives, telling `progress` how many bytes were sent so far.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn import<S, P>(
        &self,
        terms: &ImportRequest,
        source: S,
        progress: P,
    ) -> Result<ImportAnswer, ClientError>
    where
        S: AsyncRead + Unpin + Send + Sync + 'static,
        P: FnMut(u64) + Send + Sync + 'static,
    {
        let mut line = encode(terms)?;
        line.push(b'\n');
        let body = BodyExt::boxed(StreamBody::new(stream::unfold(
            Sending { line: Some(line), source, progress, sent: 0, ended: false },
            Sending::next,
        )));
        let asked = request("POST", IMPORT_PATH).header(header::CONTENT_TYPE, IMPORT_TYPE).body(body);
        let asked = asked.map_err(|error| ClientError::Broken(error.to_string()))?;
        let bytes = self.exchange(asked, self.deadlines.import + SLACK).await?;
        serde_json::from_slice(&bytes).map_err(|error| ClientError::BadAnswer(error.to_string()))
    }

    async fn exchange(&self, asked: Request<Outgoing>, patience: Duration) -> Result<Bytes, ClientError> {
        let done = tokio::time::timeout(patience, self.send(asked)).await;
        done.unwrap_or(Err(ClientError::Timeout(patience)))
    }

    async fn send(&self, asked: Request<Outgoing>) -> Result<Bytes, ClientError> {
        let stream = self.connect().await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let exchange = async move {
            let response = sender.send_request(asked).await.map_err(broken)?;
            collect(response).await
        };
        // The connection does the work, and what ends it early ends the exchange too.
        futures::join!(connection, exchange).1
    }

    async fn connect(&self) -> Result<UnixStream, ClientError> {
        UnixStream::connect(&self.socket).await.map_err(|source| match source.kind() {
            io::ErrorKind::PermissionDenied => ClientError::NotPermitted(self.socket.clone()),
            _ => ClientError::NotRunning { socket: self.socket.clone(), source },
        })
    }
}

fn request(method: &str, target: &str) -> hyper::http::request::Builder {
    Request::builder().method(method).uri(target).header(header::HOST, UNIX_HOST)
}

fn to_http<R: Operation>(operation: &R) -> Result<Request<Outgoing>, ClientError> {
    let empty = || BodyExt::boxed(Full::new(Bytes::new()).map_err(|never| match never {}));
    let asked = match R::METHOD {
        Method::Get => {
            let query = serde_urlencoded::to_string(operation)
                .map_err(|error| ClientError::Broken(error.to_string()))?;
            request("GET", &format!("{}?{query}", R::PATH)).body(empty())
        }
        Method::Post => {
            let body = Full::new(Bytes::from(encode(operation)?)).map_err(|never| match never {});
            request("POST", R::PATH)
                .header(header::CONTENT_TYPE, "application/json")
                .body(BodyExt::boxed(body))
        }
    };
    asked.map_err(|error| ClientError::Broken(error.to_string()))
}

fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, ClientError> {
    serde_json::to_vec(value).map_err(|error| ClientError::Broken(error.to_string()))
}

async fn collect(response: Response<Incoming>) -> Result<Bytes, ClientError> {
    let status = response.status();
    let collected = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
    let bytes = collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() {
            ClientError::BadAnswer(format!("it is larger than {MAX_ANSWER_BYTES} bytes"))
        } else {
            ClientError::Broken(error.to_string())
        }
    })?;
    if status.is_success() {
        return Ok(bytes);
    }
    match serde_json::from_slice(&bytes) {
        Ok(problem) => Err(ClientError::Refused(problem)),
        Err(_) => Err(ClientError::BadAnswer(format!("status {status} without a reason"))),
    }
}

fn broken(error: hyper::Error) -> ClientError {
    match source_error(&error) {
        Some(source) => ClientError::Source(source),
        None => ClientError::Broken(error.to_string()),
    }
}

/// Finds the failure to read the import's source beneath hyper's own error.
fn source_error(error: &hyper::Error) -> Option<io::Error> {
    if !error.is_user() {
        return None;
    }
    let cause = std::error::Error::source(error)?.downcast_ref::<io::Error>()?;
    Some(io::Error::new(cause.kind(), cause.to_string()))
}

/// An import being sent.
struct Sending<S, P> {
    line: Option<Vec<u8>>,
    source: S,
    progress: P,
    sent: u64,
    ended: bool,
}

impl<S: AsyncRead + Unpin, P: FnMut(u64)> Sending<S, P> {
    async fn next(mut self) -> Option<(io::Result<Frame<Bytes>>, Self)> {
        if self.ended {
            return None;
        }
        if let Some(line) = self.line.take() {
            return Some((Ok(Frame::data(line.into())), self));
        }
        let mut chunk = vec![0; CHUNK_BYTES];
        let read = match self.source.read(&mut chunk).await {
            Ok(0) => return None,
            Ok(read) => read,
            Err(error) => {
                self.ended = true;
                return Some((Err(error), self));
            }
        };
        chunk.truncate(read);
        self.sent += read as u64;
        (self.progress)(self.sent);
        Some((Ok(Frame::data(chunk.into())), self))
    }
}
