//! The story, step by step; each check must hold before the next step begins.

mod ballot;
mod strike;
mod terms;

use std::path::Path;
use std::time::{Duration, Instant};

use commonwheel_api::types::{
    GrantMakeRequest, HoldingsRequest, ImportRequest, OfferMakeRequest, ReleaseCutRequest, ReleaseMode,
    Selection, WaitingAcceptRequest, WaitingListRequest,
};
use commonwheel_intake::waiting::Stage;
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::control::{Party, Ratio, Rules};
use commonwheel_record::terms::Licence;
use commonwheel_record::{CollectiveId, FeedId, RecordId, Tier};

use super::cluster::Node;
use super::counts::{Counts, count};
use super::tell::Teller;
use super::{DemoError, DemoOptions, io};
use crate::charter::{Document, OrOwn};

const SAMPLE: &[u8] = include_bytes!("sample.jsonl");
/// The licence under which the export itself is known to be published, and one a contributor cannot take back.
const IRREVOCABLE: &str = "CC-BY-SA-4.0";
/// How long the nodes may take to agree after a step.
const PATIENCE: Duration = Duration::from_secs(40);

/// Everything the steps hand on.
struct Story {
    teller: Teller,
    coop: Node,
    partner: Node,
    mirror: Node,
    export: Vec<u8>,
    counts: Counts,
    /// The co-op's collective and data feed.
    collective: CollectiveId,
    feed: FeedId,
}

pub(super) async fn tell(options: &DemoOptions) -> Result<(), DemoError> {
    let root = std::env::temp_dir().join(format!("commonwheel-demo-{}", std::process::id()));
    std::fs::create_dir_all(&root).map_err(io(format!("create {}", root.display())))?;
    let result = run(options, &root).await;
    if options.keep {
        drop(std::io::Write::write_all(
            &mut std::io::stdout(),
            format!("kept in {}\n", root.display()).as_bytes(),
        ));
    } else {
        std::fs::remove_dir_all(&root).map_err(io(format!("remove {}", root.display())))?;
    }
    result
}

async fn run(options: &DemoOptions, root: &Path) -> Result<(), DemoError> {
    let export = match &options.import {
        Some(path) => std::fs::read(path).map_err(io(format!("read {}", path.display())))?,
        None => SAMPLE.to_vec(),
    };
    let counts = count(&export)?;
    let mut story = found(root, export, counts).await?;
    story.take_in().await?;
    let totals = story.release().await?;
    story.replicate(&totals).await?;
    story.carry().await?;
    story.unmandated().await?;
    let mandate = story.vote().await?;
    let embargo = story.strike(mandate).await?;
    story.refuse(embargo, &totals).await?;
    story.go_on(&totals).await?;
    let totals = story.lift(embargo, &totals).await?;
    story.evaluation_only(mandate, &totals).await?;
    story.verify().await?;
    Ok(())
}

/// What each node may hold of the co-op's contributions.
struct Totals {
    /// All contributions.
    all: u64,
    /// Those the partner may have the body of.
    open: u64,
}

async fn found(root: &Path, export: Vec<u8>, counts: Counts) -> Result<Story, DemoError> {
    let mut teller = Teller::new();
    teller.step("Two co-ops and a lab's mirror, three processes on loopback");
    let mut partner = Node::init(root, "Hillside co-op", NodeRole::Coop)?;
    let mut mirror = Node::init(root, "Open Lab's mirror", NodeRole::Mirror)?;
    let charter = charter(&[&partner, &mirror])?;
    let mut coop = Node::init_with(root, "Riverside co-op", NodeRole::Coop, Some(charter))?;
    coop.configure(root, NodeRole::Coop, &[], &[&coop, &partner])?;
    coop.start().await?;
    partner.configure(root, NodeRole::Coop, &[&coop], &[&coop, &partner])?;
    partner.start().await?;
    mirror.configure(root, NodeRole::Mirror, &[&coop, &partner], &[&coop, &partner])?;
    mirror.start().await?;
    for node in [&coop, &partner, &mirror] {
        teller.fact(&format!("{:<18} node {}  {}", node.name, node.key.short(), node.address));
    }
    let collective =
        coop.collective.ok_or_else(|| DemoError::Step("the co-op has no collective".to_owned()))?;
    let feed = data_feed(&coop, collective).await?;
    Ok(Story { teller, coop, partner, mirror, export, counts, collective, feed })
}

