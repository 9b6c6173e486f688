//! The same rules read slowly from the raw control logs, written apart from the crate: no view, no index, no early end.

use commonwheel_record::control::{
    Audience, Content, Embargo, Grant, Lift, Offer, Party, Power, Release, ReleaseMode, Revoked, Rung,
    Subject, Variant, Withdrawal, WithdrawalClass,
};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose as FeedPurpose};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, Contribution, Cut, FeedId, Leaf, PublicKey, RecordId, Tier};

use crate::question::{Item, Question};
use crate::world::{GOVERNANCE, ROOT, World, key};

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

impl<'a> Oracle<'a> {
    // What the logs say.

    fn number(&self, id: &CollectiveId) -> Option<usize> {
        self.held.iter().copied().find(|number| self.world.id(*number) == *id)
    }

    /// Records of a held log that carry a key's signature and no extension.
    fn signed(&self, by: usize, signer: u8) -> Vec<(RecordId, &'a Content)> {
        if !self.held.contains(&by) {
            return Vec::new();
        }
        let collective = &self.world.collectives[by];
        let all = collective.log.iter().enumerate();
        let counts = all.filter(|(_, (control, signers))| {
            signers.contains(&key(signer)) && control.extensions.0.is_empty()
        });
        let feed = collective.control.id();
        counts.map(|(at, (control, _))| (RecordId { feed, index: at as u64 }, &control.content)).collect()
    }

    fn governed(&self, by: usize) -> Vec<(RecordId, &'a Content)> {
        self.signed(by, GOVERNANCE)
    }

    fn delegates(&self, by: usize, feed: &FeedId) -> bool {
        let names = |content: &Content| match content {
            Content::Delegation(delegation) => delegation.subject == Subject::Feed(*feed),
            _ => false,
        };
        self.signed(by, ROOT).iter().any(|(_, content)| names(content))
    }

    fn owns(&self, by: usize, id: &RecordId) -> bool {
        let ends = |content: &Content| match content {
            Content::Revocation(revocation) => {
                matches!(revocation.revoked, Revoked::Feed { feed, size, .. } if feed == id.feed && size <= id.index)
            }
            _ => false,
        };
        self.delegates(by, &id.feed) && !self.signed(by, ROOT).iter().any(|(_, content)| ends(content))
    }

    fn nodes(&self, by: usize) -> Vec<PublicKey> {
        let node = |(_, content): (RecordId, &Content)| match content {
            Content::Delegation(delegation) => match delegation.subject {
                Subject::Node { key, .. } => Some(key),
                _ => None,
            },
            _ => None,
        };
        self.signed(by, ROOT).into_iter().filter_map(node).collect()
    }

    fn is_node_of(&self, node: u8, by: usize) -> bool {
        self.nodes(by).contains(&key(node))
    }

    /// Powers given by a collective, with their ends.
    fn powers(&self, by: usize, power: Power) -> Vec<(usize, Option<u64>)> {
        let gives = |(_, content): (RecordId, &Content)| match content {
            Content::Affiliate(affiliate) if affiliate.powers.contains(&power) => {
                Some((self.number(&affiliate.to)?, affiliate.until))
            }
            _ => None,
        };
        self.governed(by).into_iter().filter_map(gives).collect()
    }

    // Time.

    fn lease(&self, by: usize) -> Option<u64> {
        self.question.leases.0.get(&self.world.id(by)).copied()
    }

    /// A date that closes has come.
    fn come(&self, date: u64, by: usize) -> bool {
        self.question.now >= date || self.lease(by).is_some_and(|time| time >= date)
    }

    /// A date that opens is over.
    fn over(&self, date: Option<u64>, by: usize) -> bool {
        date.is_some_and(|date| self.lease(by).is_some_and(|time| time > date))
    }

    // Whose is it?

    fn owner_of(&self, id: &RecordId, manifest: &Manifest) -> Option<usize> {
        self.number(&manifest.collective).filter(|number| self.owns(*number, id))
    }

    fn owner(&self) -> Option<usize> {
        self.owner_of(&self.item.id, &self.item.manifest)
    }

