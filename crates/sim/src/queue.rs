//! The clock and what is still to happen: events in the order of their time, then of their making.

use std::collections::BTreeMap;

/// Events by time, in milliseconds since 1970.
#[derive(Debug)]
pub(crate) struct Queue<E> {
    now: u64,
    made: u64,
    events: BTreeMap<(u64, u64), E>,
}

impl<E> Queue<E> {
    pub(crate) const fn new(now: u64) -> Self {
        Self { now, made: 0, events: BTreeMap::new() }
    }

    pub(crate) const fn now(&self) -> u64 {
        self.now
    }

    /// Adds an event; one in the past happens now.
    pub(crate) fn at(&mut self, time: u64, event: E) {
        self.made += 1;
        self.events.insert((time.max(self.now), self.made), event);
    }

    pub(crate) fn after(&mut self, delay: u64, event: E) {
        self.at(self.now.saturating_add(delay), event);
    }

    /// Moves the clock to the next event.
    pub(crate) fn pop(&mut self) -> Option<E> {
        let ((time, _), event) = self.events.pop_first()?;
        self.now = time;
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_first_then_the_order_of_making() {
        let mut queue = Queue::new(10);
        queue.at(20, 'c');
        queue.after(5, 'a');
        queue.at(20, 'd');
        queue.at(3, 'z');
        let order: Vec<(u64, char)> =
            std::iter::from_fn(|| queue.pop().map(|event| (queue.now(), event))).collect();
        assert_eq!(order, [(10, 'z'), (15, 'a'), (20, 'c'), (20, 'd')]);
    }
}
