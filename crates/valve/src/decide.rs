//! The precedence of the rules, in one place.

use commonwheel_collective::{Audience, Entry, View, Views};
use commonwheel_record::control::{Rung, Withdrawal, WithdrawalClass};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose as FeedPurpose};
use commonwheel_record::{FeedId, Leaf, PublicKey, RecordId};

use crate::case::{Case, Subject};
use crate::cover::{Cover, Embargoed, embargoed, stewards};
use crate::opening::{Opened, given_away, opened};
use crate::reason::{Decision, Reason};
use crate::request::{Asker, Record, Request};
use crate::time::{Clocks, Leases};

/// Decides what may leave of a record, and says why.
///
/// `me` is the key of this node, `now` its clock in seconds since 1970. The record's manifest is the one its feed's id
/// was made from.
#[must_use]
pub fn decide(
    views: &Views,
    leases: &Leases,
    me: &PublicKey,
    record: &Record<'_>,
    request: &Request<'_>,
    now: u64,
) -> Decision {
    if !may_know(views, &record.id.feed, record.manifest, request.audience) {
        return Decision { rung: None, because: Reason::Members };
    }
    if let Some(contribution) = asked_through(record) {
        return decide(views, leases, me, contribution, request, now);
    }
    let case = Case::new(views, Clocks { leases, now }, me, record, request.purpose);
    let (open, because) = answer(&case, request.audience);
    Decision { rung: Some(open.min(request.rung)), because }
}

/// Says whether an audience may know of a feed at all, its heads included: rule 1.
///
/// A `members` feed is for the owner's nodes and the carriers of its control log. Collectives on its roll come with the
/// roll's records, which this version does not read.
#[must_use]
pub fn may_know(views: &Views, feed: &FeedId, manifest: &Manifest, asker: &Asker) -> bool {
    match (manifest.audience, asker) {
        (FeedAudience::Public, _) | (_, Asker::SelfNode) => true,
        (FeedAudience::Members, Asker::Peer(audience)) => {
            views.owner_of_feed(feed, manifest).is_some_and(|owner| {
                audience.collectives.contains(&owner.id()) || owner.carriers().contains(&audience.node)
            })
        }
    }
}

/// The contribution whose answer a submission gets: one given to the same collective.
fn asked_through<'a>(record: &Record<'a>) -> Option<&'a Record<'a>> {
    let through = record.via.filter(|_| matches!(record.leaf, Some(Leaf::Submission(..))))?;
    let same = through.manifest.collective == record.manifest.collective;
    (same && matches!(through.leaf, Some(Leaf::Contribution(..)) | None)).then_some(through)
}

/// Rules 2 to 10.
fn answer(case: &Case<'_>, asker: &Asker) -> (Rung, Reason) {
    let data = matches!(case.record.leaf, Some(Leaf::Contribution(..) | Leaf::Submission(..)));
    let submission = matches!(case.record.leaf, Some(Leaf::Submission(..)));
    match (case.record.manifest.purpose, asker) {
        (FeedPurpose::Control, _) if !data => (Rung::Body, Reason::Control),
        (_, Asker::SelfNode) if submission => (Rung::Body, Reason::Local),
        (_, Asker::SelfNode) => erased(case, None).unwrap_or((Rung::Body, Reason::Local)),
        (FeedPurpose::Data, Asker::Peer(_)) if submission => (Rung::Header, Reason::Submission),
        (_, Asker::Peer(audience)) => contribution(case, audience),
    }
}

/// Rules 3 to 10, for a contribution and another node.
fn contribution(case: &Case<'_>, audience: &Audience) -> (Rung, Reason) {
    if let Some(answer) = erased(case, Some(audience)) {
        return answer;
    }
    if case.is_of_owner(audience) {
        return (Rung::Body, Reason::Owner);
    }
    let embargoed = embargoed(case, Some(audience));
    let cover = embargoed.cover;
    match trusted(case).and_then(|owner| released(case, owner, audience, &embargoed)) {
        Ok(release) => withheld(case, cover, release),
        Err(Reason::HeaderMissing) => (Rung::Commitment, missing(cover)),
        Err(because) => (header(cover), because),
    }
}

/// The lower of header and what a covering embargo leaves open.
fn header(cover: Option<Cover>) -> Rung {
    cover.map_or(Rung::Header, |cover| cover.rung.min(Rung::Header))
}

