//! Attestations, submissions, manifests and bodies.

use commonwheel_record::attestation::{
    Attestation, Cosigned, ForkEvidence, Head, Lease, NodeCard, NodeRole, Receipt, Statement,
};
use commonwheel_record::cbor::{self, ByteString};
use commonwheel_record::submission::{SubmissionBody, SubmissionContent};
use commonwheel_record::{CollectiveId, Domain, Hash, Manifest, NetworkId, PublicKey, Signature};

use super::List;
use super::vocabulary::thread;
use crate::item::{Item, raw, text};
use crate::samples::{attested, collective, feed, head, key, manifest, network, other_network, record};

const SIGNATURE: &str =
    "the signature holds under the key, in this domain, on this network, over these bytes";

/// The identity: a point of order 1.
fn weak_key() -> PublicKey {
    let mut key = [0; 32];
    key[0] = 1;
    PublicKey(key)
}

pub(super) fn attestations() -> List {
    let mut list = List::of("attestation");
    let receipt = || Statement::Receipt(Receipt { record: record(9), bodies: 1 });
    let sign = |network: &NetworkId, statement| Attestation::sign(network, &key(4), attested(statement));
    let good = sign(&network(), receipt());
    list.edit(
        &good.encode(),
        &[0, 4],
        Item::Uint(8),
        "signature",
        "counter changed after signing",
        SIGNATURE,
    );
    list.add(
        "signed on another network",
        &sign(&other_network(), receipt()).encode(),
        "signature",
        SIGNATURE,
    );
    let content = cbor::encode(&good.content);
    let signature = key(4).sign(Domain::CONTROL, &network(), &content);
    let other_domain = Attestation { signature, ..good.clone() };
    list.add("signed for another domain", &other_domain.encode(), "signature", SIGNATURE);
    let bare = Attestation { signature: key(4).sign_raw(&content), ..good.clone() };
    list.add("signed without a domain", &bare.encode(), "signature", SIGNATURE);
    let by_another = Attestation::sign(&network(), &key(5), good.content.clone());
    list.add("signed by another key", &by_another.encode(), "signature", SIGNATURE);
    let mut weak = good.clone();
    weak.content.issuer = weak_key();
    weak.signature = Signature([0; 64]);
    weak.signature.0[0] = 1;
    list.add("issuer of small order", &weak.encode(), "key", "keys are canonical and not of small order");
    let bytes = good.encode();
    list.add("a byte behind an attestation", &[&bytes[..], &[0]].concat(), "trailing", "nothing follows it");
    list.edit(&bytes, &[0, 0], Item::Uint(2), "unexpected", "attestation version 2", "the version is 1");
    list.edit(
        &bytes,
        &[0, 0],
        raw("1801"),
        "not-canonical",
        "version in too many bytes",
        "shortest integers",
    );
    beyond_limits(&mut list);
    list
}

fn beyond_limits(list: &mut List) {
    let mut add = |name: &str, statement, error, reason| {
        list.add(name, &Attestation::sign(&network(), &key(4), attested(statement)).encode(), error, reason);
    };
    let card = |name: &str, addresses: usize| {
        let addresses = vec!["/ip4/127.0.0.1/tcp/4001".to_owned(); addresses];
        Statement::NodeCard(NodeCard {
            role: NodeRole::Mirror,
            name: name.to_owned(),
            addresses,
            collectives: [].into(),
        })
    };
    add("node card with 11 addresses", card("n", 11), "rule", "at most 10 addresses");
    add("node card without a name", card("", 0), "rule", "a name is 1 to 64 bytes of plain text");
    add("node card with a name of two lines", card("a\nb", 0), "rule", "a name is plain text");
    let collectives = (0..17).map(|at| CollectiveId([at; 32])).collect();
    let crowded = NodeCard { role: NodeRole::Mirror, name: "n".to_owned(), addresses: vec![], collectives };
    add("node card with 17 collectives", Statement::NodeCard(crowded), "rule", "at most 16 collectives");
    let cosigned = |byte| Cosigned {
        head: Head { feed: feed(byte), ..head() },
        time: 1,
        signature: Signature([byte; 64]),
    };
    add("lease of no head", Statement::Lease(Lease { heads: vec![] }), "rule", "1 to 5 heads");
    let heads = (1..7).map(cosigned).collect();
    add("lease of 6 heads", Statement::Lease(Lease { heads }), "rule", "1 to 5 heads");
    let fork = |smaller: String, path: u8| ForkEvidence {
        manifest: ByteString(manifest().encode()),
        smaller,
        larger: "another note\n".to_owned(),
        path: (0..path).map(|at| Hash([at; 32])).collect(),
    };
    add(
        "fork proof with a path of 65",
        Statement::ForkProof(fork(String::new(), 65)),
        "rule",
        "at most 64 hashes",
    );
    let long = Statement::ForkProof(fork("x".repeat(4000), 0));
    add("attestation over 4,096 bytes", long, "too-long", "an attestation has at most 4,096 bytes");
}

