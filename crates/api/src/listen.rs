//! Serving the router: bounded connections with deadlines, one request each.

use std::fs::{self, Permissions};
use std::future::Future;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::UnixListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::limits::{Deadlines, MAX_CONNECTIONS, MAX_HEAD_BYTES, MAX_SOCKET_PATH_BYTES};

/// How long requests under way may take once the node stops.
const GRACE: Duration = Duration::from_secs(5);

/// Why a socket cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The operating system does not take paths this long.
    #[error("the socket's path {path} has {length} bytes, more than {MAX_SOCKET_PATH_BYTES}")]
    PathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length, in bytes.
        length: usize,
    },
    /// Another process listens there.
    #[error("another node listens on {0}")]
    InUse(PathBuf),
    /// There is a file that is no socket.
    #[error("{0} exists and is no socket")]
    NotASocket(PathBuf),
    /// The socket cannot be made.
    #[error("cannot listen on {path}")]
    Io {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl ListenError {
    /// Returns what to do next.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        match self {
            Self::PathTooLong { .. } => "set `socket` under `[api]` in config.toml to a shorter path",
            Self::InUse(_) => "stop the other node, or give this one a data directory of its own",
            Self::NotASocket(_) => "move the file away, or set `socket` under `[api]` in config.toml",
            Self::Io { .. } => "check that the directory exists and that this user may write to it",
        }
    }
}

/// A Unix socket that only its owner may open. Dropping it removes the file.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Makes the socket, in place of one that a dead process left.
    ///
    /// # Errors
    /// [`ListenError`].
    pub fn bind(path: &Path) -> Result<Self, ListenError> {
        let length = path.as_os_str().len();
        if length > MAX_SOCKET_PATH_BYTES {
            return Err(ListenError::PathTooLong { path: path.to_owned(), length });
        }
        refuse_living(path)?;
        let listener = make(path).map_err(|source| ListenError::Io { path: path.to_owned(), source })?;
        Ok(Self { listener, path: path.to_owned() })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the socket's file was gone already");
        }
    }
}

fn refuse_living(path: &Path) -> Result<(), ListenError> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(ListenError::NotASocket(path.to_owned()));
    }
    match BlockingStream::connect(path) {
        Ok(_) => Err(ListenError::InUse(path.to_owned())),
        Err(_) => Ok(()),
    }
}

/// Makes the socket under another name first, so that it is never there with wider permissions.
fn make(path: &Path) -> io::Result<UnixListener> {
    let mut name = path.as_os_str().to_owned();
    name.push(".x");
    let early = PathBuf::from(name);
    match fs::remove_file(&early) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&early)?;
    fs::set_permissions(&early, Permissions::from_mode(0o600))?;
    fs::rename(&early, path)?;
    Ok(listener)
}

/// Serves the router on a Unix socket until told to stop; then waits a little for requests under way.
pub async fn serve_socket(
    mut socket: Socket,
    router: Router,
    deadlines: Deadlines,
    stop: impl Future<Output = ()>,
) {
    serve(&mut socket.listener, router, deadlines, stop).await;
}

/// Serves the router on a listener until told to stop; then waits a little for requests under way.
pub async fn serve<L: Listener>(
    listener: &mut L,
    router: Router,
    deadlines: Deadlines,
    stop: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await.0)
        };
        tokio::select! {
            () = &mut stop => break,
            (slot, stream) = next => {
                let router = router.clone();
                connections.spawn(async move {
                    serve_one(stream, router, deadlines).await;
                    drop(slot);
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
    finish(connections).await;
}

/// Serves the one request of a connection.
async fn serve_one<S>(stream: S, router: Router, deadlines: Deadlines)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadlines.head)
        .max_buf_size(MAX_HEAD_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // Nothing else bounds a peer that does not read its answer.
    let limit = deadlines.head + deadlines.import + deadlines.request;
    match tokio::time::timeout(limit, served).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection to the local interface broke"),
        Err(_) => tracing::debug!("a connection to the local interface was given up"),
    }
}

async fn finish(mut connections: JoinSet<()>) {
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all).await.is_err() {
        tracing::warn!(left = connections.len(), "requests were cut off by the node's stop");
    }
}
