//! Commonwheel: the sync protocol without I/O.
