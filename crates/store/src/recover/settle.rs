//! Making a series of files what it is to be: so many full ones and a growing one of a certain length.

use std::path::PathBuf;

use commonwheel_ledger::store::StoreError;

use crate::files::Files;
use crate::layout::{FeedDir, Found, HASH, Listing, NEW, Series, TILE};

/// Counts the hashes of a level's row that are there without a gap.
pub(crate) fn count_hashes(listing: &Listing) -> u64 {
    let mut files = listing.files.iter().peekable();
    let mut count = 0;
    for number in 0.. {
        // There may be two files of a number, one named as growing.
        let mut len = 0;
        while let Some(found) = files.next_if(|found| found.number == number) {
            len = len.max(found.len.min(TILE));
        }
        count += len / HASH as u64;
        if len < TILE {
            break;
        }
    }
    count
}

/// Leaves `full` full files and, if `part` is not 0, a growing one after them of at most that length; names them so and
/// removes all others. Returns whether there was anything to do.
pub(super) fn settle(
    files: &mut Files,
    dir: &FeedDir,
    series: Series,
    (full, part): (u64, u64),
) -> Result<bool, StoreError> {
    let listing = dir.list(series)?;
    let mut changed = remove_unborn(files, &listing.strangers)?;
    let named =
        |number, is_part| listing.files.iter().any(|found| found.number == number && found.part == is_part);
    for Found { number, part: is_part, len } in &listing.files {
        let is = if *is_part { dir.part(series, *number) } else { dir.full(series, *number) };
        let grows = *number == full && part > 0;
        if *number >= full && !grows {
            files.remove(&is)?;
            changed = true;
            continue;
        }
        let mut to_be = if grows { dir.part(series, *number) } else { dir.full(series, *number) };
        if is != to_be {
            // Both names are never there but by somebody's copying; the right one then holds.
            if named(*number, grows) {
                files.remove(&is)?;
                to_be = is;
            } else {
                files.rename(&is, &to_be)?;
            }
            changed = true;
        }
        if grows && *len > part && to_be.exists() {
            files.truncate(&to_be, part)?;
            changed = true;
        }
    }
    Ok(changed)
}

/// Removes files that were about to replace others when the store stopped.
pub(super) fn remove_unborn(files: &mut Files, strangers: &[PathBuf]) -> Result<bool, StoreError> {
    let unborn = strangers.iter().filter(|path| path.to_string_lossy().ends_with(NEW) && path.is_file());
    let mut removed = false;
    for path in unborn {
        files.remove(path)?;
        removed = true;
    }
    Ok(removed)
}
