//! What one peer may cost us.

use crate::limits::{REQUEST_BURST, REQUESTS_PER_SECOND};

/// A token bucket; time is an argument.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    /// Thousandths of a request.
    tokens: u64,
    at: u64,
}

impl Budget {
    pub(crate) const fn new(now: u64) -> Self {
        Self { tokens: REQUEST_BURST * 1000, at: now }
    }

    /// Takes one request's worth, if there is one.
    pub(crate) fn take(&mut self, now: u64) -> bool {
        let gained = now.saturating_sub(self.at).saturating_mul(REQUESTS_PER_SECOND);
        self.at = self.at.max(now);
        self.tokens = self.tokens.saturating_add(gained).min(REQUEST_BURST * 1000);
        let enough = self.tokens >= 1000;
        if enough {
            self.tokens -= 1000;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut budget = Budget::new(0);
        assert_eq!((0..REQUEST_BURST * 2).filter(|_| budget.take(0)).count() as u64, REQUEST_BURST);
        assert!(!budget.take(0));
        assert_eq!((0..REQUEST_BURST).filter(|_| budget.take(1000)).count() as u64, REQUESTS_PER_SECOND);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut budget = Budget::new(1_000_000);
        while budget.take(1_000_000) {}
        assert!(!budget.take(0));
        assert!(!budget.take(999_999));
    }
}
