//! The bodies of a feed, and the submissions that consent to them.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use commonwheel_ledger::store::StoreError;
use commonwheel_record::body::SealedBody;
use commonwheel_record::submission::{SubmissionBody, item_hash};
use commonwheel_record::{CollectiveId, Commitment, FeedId, Leaf, Manifest, NetworkId, RecordId};

use super::report::{Report, advice};
use crate::error::io;
use crate::files::Files;
use crate::frames::{Frame, Place};
use crate::layout::{BUNDLE, FeedDir, Series};
use crate::lru::Lru;

/// Bundles whose frames are remembered: a submission is near its contributions.
const BUNDLES: usize = 64;
/// Opened submissions that are remembered, at most 128 KiB each.
const SUBMISSIONS: usize = 256;

/// A position's header, decoded and as bytes; none if it is missing or wrong.
pub(super) type Header = Option<(Leaf, Vec<u8>)>;

/// The frames of a bundle's file.
#[derive(Debug)]
struct Bodies {
    path: PathBuf,
    file: Arc<File>,
    frames: BTreeMap<u8, Frame>,
}

/// Checks bodies against their headers and submissions.
#[derive(Debug)]
pub(super) struct Consents<'a> {
    data: &'a Path,
    files: &'a Files,
    network: &'a NetworkId,
    bundles: Lru<(FeedId, u64), Option<Rc<Bodies>>>,
    /// None: held, but not what it should be.
    submissions: Lru<RecordId, Option<Rc<SubmissionBody>>>,
}

impl<'a> Consents<'a> {
    pub(super) const fn new(data: &'a Path, files: &'a Files, network: &'a NetworkId) -> Self {
        Self { data, files, network, bundles: Lru::new(BUNDLES), submissions: Lru::new(SUBMISSIONS) }
    }

    /// Checks the bodies of a bundle, whose headers are given.
    pub(super) fn bundle(
        &mut self,
        dir: &FeedDir,
        manifest: &Manifest,
        bundle: u64,
        leaves: &[Header],
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let feed = manifest.id();
        let path = dir.full(Series::Bodies, bundle);
        let at = Place { feed: &feed, bundle };
        if !path.exists() {
            return Ok(());
        }
        let file = self.files.reader(&path)?;
        let scan = at.scan(&file).map_err(io("read", &path))?;
        for span in &scan.corrupt {
            report.problem(&path, format!("bytes {}..{} are corrupt", span.start, span.end), advice::BODY);
        }
        if scan.torn.is_some() {
            report.unfinished(&path);
        }
        let frames = scan.frames.iter().map(|frame| (frame.index, frame.clone())).collect();
        let bodies = Rc::new(Bodies { path, file, frames });
        self.bundles.insert((feed, bundle), Some(Rc::clone(&bodies)));
        for frame in bodies.frames.values() {
            let record = RecordId { feed, index: bundle * BUNDLE + u64::from(frame.index) };
            let Some(sealed) = bodies.read(&at, frame)? else { continue };
            match leaves.get(usize::from(frame.index)) {
                Some(Some((leaf, header))) => {
                    self.body(&bodies.path, manifest, record, (leaf, header), &sealed, report)?;
                }
                // Whether it is the right body cannot be said without the header.
                Some(None) => report.opaque_bodies += 1,
                None => report.problem(
                    &bodies.path,
                    format!("a body at {}, which is not held", record.index),
                    advice::BODY,
                ),
            }
        }
        Ok(())
    }

    fn body(
        &mut self,
        path: &Path,
        manifest: &Manifest,
        record: RecordId,
        (leaf, header): (&Leaf, &[u8]),
        sealed: &SealedBody,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let commitment: Option<&Commitment> = match leaf {
            Leaf::Contribution(contribution, _) => Some(&contribution.commitment),
            Leaf::Submission(submission, _) => Some(&submission.commitment),
            Leaf::Control(control) => control.content.personal(),
            Leaf::Unknown { .. } => None,
        };
        let Some(commitment) = commitment else {
            report.opaque_bodies += 1;
            return Ok(());
        };
        if !commitment.opens(self.network, &sealed.salt, &sealed.bytes) {
            let what = format!("the body at {} is not the one its header commits to", record.index);
            report.problem(path, what, advice::BODY);
            return Ok(());
        }
        report.bodies += 1;
        match leaf {
            Leaf::Submission(..) => self.submission(path, manifest.collective, record, &sealed.bytes, report),
            Leaf::Contribution(..) => self.consent(path, manifest.collective, record, header, sealed, report),
            Leaf::Control(_) | Leaf::Unknown { .. } => Ok(()),
        }
    }

