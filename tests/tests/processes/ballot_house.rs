//! A co-op whose members vote, a partner that carries its log, and two labs that witness.
//!
//! ```text
//!   coop ◀────▶ partner        the partner writes a control feed for the co-op
//!     ▲  ╲    ╱   ▲            partner, lab and other are the co-op's witnesses: of each feed two that
//!     ▼    ╳      ▼            do not write it are a majority
//!    lab ◀────▶ other
//! ```

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use commonwheel_api::types::{
    BallotListRequest, BallotName, BallotShowRequest, BallotShown, BallotStage, CarryRequest,
    CollectiveShowRequest, ControlAppendAnswer, ControlAppendRequest, Draft, FeedListRequest, Hex,
    StatusRequest,
};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::control::{Charter, Content, Cut};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, Control, FeedId, Hash, Leaf, NetworkId, RecordId, SecretKey, hex};
use commonwheel_testkit::{NETWORK, Node, Ran, cluster, eventually};
use tempfile::TempDir;

/// What a command ends with when the node refuses.
pub(crate) const REFUSED: i32 = 4;

/// The nodes, and the members' keys.
pub(crate) struct House {
    pub(crate) coop: Node,
    pub(crate) partner: Node,
    pub(crate) lab: Node,
    pub(crate) other: Node,
    /// The control feed that the partner writes for the co-op.
    pub(crate) carried: FeedId,
    pub(crate) owner: CollectiveId,
    keys: TempDir,
}

impl House {
    /// Founds the co-op, has the partner carry its log, and amends its charter.
    pub(crate) async fn found(rules: impl FnOnce(&mut Charter)) -> Self {
        let [mut coop, mut partner, mut lab, mut other] = cluster([
            ("coop", NodeRole::Coop),
            ("partner", NodeRole::Coop),
            ("lab", NodeRole::Mirror),
            ("other", NodeRole::Mirror),
        ]);
        for node in [&mut coop, &mut partner, &mut lab, &mut other] {
            node.start().await;
        }
        let owner = coop.collective();
        knows(&partner, owner).await;
        let carried = partner.call(CarryRequest { collective: owner }).await;
        assert!(carried.new && !carried.delegated);
        coop.cli(&["collective", "delegate", "feed", &carried.feed.to_string()]).expect_code(0);
        let mut witnesses = Vec::new();
        for node in [&partner, &lab, &other] {
            witnesses.push(node.call(StatusRequest {}).await.writer);
        }
        let keys = tempfile::tempdir().unwrap();
        let house = Self { coop, partner, lab, other, carried: carried.feed, owner, keys };
        house
            .amend(|charter| {
                charter.witnesses = witnesses.into_iter().collect();
                charter.rules.mandate_required = true;
                charter.rules.grace_hours = 1;
                rules(charter);
            })
            .await;
        eventually("the partner knows that its feed counts", async || {
            let carry = house.partner.call(CarryRequest { collective: owner }).await;
            if carry.delegated { Ok(()) } else { Err(format!("{carry:?}")) }
        })
        .await;
        house
    }

    /// Has the root key replace the charter.
    async fn amend(&self, change: impl FnOnce(&mut Charter)) {
        let shown = self.coop.call(CollectiveShowRequest { id: self.owner }).await.charter.unwrap();
        let previous = shown.hash;
        let mut charter = shown.charter();
        charter.number += 1;
        charter.previous = Some(previous);
        charter.cut = self.cut(Purpose::Control).await;
        change(&mut charter);
        let root = secret(&self.coop.data().join("keys/root"));
        let control = self.record(Content::Charter(Box::new(charter))).signed(&network(), &root);
        let appended = append(&self.coop, control, false).await;
        assert_eq!(appended.ineffective, None);
    }

    /// How far the co-op's node holds its own feeds.
    pub(crate) async fn cut(&self, purpose: Purpose) -> Cut {
        let feeds = self.coop.call(FeedListRequest { collective: Some(self.owner) }).await.feeds;
        Cut(feeds.iter().filter(|feed| feed.purpose == purpose).map(|feed| (feed.id, feed.size)).collect())
    }

    pub(crate) fn record(&self, content: Content) -> Control {
        Control::new(Some(self.owner), content)
    }

    /// Returns a member's key file.
    pub(crate) fn key(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.keys.path().join(name)
    }

    /// Returns a member's secret key.
    pub(crate) fn secret(&self, name: &str) -> SecretKey {
        secret(&self.file(name))
    }

