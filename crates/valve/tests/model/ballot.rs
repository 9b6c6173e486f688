//! A ballot's close, by three carriers: each writes a control feed and holds of the others' what it has heard.
//!
//! One member votes yes through the first carrier and changes to no through the second, another votes yes through the third:
//! with the last vote of each the ballot fails, with a cut that leaves the change out it is carried. Votes arrive before or
//! after the witnesses stamp a feed, closes are written by two carriers from whatever they hold, leaves travel in any order.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::{ControlFeed, ControlLeaf, Outcome, View, fold};
use commonwheel_ledger::cosign::cosign;
use commonwheel_ledger::tree::{Frontier, leaf_hash};
use commonwheel_record::attestation::Head;
use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor;
use commonwheel_record::control::{
    Audience, Ballot, Cast, Choice, Close, Content, Enrolment, Principal, Proposal, Reach, RollEntry, Rules,
    Rung, Scope, Stamp, Tally, Terms, Variant, Vote, VoteBody, VoteContent, WitnessedHead,
};
use commonwheel_record::{Commitment, Control, Cut, FeedId, Hash, Leaf};

use crate::coop::{Coop, GOVERNANCE, network, public, secret};
use crate::space::{Size, search};

const CARRIERS: usize = 3;
/// Carriers that close the ballot if they can.
const CLOSERS: [usize; 2] = [1, 2];
const MEMBERS: [u8; 3] = [50, 51, 52];
const WITNESSES: [u8; 3] = [30, 31, 32];
const CLOSES: u64 = 1_000;

/// What follows the founding in a control feed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The feed's one vote.
    Vote,
    /// A close: what each head it names stands for, and the result as yes and no.
    Close([Option<Vec<Self>>; CARRIERS], (u64, u64)),
}

/// Who votes what in each feed: the member, the choice, its number.
const VOTES: [(usize, Choice, u64); CARRIERS] =
    [(0, Choice::Yes, 1), (0, Choice::No, 2), (1, Choice::Yes, 1)];

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    feeds: [Vec<Event>; CARRIERS],
    /// How many events of each feed the witnesses have stamped in time.
    stamped: [Option<u8>; CARRIERS],
    /// How many events of each feed each carrier holds.
    held: [[u8; CARRIERS]; CARRIERS],
}

/// The events a carrier holds, which is all a fold may rest on.
type Held = [Vec<Event>; CARRIERS];

struct World {
    coop: Coop,
    ballot: Hash,
    folds: RefCell<BTreeMap<Held, View>>,
}

fn sealed(bytes: Vec<u8>) -> (Commitment, SealedBody) {
    let body = SealedBody { salt: [3; 32], submission: None, bytes };
    (Commitment::to(&network(), &body.salt, &body.bytes), body)
}

fn encoded(content: Content, coop: &Coop, keys: &[u8]) -> Vec<u8> {
    let control = Control::new(Some(coop.id), content);
    let control = keys.iter().fold(control, |control, key| control.signed(&network(), &secret(*key)));
    Leaf::Control(Box::new(control)).encode()
}

impl World {
    fn new() -> Self {
        let rules = Rules { mandate_required: true, grace_hours: 1, ..Rules::default() };
        let witnesses = WITNESSES.iter().map(|seed| public(*seed)).collect();
        let mut coop = Coop::new(u8::try_from(CARRIERS).unwrap(), witnesses, rules);
        // Each carrier enrols somebody: a feed without a leaf has no head to be witnessed.
        for (feed, member) in MEMBERS.into_iter().enumerate() {
            let principal = Principal::Member(public(member));
            let entry = RollEntry { version: 1, principal, shares: 1, custodial: false, name: None };
            let (commitment, body) = sealed(cbor::encode(&entry));
            let leaf = encoded(Content::Enrolment(Enrolment { entry: commitment }), &coop, &[GOVERNANCE]);
            coop.append_leaf(feed, leaf, Some(&body));
        }
        let ballot = coop.ballot();
        let hash = ballot.0;
        coop.append_leaf(0, ballot.1, None);
        Self { coop, ballot: hash, folds: RefCell::default() }
    }

    fn leaf(&self, feed: usize, event: &Event) -> (Vec<u8>, Option<SealedBody>) {
        match event {
            Event::Vote => {
                let (member, choice, sequence) = VOTES[feed];
                let content = VoteContent { ballot: self.ballot, sequence, cast: Cast::Open(choice) };
                let signed = VoteBody::sign(&network(), &secret(MEMBERS[member]), content);
                let (vote, body) = sealed(cbor::encode(&signed));
                (encoded(Content::Vote(Vote { ballot: self.ballot, vote }), &self.coop, &[]), Some(body))
            }
            Event::Close(named, result) => (self.close(named, *result), None),
        }
    }

