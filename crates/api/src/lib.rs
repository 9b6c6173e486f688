//! Commonwheel: the local HTTP router.
