//! Who is turned away: Host × Origin × token × method, over both transports.

use crate::house::{Server, TOKEN};

/// Builds a request; a header that is `None` is not sent.
fn request(method: &str, host: Option<&str>, origin: Option<(&str, &str)>, token: Option<&str>) -> String {
    let (path, body) = match method {
        "POST" => ("/v1/peers/add", r#"{"address": "a"}"#),
        _ => ("/v1/status", ""),
    };
    let mut text = format!("{method} {path} HTTP/1.1\r\nContent-Type: application/json\r\n");
    let fields = [
        host.map(|host| ("Host", host.to_owned())),
        origin.map(|(name, value)| (name, value.to_owned())),
        token.map(|token| ("Authorization", token.to_owned())),
    ];
    for (name, value) in fields.into_iter().flatten() {
        text += &format!("{name}: {value}\r\n");
    }
    text + &format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Tries every combination; what comes first in the order host, origin, token, method decides the answer.
async fn try_all(
    server: &Server,
    hosts: &[(Option<&str>, bool)],
    origins: &[(Option<(&str, &str)>, bool)],
    tokens: &[(Option<&str>, bool)],
) {
    let mut admitted = 0;
    for (host, host_fits) in hosts {
        for (origin, origin_fits) in origins {
            for (token, token_fits) in tokens {
                for (method, method_fits) in [("GET", true), ("POST", true), ("DELETE", false)] {
                    let text = request(method, *host, *origin, *token);
                    let reply = server.raw(text.as_bytes()).await;
                    let expected = match (host_fits, origin_fits, token_fits, method_fits) {
                        (false, ..) => (421, "wrong-host"),
                        (_, false, ..) => (403, "foreign-origin"),
                        (_, _, false, _) => (401, "unauthorised"),
                        (_, _, _, false) => (405, "wrong-method"),
                        // The backend is reached, which has nothing scripted.
                        _ => (404, "not-found"),
                    };
                    assert_eq!((reply.status, reply.code().as_str()), expected, "{text}");
                    assert!(reply.head.contains("cache-control: no-store"), "{}", reply.head);
                    assert!(reply.head.contains("application/problem+json"), "{}", reply.head);
                    admitted += usize::from(expected.0 == 404);
                }
            }
        }
    }
    assert!(admitted > 0);
    assert_eq!(server.script.asked().len(), admitted, "what was turned away reached the backend");
}

#[tokio::test]
async fn over_a_unix_socket() {
    let hosts = [
        (Some("localhost"), true),
        (Some("LocalHost"), true),
        (Some("evil.example"), false),
        (Some("localhost:80"), false),
        (Some(""), false),
        (None, false),
    ];
    let origins = [
        (None, true),
        (Some(("Origin", "http://localhost")), true),
        (Some(("Origin", "http://evil.example")), false),
        (Some(("Origin", "null")), false),
        (Some(("Sec-Fetch-Site", "same-origin")), true),
        (Some(("Sec-Fetch-Site", "none")), true),
        (Some(("Sec-Fetch-Site", "same-site")), false),
        (Some(("Sec-Fetch-Site", "cross-site")), false),
    ];
    let tokens = [(None, true), (Some("Bearer wrong"), true)];
    try_all(&Server::unix(), &hosts, &origins, &tokens).await;
}

#[tokio::test]
async fn over_tcp() {
    let server = Server::tcp().await;
    let port = server.address.unwrap().port();
    let [local, four, six] = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}:{port}"));
    let hosts = [
        (Some(local.as_str()), true),
        (Some(four.as_str()), true),
        (Some(six.as_str()), true),
        (Some("data.example:80"), true),
        (Some("localhost"), false),
        (Some("evil.example"), false),
        (None, false),
    ];
    let own = format!("http://{local}");
    let origins = [
        (None, true),
        (Some(("Origin", own.as_str())), true),
        (Some(("Origin", "http://evil.example")), false),
        (Some(("Sec-Fetch-Site", "cross-site")), false),
    ];
    let right = format!("Bearer {TOKEN}");
    let longer = format!("Bearer {TOKEN}0");
    let tokens = [
        (Some(right.as_str()), true),
        (None, false),
        (Some(longer.as_str()), false),
        (Some("Bearer "), false),
        (Some(TOKEN), false),
        (Some("Basic dTpw"), false),
    ];
    try_all(&server, &hosts, &origins, &tokens).await;
}

#[tokio::test]
async fn a_second_host_or_one_in_the_request_line_does_not_slip_past() {
    let server = Server::unix();
    for text in [
        "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n",
        "GET http://evil.example/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        let reply = server.raw(text.as_bytes()).await;
        assert_eq!((reply.status, reply.code().as_str()), (421, "wrong-host"), "{text}");
    }
    assert!(server.script.asked().is_empty());
}

#[tokio::test]
async fn health_needs_no_token_and_still_a_known_host() {
    let server = Server::tcp().await;
    let port = server.address.unwrap().port();
    let known = format!("GET /v1/health HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    let reply = server.raw(known.as_bytes()).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"status":"ok"}"#));
    let foreign = "GET /v1/health HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    assert_eq!(server.raw(foreign.as_bytes()).await.status, 421);
    let unknown = format!("GET /v1/none HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    assert_eq!(server.raw(unknown.as_bytes()).await.status, 401, "paths are not told to strangers");
}
