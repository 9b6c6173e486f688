//! Commonwheel: importers and the waiting room.
