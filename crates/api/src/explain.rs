//! The valve's reasons, named and put into words.

use commonwheel_record::control::WithdrawalClass;
use commonwheel_valve::{Decision, Reason};

use crate::types::{Decided, Related};
use crate::word::Word;

impl From<&Decision> for Decided {
    fn from(decision: &Decision) -> Self {
        Self {
            rung: decision.rung,
            rule: decision.because.rule(),
            code: code(&decision.because).to_owned(),
            text: sentence(&decision.because).to_owned(),
            related: related(&decision.because).into_iter().collect(),
        }
    }
}

/// The reason's name in kebab case. It does not change with the wording.
const fn code(reason: &Reason) -> &'static str {
    match reason {
        Reason::Members => "members",
        Reason::Control => "control",
        Reason::Submission => "submission",
        Reason::Erased { .. } => "erased",
        Reason::Local => "local",
        Reason::Owner => "owner",
        Reason::Unowned => "unowned",
        Reason::Closed => "closed",
        Reason::Unknown => "unknown",
        Reason::StewardMissing(_) => "steward-missing",
        Reason::HeaderMissing => "header-missing",
        Reason::Unreleased => "unreleased",
        Reason::Tier => "tier",
        Reason::Region => "region",
        Reason::Gated { .. } => "gated",
        Reason::Purpose => "purpose",
        Reason::Overlaid { .. } => "overlaid",
        Reason::Irrevocable { .. } => "irrevocable",
        Reason::Withheld { .. } => "withheld",
        Reason::Released { .. } => "released",
    }
}

const fn sentence(reason: &Reason) -> &'static str {
    match reason {
        Reason::Members => "the feed is for members, and the asker has no part in it",
        Reason::Control => "control records are never withheld",
        Reason::Submission => "a submission's body is asked for through one of its contributions",
        Reason::Erased { class: WithdrawalClass::Preference, .. } => {
            "its contributor, or the collective for them, took it back"
        }
        Reason::Erased { class: WithdrawalClass::PersonalData, .. } => {
            "it was erased because it holds personal data"
        }
        Reason::Local => "this node's own tools see what it holds",
        Reason::Owner => "the asker is a node of the owner, which always gets its own back",
        Reason::Unowned => {
            "no control log held here delegates this position to the collective its feed names"
        }
        Reason::Closed => {
            "the owner's control log is forked, or carries what this version must not act around"
        }
        Reason::Unknown => "this version does not know the record's kind, or a critical extension of it",
        Reason::StewardMissing(_) => "the control log of a steward it names is not held here",
        Reason::HeaderMissing => "its header is not held here, so nothing can be said about its body",
        Reason::Unreleased => "no release opens it yet",
        Reason::Tier => "its tier does not allow what its releases would",
        Reason::Region => "it may not be kept in the asker's region, or nobody vouches for that region",
        Reason::Gated { .. } => "it takes a grant of an offer, and the asker has none",
        Reason::Purpose => "the purpose is denied by its preferences",
        Reason::Overlaid { .. } => "an embargo denies the purpose, whatever its preferences say",
        Reason::Irrevocable { .. } => {
            "it was released to everyone under a licence that cannot be taken back, before any embargo on it"
        }
        Reason::Withheld { .. } => "an embargo covers it",
        Reason::Released { .. } => "a release opens it, and no embargo covers it",
    }
}

fn related(reason: &Reason) -> Option<Related> {
    let (what, id) = match reason {
        Reason::Erased { withdrawal, .. } => ("withdrawal", withdrawal.text()),
        Reason::StewardMissing(steward) => ("steward", steward.text()),
        Reason::Gated { offer } => ("offer", offer.text()),
        Reason::Irrevocable { release } | Reason::Released { release } => ("release", release.text()),
        Reason::Withheld { embargo } | Reason::Overlaid { embargo } => ("embargo", embargo.text()),
        _ => return None,
    };
    Some(Related { what: what.to_owned(), id })
}