/// A header may be missing here because an embargo keeps it from travelling: then that is the reason.
fn missing(cover: Option<Cover>) -> Reason {
    match cover {
        Some(Cover { rung: Rung::Commitment, embargo, .. }) => Reason::Withheld { embargo },
        _ => Reason::HeaderMissing,
    }
}

/// Rule 3: every withdrawal of the record or an ancestor by its owner, the one that leaves least first.
fn erased(case: &Case<'_>, audience: Option<&Audience>) -> Option<(Rung, Reason)> {
    let mut least: Option<(Rung, WithdrawalClass, RecordId)> = None;
    for Subject { id, owner, .. } in case.subjects() {
        owner.find_withdrawal(&id, |entry| {
            if holds(case, audience, entry) {
                let found = (entry.content.rung, entry.content.class, entry.id);
                least = Some(least.map_or(found, |least| least.min(found)));
            }
            false
        });
    }
    let (rung, class, withdrawal) = least?;
    let cover = audience.and_then(|audience| embargoed(case, Some(audience)).cover);
    Some((rung.min(header(cover)), Reason::Erased { withdrawal, class }))
}

/// A withdrawal for personal data always holds; one of preference where rule 7 would not serve: what was given away for
/// good before it stays served.
fn holds(case: &Case<'_>, audience: Option<&Audience>, withdrawal: &Entry<Withdrawal>) -> bool {
    let Withdrawal { class, cut, .. } = &withdrawal.content;
    let stays = || {
        let (Some(owner), Some(header)) = (case.owner, case.header) else {
            return false;
        };
        !case.is_owners_node()
            && given_away(case, owner, header, Some(cut)).is_some()
            && audience
                .and_then(|audience| embargoed(case, Some(audience)).cover)
                .is_none_or(|cover| cover.came_too_late)
    };
    *class == WithdrawalClass::PersonalData || !stays()
}

/// Rule 5: what stands in the way of any body, whatever was released.
fn trusted<'a>(case: &Case<'a>) -> Result<&'a View, Reason> {
    let owner = case.owner.ok_or(Reason::Unowned)?;
    let known = case
        .record
        .leaf
        .is_none_or(|leaf| matches!(leaf, Leaf::Contribution(..)) && !leaf.unknown_critical());
    if !known || case.record.manifest.purpose != FeedPurpose::Data {
        return Err(Reason::Unknown);
    }
    if owner.closed().is_some() {
        return Err(Reason::Closed);
    }
    let subject = Subject { id: case.record.id, owner, header: case.header };
    match stewards(&subject).find(|steward| case.views.held(steward).is_none()) {
        Some(steward) => Err(Reason::StewardMissing(steward)),
        None => Ok(owner),
    }
}

/// Rule 6: returns the release that opens the body to this audience for this purpose.
fn released(
    case: &Case<'_>,
    owner: &View,
    audience: &Audience,
    embargoed: &Embargoed,
) -> Result<RecordId, Reason> {
    let header = case.header.ok_or(Reason::HeaderMissing)?;
    let release = match opened(case, owner, header, audience) {
        Opened::Not => return Err(Reason::Unreleased),
        Opened::BeyondTier => return Err(Reason::Tier),
        Opened::Gated { .. } | Opened::By { .. } if !header.regions.permit(audience.region.as_ref()) => {
            return Err(Reason::Region);
        }
        Opened::Gated { offer } => return Err(Reason::Gated { offer }),
        Opened::By { release } => release,
    };
    match embargoed.denied_by {
        _ if !header.preferences.permits(case.purpose) => Err(Reason::Purpose),
        Some(embargo) => Err(Reason::Overlaid { embargo }),
        None => Ok(release),
    }
}

/// Rules 7 to 10, for a body that is released to the audience.
fn withheld(case: &Case<'_>, cover: Option<Cover>, release: RecordId) -> (Rung, Reason) {
    let given = case.owner.zip(case.header).and_then(|(owner, header)| given_away(case, owner, header, None));
    if let Some(given) = given.filter(|_| !case.is_owners_node())
        && cover.is_none_or(|cover| cover.came_too_late)
    {
        return (Rung::Body, Reason::Irrevocable { release: given.id });
    }
    if let Some(Cover { rung, embargo, .. }) = cover {
        return (rung, Reason::Withheld { embargo });
    }
    // Rule 9 would ask here for fresh leases of the owner and its stewards if the release is gated. Not yet: no node
    // publishes leases, so the rule would close every gated body.
    (Rung::Body, Reason::Released { release })
}
