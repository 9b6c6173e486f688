//! Ballots: opened, voted on, closed, shown.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Audience, Reach, Rung, Scope, Variant};
use commonwheel_record::{CollectiveId, FeedId, Hash, PublicKey, RecordId};
use serde::{Deserialize, Serialize};

use super::control::Made;
use super::shapes::{AudienceShape, ScopeShape};
use crate::word::{self, Word, WordError};

/// What a ballot is called: by the hash of what is signed, or by a record of it, `<feed>/<index>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BallotName {
    /// The hash.
    Hash(Hash),
    /// A record.
    Record(RecordId),
}

impl Word for BallotName {
    fn text(&self) -> String {
        match self {
            Self::Hash(hash) => hash.text(),
            Self::Record(record) => record.text(),
        }
    }

    fn read(text: &str) -> Result<Self, WordError> {
        if text.contains('/') { Word::read(text).map(Self::Record) } else { Word::read(text).map(Self::Hash) }
    }
}

/// Opens a ballot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotOpenRequest {
    /// Whose; the node's own collective if absent.
    #[serde(default, with = "word::optional")]
    pub collective: Option<CollectiveId>,
    /// The question, in public words.
    pub question: String,
    /// What a yes allows, 1 to 4, all of it together.
    pub proposals: Vec<ProposalShape>,
    /// When voting begins; now if absent.
    #[serde(default)]
    pub opens: Option<u64>,
    /// When voting ends.
    pub closes: u64,
    /// Until when choices are revealed: makes the ballot secret.
    #[serde(default)]
    pub reveals: Option<u64>,
    /// Answer with the record instead of appending it: members or other governance keys sign it.
    #[serde(default)]
    pub draft: bool,
    /// The draft is for a petition: governance signs nothing.
    #[serde(default)]
    pub petition: bool,
}

/// One thing put to the vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposalShape {
    /// An embargo on these terms.
    Embargo(Box<TermsShape>),
    /// The lift of an embargo.
    Lift(#[serde(with = "word")] RecordId),
}

/// The terms of a proposed embargo. What is new begins at what the node holds when the ballot is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsShape {
    /// What it does.
    #[serde(with = "word")]
    pub variant: Variant,
    /// Which contributions it is about; all of them if absent.
    #[serde(default, with = "ScopeShape")]
    pub scope: Scope,
    /// Which of them it reaches; the variant's default if absent.
    #[serde(default, with = "word::optional")]
    pub reach: Option<Reach>,
    /// Whom it refuses.
    #[serde(default = "everyone", with = "AudienceShape")]
    pub audience: Audience,
    /// The highest rung it leaves open; `header` if absent.
    #[serde(default, with = "word::optional")]
    pub rung: Option<Rung>,
    /// What the collective demands, in public words.
    #[serde(default)]
    pub demand: String,
}

const fn everyone() -> Audience {
    Audience::Everyone
}

/// What became of opening a ballot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotOpenAnswer {
    /// By which votes name it: the hash of what is signed. Of a draft it changes once a petition is attached.
    #[serde(with = "word")]
    pub ballot: Hash,
    /// The record.
    pub made: Made,
}

/// Asks for ballots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BallotListRequest {
    /// Only of this collective.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
}

/// Ballots, and those without effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotListAnswer {
    /// In the order of when they close.
    pub ballots: Vec<BallotShown>,
    /// Ballots, votes, reveals, closes, mandates and erasures without effect, with the reason.
    pub ineffective: Vec<super::IneffectiveShown>,
}

/// Asks for one ballot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotShowRequest {
    /// By its hash, or by its record.
    #[serde(with = "word")]
    pub ballot: BallotName,
}

/// One ballot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BallotShowAnswer(pub BallotShown);

