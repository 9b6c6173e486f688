//! `collective carry|delegate|revoke|affiliate`: who may write and act for a collective.

use clap::{Args, Subcommand};
use commonwheel_api::types::{Affiliated, CarryAnswer, CarryRequest, Decree, Delegated, Revoke};
use commonwheel_api::word;
use commonwheel_record::control::Power;
use commonwheel_record::terms::Region;
use commonwheel_record::{CollectiveId, FeedId, PublicKey};

use super::error::CliError;
use super::member::decree;
use super::session::Session;
use super::sign::KeyArgs;
use super::time;

#[derive(Debug, Args)]
pub(super) struct DelegateArgs {
    #[command(subcommand)]
    what: DelegateWhat,
    #[command(flatten)]
    by: By,
}

/// Whose keys decide.
#[derive(Debug, Args)]
struct By {
    /// Whose; the node's own collective by default
    #[arg(long, global = true, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(Debug, Subcommand)]
enum DelegateWhat {
    /// A feed: a partner's control feed, as `collective carry` told it there
    Feed {
        /// The feed
        #[arg(value_parser = word::read::<FeedId>, value_name = "FEED")]
        feed: FeedId,
    },
    /// A node: it is one of the collective's own from then on
    Node {
        /// Its key
        #[arg(value_parser = word::read::<PublicKey>, value_name = "KEY")]
        key: PublicKey,
        /// The region it stands in, as the collective vouches
        #[arg(long, value_parser = word::read::<Region>)]
        region: Option<Region>,
    },
    /// A key that may sign leases
    Liveness {
        /// The key
        #[arg(value_parser = word::read::<PublicKey>, value_name = "KEY")]
        key: PublicKey,
    },
}

#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    #[command(subcommand)]
    what: RevokeWhat,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Subcommand)]
enum RevokeWhat {
    /// A feed: what this node holds of it stays valid, what comes later does not count
    Feed {
        /// The feed
        #[arg(value_parser = word::read::<FeedId>, value_name = "FEED")]
        feed: FeedId,
    },
    /// A node's key, or one that may sign leases
    Key {
        /// The key
        #[arg(value_parser = word::read::<PublicKey>, value_name = "KEY")]
        key: PublicKey,
    },
    /// An affiliation to a collective
    Affiliate {
        /// The collective
        #[arg(value_parser = word::read::<CollectiveId>, value_name = "ID")]
        to: CollectiveId,
    },
}

#[derive(Debug, Args)]
pub(super) struct AffiliateArgs {
    /// The collective that may act on this one's records
    #[arg(value_parser = word::read::<CollectiveId>, value_name = "ID")]
    to: CollectiveId,
    /// What it may do: embargo, release, grant; separated by commas
    #[arg(long, required = true, value_delimiter = ',', value_parser = word::read::<Power>, value_name = "POWERS")]
    power: Vec<Power>,
    /// Until when: 2026-05-01, 2026-05-01T08:00:00Z or +90d; for good by default
    #[arg(long, value_parser = time::read, value_name = "TIME")]
    until: Option<u64>,
    #[command(flatten)]
    by: By,
}

pub(super) async fn carry(session: &Session, collective: CollectiveId) -> Result<(), CliError> {
    session.ask_and_show(&CarryRequest { collective }, carried).await
}

fn carried(answer: &CarryAnswer) -> String {
    let CarryAnswer { feed, writer, new, delegated } = answer;
    let made = if *new { "made now" } else { "made before" };
    let counts = if *delegated {
        "it is delegated: what is appended to it counts".to_owned()
    } else {
        format!(
            "what is appended to it counts once the collective's root keys delegate it, on a node that holds them:\n  \
             commonwheel collective delegate feed {feed}"
        )
    };
    format!("control feed {feed}, {made}\nwriter key {writer}, to list as a witness\n{counts}\n")
}

pub(super) async fn delegate(session: &Session, args: &DelegateArgs) -> Result<(), CliError> {
    let delegated = match &args.what {
        DelegateWhat::Feed { feed } => Delegated::Feed(*feed),
        DelegateWhat::Node { key, region } => Delegated::Node { key: *key, region: *region },
        DelegateWhat::Liveness { key } => Delegated::Liveness(*key),
    };
    decree(session, args.by.collective, Decree::Delegate(delegated), &args.by.keys).await
}

pub(super) async fn revoke(session: &Session, args: &RevokeArgs) -> Result<(), CliError> {
    let revoke = match args.what {
        RevokeWhat::Feed { feed } => Revoke::Feed(feed),
        RevokeWhat::Key { key } => Revoke::Key(key),
        RevokeWhat::Affiliate { to } => Revoke::Affiliate(to),
    };
    decree(session, args.by.collective, Decree::Revoke(revoke), &args.by.keys).await
}

pub(super) async fn affiliate(session: &Session, args: &AffiliateArgs) -> Result<(), CliError> {
    let powers = args.power.iter().copied().collect();
    let affiliated = Affiliated { to: args.to, powers, until: args.until };
    decree(session, args.by.collective, Decree::Affiliate(affiliated), &args.by.keys).await
}