    fn close(&self, named: &[Option<Vec<Event>>; CARRIERS], (yes, no): (u64, u64)) -> Vec<u8> {
        let heads = (0..CARRIERS).filter_map(|feed| Some(self.witnessed(feed, named[feed].as_ref()?)));
        let mut heads: Vec<WitnessedHead> = heads.collect();
        heads.sort_by_key(|head| head.head.feed);
        let result = Some(Tally { eligible: MEMBERS.len() as u64, yes, no, abstained: 0 });
        encoded(Content::Close(Box::new(Close { ballot: self.ballot, heads, result })), &self.coop, &[])
    }

    /// The head over a feed's founding and these events, stamped in time by a majority.
    fn witnessed(&self, feed: usize, events: &[Event]) -> WitnessedHead {
        let log = &self.coop.logs[feed];
        let mut frontier = Frontier::default();
        log.leaves.iter().for_each(|bytes| frontier.push(leaf_hash(bytes)));
        events.iter().for_each(|event| frontier.push(leaf_hash(&self.leaf(feed, event).0)));
        let size = (log.leaves.len() + events.len()) as u64;
        let head = Head { feed: log.manifest.id(), size, root: frontier.root() };
        let stamp = |seed: &u8| {
            let cosigned = cosign(&network(), &secret(*seed), head, CLOSES + 1);
            (public(*seed), Stamp { time: cosigned.time, signature: cosigned.signature })
        };
        WitnessedHead { head, stamps: WITNESSES[..2].iter().map(stamp).collect() }
    }

    fn view(&self, held: &Held) -> View {
        if let Some(view) = self.folds.borrow().get(held) {
            return view.clone();
        }
        let opened: Vec<Vec<ControlLeaf>> = (0..CARRIERS)
            .map(|feed| {
                let later = held[feed].iter().map(|event| {
                    let (bytes, body) = self.leaf(feed, event);
                    ControlLeaf::open(&network(), Some(Leaf::decode(&bytes).unwrap()), body.as_ref())
                });
                self.coop.logs[feed].opened.iter().cloned().chain(later).collect()
            })
            .collect();
        let feeds: BTreeMap<FeedId, ControlFeed<'_>> = self
            .coop
            .logs
            .iter()
            .zip(&opened)
            .map(|(log, leaves)| {
                (log.manifest.id(), ControlFeed { manifest: &log.manifest, leaves, forked: None })
            })
            .collect();
        let view = fold(&network(), self.coop.id, &feeds);
        self.folds.borrow_mut().insert(held.clone(), view.clone());
        view
    }
}

impl Coop {
    /// A ballot on a pause of everything, signed by governance: its hash and its leaf.
    fn ballot(&self) -> (Hash, Vec<u8>) {
        let view = self.view(&self.sizes());
        let cut = Cut(self.logs.iter().map(|log| (log.manifest.id(), log.leaves.len() as u64)).collect());
        let terms = Terms {
            variant: Variant::Pause,
            scope: Scope::default(),
            reach: Reach::All,
            from_cut: Cut::default(),
            audience: Audience::Everyone,
            rung: Rung::Header,
            demand: "a fair agreement".to_owned(),
        };
        let ballot = Ballot {
            question: "Do we strike?".to_owned(),
            proposals: vec![Proposal::Embargo(Box::new(terms))],
            opens: 1,
            closes: CLOSES,
            reveals: None,
            charter: *view.charter_chain().last().unwrap(),
            cut,
            roll: view.roll().hash(&network()),
            petition: None,
        };
        let control = Control::new(Some(self.id), Content::Ballot(Box::new(ballot)));
        let control = control.signed(&network(), &secret(GOVERNANCE));
        let hash = commonwheel_collective::Verified::hash_of(&network(), &control);
        (hash, Leaf::Control(Box::new(control)).encode())
    }
}

fn held(state: &State, carrier: usize) -> Held {
    std::array::from_fn(|feed| state.feeds[feed][..usize::from(state.held[carrier][feed])].to_vec())
}

/// The largest size of each feed that closes among the events name.
fn merged(held: &Held) -> Option<[u8; CARRIERS]> {
    let closes = held.iter().flatten().filter_map(|event| match event {
        Event::Close(named, _) => Some(named),
        Event::Vote => None,
    });
    closes.fold(None, |cut: Option<[u8; CARRIERS]>, named| {
        let cut = cut.unwrap_or_default();
        let size = |feed: usize| named[feed].as_ref().map_or(0, |events| u8::try_from(events.len()).unwrap());
        Some(std::array::from_fn(|feed| cut[feed].max(size(feed))))
    })
}

/// The votes inside a cut, counted by hand: yes and no, each member's last.
fn count(held: &Held, cut: &[u8; CARRIERS]) -> (u64, u64) {
    let mut last: BTreeMap<usize, (u64, Choice)> = BTreeMap::new();
    for feed in 0..CARRIERS {
        if held[feed][..usize::from(cut[feed])].contains(&Event::Vote) {
            let (member, choice, sequence) = VOTES[feed];
            let entry = last.entry(member).or_insert((sequence, choice));
            *entry = (*entry).max((sequence, choice));
        }
    }
    let of = |wanted| last.values().filter(|(_, choice)| *choice == wanted).count() as u64;
    (of(Choice::Yes), of(Choice::No))
}