    /// Makes a key file, and returns the public key.
    pub(crate) fn new_key(&self, name: &str) -> String {
        self.coop.cli(&["key", "new", &self.key(name)]).expect_code(0).out.trim().to_owned()
    }

    /// Enrols members by the co-op's governance, and waits until the partner knows them.
    pub(crate) async fn enrol(&self, names: &[&str]) {
        for name in names {
            let public = self.new_key(name);
            self.coop.cli(&["member", "enrol", "--pub", &public, "--name", name]).expect_code(0);
        }
        let roll = commonwheel_api::types::MemberListRequest { collective: Some(self.owner) };
        for node in [&self.partner, &self.lab, &self.other] {
            eventually(&format!("{} knows the members", node.name()), async || {
                let held = node.call(roll.clone()).await;
                if held.voters == names.len() as u64 { Ok(()) } else { Err(format!("{held:?}")) }
            })
            .await;
        }
    }

    /// Votes through a node.
    pub(crate) fn vote(&self, node: &Node, ballot: Hash, member: &str, choice: &str, more: &[&str]) -> Ran {
        let (ballot, key) = (hex::encode(&ballot.0), self.key(member));
        let mut arguments = vec!["vote", &ballot, choice, "--key", &key];
        arguments.extend(more);
        node.cli(&arguments)
    }

    pub(crate) const fn nodes(&self) -> [&Node; 4] {
        [&self.coop, &self.partner, &self.lab, &self.other]
    }
}

/// Seconds since 1970, some seconds from now.
pub(crate) fn soon(seconds: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + seconds
}

/// Waits until a time in seconds since 1970 has come.
pub(crate) async fn wait_until(time: u64) {
    while soon(0) < time {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

pub(crate) fn network() -> NetworkId {
    NetworkId::named(NETWORK)
}

fn secret(file: &std::path::Path) -> SecretKey {
    let text = std::fs::read_to_string(file).unwrap();
    SecretKey::from_seed(&hex::decode(text.trim()).unwrap())
}

/// Has a node append a record as it is.
pub(crate) async fn append(node: &Node, control: Control, force: bool) -> ControlAppendAnswer {
    let record = Hex(Leaf::Control(Box::new(control)).encode());
    node.call(ControlAppendRequest { draft: Draft { record, body: None }, force }).await
}

async fn knows(node: &Node, collective: CollectiveId) {
    eventually(&format!("{} holds the co-op's log", node.name()), async || {
        node.try_call(&CollectiveShowRequest { id: collective })
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    })
    .await;
}

/// Reads what `ballot open` tells.
pub(crate) fn opened(ran: Ran) -> Hash {
    let told: serde_json::Value = serde_json::from_str(&ran.expect_code(0).out).unwrap();
    Hash(hex::decode(told["ballot"].as_str().unwrap()).unwrap())
}

/// Returns a ballot as a node shows it.
pub(crate) async fn show(node: &Node, ballot: Hash) -> Result<BallotShown, String> {
    let request = BallotShowRequest { ballot: BallotName::Hash(ballot) };
    node.try_call(&request).await.map(|answer| answer.0).map_err(|error| error.to_string())
}

/// Waits until a ballot has come to this at a node.
pub(crate) async fn until(
    node: &Node,
    ballot: Hash,
    what: &str,
    is: impl Fn(&BallotShown) -> bool,
) -> BallotShown {
    eventually(&format!("{}: {what}", node.name()), async || match show(node, ballot).await {
        Ok(shown) if is(&shown) => Ok(shown),
        found => {
            let all = node.call(BallotListRequest::default()).await.ineffective;
            Err(format!("{found:#?}; without effect: {all:?}"))
        }
    })
    .await
}

/// Waits until a ballot is known at nodes.
pub(crate) async fn known(nodes: &[&Node], ballot: Hash) {
    for node in nodes {
        until(node, ballot, "the ballot is known", |_| true).await;
    }
}

/// Waits until nodes agree that a ballot was carried and mandated, and say the same of it.
pub(crate) async fn carried(nodes: &[&Node], ballot: Hash) -> BallotShown {
    let is = |shown: &BallotShown| shown.stage == BallotStage::Carried && !shown.mandates.is_empty();
    let first = until(nodes[0], ballot, "the ballot is carried", is).await;
    for node in nodes {
        until(node, ballot, "it says the same of the ballot", |shown| *shown == first).await;
    }
    first
}

/// Checks that a mandate is named by its record.
pub(crate) fn mandate(shown: &BallotShown) -> RecordId {
    shown.mandates.first().expect("it has a mandate").id
}