/// The co-op's charter: no strike without a ballot, which two of three witnesses must have seen close.
fn charter(witnesses: &[&Node]) -> Result<Document, DemoError> {
    let named =
        witnesses.iter().map(|node| node.writer().map(OrOwn::Named)).collect::<Result<Vec<_>, _>>()?;
    let rules = Rules {
        mandate_required: true,
        petition: 2,
        turnout: Ratio { over: 1, under: 2 },
        grace_hours: 1,
        notice_days: 0,
        ..Rules::default()
    };
    Ok(Document {
        name: "Riverside co-op".to_owned(),
        witnesses: named.into_iter().chain([OrOwn::Own]).collect(),
        rules,
        ..Document::default()
    })
}

async fn data_feed(coop: &Node, collective: CollectiveId) -> Result<FeedId, DemoError> {
    let feeds =
        coop.call(commonwheel_api::types::FeedListRequest { collective: Some(collective) }).await?.feeds;
    let data = feeds.iter().find(|feed| feed.purpose == commonwheel_record::manifest::Purpose::Data);
    data.map(|feed| feed.id).ok_or_else(|| DemoError::Step("the co-op has no data feed".to_owned()))
}

/// Accepts everything that waits at a node, what a check doubts included: this reviewer has read the export.
async fn accept(node: &Node) -> Result<u64, DemoError> {
    let mut accepted = node.call(WaitingAcceptRequest { items: Selection::All }).await?.accepted;
    let doubted = node
        .call(WaitingListRequest {
            stage: Some(Stage::Quarantined),
            limit: 1000,
            ..WaitingListRequest::default()
        })
        .await?;
    if doubted.total > 0 {
        let items = doubted.items.iter().map(|item| item.id).collect();
        accepted += node.call(WaitingAcceptRequest { items: Selection::Items(items) }).await?.accepted;
    }
    Ok(accepted)
}

fn licence(text: &str) -> Result<Licence, DemoError> {
    Licence::parse(text).map_err(|error| DemoError::Step(error.to_string()))
}

impl Story {
    async fn take_in(&mut self) -> Result<(), DemoError> {
        self.teller.step("Members' chats are taken in; importing shares nothing");
        let kinds: Vec<String> =
            self.counts.by_kind.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        self.teller.fact(&format!(
            "the export holds {} contributions: {}",
            self.counts.total,
            kinds.join(", ")
        ));
        let answer = self
            .import(ImportRequest { licence: Some(licence(IRREVOCABLE)?), ..ImportRequest::default() })
            .await?;
        let shared = self.holding(&self.partner).await?.0;
        self.teller.check(
            "imported into the waiting room",
            answer == self.counts.total,
            &answer.to_string(),
        )?;
        self.teller.check("shared by importing", shared == 0, &format!("{shared} contributions"))
    }

    async fn import(&self, terms: ImportRequest) -> Result<u64, DemoError> {
        Ok(self.coop.import(terms, self.export.clone()).await?.taken_total())
    }

    async fn release(&mut self) -> Result<Totals, DemoError> {
        self.teller.step("A reviewer accepts; the co-op releases three ways");
        let each = accept(&self.coop).await?;
        self.cut(ReleaseMode::Open, None, "open, irrevocable", each).await?;
        self.import(ImportRequest::default()).await?;
        let revocable = accept(&self.coop).await?;
        self.cut(ReleaseMode::Open, None, "open, the default contract", revocable).await?;
        self.import(ImportRequest { tier: Tier::Gated, ..ImportRequest::default() }).await?;
        let gated = accept(&self.coop).await?;
        let terms = "For training an open model; report what was used.".to_owned();
        let offer = OfferMakeRequest {
            collective: None,
            title: "Training access".to_owned(),
            terms,
            purposes: std::collections::BTreeSet::new(),
            conditions: std::collections::BTreeSet::new(),
        };
        let offer = self.coop.call(offer).await?.id;
        self.cut(ReleaseMode::Gated, Some(offer), "gated by an offer", gated).await?;
        let grant = GrantMakeRequest { offer, to: Party::Node(self.mirror.key), expires: None };
        self.coop.call(grant).await?;
        self.teller.fact("the offer is granted to the mirror's key, and to nobody else");
        let sample = ImportRequest { licence: Some(licence("CC0-1.0")?), ..ImportRequest::default() };
        self.partner.import(sample, SAMPLE.to_vec()).await?;
        let theirs = accept(&self.partner).await?;
        self.partner.call(cut(ReleaseMode::Open, None)).await?;
        self.teller
            .fact(&format!("{} releases {theirs} contributions of its own under CC0-1.0", self.partner.name));
        Ok(Totals { all: each + revocable + gated, open: each + revocable })
    }

