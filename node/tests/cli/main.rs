//! The program as an operator meets it: what it prints where, and how it exits.

#[cfg(test)]
mod ballots;
#[cfg(test)]
mod charter;
#[cfg(test)]
mod house;
#[cfg(test)]
mod journey;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod strike;
#[cfg(test)]
mod union;
