//! How a request may reach the router, and which ones are turned away before anything is read of them.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

use crate::error::{ApiError, ErrorCode};

/// The host a client names over a Unix socket, where no host is.
pub const UNIX_HOST: &str = "localhost";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How a request reaches the router.
#[derive(Clone, Debug)]
pub struct Transport {
    hosts: BTreeSet<String>,
    token: Option<Token>,
}

/// The bearer token of a TCP port. Only its hash is kept.
#[derive(Clone)]
pub struct Token(blake3::Hash);

impl Token {
    /// Makes a token of its text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(blake3::hash(text.as_bytes()))
    }

    /// Compares without telling by its time how much was right: `blake3::Hash` compares in constant time.
    fn is(&self, text: &str) -> bool {
        self.0 == blake3::hash(text.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Transport {
    /// A Unix socket: whoever may open the file may ask.
    #[must_use]
    pub fn unix() -> Self {
        Self { hosts: BTreeSet::from([UNIX_HOST.to_owned()]), token: None }
    }

    /// A TCP port: every request names one of its hosts and bears the token.
    ///
    /// The loopback names with the address's port are always among the hosts; `names` adds others, as `host:port`.
    #[must_use]
    pub fn tcp(address: SocketAddr, names: impl IntoIterator<Item = String>, token: Token) -> Self {
        let port = address.port();
        let loopback = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}:{port}"));
        let names = names.into_iter().map(|name| name.to_ascii_lowercase());
        Self { hosts: loopback.into_iter().chain(names).collect(), token: Some(token) }
    }

    /// Turns away what was meant for another host, comes from another site's page or bears no token.
    pub(crate) fn admit(&self, parts: &Parts, public: bool) -> Result<(), ApiError> {
        self.check_host(parts)?;
        self.check_origin(&parts.headers)?;
        if public { Ok(()) } else { self.check_token(&parts.headers) }
    }

    fn check_host(&self, parts: &Parts) -> Result<(), ApiError> {
        let mut named = parts.headers.get_all(header::HOST).iter();
        let only = match (named.next(), named.next()) {
            (Some(host), None) => host.to_str().is_ok_and(|host| self.knows(host)),
            _ => false,
        };
        let in_line = parts.uri.authority().is_none_or(|authority| self.knows(authority.as_str()));
        if only && in_line { Ok(()) } else { Err(wrong_host(&self.hosts)) }
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let known = |origin: &str| {
            let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            host.is_some_and(|host| self.knows(host))
        };
        let site = |site: &str| matches!(site, "same-origin" | "none");
        let origin_fits = all(headers, &header::ORIGIN, known);
        if origin_fits && all(headers, &SEC_FETCH_SITE, site) { Ok(()) } else { Err(foreign_origin()) }
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(token) = &self.token else { return Ok(()) };
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        let bearer = match (given.next(), given.next()) {
            (Some(value), None) => value.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")),
            _ => None,
        };
        if bearer.is_some_and(|bearer| token.is(bearer)) { Ok(()) } else { Err(unauthorised()) }
    }

    fn knows(&self, host: &str) -> bool {
        self.hosts.contains(&host.to_ascii_lowercase())
    }
}

/// Says whether every value of a header, if there is any, passes.
fn all(headers: &HeaderMap, name: &HeaderName, passes: impl Fn(&str) -> bool) -> bool {
    headers.get_all(name).iter().all(|value| value.to_str().is_ok_and(&passes))
}

fn wrong_host(hosts: &BTreeSet<String>) -> ApiError {
    let known: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let fix = format!("send one Host header, one of {}", known.join(", "));
    ApiError::new(ErrorCode::WrongHost, "the request is for another host", fix)
}

fn foreign_origin() -> ApiError {
    let fix = "use the command line, or a page that this node itself serves";
    ApiError::new(ErrorCode::ForeignOrigin, "the request comes from a page of another origin", fix)
}

fn unauthorised() -> ApiError {
    let fix = "send `Authorization: Bearer <token>` with the token from the node's data directory";
    ApiError::new(ErrorCode::Unauthorised, "the bearer token is missing or wrong", fix)
}