    fn header(&self) -> Option<&'a Contribution> {
        contribution(self.item.leaf.as_ref())
    }

    fn things(&self) -> Vec<Thing<'a>> {
        let mut things = Vec::new();
        if let Some(owner) = self.owner() {
            things.push(Thing { id: self.item.id, owner, header: self.header() });
        }
        for held in &self.item.ancestors {
            let owners: Vec<usize> = match &held.manifest {
                Some(manifest) => self.owner_of(&held.id, manifest).into_iter().collect(),
                None => self.held.iter().copied().filter(|number| self.owns(*number, &held.id)).collect(),
            };
            let header = contribution(held.leaf.as_ref());
            things.extend(owners.into_iter().map(|owner| Thing { id: held.id, owner, header }));
        }
        things
    }

    // Releases.

    /// Releases of a thing's licence over its position, by the owner or whoever it empowers.
    fn releases(&self, thing: &Thing<'_>) -> Vec<(RecordId, &'a Release)> {
        let Some(header) = thing.header else { return Vec::new() };
        let mut may = vec![thing.owner];
        let powers = self.powers(thing.owner, Power::Release);
        may.extend(
            powers
                .into_iter()
                .filter(|(_, end)| !end.is_some_and(|end| self.come(end, thing.owner)))
                .map(|(to, _)| to),
        );
        let all = may.into_iter().flat_map(|by| self.governed(by));
        let over = |release: &Release| {
            release
                .ranges
                .iter()
                .any(|r| r.feed == thing.id.feed && r.start <= thing.id.index && thing.id.index < r.end)
        };
        all.filter_map(|(id, content)| match content {
            Content::Release(release) if release.licence == header.licence && over(release) => {
                Some((id, release))
            }
            _ => None,
        })
        .collect()
    }

    /// Open releases of the record itself under an irrevocable licence that its tier allows.
    fn gifts(&self) -> Vec<RecordId> {
        let (Some(owner), Some(header)) = (self.owner(), self.header()) else { return Vec::new() };
        // Of the licences of these worlds the ones one may take as MIT alone are irrevocable.
        if !["MIT", "MIT OR LicenseRef-x"].contains(&header.licence.as_str()) {
            return Vec::new();
        }
        let thing = Thing { id: self.item.id, owner, header: Some(header) };
        let open = self.releases(&thing).into_iter().filter(|(_, release)| release.mode == ReleaseMode::Open);
        open.filter(|_| self.tier_allows(header, ReleaseMode::Open)).map(|(id, _)| id).collect()
    }

    fn tier_allows(&self, header: &Contribution, mode: ReleaseMode) -> bool {
        match header.tier {
            Tier::Private => false,
            Tier::Collective => self.item.manifest.audience == FeedAudience::Members,
            Tier::Gated => !matches!(mode, ReleaseMode::Open),
            Tier::Public => true,
        }
    }

    fn offers(&self, by: usize) -> Vec<(RecordId, &'a Offer)> {
        let offer = |(id, content): (RecordId, &'a Content)| match content {
            Content::Offer(offer) => Some((id, offer)),
            _ => None,
        };
        self.governed(by).into_iter().filter_map(offer).collect()
    }

    /// Grants that rest on an offer of the same collective and have not expired.
    fn grants(&self, by: usize) -> Vec<&'a Grant> {
        let offers: Vec<RecordId> = self.offers(by).into_iter().map(|(id, _)| id).collect();
        let grant = |(_, content): (RecordId, &'a Content)| match content {
            Content::Grant(grant) if offers.contains(&grant.offer) => Some(grant),
            _ => None,
        };
        let all = self.governed(by).into_iter().filter_map(grant);
        all.filter(|grant| !grant.expires.is_some_and(|end| self.come(end, by))).collect()
    }

    fn granted(&self, owner: usize, offer: &RecordId, asker: u8) -> bool {
        let mut may = vec![owner];
        let powers = self.powers(owner, Power::Grant);
        may.extend(
            powers
                .into_iter()
                .filter(|(_, end)| !end.is_some_and(|end| self.come(end, owner)))
                .map(|(to, _)| to),
        );
        may.into_iter().any(|by| {
            let purpose = self.question.purpose;
            let fits = self.offers(by).into_iter().any(|(id, terms)| {
                id == *offer
                    && (purpose == Purpose::Replicate
                        || terms.purposes.is_empty()
                        || terms.purposes.contains(&purpose))
            });
            fits && self.grants(by).iter().any(|grant| grant.offer == *offer && self.is(&grant.to, asker))
        })
    }

    fn is(&self, party: &Party, asker: u8) -> bool {
        match party {
            Party::Node(named) => *named == key(asker),
            Party::Collective(id) => self.number(id).is_some_and(|number| self.is_node_of(asker, number)),
        }
    }

    // Embargoes.

    fn lifts(&self, by: usize, embargo: &Embargo) -> Vec<&'a Lift> {
        let all = self.governed(by);
        let named = |id: &RecordId| all.iter().find(|(at, _)| at == id).map(|(_, content)| *content);
        let lift = |(_, content): &(RecordId, &'a Content)| match content {
            // By what it says, so that a copy is lifted too.
            Content::Lift(lift) => match named(&lift.embargo) {
                Some(Content::Embargo(lifted)) if **lifted == *embargo => Some(lift),
                _ => None,
            },
            _ => None,
        };
        all.iter().filter_map(lift).collect()
    }

    fn in_scope(scope: &commonwheel_record::control::Scope, header: Option<&Contribution>) -> bool {
        let Some(header) = header else { return true };
        (scope.kinds.is_empty() || scope.kinds.contains(&header.kind))
            && (scope.languages.is_empty() || scope.languages.contains(&header.language))
            && (scope.domains.is_empty() || scope.domains.contains(&header.domain))
            && (scope.tags.is_empty() || header.tags.iter().any(|tag| scope.tags.contains(tag)))
            && (scope.tiers.is_empty() || scope.tiers.contains(&header.tier))
    }

    fn targets(&self, embargo: &Embargo, by: usize, asker: u8) -> bool {
        let named =
            |parties: &std::collections::BTreeSet<Party>| parties.iter().any(|party| self.is(party, asker));
        let anonymous = !self.held.iter().any(|number| self.is_node_of(asker, *number));
        let known = self.grants(by).iter().any(|grant| grant.to == Party::Node(key(asker)));
        match &embargo.audience {
            Audience::Everyone => true,
            Audience::Only(parties) => named(parties) || (anonymous && !known),
            Audience::Except(parties) => !named(parties),
        }
    }

    fn is_in_force(&self, embargo: &Embargo, by: usize, thing: &Thing<'_>) -> bool {
        let lifted = self.lifts(by, embargo).iter().any(|lift| match &lift.scope {
            None => true,
            Some(part) => thing.header.is_some() && Self::in_scope(part, thing.header),
        });
        embargo.variant == Variant::Pause
            && self.come(embargo.starts, by)
            && !self.over(embargo.ends, by)
            && !lifted
            && Self::in_scope(&embargo.scope, thing.header)
    }

    fn reaches(&self, embargo: &Embargo, thing: &Thing<'_>) -> bool {
        use commonwheel_record::control::Reach;
        match embargo.reach {
            Reach::All => true,
            Reach::New => !inside(&embargo.from_cut, &thing.id),
            Reach::Unreleased => !self.releases(thing).iter().any(|(id, _)| inside(&embargo.cut, id)),
        }
    }

    /// Collectives that may strike over a thing.
    fn strikers(&self, thing: &Thing<'_>) -> Vec<usize> {
        let mut strikers = vec![thing.owner];
        for steward in self.stewards(thing) {
            strikers.extend(self.number(&steward));
        }
        let powers = self.powers(thing.owner, Power::Embargo);
        // Of two affiliations the one that lasts longest holds, so one that is not over is enough.
        strikers
            .extend(powers.into_iter().filter(|(_, end)| !self.over(*end, thing.owner)).map(|(to, _)| to));
        strikers
    }

    fn stewards(&self, thing: &Thing<'_>) -> Vec<CollectiveId> {
        let listed = &self.world.collectives[thing.owner].charter.stewards;
        match thing.header {
            Some(header) => header.stewards.intersection(listed).copied().collect(),
            None => listed.iter().copied().collect(),
        }
    }

    /// Every embargo that covers, with what it leaves open and whether it knew a gift.
    fn covering(&self, asker: u8) -> Vec<(Rung, RecordId, bool)> {
        let gifts = self.gifts();
        let mut covering = Vec::new();
        for thing in self.things() {
            for by in self.strikers(&thing) {
                for (id, content) in self.governed(by) {
                    let Content::Embargo(embargo) = content else { continue };
                    if self.is_in_force(embargo, by, &thing)
                        && self.targets(embargo, by, asker)
                        && self.reaches(embargo, &thing)
                    {
                        let old = inside(&embargo.from_cut, &thing.id);
                        let rung = if old { Rung::Header } else { embargo.rung };
                        covering.push((rung, id, gifts.iter().any(|gift| inside(&embargo.cut, gift))));
                    }
                }
            }
        }
        covering
    }

    fn seventh(&self, covering: &[(Rung, RecordId, bool)]) -> bool {
        let owners = self.owner().is_some_and(|owner| self.is_node_of(self.question.me, owner));
        !owners && covering.iter().all(|(_, _, knew)| *knew)
    }

    fn erased(&self) -> Option<(Rung, WithdrawalClass, RecordId)> {
        let covering = self.question.asker.map(|asker| self.covering(asker)).unwrap_or_default();
        let mut found = Vec::new();
        for thing in self.things() {
            for (id, content) in self.governed(thing.owner) {
                let Content::Withdrawal(Withdrawal { ranges, class, rung, cut, .. }) = content else {
                    continue;
                };
                if !ranges.iter().any(|range| range.contains(&thing.id)) {
                    continue;
                }
                let stays = self.gifts().iter().any(|gift| inside(cut, gift)) && self.seventh(&covering);
                if *class == WithdrawalClass::PersonalData || !stays {
                    found.push((*rung, *class, id));
                }
            }
        }
        found.into_iter().min()
    }

    // The precedence.

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
        let covering = self.question.asker.map(|asker| self.covering(asker)).unwrap_or_default();
        let least = covering.iter().map(|(rung, id, _)| (*rung, *id)).min();
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
        match self.opened(asker) {
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
    fn opened(&self, asker: u8) -> Result<Vec<RecordId>, (&'static str, Vec<RecordId>)> {
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
        let denied = self.question.purpose == Purpose::Train
            && header.preferences.train == commonwheel_record::terms::Preference::Deny;
        if denied { plain("purpose") } else { Ok(open) }
    }
}
