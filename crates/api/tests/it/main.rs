//! The router over real sockets, in front of a backend that answers as it was told.

#[cfg(test)]
mod charter;
#[cfg(test)]
mod describe;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod house;
#[cfg(test)]
mod import;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod socket;
