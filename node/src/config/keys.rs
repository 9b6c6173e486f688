//! The keys of `config.toml`: each one's doc comment is its documentation, in the code and in the file.

use std::collections::BTreeSet;
use std::path::PathBuf;

use commonwheel_record::attestation::NodeRole;
use commonwheel_record::terms::{Language, Licence, Purpose, Slug};
use commonwheel_record::{CollectiveId, PublicKey};
use serde::Deserialize;

use super::word::{list, one};

/// A key of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// The table it stands in; empty for none.
    pub(super) section: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// Its documentation, a line each.
    pub(super) docs: &'static [&'static str],
    /// A value, as the file writes it; the default where there is one.
    pub(super) example: &'static str,
}

impl Key {
    /// Returns its name with its table, as in `log.level`.
    pub(super) fn path(&self) -> String {
        if self.section.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.section, self.name) }
    }
}

/// Declares a table's struct and the list of its keys from one text.
macro_rules! table {
    (
        $(#[$meta:meta])*
        $name:ident in $section:literal {
            $(
                $(#[doc = $doc:literal])+
                $(#[serde($($serde:tt)+)])?
                $field:ident: $type:ty = $example:literal
            ),+ $(,)?
        }
        $(and { $($(#[$table_meta:meta])+ $table:ident: $table_type:ty),+ $(,)? })?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        pub(crate) struct $name {
            $(
                $(#[doc = $doc])+
                $(#[serde($($serde)+)])?
                pub(crate) $field: $type,
            )+
            $($($(#[$table_meta])+ pub(crate) $table: $table_type,)+)?
        }

        impl $name {
            pub(super) const KEYS: &[Key] = &[$(Key {
                section: $section,
                name: stringify!($field),
                docs: &[$($doc),+],
                example: $example,
            }),+];
        }
    };
}

table! {
    /// A node's configuration.
    Config in "" {
        /// The node's name, for people. Peers see it.
        name: String = "\"Riverside co-op\"",
        /// What the node is: `coop`, `mirror` or `collective`. Set by `init`: the keys and feeds it made go with it.
        #[serde(with = "one")]
        profile: NodeRole = "\"coop\"",
        /// The network's name. Nodes of different networks have nothing to say to each other.
        #[serde(default = "network")]
        network: String = "\"commonwheel\"",
        /// The tip guard: a file outside the data directory that remembers the last head this node signed, so that a
        /// restored backup or a copy never signs a second one. A relative path starts at the data directory.
        guard: PathBuf = "\"/var/lib/commonwheel-guard/tips\"",
        /// Where to listen, as multiaddresses.
        #[serde(default = "listen")]
        listen: Vec<String> = "[\"/ip4/0.0.0.0/tcp/4150\", \"/ip4/0.0.0.0/udp/4150/quic-v1\"]",
        /// Peers to stay connected to, as multiaddresses that end in `/p2p/<peer id>`. `peer add` adds to them.
        #[serde(default)]
        peers: Vec<String> = "[]",
        /// Node keys of partners. After a start no body is served before control heads were compared with one of them,
        /// or with two peers of different collectives, or a day has passed.
        #[serde(default, with = "list")]
        partners: Vec<PublicKey> = "[]",
        /// Collectives to follow. `collective follow` adds to them; those their control logs name are followed too.
        #[serde(default, with = "list")]
        follow: Vec<CollectiveId> = "[]",
        /// What this node fetches bodies for: `replicate`, `train`, `ai-use`, `search`, `evaluate` or `tdm`. Peers
        /// serve it only what the contributions' preferences allow for that.
        #[serde(default = "purpose", with = "one")]
        purpose: Purpose = "\"replicate\"",
        /// Whether this node witnesses: it cosigns the control feeds of collectives whose charters list its writer key,
        /// which `status` shows, so that ballots can be closed and releases dated; and it signs leases for those whose
        /// charters list that key for it.
        #[serde(default = "yes")]
        witness: bool = "true",
        /// Whether this node closes ballots that are over, once enough witnesses have stamped them, and states their
        /// mandates, where it writes a control feed of the collective. `ballot close` does it by hand.
        #[serde(default = "yes")]
        close_ballots: bool = "true",
    } and {
        /// Which bodies are fetched.
        #[serde(default)]
        select: SelectKeys,
        /// The local interface.
        #[serde(default)]
        api: ApiKeys,
        /// The log.
        #[serde(default)]
        log: LogKeys,
    }
}

table! {
    /// Which bodies are fetched, of those that are granted. Headers are always fetched. An empty list means any.
    #[derive(Default)]
    SelectKeys in "select" {
        /// Only these languages, and narrower ones: `pt` means `pt-BR` too.
        #[serde(default, with = "list")]
        languages: BTreeSet<Language> = "[]",
        /// Only these licences, as SPDX expressions.
        #[serde(default, with = "list")]
        licences: BTreeSet<Licence> = "[]",
        /// Only these domains.
        #[serde(default, with = "list")]
        domains: BTreeSet<Slug> = "[]",
        /// No bodies at all.
        #[serde(default)]
        headers_only: bool = "false",
    }
}

table! {
    /// The local interface, which the command line speaks to.
    ApiKeys in "api" {
        /// Its Unix socket; at most 100 bytes. A relative path starts at the data directory.
        #[serde(default = "socket")]
        socket: PathBuf = "\"api.sock\"",
    }
}

table! {
    /// The log, on standard error.
    LogKeys in "log" {
        /// `human`, or `json` for one object a line.
        #[serde(default)]
        format: LogFormat = "\"human\"",
        /// The least level logged: `error`, `warn`, `info`, `debug` or `trace`; for one part of the program,
        /// `info,commonwheel_sync=debug`. COMMONWHEEL_LOG overrides it.
        #[serde(default = "level")]
        level: String = "\"info\"",
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

impl Default for ApiKeys {
    fn default() -> Self {
        Self { socket: socket() }
    }
}

impl Default for LogKeys {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: level() }
    }
}

/// The network of nodes that name none.
pub(crate) fn network() -> String {
    "commonwheel".to_owned()
}

pub(crate) fn listen() -> Vec<String> {
    ["/ip4/0.0.0.0/tcp/4150", "/ip4/0.0.0.0/udp/4150/quic-v1"].map(str::to_owned).to_vec()
}

const fn yes() -> bool {
    true
}

const fn purpose() -> Purpose {
    Purpose::Replicate
}

fn socket() -> PathBuf {
    PathBuf::from("api.sock")
}

fn level() -> String {
    "info".to_owned()
}

/// Every table with what it is about, in the order of the file.
pub(super) const TABLES: [(&str, &str, &[Key]); 4] = [
    ("", "", Config::KEYS),
    (
        "select",
        "Which bodies are fetched, of those that are granted. An empty list means any.",
        SelectKeys::KEYS,
    ),
    ("api", "The local interface, which the command line speaks to.", ApiKeys::KEYS),
    ("log", "The log, on standard error.", LogKeys::KEYS),
];
