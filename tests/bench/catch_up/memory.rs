//! What catching up takes in memory and on disk.

use crate::report::{Limit, Section};

use super::fetch::{Fetched, Setting};

const MIB: f64 = (1 << 20) as f64;
/// The mirror's largest resident size, in MiB.
const MOST_MEMORY: f64 = 256.0;
/// Bytes of feed files for each byte of headers and bodies.
const MOST_DISK: f64 = 1.15;

pub(super) fn section(setting: Setting, found: &Fetched) -> Section {
    let Setting { items, contributions } = setting;
    let mut section =
        Section::new(format!("memory and disk, {contributions} records in submissions of {items}"));
    let payload = found.payload_bytes as f64;
    let peak = found.peak_rss as f64 / MIB;
    section.limited("mirror, largest resident size", peak, "MiB", Limit::AtMost(MOST_MEMORY));
    let feed = found.feed_bytes as f64 / payload;
    section.limited("feed files for headers + bodies", feed, "×", Limit::AtMost(MOST_DISK));
    section.figure("headers + bodies", payload / MIB, "MiB");
    section.figure("feed files", found.feed_bytes as f64 / MIB, "MiB");
    section.figure("index", found.index_bytes as f64 / MIB, "MiB");
    section.figure("index for headers + bodies", found.index_bytes as f64 / payload, "×");
    section
}
