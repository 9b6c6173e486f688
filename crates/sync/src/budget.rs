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

    /// Takes so many requests' worth, if they are there.
    pub(crate) fn take(&mut self, now: u64, requests: u64) -> bool {
        let gained = now.saturating_sub(self.at).saturating_mul(REQUESTS_PER_SECOND);
        self.at = self.at.max(now);
        self.tokens = self.tokens.saturating_add(gained).min(REQUEST_BURST * 1000);
        let left = self.tokens.checked_sub(requests.saturating_mul(1000));
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut budget = Budget::new(0);
        assert_eq!((0..REQUEST_BURST * 2).filter(|_| budget.take(0, 1)).count() as u64, REQUEST_BURST);
        assert!(!budget.take(0, 1));
        assert_eq!((0..REQUEST_BURST).filter(|_| budget.take(1000, 1)).count() as u64, REQUESTS_PER_SECOND);
    }

    #[test]
    fn a_request_that_costs_more_takes_more_or_nothing() {
        let mut budget = Budget::new(0);
        assert!(budget.take(0, REQUEST_BURST - 1));
        assert!(!budget.take(0, 2));
        assert!(budget.take(0, 1));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut budget = Budget::new(1_000_000);
        while budget.take(1_000_000, 1) {}
        assert!(!budget.take(0, 1));
        assert!(!budget.take(999_999, 1));
    }
}