    fn submission(
        &mut self,
        path: &Path,
        collective: CollectiveId,
        record: RecordId,
        bytes: &[u8],
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let opened = match SubmissionBody::open(bytes, self.network, collective) {
            Ok(opened) => {
                report.submissions += 1;
                Some(Rc::new(opened))
            }
            Err(error) => {
                report.problem(path, format!("the submission at {}: {error}", record.index), advice::RECORD);
                None
            }
        };
        self.submissions.insert(record, opened);
        Ok(())
    }

    /// Checks that the member's submission lists a contribution.
    fn consent(
        &mut self,
        path: &Path,
        collective: CollectiveId,
        record: RecordId,
        header: &[u8],
        sealed: &SealedBody,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let Some(submission) = sealed.submission else {
            let what = format!("the body at {} names no submission", record.index);
            report.problem(path, what, advice::RECORD);
            return Ok(());
        };
        let item = item_hash(self.network, &sealed.salt, header);
        match self.opened(submission, collective)? {
            None => report.unproven_bodies += 1,
            Some(Some(opened)) if opened.lists(&item) => {}
            Some(_) => {
                let what =
                    format!("the submission {submission} does not list the contribution at {}", record.index);
                report.problem(path, what, advice::RECORD);
            }
        }
        Ok(())
    }

    /// Returns a submission, opened; the outer option is none if its body is not held.
    fn opened(
        &mut self,
        record: RecordId,
        collective: CollectiveId,
    ) -> Result<Option<Option<Rc<SubmissionBody>>>, StoreError> {
        if let Some(opened) = self.submissions.get(&record) {
            return Ok(Some(opened.clone()));
        }
        let bundle = record.index / BUNDLE;
        let Some(bodies) = self.frames(record.feed, bundle)? else { return Ok(None) };
        // A place is less than 256.
        let Some(frame) = bodies.frames.get(&((record.index % BUNDLE) as u8)) else { return Ok(None) };
        let Some(sealed) = bodies.read(&Place { feed: &record.feed, bundle }, frame)? else {
            return Ok(None);
        };
        let opened = SubmissionBody::open(&sealed.bytes, self.network, collective).ok().map(Rc::new);
        self.submissions.insert(record, opened.clone());
        Ok(Some(opened))
    }

    fn frames(&mut self, feed: FeedId, bundle: u64) -> Result<Option<Rc<Bodies>>, StoreError> {
        if let Some(bodies) = self.bundles.get(&(feed, bundle)) {
            return Ok(bodies.clone());
        }
        let path = FeedDir::new(self.data, &feed).full(Series::Bodies, bundle);
        let bodies = if path.exists() {
            let file = self.files.reader(&path)?;
            let scan = Place { feed: &feed, bundle }.scan(&file).map_err(io("read", &path))?;
            let frames = scan.frames.into_iter().map(|frame| (frame.index, frame)).collect();
            Some(Rc::new(Bodies { path, file, frames }))
        } else {
            None
        };
        self.bundles.insert((feed, bundle), bodies.clone());
        Ok(bodies)
    }
}

impl Bodies {
    fn read(&self, at: &Place<'_>, frame: &Frame) -> Result<Option<SealedBody>, StoreError> {
        let mut bytes = vec![0; (frame.span.end - frame.span.start) as usize];
        self.file.read_exact_at(&mut bytes, u64::from(frame.span.start)).map_err(io("read", &self.path))?;
        Ok(at.open(&bytes, frame.index))
    }
}
