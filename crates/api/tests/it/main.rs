//! The router over real sockets, in front of a backend that answers as it was told.

mod guard;
mod hostile;
mod house;
mod import;
mod operations;
mod socket;
