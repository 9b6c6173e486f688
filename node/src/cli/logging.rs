//! The log: on standard error, for people or as JSON.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use super::error::CliError;
use super::exit::Exit;
use crate::config::{LogFormat, LogKeys};

/// Overrides the level that the configuration names.
pub(crate) const LEVEL_VARIABLE: &str = "COMMONWHEEL_LOG";

/// What the network's own parts log is for their developers, unless it is asked for.
const QUIET: &str = "libp2p_gossipsub=off";

/// Starts the log; once in a process.
pub(crate) fn start(keys: &LogKeys) -> Result<(), CliError> {
    let level = std::env::var(LEVEL_VARIABLE).unwrap_or_else(|_| keys.level.clone());
    let filter = EnvFilter::try_new(format!("{QUIET},{level}")).map_err(|error| {
        let message = format!("the log level `{level}` is not understood: {error}");
        CliError::new(
            Exit::Configuration,
            "configuration",
            message,
            "write one like `info,commonwheel_sync=debug`",
        )
    })?;
    let colour =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match keys.format {
        LogFormat::Human => builder.with_ansi(colour).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| CliError::failed(format!("the log cannot be started: {error}")))
}
