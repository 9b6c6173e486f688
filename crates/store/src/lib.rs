//! Commonwheel: feed files, the sled index and the tip guard.
