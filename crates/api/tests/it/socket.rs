//! The socket's file: its permissions, its leftovers, its limits, its end.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use commonwheel_api::types::StatusRequest;
use commonwheel_api::{Client, ClientError, ListenError, Socket};

use crate::house::Server;

#[tokio::test]
async fn only_the_owner_may_open_it() {
    let server = Server::unix();
    let mode = std::fs::metadata(&server.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn what_a_dead_process_left_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("api.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let asked = Client::new(&path).call(&StatusRequest {}).await;
    assert!(matches!(asked, Err(ClientError::NotRunning { .. })), "{asked:?}");
    drop(Socket::bind(&path).unwrap());
    assert!(!path.exists(), "dropping the socket removes its file");
}

#[tokio::test]
async fn a_living_one_is_left_alone() {
    let server = Server::unix();
    assert!(matches!(Socket::bind(&server.socket), Err(ListenError::InUse(_))));
    assert!(
        server.client().call(&StatusRequest {}).await.is_err_and(|e| matches!(e, ClientError::Refused(_)))
    );
}

#[tokio::test]
async fn another_file_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("api.sock");
    std::fs::write(&path, "precious").unwrap();
    let error = Socket::bind(&path).unwrap_err();
    assert!(matches!(error, ListenError::NotASocket(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_path_too_long_says_what_to_do() {
    let path = Path::new("/tmp").join("x".repeat(101 - 5));
    assert_eq!(path.as_os_str().len(), 101);
    let error = Socket::bind(&path).unwrap_err();
    assert!(matches!(error, ListenError::PathTooLong { length: 101, .. }), "{error}");
    assert!(error.fix().contains("config.toml"));
    let missing = Socket::bind(Path::new("/nowhere/api.sock")).unwrap_err();
    assert!(matches!(missing, ListenError::Io { .. }), "{missing}");
}

#[tokio::test]
async fn nobody_there_is_not_running() {
    let dir = tempfile::tempdir().unwrap();
    let asked = Client::new(dir.path().join("api.sock")).call(&StatusRequest {}).await;
    assert!(matches!(asked, Err(ClientError::NotRunning { .. })), "{asked:?}");
}