/// A ballot as the records show it: equal on nodes that hold the same, its stage apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotShown {
    /// By which votes name it.
    #[serde(with = "word")]
    pub ballot: Hash,
    /// Where it stands.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Whose.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// The collective's name.
    pub collective_name: String,
    /// The question.
    pub question: String,
    /// What a yes allows, in plain words.
    pub proposals: Vec<String>,
    /// Whether members called it by petition.
    pub petition: bool,
    /// When voting begins.
    pub opens: u64,
    /// When voting ends.
    pub closes: u64,
    /// Until when choices are revealed; of a secret ballot only.
    pub reveals: Option<u64>,
    /// What this node's clock and the records say is going on.
    pub stage: BallotStage,
    /// How many on the roll have a vote.
    pub voters: u64,
    /// The votes counted, or that would be if it closed now.
    pub tally: TallyShown,
    /// What it takes to be carried.
    pub needs: Vec<Need>,
    /// What came of it, in words.
    pub outcome: String,
    /// How much of each control feed counts by the closes of its last stage; empty before one.
    #[serde(with = "word::map")]
    pub counted: BTreeMap<FeedId, u64>,
    /// The closes that state this tally.
    #[serde(with = "word::list")]
    pub closes_by: BTreeSet<RecordId>,
    /// The mandates that rest on them.
    pub mandates: Vec<MandateShown>,
    /// Whether its votes are erased, and the tally is what a close states.
    pub erased: bool,
    /// When its votes may be erased at the earliest.
    pub erasable: u64,
}

/// What is going on with a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BallotStage {
    /// Voting has not begun.
    Announced,
    /// Votes are taken.
    Voting,
    /// Voting has ended, and choices are to be revealed.
    Revealing,
    /// It has ended, and no valid close counts it yet.
    Closing,
    /// It was carried.
    Carried,
    /// It was not carried.
    Failed,
    /// Records inside the cut of its closes are not held here.
    Incomplete,
}

/// Votes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyShown {
    /// Of everybody entitled.
    pub eligible: u64,
    /// Yes.
    pub yes: u64,
    /// No.
    pub no: u64,
    /// Abstentions, and secret votes that are not revealed.
    pub abstained: u64,
}

/// A threshold, in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// In words: `100 of 200 must vote`.
    pub what: String,
    /// The votes there are.
    pub has: u64,
    /// The votes it takes.
    pub needed: u64,
    /// Whether that is met.
    pub met: bool,
}

/// A mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MandateShown {
    /// Its record, which an embargo or a lift names.
    #[serde(with = "word")]
    pub id: RecordId,
    /// When an action may begin.
    pub earliest: u64,
    /// When it is over.
    pub expires: u64,
}

/// Closes a ballot, or the voting of a secret one, and states its mandate if it was carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotCloseRequest {
    /// By its hash, or by its record.
    #[serde(with = "word")]
    pub ballot: BallotName,
}

/// What was appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotCloseAnswer {
    /// The close; none if one that counts as much is there already.
    #[serde(with = "word::optional")]
    pub close: Option<RecordId>,
    /// The mandate; none if it was not carried, or one is there already.
    #[serde(with = "word::optional")]
    pub mandate: Option<RecordId>,
    /// Control feeds whose newest records do not count, each with the witnesses that did not stamp it in time.
    pub unwitnessed: Vec<Unwitnessed>,
    /// The ballot afterwards.
    pub ballot: BallotShown,
}

/// A control feed whose newest records do not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unwitnessed {
    /// The feed.
    #[serde(with = "word")]
    pub feed: FeedId,
    /// The witnesses that did not stamp its head in time.
    #[serde(with = "word::list")]
    pub missing: BTreeSet<PublicKey>,
}

/// Erases the personal parts of a ballot that is long over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotEraseRequest {
    /// By its hash, or by its record.
    #[serde(with = "word")]
    pub ballot: BallotName,
    /// Answer with the record instead of appending it.
    #[serde(default)]
    pub draft: bool,
}

/// The erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotEraseAnswer {
    /// The record.
    pub made: Made,
    /// How many records' personal parts it erases.
    pub records: u64,
}
