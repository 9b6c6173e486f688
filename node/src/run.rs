//! Running a node: the core, its network, and the local interface on a Unix socket.

use std::path::PathBuf;

use commonwheel_api::{ApiError, Deadlines, ListenError, Socket, Transport, router, serve_socket};
use commonwheel_record::attestation::NodeCard;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::engine::{Settings, StartError, millis, start};
use crate::ops::Node;

/// Why a node stopped, or never started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The core did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The local interface did not.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The waiting room does not open, or the node's card could not be stated.
    #[error("{0}")]
    Ready(#[from] ApiError),
    /// The core stopped by itself.
    #[error("stopped: {0}; run `commonwheel verify`, then start again")]
    Core(String),
    /// Signals cannot be waited for.
    #[error("cannot wait for signals: {0}")]
    Signal(#[from] std::io::Error),
}

/// Runs until it is told to stop, or cannot go on.
pub(crate) async fn run(settings: Settings, socket: PathBuf) -> Result<(), RunError> {
    // The socket first: it is refused while another node runs here, before anything is opened.
    let socket = Socket::bind(&socket)?;
    let (core, end) = start(settings.clone()).await?;
    let node = Node::new(core.clone(), settings, millis())?;
    if let Err(error) = node.resume_accepted().await {
        // It is tried again with the next acceptance; nothing else waits for it.
        tracing::error!(%error, fix = error.fix, "what was accepted before is not appended yet");
    }
    publish_card(&node).await?;
    tracing::info!("ready");
    let router = router(node, Transport::unix(), Deadlines::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let interface = tokio::spawn(serve_socket(socket, router, Deadlines::default(), async {
        stopped.await.unwrap_or_default();
    }));
    let result = wait(end).await;
    drop(stop);
    interface.await.unwrap_or_default();
    core.close().await;
    result
}

/// Waits for a signal, or for the core's end.
async fn wait(end: oneshot::Receiver<Result<(), String>>) -> Result<(), RunError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        end = end => match end {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => Err(RunError::Core(why)),
            Err(_) => Err(RunError::Core("the core ended without a word".to_owned())),
        },
    }
}

/// States who this node is, once it may be reached.
async fn publish_card(node: &Node) -> Result<(), ApiError> {
    let settings = node.settings.clone();
    node.card(move |collectives| NodeCard {
        role: settings.role,
        name: settings.name.clone(),
        addresses: Vec::new(),
        collectives,
    })
    .await
}
