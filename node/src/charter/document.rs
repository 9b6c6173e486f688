//! A charter as people write it: the ledger's charter, with room for keys that are not made yet.

use std::collections::BTreeSet;

use commonwheel_api::{Word, WordError, types::CharterShown};
use commonwheel_record::control::{Charter, Rules};
use commonwheel_record::submission::text_hash;
use commonwheel_record::terms::{Licence, Preferences};
use commonwheel_record::{CollectiveId, Cut, FeedId, Hash, NetworkId, PublicKey};

use super::own::{NoOwn, OrOwn, Own, Signers, resolve_all};
use crate::engine::found::{DEFAULT_LICENCE, DEFAULT_TERMS};

/// Everything a charter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// The collective's name.
    pub(crate) name: String,
    /// Who amends it.
    pub(crate) root: Signers,
    /// Who releases and strikes.
    pub(crate) governance: Signers,
    /// Digests of the root keys that come next.
    pub(crate) next_root: BTreeSet<OrOwn<Hash>>,
    /// Who signs leases.
    pub(crate) liveness: BTreeSet<OrOwn<PublicKey>>,
    /// Whose nodes witness its control feeds, by their writer keys.
    pub(crate) witnesses: BTreeSet<OrOwn<PublicKey>>,
    /// Collectives that contributions may name as stewards.
    pub(crate) stewards: BTreeSet<CollectiveId>,
    /// Hours a lease lasts.
    pub(crate) lease_hours: u32,
    /// The feed whose order a rate limit counts in.
    pub(crate) release_feed: Option<OrOwn<FeedId>>,
    /// The licence of contributions that name none.
    pub(crate) licence: Licence,
    /// What a `LicenseRef-` licence stands for.
    pub(crate) terms: LicenceTerms,
    /// The preferences of contributions that state none.
    pub(crate) preferences: Preferences,
    /// Whether members may not state more permissive ones.
    pub(crate) preferences_locked: bool,
    /// Rules of strikes, releases and money.
    pub(crate) rules: Rules,
    /// Where it stands in a chain of charters, once it is in one.
    pub(crate) standing: Option<Standing>,
}

/// What tells a charter that was signed from a draft of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whose it is; unknown of a genesis charter that nobody signed.
    pub(crate) collective: Option<CollectiveId>,
    /// Its number.
    pub(crate) number: u64,
    /// The hash of its predecessor.
    pub(crate) previous: Option<Hash>,
    /// What the predecessor's keys signed counts inside it.
    pub(crate) cut: Cut,
    /// What tells it from an equal one.
    pub(crate) nonce: Hash,
}

/// The text that a `LicenseRef-` licence stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LicenceTerms {
    /// There is none.
    None,
    /// The text is elsewhere; the charter names its hash.
    Hash(Hash),
    /// The text; the charter names its hash.
    Text(String),
}

impl LicenceTerms {
    /// Returns what the charter holds of it.
    pub(crate) fn hash(&self, network: &NetworkId) -> Option<Hash> {
        match self {
            Self::None => None,
            Self::Hash(hash) => Some(*hash),
            Self::Text(text) => Some(text_hash(network, text)),
        }
    }
}

/// `none`, 64 hexadecimal digits, or the text itself.
impl Word for LicenceTerms {
    fn text(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Hash(hash) => hash.text(),
            Self::Text(text) => text.clone(),
        }
    }

    fn read(text: &str) -> Result<Self, WordError> {
        Ok(match text.trim() {
            "" | "none" => Self::None,
            text => Hash::read(text).map_or_else(|_| Self::Text(text.to_owned()), Self::Hash),
        })
    }
}

impl Default for Document {
    /// A collective that begins: its keys are the founding node's, and its licence is a contract that can be ended.
    fn default() -> Self {
        Self {
            name: String::new(),
            root: Signers::own(),
            governance: Signers::own(),
            next_root: [OrOwn::Own].into(),
            liveness: [OrOwn::Own].into(),
            witnesses: BTreeSet::new(),
            stewards: BTreeSet::new(),
            lease_hours: 72,
            release_feed: Some(OrOwn::Own),
            licence: Licence::parse(DEFAULT_LICENCE).expect("the default licence is a valid reference"),
            terms: LicenceTerms::Text(DEFAULT_TERMS.to_owned()),
            preferences: Preferences::UNSET,
            preferences_locked: false,
            rules: Rules::default(),
            standing: None,
        }
    }
}

impl Document {
    /// Returns the charter that it describes, standing where the caller says.
    pub(crate) fn charter(
        &self,
        network: &NetworkId,
        own: &Own,
        standing: &Standing,
    ) -> Result<Charter, NoOwn> {
        let release_feed = self.release_feed.map(|feed| feed.resolve("release feed", own.release_feed));
        Ok(Charter {
            number: standing.number,
            previous: standing.previous,
            cut: standing.cut.clone(),
            nonce: standing.nonce,
            name: self.name.clone(),
            root: self.root.resolve("root key", own.root)?,
            governance: self.governance.resolve("governance key", own.governance)?,
            next_root: resolve_all(&self.next_root, "next root key", own.next_root)?,
            liveness: resolve_all(&self.liveness, "liveness key", own.liveness)?,
            witnesses: resolve_all(&self.witnesses, "witness", own.writer)?,
            stewards: self.stewards.clone(),
            lease_hours: self.lease_hours,
            release_feed: release_feed.transpose()?,
            default_licence: self.licence.clone(),
            terms: self.terms.hash(network),
            default_preferences: self.preferences,
            preferences_locked: self.preferences_locked,
            rules: self.rules.clone(),
        })
    }

    /// Describes a charter.
    pub(crate) fn of(charter: Charter, collective: Option<CollectiveId>) -> Self {
        Self {
            name: charter.name,
            root: charter.root.into(),
            governance: charter.governance.into(),
            next_root: charter.next_root.into_iter().map(OrOwn::Named).collect(),
            liveness: charter.liveness.into_iter().map(OrOwn::Named).collect(),
            witnesses: charter.witnesses.into_iter().map(OrOwn::Named).collect(),
            stewards: charter.stewards,
            lease_hours: charter.lease_hours,
            release_feed: charter.release_feed.map(OrOwn::Named),
            licence: charter.default_licence,
            terms: charter.terms.map_or(LicenceTerms::None, LicenceTerms::Hash),
            preferences: charter.default_preferences,
            preferences_locked: charter.preferences_locked,
            rules: charter.rules,
            standing: Some(Standing {
                collective,
                number: charter.number,
                previous: charter.previous,
                cut: charter.cut,
                nonce: charter.nonce,
            }),
        }
    }

    /// Describes a charter that a node showed.
    pub(crate) fn shown(charter: CharterShown, collective: CollectiveId) -> Self {
        Self::of(charter.charter(), Some(collective))
    }
}
