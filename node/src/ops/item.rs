//! An item of the waiting room: everything its contribution needs, signed already.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor::{self, ByteString, fixed_array};
use commonwheel_record::submission::{Submission, SubmissionBody};
use commonwheel_record::{Commitment, Extensions, Hash, Leaf, NetworkId, RecordId, Salt};
use commonwheel_sync::NewRecord;

/// The payload of an item: header and body as they will be appended, and the submission that lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Payload {
    pub(super) header: ByteString,
    pub(super) body: ByteString,
    pub(super) salt: [u8; 32],
    /// Names the submission's file.
    pub(super) submission: Hash,
}

fixed_array!(Payload { header, body, salt, submission });

/// The most a payload may take: a body, a header, and what frames them.
const MAX_PAYLOAD: usize = 2 << 20;

impl Payload {
    pub(super) fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, cbor::DecodeError> {
        cbor::decode(bytes, MAX_PAYLOAD)
    }

    /// Returns the record to append, its body pointing at the submission.
    pub(super) fn record(self, submission: RecordId) -> NewRecord {
        let body = SealedBody { salt: self.salt, submission: Some(submission), bytes: self.body.0 };
        NewRecord { leaf: self.header.0, body: Some(body) }
    }
}

/// A signed submission, kept beside the waiting room until its last item is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) salt: [u8; 32],
    pub(super) body: ByteString,
}

fixed_array!(Kept { salt, body });

impl Kept {
    pub(super) fn new(salt: Salt, body: &SubmissionBody) -> Self {
        Self { salt, body: ByteString(body.encode()) }
    }

    /// Returns the submission's record.
    pub(super) fn record(self, network: &NetworkId) -> NewRecord {
        let commitment = Commitment::to(network, &self.salt, &self.body.0);
        let leaf = Leaf::Submission(Submission { commitment }, Extensions::default()).encode();
        NewRecord { leaf, body: Some(SealedBody { salt: self.salt, submission: None, bytes: self.body.0 }) }
    }

    /// Writes the submission under its name, durably.
    pub(super) fn save(&self, dir: &Path, name: &Hash) -> std::io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let path = path(dir, name);
        let part = path.with_extension("part");
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(&cbor::encode(self))?;
        file.sync_all()?;
        fs::rename(&part, &path)?;
        fs::File::open(dir)?.sync_all()
    }

    /// Reads a submission.
    pub(super) fn load(dir: &Path, name: &Hash) -> std::io::Result<Self> {
        let bytes = fs::read(path(dir, name))?;
        cbor::decode(&bytes, MAX_PAYLOAD).map_err(|error| std::io::Error::other(error.to_string()))
    }
}

fn path(dir: &Path, name: &Hash) -> PathBuf {
    dir.join(name.to_string())
}
