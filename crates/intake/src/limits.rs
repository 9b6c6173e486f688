//! Named bounds of everything an import may cost.

/// Largest import read, in bytes of input.
pub const MAX_IMPORT_BYTES: u64 = 512 * 1024 * 1024;

/// Most items (chats, lines) read from one import.
pub const MAX_IMPORT_ITEMS: u64 = 1_000_000;

/// Largest single item of the input, in raw bytes. Chats carry pasted images inline, which are left out of a draft,
/// so this is far above [`MAX_ITEM_BYTES`].
pub const MAX_RAW_ITEM_BYTES: usize = 32 * 1024 * 1024;

/// Largest body of a contribution, in bytes.
pub const MAX_ITEM_BYTES: usize = commonwheel_record::limits::MAX_BODY;

/// What a body holds besides its content (labels, intent, display name, counts), in bytes, kept free within
/// [`MAX_ITEM_BYTES`].
pub const BODY_RESERVE_BYTES: usize = 8 * 1024;

/// What one text costs in a body besides its bytes, at most: role, length and the turn around it.
pub const TURN_OVERHEAD_BYTES: usize = 16;

/// Most drafts of one item, as bytes of their content: each preference pair repeats its prompt.
pub const MAX_ITEM_OUTPUT_BYTES: usize = 64 * 1024 * 1024;

/// Most messages (or nodes of a chat's tree) in one item.
pub const MAX_MESSAGES: usize = 20_000;

/// Most parts of a message whose content is a list.
pub const MAX_PARTS: usize = 4_096;

/// Most tags kept of an item.
pub const MAX_TAGS: usize = commonwheel_record::limits::MAX_TAGS;

/// Longest name of an item within its export, in bytes.
pub const MAX_SOURCE_ID_BYTES: usize = 128;

/// Most skipped items a report names; the rest is counted only.
pub const MAX_SKIPS_NAMED: usize = 100;

/// Items looked at before an import of unknown format is given up.
pub const MAX_ITEMS_PROBED: u64 = 100;
