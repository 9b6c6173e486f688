//! Commonwheel: real-process clusters for tests.