pub(super) fn submissions() -> List {
    let mut list = List::of("submission");
    let plain = |items| SubmissionContent {
        version: 1,
        collective: collective(),
        consent: Hash([0x7e; 32]),
        time: 1_790_000_000,
        items,
    };
    let one = || vec![Hash([1; 32])];
    let signed = |domain, network: &NetworkId, content: SubmissionContent| {
        let signature = key(7).sign(domain, network, &cbor::encode(&content));
        SubmissionBody { content, key: key(7).public(), signature }.encode()
    };
    let good = |content| signed(Domain::SUBMISSION, &network(), content);
    let items = "1 to 4,096 items, strictly ascending";
    list.add("no item", &good(plain(vec![])), "rule", items);
    list.add("items out of order", &good(plain(vec![Hash([2; 32]), Hash([1; 32])])), "rule", items);
    list.add("an item twice", &good(plain(vec![Hash([1; 32]); 2])), "rule", items);
    let later = SubmissionContent { version: 2, ..plain(one()) };
    list.add("submission version 2", &good(later), "rule", "the version is 1");
    let elsewhere = SubmissionContent { collective: CollectiveId([9; 32]), ..plain(one()) };
    list.add("to another collective", &good(elsewhere), "collective", "it names the collective of the feed");
    let wrong_domain = signed(Domain::CONTROL, &network(), plain(one()));
    list.add("signed for another domain", &wrong_domain, "signature", SIGNATURE);
    let wrong_network = signed(Domain::SUBMISSION, &other_network(), plain(one()));
    list.add("signed on another network", &wrong_network, "signature", SIGNATURE);
    let base = good(plain(one()));
    list.edit(&base, &[0, 3], Item::Uint(5), "signature", "time changed after signing", SIGNATURE);
    let weak = Item::Bytes(weak_key().0.to_vec());
    list.edit(&base, &[1], weak, "key", "key of small order", "keys are canonical and not of small order");
    list.edit(
        &base,
        &[2],
        Item::Bytes(vec![0; 63]),
        "unexpected",
        "signature of 63 bytes",
        "it has 64 bytes",
    );
    list
}

pub(super) fn manifests() -> List {
    let mut list = List::of("manifest");
    let base = manifest().encode();
    list.add("a byte behind a manifest", &[&base[..], &[0]].concat(), "trailing", "nothing follows it");
    let foreign = Manifest { network: other_network(), ..manifest() };
    list.add("of another network", &foreign.encode(), "rule", "a manifest names this network");
    let weak = Manifest { writer: weak_key(), ..manifest() };
    list.add("writer of small order", &weak.encode(), "rule", "keys are canonical and not of small order");
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&base, path, item, "unexpected", name, reason);
    edit(&[0], Item::Uint(2), "manifest version 2", "the version is 1");
    edit(&[2], Item::Uint(2), "purpose 2", "the code has no meaning in this version");
    edit(&[3], Item::Uint(2), "audience 2", "the code has no meaning in this version");
    edit(&[4], Item::Bytes(vec![0; 31]), "key of 31 bytes", "a key has 32 bytes");
    edit(&[6], Item::Array(vec![]), "empty prologue", "a prologue is an array of 3 items or null");
    list.edit(&base, &[0], raw("1801"), "not-canonical", "version in too many bytes", "shortest integers");
    let long = Manifest { collective: CollectiveId([0; 32]), ..manifest() }.encode();
    list.add(
        "over 1,024 bytes",
        &[long, vec![0; 1024]].concat(),
        "too-long",
        "a manifest has at most 1,024 bytes",
    );
    list
}

pub(super) fn bodies() -> List {
    let mut list = List::of("body");
    let base = thread();
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&base, path, item, "unexpected", name, reason);
    edit(&[0], Item::Uint(2), "body version 2", "the version is 1");
    edit(&[1, 0], Item::Uint(4), "content 4", "the code has no meaning in this version");
    edit(&[1, 0], Item::Uint(1), "pair with one thread", "an array has exactly the items of its table");
    edit(&[1, 1, 0, 0], Item::Uint(4), "role 4", "the code has no meaning in this version");
    edit(&[1, 1, 0, 1], Item::Bytes(b"?".to_vec()), "turn of bytes", "a turn's text is a text");
    edit(&[1, 1, 0, 1], raw("61ff"), "turn that is not UTF-8", "text is UTF-8");
    edit(&[6], Item::Map(vec![]), "counts as a map", "counts are an array of pairs");
    let row = |class| Item::Array(vec![text(class), Item::Uint(1)]);
    let counts = Item::Array(vec![row("phone"), row("email")]);
    list.edit(&base, &[6], counts, "not-canonical", "counts out of order", "a table is in ascending order");
    list.add("a byte behind a body", &[&base[..], &[0]].concat(), "trailing", "nothing follows it");
    list
}
