//! Bad input at the command line and in the files it reads: a clear error, an exit code, and nothing lost.
//!
//! ```text
//!   operator ──▶ coop
//! ```

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;

use commonwheel_api::types::{HoldingsRequest, ImportRequest, StatusRequest};
use commonwheel_record::attestation::NodeRole;
use commonwheel_testkit::{Node, cluster};

use crate::steps::{contribute, lines, texts, verify_clean};

const USAGE: i32 = 2;
const NOT_RUNNING: i32 = 3;
const REFUSED: i32 = 4;
const CONFIGURATION: i32 = 6;

fn coop() -> Node {
    let [coop] = cluster([("coop", NodeRole::Coop)]);
    coop
}

#[test]
fn an_unknown_key_names_the_nearest_right_one() {
    let coop = coop();
    let config = coop.data().join("config.toml");
    let good = fs::read_to_string(&config).unwrap();
    for (wrong, right) in
        [("lisen = []\n", "listen"), ("folow = []\n", "follow"), ("[log]\nlevl = \"info\"\n", "log.level")]
    {
        fs::write(&config, good.clone() + wrong).unwrap();
        for command in ["run", "verify", "rebuild", "status"] {
            let ran = coop.cli(&[command]).expect_code(CONFIGURATION);
            let key = wrong.rsplit_once(" =").unwrap().0.rsplit('\n').next().unwrap();
            assert!(
                ran.err.contains(key) && ran.err.contains(&format!("`{right}`")),
                "{command}: {}",
                ran.said()
            );
            assert!(ran.err.contains("config.toml:"), "the line is not named: {}", ran.said());
        }
    }
    fs::write(&config, good.replace("profile = \"coop\"", "profile = \"bank\"")).unwrap();
    let ran = coop.cli(&["run"]).expect_code(CONFIGURATION);
    assert!(ran.err.contains("mirror"), "the right values are not named: {}", ran.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_per_data_directory() {
    let mut coop = coop();
    coop.start().await;
    let ran = coop.cli(&["run"]).expect_code(CONFIGURATION);
    assert!(ran.err.contains("another node"), "{}", ran.said());
    for command in ["verify", "rebuild"] {
        let ran = coop.cli(&[command]).expect_code(CONFIGURATION);
        assert!(ran.err.contains("in use") && ran.err.contains("stop the node"), "{command}: {}", ran.said());
    }
    // The socket gone, the directory is still one node's.
    fs::remove_file(coop.data().join("api.sock")).unwrap();
    let ran = coop.cli(&["run"]).expect_code(CONFIGURATION);
    assert!(ran.err.contains("in use"), "{}", ran.said());
    assert!(coop.is_running());
    coop.kill();
    let ran = coop.cli(&["status"]).expect_code(NOT_RUNNING);
    assert!(ran.err.contains("commonwheel run"), "{}", ran.said());
    // What a killed node left behind is in nobody's way.
    coop.start().await;
    coop.stop().await;
    verify_clean(&coop);
}

#[test]
fn init_overwrites_nothing() {
    let coop = coop();
    let key = fs::read(coop.data().join("keys/node")).unwrap();
    coop.cli(&["init", "--profile", "coop", "--name", "again"]).expect_code(CONFIGURATION);
    assert_eq!(fs::read(coop.data().join("keys/node")).unwrap(), key);
    fs::remove_file(coop.data().join("config.toml")).unwrap();
    coop.cli(&["init", "--profile", "coop", "--name", "again"]).expect_code(CONFIGURATION);
    assert_eq!(fs::read(coop.data().join("keys/node")).unwrap(), key);
    coop.cli(&["init", "--profile", "bank"]).expect_code(USAGE);
    coop.cli(&["strke"]).expect_code(USAGE);
}

#[test]
fn keys_that_others_may_read_are_refused() {
    let coop = coop();
    for (path, mode) in [("keys/node", 0o644), ("keys/writer", 0o640), ("keys", 0o755)] {
        let path = coop.data().join(path);
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let ran = coop.cli(&["run"]).expect_code(CONFIGURATION);
        assert!(ran.said().contains(&path.display().to_string()), "{}", ran.said());
        fs::set_permissions(&path, before).unwrap();
    }
    let key = coop.data().join("keys/governance");
    fs::write(&key, "not a key").unwrap();
    let ran = coop.cli(&["run"]).expect_code(CONFIGURATION);
    assert!(ran.said().contains("governance") && !ran.said().contains("not a key"), "{}", ran.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_import_takes_nothing_and_loses_nothing() {
    let mut coop = coop();
    coop.start().await;
    contribute(&coop, &ImportRequest::default(), &lines(&texts("before", 5))).await;
    let before = coop.call(HoldingsRequest::default()).await;
    let file = coop.data().join("../export");
    let bad: [(&str, &[u8]); 6] = [
        ("empty", b""),
        ("no export", b"\x7fELF\x02\x01\x01\0\0\0\0\0"),
        ("cut off", b"[{\"id\": \"a\", \"chat\": {\"history\": {\"messages\": {"),
        ("an object without items", b"{\"hello\": 1}"),
        ("not UTF-8", b"{\"text\": \"\xff\xfe\"}\n"),
        ("too deep", &[b'['; 100_000]),
    ];
    for (what, bytes) in bad {
        fs::write(&file, bytes).unwrap();
        let ran = coop.cli(&["import", file.to_str().unwrap()]);
        let refused = ran.code == Some(REFUSED) && !ran.err.is_empty();
        // A line that cannot be read may be skipped, if that is said.
        let skipped = ran.code == Some(0) && ran.out.contains("skipped");
        assert!(refused || skipped, "{what}: {ran:?}");
        let status = coop.call(StatusRequest {}).await;
        assert_eq!(status.waiting.expect("a co-op has a waiting room").checked, 0, "{what} was taken in");
    }
    coop.cli(&["import", "/nowhere/at/all"]).expect_code(1);
    assert_eq!(coop.call(HoldingsRequest::default()).await, before);
    coop.stop().await;
    verify_clean(&coop);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noise_on_the_local_socket_stops_nothing() {
    use std::io::{Read as _, Write as _};
    let mut coop = coop();
    coop.start().await;
    let socket = coop.data().join("api.sock");
    assert_eq!(
        fs::metadata(&socket).unwrap().permissions().mode() & 0o077,
        0,
        "only its owner may use the socket"
    );
    let huge = format!(
        "POST /v1/strikes/declare HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        u64::MAX
    );
    let requests: [&[u8]; 6] = [
        &[0xff; 10_000],
        b"GET /v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n",
        b"POST /v1/strikes/declare HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a\": 1}\n",
        b"GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n",
        huge.as_bytes(),
    ];
    for request in requests {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
        // The node may hang up at any time.
        drop(stream.write_all(request));
        drop(stream.shutdown(std::net::Shutdown::Write));
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
    // As many as it serves at once, saying nothing; they are given up, and the operator is served again.
    let idle: Vec<UnixStream> = (0..80).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    coop.call(StatusRequest {}).await;
    drop(idle);
    coop.stop().await;
    verify_clean(&coop);
}
