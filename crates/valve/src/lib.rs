//! Commonwheel: the one function that decides what may leave a node.
