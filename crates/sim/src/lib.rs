//! Commonwheel: the seeded simulator.
