//! What the tests share: a scripted backend, a server around it, and raw HTTP.

use std::collections::VecDeque;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use commonwheel_api::{
    Answer, ApiError, Backend, Client, Command, Deadlines, ErrorCode, Socket, Token, Transport, router,
    serve, serve_socket,
};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::oneshot;

/// The token of every TCP server here.
pub(crate) const TOKEN: &str = "0123456789abcdef";

/// A backend that answers as it was told, in order, and remembers what it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<Result<Answer, ApiError>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(crate) fn will(&self, answer: Result<Answer, ApiError>) {
        self.answers.lock().unwrap().push_back(answer);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn next(&self) -> Result<Answer, ApiError> {
        let scripted = self.answers.lock().unwrap().pop_front();
        scripted.unwrap_or_else(|| Err(ApiError::new(ErrorCode::NotFound, "nothing scripted", "script it")))
    }
}

impl Backend for Script {
    async fn call(&self, command: Command) -> Result<Answer, ApiError> {
        let told = match command {
            Command::Import(mut job) => tokio::task::spawn_blocking(move || {
                let mut bytes = Vec::new();
                let end = job.upload.read_to_end(&mut bytes).map_err(|error| error.to_string());
                format!("{:?} {} bytes, {end:?}", job.terms, bytes.len())
            })
            .await
            .unwrap(),
            Command::PeerAdd(request) if request.address == "panic" => panic!("asked to"),
            Command::PeerAdd(request) if request.address == "sleep" => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                String::new()
            }
            command => format!("{command:?}"),
        };
        self.asked.lock().unwrap().push(told);
        self.next()
    }
}

/// Deadlines short enough for tests.
pub(crate) fn short() -> Deadlines {
    let soon = Duration::from_millis(300);
    Deadlines { head: soon, request: soon, chunk: soon, import: Duration::from_secs(20) }
}

/// A running server; it stops when dropped.
pub(crate) struct Server {
    pub(crate) script: Script,
    pub(crate) socket: PathBuf,
    pub(crate) address: Option<SocketAddr>,
    _stop: oneshot::Sender<()>,
    _dir: TempDir,
}

impl Server {
    pub(crate) fn unix() -> Self {
        Self::unix_with(Deadlines::default())
    }

    pub(crate) fn unix_with(deadlines: Deadlines) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("api.sock");
        let bound = Socket::bind(&socket).unwrap();
        let script = Script::default();
        let (stop, stopped) = oneshot::channel::<()>();
        let routes = router(script.clone(), Transport::unix(), deadlines);
        tokio::spawn(serve_socket(bound, routes, deadlines, async { drop(stopped.await) }));
        Self { script, socket, address: None, _stop: stop, _dir: dir }
    }

    pub(crate) async fn tcp() -> Self {
        let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Script::default();
        let (stop, stopped) = oneshot::channel::<()>();
        let transport = Transport::tcp(address, ["Data.Example:80".to_owned()], Token::new(TOKEN));
        let deadlines = Deadlines::default();
        let routes = router(script.clone(), transport, deadlines);
        tokio::spawn(async move {
            serve(&mut listener, routes, deadlines, async { drop(stopped.await) }).await;
        });
        let dir = tempfile::tempdir().unwrap();
        Self { script, socket: PathBuf::new(), address: Some(address), _stop: stop, _dir: dir }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.socket)
    }

    /// Sends bytes as they are and reads the response.
    pub(crate) async fn raw(&self, request: &[u8]) -> Reply {
        match self.address {
            Some(address) => exchange(TcpStream::connect(address).await.unwrap(), request).await,
            None => exchange(UnixStream::connect(&self.socket).await.unwrap(), request).await,
        }
    }
}

/// A raw response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    /// The code of a refusal; the whole body if it is none.
    pub(crate) fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        problem["code"].as_str().unwrap_or(&self.body).to_owned()
    }
}

async fn exchange<S: AsyncRead + AsyncWrite>(stream: S, request: &[u8]) -> Reply {
    let (mut reader, mut writer) = tokio::io::split(stream);
    // The server may answer and close before it has read everything.
    let sent = async { drop(writer.write_all(request).await) };
    let received = async {
        let mut bytes = Vec::new();
        drop(reader.read_to_end(&mut bytes).await);
        bytes
    };
    let ((), bytes) = tokio::join!(sent, received);
    parse(&String::from_utf8(bytes).unwrap())
}

fn parse(text: &str) -> Reply {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Reply { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}
