//! `init`, `run` and `demo`.

use std::path::PathBuf;

use clap::Args;
use commonwheel_api::word;
use commonwheel_record::CollectiveId;
use commonwheel_record::attestation::NodeRole;
use serde_json::json;

use super::charter::source;
use super::error::CliError;
use super::exit::Exit;
use super::session::{Session, default_guard};
use super::table::Facts;
use super::{logging, out};
use crate::config::{self, ConfigError, Values};
use crate::demo::{DemoError, DemoOptions, demo};
use crate::engine::keys;
use crate::init::{Chosen, InitOptions, Initialised, init_with};
use crate::run::{RunError, run};

/// Makes a data directory: keys, a configuration and, for a co-op or a collective, the records that found it.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// coop, mirror or collective
    #[arg(long, value_parser = word::read::<NodeRole>)]
    profile: NodeRole,
    /// The node's name, and that of the collective it founds; public
    #[arg(long)]
    name: Option<String>,
    /// The network's name
    #[arg(long, default_value_t = config::network())]
    network: String,
    /// Where to listen, as a multiaddress; may be repeated; port 4150 over TCP and QUIC by default
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<String>,
    /// A peer to stay connected to, as a multiaddress that ends in `/p2p/<peer id>`; may be repeated
    #[arg(long = "peer", value_name = "ADDRESS")]
    peers: Vec<String>,
    /// A collective to follow; may be repeated
    #[arg(long = "follow", value_parser = word::read::<CollectiveId>, value_name = "ID")]
    follow: Vec<CollectiveId>,
    /// The tip guard: a file outside the data directory and its backups
    #[arg(long, value_name = "FILE")]
    guard: Option<PathBuf>,
    /// Found the collective with this charter, see `charter new`; keys that it calls `own` are made now
    #[arg(long, value_name = "FILE")]
    charter: Option<PathBuf>,
    /// A root key file of another officer, where the charter asks for several signatures; may be repeated
    #[arg(long = "root-key", value_name = "FILE", requires = "charter")]
    root_keys: Vec<PathBuf>,
    /// Found it with a charter that works against itself all the same
    #[arg(long, requires = "charter")]
    force: bool,
}

pub(super) fn run_init(session: &Session, args: &InitArgs) -> Result<(), CliError> {
    let file = config::path(&session.data);
    if file.exists() {
        return Err(ConfigError::Exists(file).into());
    }
    let guard = match &args.guard {
        Some(guard) => std::path::absolute(guard).map_err(CliError::failed)?,
        None => default_guard(&session.data),
    };
    if guard.starts_with(&session.data) {
        let message = "the tip guard lies inside the data directory";
        return Err(CliError::usage(
            message,
            "name a file outside it: both would be restored from one backup",
        ));
    }
    let chosen = chosen(args)?;
    let named = args.name.clone().or_else(|| Some(chosen.as_ref()?.document.name.clone()));
    let options = InitOptions {
        data: session.data.clone(),
        role: args.profile,
        name: named.unwrap_or_else(|| format!("unnamed {}", args.profile)),
        network: args.network.clone(),
        guard,
    };
    let made = init_with(&options, chosen.as_ref())
        .map_err(|error| CliError::new(Exit::Configuration, "init", &error, error.fix()))?;
    config::write_new(&session.data, &config::example(&values(args, &options)))?;
    tell(session, args, &options, &made)
}

/// Reads the charter that the collective is to be founded with, if one is named.
fn chosen(args: &InitArgs) -> Result<Option<Chosen>, CliError> {
    let Some(file) = &args.charter else { return Ok(None) };
    if args.profile == NodeRole::Mirror {
        let fix = "leave --charter out, or choose the profile coop or collective";
        return Err(CliError::usage("a mirror founds no collective", fix));
    }
    let mut document = source::read(file)?;
    // A draft or a charter that holds stands in a chain; the one that founds begins its own.
    document.standing = None;
    source::check(&document, args.force)?;
    let root = args.root_keys.iter().map(|file| keys::load(file)).collect::<Result<_, _>>()?;
    Ok(Some(Chosen { document, root }))
}

fn values(args: &InitArgs, options: &InitOptions) -> Values {
    let listen = if args.listen.is_empty() { config::listen() } else { args.listen.clone() };
    let follow: Vec<String> = args.follow.iter().map(ToString::to_string).collect();
    Values::from([
        ("name", options.name.clone().into()),
        ("profile", options.role.name().into()),
        ("network", options.network.clone().into()),
        ("guard", options.guard.display().to_string().into()),
        ("listen", listen.into()),
        ("peers", args.peers.clone().into()),
        ("follow", follow.into()),
    ])
}

fn tell(
    session: &Session,
    args: &InitArgs,
    options: &InitOptions,
    made: &Initialised,
) -> Result<(), CliError> {
    let collective = made.collective.map(|collective| collective.to_string());
    if session.json {
        return out::json(&json!({
            "node": made.node.to_string(),
            "collective": collective,
            "data": session.data,
            "config": config::path(&session.data),
            "guard": options.guard,
            "next_root_key": made.next_root,
        }));
    }
    let mut facts = Facts::default();
    facts.add("node key", made.node);
    facts.maybe("collective", collective);
    facts.add("data", session.data.display());
    facts.add("configuration", config::path(&session.data).display());
    facts.add("tip guard", options.guard.display());
    facts.maybe("next root key", made.next_root.as_ref().map(|file| file.display()));
    out::data(&facts.text())?;
    if let Some(file) = &made.next_root {
        out::note(&format!(
            "note: move {} to where no thief of this machine finds it: it is the root key that comes next",
            file.display()
        ));
    }
    if args.name.is_none() && args.charter.is_none() {
        out::note("note: no --name was given; peers see the one in the configuration");
    }
    out::note(&format!(
        "\nKeep a copy of {} where nobody else reads it: without its keys nobody speaks for this node again.\n\
         Next: commonwheel --data {} run",
        session.data.join("keys").display(),
        session.data.display()
    ));
    Ok(())
}

pub(super) async fn run_node(session: &Session) -> Result<(), CliError> {
    let config = session.config()?;
    logging::start(&config.log)?;
    run(config.settings(&session.data), config.socket(&session.data)).await.map_err(|error| match &error {
        RunError::Listen(listen) => CliError::new(Exit::Configuration, "listen", &error, listen.fix()),
        RunError::Start(_) => CliError::new(Exit::Configuration, "start", &error, ""),
        _ => CliError::failed(&error),
    })
}

/// Runs two co-ops and a lab's mirror through a strike, on this machine.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// An export to use instead of the built-in sample
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// Leave the nodes' directories where they are
    #[arg(long)]
    keep: bool,
}

pub(super) async fn run_demo(args: &DemoArgs) -> Result<(), CliError> {
    let options = DemoOptions { import: args.import.clone(), keep: args.keep };
    demo(options).await.map_err(|error| match &error {
        DemoError::Step(_) => {
            CliError::new(Exit::Problems, "demo", &error, "report this as a fault, with the seed and log")
        }
        _ => CliError::failed(&error),
    })
}
