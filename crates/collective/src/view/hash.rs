//! The hash of a view: everything that has effect, canonically encoded.

use commonwheel_record::cbor::{Encode, Encoder};
use commonwheel_record::{CollectiveId, Domain, Hash, NetworkId};

use super::{Closed, Entry, Parts, Standing};

mod members;

/// Hashes what has effect. Records without effect are left out: whoever can write a control feed could otherwise
/// keep two nodes from ever agreeing by telling each another one.
pub(super) fn of(network: &NetworkId, id: CollectiveId, parts: &Parts) -> Hash {
    let mut encoder = Encoder::default();
    encoder.array(19);
    id.encode(&mut encoder);
    // The chain's hashes stand for the charters' whole content.
    parts.chain.encode(&mut encoder);
    closed(parts.closed, &mut encoder);
    parts.control_feeds.encode(&mut encoder);
    parts.feeds.encode(&mut encoder);
    parts.nodes.encode(&mut encoder);
    parts.liveness.encode(&mut encoder);
    affiliates(parts, &mut encoder);
    entries(&parts.releases, &mut encoder);
    embargoes(&parts.embargoes, &mut encoder);
    entries(&parts.withdrawals, &mut encoder);
    entries(&parts.pending, &mut encoder);
    parts.offers.encode(&mut encoder);
    entries(&parts.grants, &mut encoder);
    members::roll(&parts.roll, &mut encoder);
    members::ballots(&parts.ballots, &mut encoder);
    members::mandates(&parts.mandates, &mut encoder);
    parts.release_times.encode(&mut encoder);
    parts.erased.encode(&mut encoder);
    Hash::of(Domain::VIEW, network, &[encoder.as_bytes()])
}

fn closed(closed: Option<Closed>, encoder: &mut Encoder) {
    match closed {
        None => encoder.null(),
        Some(Closed::Forked(feed)) => {
            encoder.array(2);
            encoder.uint(0);
            feed.encode(encoder);
        }
        Some(Closed::UnknownCritical(record)) => {
            encoder.array(2);
            encoder.uint(1);
            record.encode(encoder);
        }
    }
}

fn affiliates(parts: &Parts, encoder: &mut Encoder) {
    encoder.array(parts.affiliates.len());
    for ((power, to), until) in &parts.affiliates {
        encoder.array(3);
        power.encode(encoder);
        to.encode(encoder);
        until.encode(encoder);
    }
}

fn entries<T: Encode>(entries: &[Entry<T>], encoder: &mut Encoder) {
    encoder.array(entries.len());
    for entry in entries {
        encoder.array(2);
        entry.id.encode(encoder);
        entry.content.encode(encoder);
    }
}

fn embargoes(standing: &[Standing], encoder: &mut Encoder) {
    encoder.array(standing.len());
    for Standing { id, embargo, ends, lifts, settled } in standing {
        encoder.array(5);
        id.encode(encoder);
        embargo.encode(encoder);
        ends.encode(encoder);
        entries(lifts, encoder);
        settled.encode(encoder);
    }
}
