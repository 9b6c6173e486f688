//! Commonwheel: the fold of control logs into a view.
