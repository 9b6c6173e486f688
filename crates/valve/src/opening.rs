//! Releases that open a contribution, and whom they open it to.

use commonwheel_collective::{Audience, Entry, View};
use commonwheel_record::control::{Power, Release, ReleaseMode};
use commonwheel_record::manifest::FeedAudience;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{Contribution, Cut, RecordId, Tier};

use crate::case::Case;

/// What a case's releases amount to for one audience.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Opened {
    /// No release of its licence.
    Not,
    /// Released, but not in a way its tier allows.
    BeyondTier,
    /// Released to those with a grant of this offer, which the audience has not.
    Gated { offer: RecordId },
    /// Released to the audience.
    By { release: RecordId },
}

/// Returns the views that may act on a view's records with a power that closes when it ends.
fn with_power<'a>(case: &Case<'a>, owner: &'a View, power: Power) -> impl Iterator<Item = &'a View> {
    let (views, clocks) = (case.views, case.clocks);
    let lasting = owner.affiliates_with(power).filter(move |(_, until)| clocks.lasts(*until, &owner.id()));
    let affiliates =
        lasting.filter_map(move |(to, _)| views.held(&to).filter(|view| view.id() != owner.id()));
    std::iter::once(owner).chain(affiliates)
}

/// Returns the first release of a contribution's licence over its position that passes a test.
pub(crate) fn find_release<'a>(
    case: &Case<'a>,
    owner: &'a View,
    (id, header): (&RecordId, &Contribution),
    mut test: impl FnMut(&Entry<Release>) -> bool,
) -> Option<&'a Entry<Release>> {
    let mut fits = |release: &Entry<Release>| release.content.licence == header.licence && test(release);
    with_power(case, owner, Power::Release).find_map(|view| view.find_release(id, &mut fits))
}

/// Returns the release that opens the case's contribution to an audience, or how far the releases go.
pub(crate) fn opened(case: &Case<'_>, owner: &View, header: &Contribution, audience: &Audience) -> Opened {
    let mut best = Opened::Not;
    let opens = |release: &Entry<Release>| {
        if !tier_allows(case, header, release.content.mode) {
            if matches!(best, Opened::Not) {
                best = Opened::BeyondTier;
            }
            return false;
        }
        match release.content.mode {
            ReleaseMode::Open => true,
            ReleaseMode::Gated(offer) | ReleaseMode::Sealed(offer) => {
                let granted = is_granted(case, owner, &offer, audience);
                if !granted && !matches!(best, Opened::Gated { .. }) {
                    best = Opened::Gated { offer };
                }
                granted
            }
        }
    };
    match find_release(case, owner, (&case.record.id, header), opens) {
        Some(release) => Opened::By { release: release.id },
        None => best,
    }
}

/// The tier is the member's word on how far a contribution may go at most; a release does not go beyond it.
fn tier_allows(case: &Case<'_>, header: &Contribution, mode: ReleaseMode) -> bool {
    match header.tier {
        Tier::Private => false,
        Tier::Collective => case.record.manifest.audience == FeedAudience::Members,
        Tier::Gated => mode != ReleaseMode::Open,
        Tier::Public => true,
    }
}

/// A grant counts if it is the owner's, or that of an affiliate with the power to grant, and the offer is for the
/// purpose. Like preferences, an offer says nothing about holding a body and passing it on under the same terms.
fn is_granted(case: &Case<'_>, owner: &View, offer: &RecordId, audience: &Audience) -> bool {
    with_power(case, owner, Power::Grant).any(|view| {
        let serves = view.offers().get(offer).is_some_and(|offer| {
            case.purpose == Purpose::Replicate
                || offer.purposes.is_empty()
                || offer.purposes.contains(&case.purpose)
        });
        serves && view.is_granted(offer, audience, |end| case.clocks.lasts(end, &view.id()))
    })
}

/// Returns an open release of the case's contribution under an irrevocable licence that lies inside a cut, if any cut
/// is given: what was given away for good before it.
pub(crate) fn given_away<'a>(
    case: &Case<'a>,
    owner: &'a View,
    header: &Contribution,
    cut: Option<&Cut>,
) -> Option<&'a Entry<Release>> {
    if !header.licence.class().irrevocable() {
        return None;
    }
    find_release(case, owner, (&case.record.id, header), |release| {
        release.content.mode == ReleaseMode::Open
            && tier_allows(case, header, ReleaseMode::Open)
            && cut.is_none_or(|cut| cut.contains(&release.id.feed, release.id.index))
    })
}
