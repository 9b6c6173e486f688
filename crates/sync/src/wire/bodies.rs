//! Bodies: pages with a signed end.

use commonwheel_record::cbor::{Decode, DecodeError, Decoder, Encode, Encoder};
use commonwheel_record::terms::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash, RecordId, Salt, Signature};
use commonwheel_record::{Domain, NetworkId, PublicKey};
use commonwheel_valve::Refusal;

use crate::limits::{BUNDLE, MAX_BODY_POSITIONS, MAX_HELD_SUBMISSIONS};

/// Asks for bodies of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyRequest {
    /// The feed.
    pub feed: FeedId,
    /// Positions, ascending, as (first, count).
    pub runs: Vec<(u64, u64)>,
    /// For the first position: how many bytes of it were received already.
    pub offset: u64,
    /// Submissions of this feed that need not be sent again.
    pub held_submissions: Vec<u64>,
    /// What the bodies are for.
    pub purpose: Purpose,
    /// Random; comes back in the signed end.
    pub nonce: [u8; 16],
}

impl BodyRequest {
    /// Returns the positions asked for.
    pub fn positions(&self) -> impl Iterator<Item = u64> + '_ {
        self.runs.iter().flat_map(|(first, count)| *first..first.saturating_add(*count))
    }

    /// Returns how many bundles the positions are in, at most one for each of them.
    pub(crate) fn bundles(&self) -> u64 {
        let last = |(first, count): &(u64, u64)| first.saturating_add(*count - 1) / BUNDLE;
        let spans = self.runs.iter().map(|run| (run.0 / BUNDLE, last(run)));
        let (_, bundles) = spans.fold((None, 0), |(before, bundles), (first, last)| {
            let again = u64::from(before == Some(first));
            (Some(last), bundles + last - first + 1 - again)
        });
        bundles
    }

    /// Compresses ascending positions into runs.
    #[must_use]
    pub fn runs_of(positions: &[u64]) -> Vec<(u64, u64)> {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for position in positions {
            match runs.last_mut() {
                Some((first, count)) if *first + *count == *position => *count += 1,
                _ => runs.push((*position, 1)),
            }
        }
        runs
    }
}

impl Encode for BodyRequest {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(6);
        self.feed.encode(encoder);
        encoder.array(self.runs.len());
        for (first, count) in &self.runs {
            encoder.array(2);
            encoder.uint(*first);
            encoder.uint(*count);
        }
        encoder.uint(self.offset);
        self.held_submissions.encode(encoder);
        self.purpose.encode(encoder);
        self.nonce.encode(encoder);
    }
}

impl Decode for BodyRequest {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(6)?;
        let feed = Decode::decode(decoder)?;
        let runs = runs(decoder)?;
        Ok(Self {
            feed,
            runs,
            offset: decoder.uint()?,
            held_submissions: super::bounded(Vec::decode(decoder)?, MAX_HELD_SUBMISSIONS)?,
            purpose: Decode::decode(decoder)?,
            nonce: Decode::decode(decoder)?,
        })
    }
}

fn runs(decoder: &mut Decoder<'_>) -> Result<Vec<(u64, u64)>, DecodeError> {
    let mut runs = Vec::new();
    let (mut end, mut total) = (0, 0);
    for _ in 0..decoder.array()? {
        decoder.array_of(2)?;
        let (first, count) = (decoder.uint()?, decoder.uint()?);
        total += count.min(MAX_BODY_POSITIONS as u64 + 1);
        let fits = count > 0 && first >= end && total <= MAX_BODY_POSITIONS as u64;
        end = first.checked_add(count).filter(|_| fits).ok_or(DecodeError::Rule("runs of positions"))?;
        runs.push((first, count));
    }
    if runs.is_empty() { Err(DecodeError::Rule("no positions asked for")) } else { Ok(runs) }
}

/// A body's bytes, or a part of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// The commitment's salt.
    pub salt: Salt,
    /// The submission that lists the contribution.
    pub submission: Option<RecordId>,
    /// How long the whole body is.
    pub length: u64,
    /// Where these bytes begin in it.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// One position of a body page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyItem {
    /// The body.
    Body(u64, Bytes),
    /// Not served, and why.
    Refused(u64, Refusal),
}

/// A submission's body, for contributions of the same page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionBytes {
    /// The submission.
    pub record: RecordId,
    /// The commitment's salt.
    pub salt: Salt,
    /// The body.
    pub bytes: Vec<u8>,
}

/// The control state a page was decided by: for each collective concerned, the root over its control heads.
pub type PageRoots = Vec<(CollectiveId, Hash)>;

/// The server's signature over what it answered, and by which control state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageEnd {
    /// Control state of the owner and of each collective that may embargo the records.
    pub roots: PageRoots,
    /// When, in seconds since 1970, by the server's clock.
    pub time: u64,
    /// The signature of the server's node key.
    pub signature: Signature,
}

/// A page of bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPage {
    /// Encoded submissions and items: what the signature is over.
    pub content: Vec<u8>,
    /// The signed end.
    pub end: PageEnd,
}