    async fn cut(
        &mut self,
        mode: ReleaseMode,
        offer: Option<RecordId>,
        how: &str,
        expected: u64,
    ) -> Result<(), DemoError> {
        let releases = self.coop.call(cut(mode, offer)).await?.releases;
        let opened: u64 = releases.iter().map(|release| release.contributions).sum();
        self.teller.check(
            &format!("released {how}"),
            opened == expected && expected == self.counts.total,
            &opened.to_string(),
        )
    }

    /// Returns contributions, bodies and wanted bodies that a node holds of the co-op's data feed.
    async fn holding(&self, node: &Node) -> Result<(u64, u64, u64), DemoError> {
        let answer = node.call(HoldingsRequest { collective: Some(self.collective) }).await?;
        let feed = answer.feeds.iter().find(|feed| feed.id == self.feed);
        Ok(feed.map_or((0, 0, 0), |feed| (feed.contributions, feed.bodies, feed.wanted)))
    }

    /// Waits until a node holds so many contributions and bodies, and wants no more.
    async fn wait(&self, node: &Node, contributions: u64, bodies: u64) -> Result<(u64, u64, u64), DemoError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self.holding(node).await?;
            self.teller.progress(&format!(
                "{}: {} of {contributions} headers, {} of {bodies} bodies",
                node.name, found.0, found.1
            ));
            if found == (contributions, bodies, 0) || Instant::now() > until {
                self.teller.settled();
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    const fn node(&self, who: Who) -> &Node {
        match who {
            Who::Coop => &self.coop,
            Who::Partner => &self.partner,
            Who::Mirror => &self.mirror,
        }
    }

    async fn expect(&mut self, who: Who, contributions: u64, bodies: u64) -> Result<(), DemoError> {
        let node = self.node(who);
        let found = self.wait(node, contributions, bodies).await?;
        let what = format!("{} holds", node.name);
        let text = format!("{} headers, {} bodies", found.0, found.1);
        self.teller.check(&what, found == (contributions, bodies, 0), &text)
    }

    async fn replicate(&mut self, totals: &Totals) -> Result<(), DemoError> {
        self.teller.step("Everyone replicates what they may, every record verified");
        self.expect(Who::Coop, totals.all, totals.all).await?;
        self.expect(Who::Partner, totals.all, totals.open).await?;
        self.expect(Who::Mirror, totals.all, totals.all).await
    }

    async fn verify(&mut self) -> Result<(), DemoError> {
        self.teller.step("The nodes stop, and every byte they hold is checked again");
        let mut rows = Vec::new();
        for node in [&self.coop, &self.partner, &self.mirror] {
            let answer = node.call(HoldingsRequest::default()).await?;
            let sum = |f: fn(&commonwheel_api::types::FeedHoldings) -> u64| {
                answer.feeds.iter().map(f).sum::<u64>().to_string()
            };
            let root = answer.heads_root.to_string();
            rows.push([
                node.name.to_owned(),
                sum(|feed| feed.contributions),
                sum(|feed| feed.bodies),
                sum(|feed| feed.granted),
                sum(|feed| feed.wanted),
                root[..12].to_owned(),
            ]);
        }
        for node in [&mut self.mirror, &mut self.partner, &mut self.coop] {
            node.stop().await?;
        }
        for node in [&self.coop, &self.partner, &self.mirror] {
            let holds = node.verify()?;
            let what = format!("verify {}", node.name);
            self.teller.check(&what, holds, if holds { "nothing wrong" } else { "problems found" })?;
        }
        self.teller.summary(&rows);
        Ok(())
    }
}

/// One of the three.
#[derive(Clone, Copy)]
enum Who {
    Coop,
    Partner,
    Mirror,
}

const fn cut(mode: ReleaseMode, offer: Option<RecordId>) -> ReleaseCutRequest {
    ReleaseCutRequest { collective: None, mode, offer, licence: None, ranges: Vec::new() }
}
