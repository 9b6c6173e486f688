//! Commonwheel: the libp2p adapter.