impl BodyPage {
    /// Encodes a page's content.
    #[must_use]
    pub fn content(submissions: &[SubmissionBytes], items: &[BodyItem], size_hint: usize) -> Vec<u8> {
        let mut encoder = Encoder::with_capacity(size_hint);
        encoder.array(2);
        encoder.array(submissions.len());
        for submission in submissions {
            encoder.array(3);
            submission.record.encode(&mut encoder);
            encoder.bytes(&submission.salt);
            encoder.bytes(&submission.bytes);
        }
        encoder.array(items.len());
        items.iter().for_each(|item| item.encode(&mut encoder));
        encoder.into_bytes()
    }

    /// Reads the content.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn read(&self) -> Result<(Vec<SubmissionBytes>, Vec<BodyItem>), DecodeError> {
        let mut decoder = Decoder::new(&self.content);
        decoder.array_of(2)?;
        let submissions =
            (0..decoder.array()?).map(|_| submission(&mut decoder)).collect::<Result<_, _>>()?;
        let items = Vec::decode(&mut decoder)?;
        decoder.end()?;
        Ok((submissions, items))
    }

    /// Returns what the server signs: (request, nonce, asker, feed, page, control state, time).
    ///
    /// The page's hash covers its positions, so they need no place of their own.
    #[must_use]
    pub fn signed_bytes(
        network: &NetworkId,
        request: &BodyRequest,
        asker: &PublicKey,
        content: &[u8],
        roots: &PageRoots,
        time: u64,
    ) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.array(6);
        Hash::of(Domain::PAGE_BYTES, network, &[&super::encode(request)]).encode(&mut encoder);
        asker.encode(&mut encoder);
        request.feed.encode(&mut encoder);
        Hash::of(Domain::PAGE_BYTES, network, &[content]).encode(&mut encoder);
        encode_roots(&mut encoder, roots);
        encoder.uint(time);
        encoder.into_bytes()
    }
}

fn submission(decoder: &mut Decoder<'_>) -> Result<SubmissionBytes, DecodeError> {
    decoder.array_of(3)?;
    Ok(SubmissionBytes {
        record: Decode::decode(decoder)?,
        salt: decoder.fixed()?,
        bytes: decoder.bytes()?.to_vec(),
    })
}

fn encode_roots(encoder: &mut Encoder, roots: &PageRoots) {
    encoder.array(roots.len());
    for (collective, root) in roots {
        encoder.array(2);
        collective.encode(encoder);
        root.encode(encoder);
    }
}

impl Encode for BodyItem {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Body(index, body) => {
                encoder.array(6);
                encoder.uint(*index);
                encoder.bytes(&body.salt);
                body.submission.encode(encoder);
                encoder.uint(body.length);
                encoder.uint(body.offset);
                encoder.bytes(&body.bytes);
            }
            Self::Refused(index, why) => {
                encoder.array(2);
                encoder.uint(*index);
                why.encode(encoder);
            }
        }
    }
}

impl Decode for BodyItem {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let fields = decoder.array()?;
        let index = decoder.uint()?;
        match fields {
            2 => Ok(Self::Refused(index, Decode::decode(decoder)?)),
            6 => Ok(Self::Body(
                index,
                Bytes {
                    salt: decoder.fixed()?,
                    submission: Decode::decode(decoder)?,
                    length: decoder.uint()?,
                    offset: decoder.uint()?,
                    bytes: decoder.bytes()?.to_vec(),
                },
            )),
            _ => Err(DecodeError::Unexpected("body item")),
        }
    }
}

impl Encode for BodyPage {
    fn encode(&self, encoder: &mut Encoder) {
        encoder.array(4);
        encoder.bytes(&self.content);
        encode_roots(encoder, &self.end.roots);
        encoder.uint(self.end.time);
        self.end.signature.encode(encoder);
    }
}

impl Decode for BodyPage {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        decoder.array_of(4)?;
        let content = decoder.bytes()?.to_vec();
        let roots = (0..decoder.array()?)
            .map(|_| {
                decoder.array_of(2)?;
                Ok((Decode::decode(decoder)?, Decode::decode(decoder)?))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            content,
            end: PageEnd { roots, time: decoder.uint()?, signature: Decode::decode(decoder)? },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_counts_once_however_many_runs_touch_it() {
        let request = |runs: &[(u64, u64)]| BodyRequest {
            feed: FeedId([1; 32]),
            runs: runs.to_vec(),
            offset: 0,
            held_submissions: Vec::new(),
            purpose: Purpose::Replicate,
            nonce: [0; 16],
        };
        assert_eq!(request(&[(0, 1)]).bundles(), 1);
        assert_eq!(request(&[(0, 1), (5, 10), (255, 1)]).bundles(), 1);
        assert_eq!(request(&[(255, 2)]).bundles(), 2);
        assert_eq!(request(&[(255, 2), (300, 1), (600, 1)]).bundles(), 3);
        assert_eq!(request(&[(u64::MAX - 1, 1)]).bundles(), 1);
    }
}