fn next(state: &State) -> Vec<State> {
    let mut after = Vec::new();
    let mut step = |change: &dyn Fn(&mut State)| {
        let mut state = state.clone();
        change(&mut state);
        after.push(state);
    };
    for feed in 0..CARRIERS {
        if !state.feeds[feed].contains(&Event::Vote) {
            step(&|state| {
                state.feeds[feed].push(Event::Vote);
                state.held[feed][feed] += 1;
            });
        }
        if state.stamped[feed].is_none() {
            step(&|state| state.stamped[feed] = u8::try_from(state.feeds[feed].len()).ok());
        }
    }
    for carrier in CLOSERS {
        if let Some(close) = closes(state, carrier) {
            step(&|state| {
                state.feeds[carrier].push(close.clone());
                state.held[carrier][carrier] += 1;
            });
        }
        for feed in 0..CARRIERS {
            if state.held[carrier][feed] < u8::try_from(state.feeds[feed].len()).unwrap() {
                step(&|state| state.held[carrier][feed] += 1);
            }
        }
    }
    after
}

/// What a carrier would close with: every stamped head it holds whole, and the count of what that makes with other closes.
fn closes(state: &State, carrier: usize) -> Option<Event> {
    let own = &state.feeds[carrier];
    if own.iter().any(|event| matches!(event, Event::Close(..))) {
        return None;
    }
    let holds = |feed: usize| state.stamped[feed].filter(|size| state.held[carrier][feed] >= *size);
    let sizes: [Option<u8>; CARRIERS] = std::array::from_fn(holds);
    // The first feed carries the ballot, and a close must leave no doubt that it was opened before.
    sizes[0]?;
    let held = held(state, carrier);
    let others = merged(&held).unwrap_or_default();
    let cut: [u8; CARRIERS] = std::array::from_fn(|feed| others[feed].max(sizes[feed].unwrap_or(0)));
    let whole = (0..CARRIERS).all(|feed| state.held[carrier][feed] >= cut[feed]);
    let named = |feed: usize| sizes[feed].map(|size| held[feed][..usize::from(size)].to_vec());
    whole.then(|| Event::Close(std::array::from_fn(named), count(&held, &cut)))
}

/// What a node that holds these events must say.
fn expected(held: &Held) -> Option<(Outcome, bool)> {
    let Some(cut) = merged(held) else { return Some((Outcome::Open, false)) };
    if (0..CARRIERS).any(|feed| held[feed].len() < usize::from(cut[feed])) {
        return None;
    }
    let (yes, no) = count(held, &cut);
    let carried = yes + no >= 2 && yes > no;
    let stated =
        held.iter().flatten().any(|event| matches!(event, Event::Close(_, result) if *result == (yes, no)));
    let rules = Rules { mandate_required: true, grace_hours: 1, ..Rules::default() };
    let tally = Tally { eligible: MEMBERS.len() as u64, yes, no, abstained: 0 };
    let outcome = commonwheel_collective::judge(&rules, &tally);
    assert_eq!(outcome == Outcome::Carried, carried, "{held:?}");
    Some((outcome, stated))
}

#[test]
fn whoever_holds_the_same_counts_the_same_and_no_late_vote() {
    let world = World::new();
    let mut outcomes: BTreeSet<(bool, bool)> = BTreeSet::new();
    let mut checked: BTreeSet<Held> = BTreeSet::new();
    let size = search(State::default(), next, |state| {
        for carrier in 0..CARRIERS {
            let held = held(state, carrier);
            if !checked.insert(held.clone()) {
                continue;
            }
            let view = world.view(&held);
            let ballot = view.ballot(&world.ballot).expect("the ballot is part of the founding");
            match expected(&held) {
                None => assert_eq!(ballot.outcome, Outcome::Incomplete, "{held:?}"),
                Some((outcome, stated)) => {
                    assert_eq!(ballot.outcome, outcome, "{held:?} {:?}", view.ineffective());
                    assert_eq!(!ballot.closes.is_empty(), stated && merged(&held).is_some(), "{held:?}");
                    outcomes.insert((outcome == Outcome::Carried, stated));
                }
            }
        }
    });
    eprintln!(
        "a ballot's close by 3 carriers: {} states, {} steps, {} logs folded",
        size.states,
        size.steps,
        checked.len()
    );
    // Another size means another model: look before changing it.
    assert_eq!(size, Size { states: 17_552, steps: 54_396 });
    // Two closes may each state less than both together make: then neither carries anything.
    assert_eq!(outcomes, BTreeSet::from([(false, false), (false, true), (true, true)]));
}
