//! The same rules read slowly from the raw control logs, written apart from the crate: no view, no index, no early end.

mod access;
mod logs;
mod queue;
mod strikes;

use commonwheel_record::control::{Release, ReleaseMode, Rung};
use commonwheel_record::manifest::{FeedAudience, Purpose as FeedPurpose};
use commonwheel_record::terms::{Preference, Purpose};
use commonwheel_record::{Contribution, Cut, Leaf, RecordId};

use crate::question::{Item, Question};
use crate::world::{GOVERNANCE, World, key};
use strikes::Covering;

/// What the oracle says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) rung: Option<Rung>,
    /// Which reason, by name.
    pub(crate) because: &'static str,
    /// The records of which the reason must name one; empty if it names none.
    pub(crate) cites: Vec<RecordId>,
}

impl Answer {
    fn new(rung: Rung, because: &'static str, cites: &[RecordId]) -> Self {
        Self { rung: Some(rung), because, cites: cites.to_vec() }
    }
}

/// A record, or an ancestor of one, as somebody's.
#[derive(Clone, Copy)]
struct Thing<'a> {
    id: RecordId,
    owner: usize,
    header: Option<&'a Contribution>,
}

pub(crate) struct Oracle<'a> {
    pub(crate) world: &'a World,
    /// The collectives whose control logs are held.
    pub(crate) held: &'a [usize],
    pub(crate) question: &'a Question,
    pub(crate) item: &'a Item,
}

fn contribution(leaf: Option<&Leaf>) -> Option<&Contribution> {
    match leaf {
        Some(Leaf::Contribution(header, _)) => Some(header),
        _ => None,
    }
}

fn inside(cut: &Cut, id: &RecordId) -> bool {
    cut.0.get(&id.feed).copied().unwrap_or(0) > id.index
}

impl Oracle<'_> {
    pub(crate) fn answer(&self) -> Answer {
        let mut answer = self.first_match();
        answer.rung = answer.rung.map(|rung| rung.min(self.question.rung));
        answer
    }

    fn first_match(&self) -> Answer {
        let manifest = &self.item.manifest;
        if manifest.audience == FeedAudience::Members
            && let Some(asker) = self.question.asker
        {
            let owner =
                self.number(&manifest.collective).filter(|by| self.delegates(*by, &self.item.id.feed));
            let part = owner.is_some_and(|by| {
                self.is_node_of(asker, by) || self.world.collectives[by].control.writer == key(asker)
            });
            if !part {
                return Answer { rung: None, because: "members", cites: vec![] };
            }
        }
        if manifest.purpose == FeedPurpose::Control {
            return Answer::new(Rung::Body, "control", &[]);
        }
        if let Some(Leaf::Submission(..)) = self.item.leaf {
            return match (&self.item.via, self.question.asker) {
                (Some(via), _) => Oracle { item: via, ..*self }.first_match(),
                (None, None) => Answer::new(Rung::Body, "local", &[]),
                (None, Some(_)) => Answer::new(Rung::Header, "submission", &[]),
            };
        }
        let covering = self.question.asker.map(|asker| self.covering(Some(asker))).unwrap_or_default();
        let withholding = covering.iter().filter(|covering| covering.withholds());
        let least = withholding.map(|covering| (covering.rung, covering.id)).min();
        let header = least.map_or(Rung::Header, |(rung, _)| rung.min(Rung::Header));
        if let Some((rung, _, id)) = self.erased() {
            return Answer::new(rung.min(header), "erased", &[id]);
        }
        let Some(asker) = self.question.asker else {
            return Answer::new(Rung::Body, "local", &[]);
        };
        let owner = self.owner();
        if owner.is_some_and(|by| self.is_node_of(asker, by)) {
            return Answer::new(Rung::Body, "owner", &[]);
        }
        match self.opened(asker, &covering) {
            Err(("missing", _)) => match least {
                Some((Rung::Commitment, id)) => Answer::new(Rung::Commitment, "withheld", &[id]),
                _ => Answer::new(Rung::Commitment, "missing", &[]),
            },
            Err((because, cites)) => Answer::new(header, because, &cites),
            Ok(by) => {
                let gifts = self.gifts();
                match least {
                    _ if !gifts.is_empty() && self.seventh(&covering) => {
                        Answer::new(Rung::Body, "irrevocable", &gifts)
                    }
                    Some((rung, id)) => Answer::new(rung, "withheld", &[id]),
                    None => Answer::new(Rung::Body, "released", &by),
                }
            }
        }
    }

    /// Rules 5 and 6: the releases that open it, or what stands in the way and whom that names.
    fn opened(
        &self,
        asker: u8,
        covering: &[Covering],
    ) -> Result<Vec<RecordId>, (&'static str, Vec<RecordId>)> {
        let plain = |because| Err((because, vec![]));
        let Some(owner) = self.owner() else { return plain("unowned") };
        if let Some(Leaf::Contribution(_, extensions)) = &self.item.leaf
            && !extensions.0.is_empty()
        {
            return plain("unknown");
        }
        let collective = &self.world.collectives[owner];
        let closing = collective
            .log
            .iter()
            .any(|(control, signers)| !control.extensions.0.is_empty() && signers.contains(&key(GOVERNANCE)));
        if collective.forked || closing {
            return plain("closed");
        }
        let thing = Thing { id: self.item.id, owner, header: self.header() };
        if self.stewards(&thing).iter().any(|steward| self.number(steward).is_none()) {
            return plain("steward");
        }
        let Some(header) = self.header() else { return plain("missing") };
        let releases = self.releases(&thing);
        if releases.is_empty() {
            return plain("unreleased");
        }
        let allowed: Vec<_> =
            releases.iter().filter(|(_, release)| self.tier_allows(header, release.mode)).collect();
        if allowed.is_empty() {
            return plain("tier");
        }
        let swiss = |by: &usize| self.is_node_of(asker, *by) && [0, 1, 4].contains(by);
        if !header.regions.allow.is_empty() && !self.held.iter().any(swiss) {
            return plain("region");
        }
        let opens = |release: &Release| match release.mode {
            ReleaseMode::Open => true,
            ReleaseMode::Gated(offer) | ReleaseMode::Sealed(offer) => self.granted(owner, &offer, asker),
        };
        let open: Vec<RecordId> = allowed.iter().filter(|(_, r)| opens(r)).map(|(id, _)| *id).collect();
        if open.is_empty() {
            let offers = allowed.iter().filter_map(|(_, release)| match release.mode {
                ReleaseMode::Gated(offer) | ReleaseMode::Sealed(offer) => Some(offer),
                ReleaseMode::Open => None,
            });
            return Err(("gated", offers.collect()));
        }
        let trains = self.question.purpose == Purpose::Train;
        let lays = covering.iter().filter(|covering| !covering.withholds());
        match lays.map(|covering| covering.id).min() {
            _ if trains && header.preferences.train == Preference::Deny => plain("purpose"),
            Some(embargo) if trains => Err(("overlaid", vec![embargo])),
            _ => Ok(open),
        }
    }
}
