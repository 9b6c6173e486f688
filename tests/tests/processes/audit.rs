//! A stranger asks a node for everything it holds of a feed, and compares each byte with what is known to be right.

use std::collections::BTreeMap;

use commonwheel_ledger::store::Store as _;
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{FeedId, Hash, Leaf};
use commonwheel_store::FileStore;
use commonwheel_sync::limits::{BUNDLE, MAX_HEADER_BUNDLES};
use commonwheel_sync::wire::{BodyItem, BodyRequest, HeaderItem, HeaderRequest, Reply, Request};
use commonwheel_testkit::{Failed, Node, Stranger, eventually};

/// What a feed holds.
#[derive(Debug)]
pub(crate) struct Truth {
    feed: FeedId,
    root: Hash,
    headers: Vec<Vec<u8>>,
    /// Bodies of contributions, by position.
    bodies: BTreeMap<u64, Vec<u8>>,
}

impl Truth {
    /// Reads it from a sound store that has no header or body missing.
    pub(crate) fn of(store: &FileStore, feed: FeedId) -> Self {
        let size = store.size(&feed);
        let headers = store.headers(&feed, 0, size).unwrap();
        let headers: Vec<Vec<u8>> =
            headers.into_iter().map(|header| header.expect("no header is missing")).collect();
        let is_contribution = |header: &[u8]| matches!(Leaf::decode(header), Ok(Leaf::Contribution(..)));
        let positions =
            (0..).zip(&headers).filter(|(_, header)| is_contribution(header)).map(|(index, _)| index);
        let body = |index| (index, store.body(&feed, index).unwrap().expect("every body is held").bytes);
        let bodies = positions.map(body).collect();
        Self { feed, root: store.head(&feed).unwrap().head.root, headers, bodies }
    }

    fn size(&self) -> u64 {
        self.headers.len() as u64
    }
}

/// Asks for every header and body until all are served.
///
/// What is served must be right each time; nothing at all, or a refusal, is right too until the node has mended itself.
pub(crate) async fn audit(node: &Node, truth: &Truth, what: &str) {
    eventually(&format!("{what}: {} serves everything", node.name()), async || {
        let failed = |error: Failed| format!("{error:?}");
        let mut stranger = Stranger::connect(&node.address()).await.map_err(failed)?;
        headers(&mut stranger, truth, what).await?;
        bodies(&mut stranger, truth, what).await
    })
    .await;
}

async fn headers(stranger: &mut Stranger, truth: &Truth, what: &str) -> Result<(), String> {
    let mut start = 0;
    while start < truth.size() {
        let (feed, size, root) = (truth.feed, truth.size(), truth.root);
        let request = HeaderRequest { feed, size, root, start, bundles: MAX_HEADER_BUNDLES, bodies: 0 };
        let page = match stranger.ask(&Request::Headers(request)).await {
            Ok(Reply::Headers(page)) => page,
            other => return Err(format!("headers from {start}: {other:?}")),
        };
        assert!(!page.items.is_empty() && page.items.len() as u64 <= size - start, "{what}");
        for (item, right) in page.items.iter().zip(&truth.headers[usize::try_from(start).unwrap()..]) {
            match item {
                HeaderItem::Header(header) | HeaderItem::Personal(header, _) => {
                    assert_eq!(header, right, "{what}: a wrong header was served");
                }
                HeaderItem::Missing(hash, _) => {
                    assert_eq!(*hash, leaf_hash(right), "{what}: a wrong hash was served");
                    return Err(format!("a header after {start} is missing"));
                }
            }
        }
        start += page.items.len() as u64;
    }
    Ok(())
}

async fn bodies(stranger: &mut Stranger, truth: &Truth, what: &str) -> Result<(), String> {
    let mut asked: Vec<u64> = truth.bodies.keys().copied().collect();
    while let Some(first) = asked.first().copied() {
        let page: Vec<u64> = asked.iter().copied().take_while(|index| *index < first + BUNDLE).collect();
        let request = BodyRequest {
            feed: truth.feed,
            runs: BodyRequest::runs_of(&page),
            offset: 0,
            held_submissions: Vec::new(),
            purpose: Purpose::Replicate,
            nonce: [3; 16],
        };
        let reply = match stranger.ask(&Request::Bodies(request)).await {
            Ok(Reply::Bodies(page)) => page,
            other => return Err(format!("bodies from {first}: {other:?}")),
        };
        let (_, items) = reply.read().expect("a page can be read");
        assert!(!items.is_empty(), "{what}");
        for item in items {
            match item {
                BodyItem::Body(index, body) => {
                    assert_eq!(body.bytes, truth.bodies[&index], "{what}: a wrong body was served");
                    asked.retain(|asked| *asked != index);
                }
                BodyItem::Refused(index, refusal) => return Err(format!("body {index}: {refusal:?}")),
            }
        }
    }
    Ok(())
}
