//! What a member keeps of a secret vote: it reveals the choice, so it is nobody else's business.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use commonwheel_api::Word as _;
use commonwheel_record::control::Choice;
use commonwheel_record::{Hash, PublicKey};
use serde::{Deserialize, Serialize};

use super::error::CliError;

/// The receipt of a secret vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    /// The ballot.
    pub(super) ballot: Hash,
    /// The voter's roll key.
    pub(super) voter: PublicKey,
    /// The choice.
    pub(super) choice: Choice,
    /// What the choice was hashed with.
    pub(super) nonce: Hash,
}

/// The receipt as its file holds it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    ballot: String,
    voter: String,
    choice: String,
    nonce: String,
}

impl Receipt {
    /// Returns the name of a file for it: one for each vote, so that none is written over.
    pub(super) fn default_file(&self) -> PathBuf {
        let digits = |text: &str| text.chars().take(8).collect::<String>();
        let [ballot, voter, nonce] = [self.ballot.text(), self.voter.text(), self.nonce.text()];
        PathBuf::from(format!("vote-{}-{}-{}.json", digits(&ballot), digits(&voter), digits(&nonce)))
    }

    /// Writes it to a new file that its owner alone may read.
    pub(super) fn write(&self, file: &Path) -> Result<(), CliError> {
        let written = Written {
            ballot: self.ballot.text(),
            voter: self.voter.text(),
            choice: self.choice.name().to_owned(),
            nonce: self.nonce.text(),
        };
        let text = serde_json::to_string_pretty(&written).map_err(CliError::failed)? + "\n";
        let mut options = OpenOptions::new();
        let opened = options.write(true).create_new(true).mode(0o600).open(file);
        let kept = opened.and_then(|mut to| to.write_all(text.as_bytes()).and_then(|()| to.sync_all()));
        kept.map_err(|error| {
            CliError::failed(format!("cannot keep the receipt in {}: {error}", file.display()))
        })
    }

    /// Reads one.
    pub(super) fn read(file: &Path) -> Result<Self, CliError> {
        let text = super::read_text(file)?;
        let told = |error: &dyn std::fmt::Display| {
            CliError::failed(format!("{} is no receipt of a vote: {error}", file.display()))
        };
        let written: Written = serde_json::from_str(&text).map_err(|error| told(&error))?;
        Ok(Self {
            ballot: Hash::read(&written.ballot).map_err(|error| told(&error))?,
            voter: PublicKey::read(&written.voter).map_err(|error| told(&error))?,
            choice: Choice::named(&written.choice).ok_or_else(|| told(&"no such choice"))?,
            nonce: Hash::read(&written.nonce).map_err(|error| told(&error))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn receipts_come_back_and_are_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let receipt = Receipt {
            ballot: Hash([1; 32]),
            voter: PublicKey([2; 32]),
            choice: Choice::Yes,
            nonce: Hash([3; 32]),
        };
        let file = dir.path().join(receipt.default_file());
        receipt.write(&file).unwrap();
        assert_eq!(Receipt::read(&file).unwrap(), receipt);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(receipt.write(&file).is_err());
        fs::write(&file, "{}").unwrap();
        assert!(Receipt::read(&file).unwrap_err().message.contains("is no receipt of a vote"));
    }
}
