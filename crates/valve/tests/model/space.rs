//! A search through every state.

use std::collections::{BTreeSet, VecDeque};

/// How large a space was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// States, each visited once.
    pub(crate) states: usize,
    /// Steps between them.
    pub(crate) steps: usize,
}

/// Visits every state that can be reached from the first one, the nearest first.
pub(crate) fn search<S: Clone + Ord>(
    first: S,
    next: impl Fn(&S) -> Vec<S>,
    mut visit: impl FnMut(&S),
) -> Size {
    let mut seen = BTreeSet::from([first.clone()]);
    let mut front = VecDeque::from([first]);
    let mut steps = 0;
    while let Some(state) = front.pop_front() {
        visit(&state);
        for after in next(&state) {
            steps += 1;
            if seen.insert(after.clone()) {
                front.push_back(after);
            }
        }
    }
    Size { states: seen.len(), steps }
}

#[test]
fn finds_every_state_once() {
    // Two counters up to 3: 16 states; each step raises one of them.
    let next = |state: &(u8, u8)| {
        let mut after = Vec::new();
        if state.0 < 3 {
            after.push((state.0 + 1, state.1));
        }
        if state.1 < 3 {
            after.push((state.0, state.1 + 1));
        }
        after
    };
    let mut visited = Vec::new();
    let size = search((0, 0), next, |state| visited.push(*state));
    assert_eq!(size, Size { states: 16, steps: 24 });
    assert_eq!(visited.len(), 16);
}
