//! Which of many overlapping ranges hold a position.

use super::Entry;

/// Ranges in ascending order as an implicit balanced tree: the middle of a slice is its root.
///
/// Each node knows the largest end beneath it, so finding the `k` ranges over a position among `n` takes
/// `O(log n + k)` steps, however they overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans(Vec<Span>);

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u64,
    end: u64,
    /// The largest end in the subtree.
    reach: u64,
    /// The place of what has this range in its own list.
    at: usize,
}

impl Spans {
    /// Builds the tree from (start, end, place).
    pub(super) fn of(mut ranges: Vec<(u64, u64, usize)>) -> Self {
        ranges.sort_unstable();
        let mut spans: Vec<Span> =
            ranges.into_iter().map(|(start, end, at)| Span { start, end, reach: end, at }).collect();
        fill_reach(&mut spans);
        Self(spans)
    }

    /// Returns the first entry over a position that passes the test, ranges in ascending order.
    pub(super) fn find<'e, T>(
        &self,
        index: u64,
        entries: &'e [Entry<T>],
        test: &mut impl FnMut(&Entry<T>) -> bool,
    ) -> Option<&'e Entry<T>> {
        search(&self.0, index, &mut |at| entries.get(at).filter(|entry| test(entry)))
    }
}

fn fill_reach(spans: &mut [Span]) -> u64 {
    let middle = spans.len() / 2;
    let Some((left, [root, right @ ..])) = spans.split_at_mut_checked(middle) else {
        return 0;
    };
    root.reach = root.end.max(fill_reach(left)).max(fill_reach(right));
    root.reach
}

fn search<R>(spans: &[Span], index: u64, hit: &mut impl FnMut(usize) -> Option<R>) -> Option<R> {
    let (left, rest) = spans.split_at(spans.len() / 2);
    let (root, right) = rest.split_first()?;
    if root.reach <= index {
        return None;
    }
    if let Some(found) = search(left, index, hit) {
        return Some(found);
    }
    if root.start > index {
        return None;
    }
    if index < root.end
        && let Some(found) = hit(root.at)
    {
        return Some(found);
    }
    search(right, index, hit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(spans: &Spans, index: u64) -> Vec<usize> {
        let mut found = Vec::new();
        let none = search(&spans.0, index, &mut |at| {
            found.push(at);
            None::<()>
        });
        assert_eq!(none, None);
        found.sort_unstable();
        found
    }

    #[test]
    fn finds_every_range_over_a_position() {
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for count in 0..40 {
            let ranges: Vec<(u64, u64, usize)> = (0..count)
                .map(|at| {
                    let start = next(50);
                    (start, start + 1 + next(30), at)
                })
                .collect();
            let spans = Spans::of(ranges.clone());
            for index in 0..90 {
                let expected: Vec<usize> =
                    ranges.iter().filter(|r| (r.0..r.1).contains(&index)).map(|r| r.2).collect();
                assert_eq!(over(&spans, index), expected, "{count} ranges, position {index}");
            }
        }
    }

    #[test]
    fn holds_positions_up_to_the_last() {
        let spans = Spans::of(vec![(0, u64::MAX, 0), (u64::MAX - 1, u64::MAX, 1)]);
        assert_eq!(over(&spans, u64::MAX - 1), [0, 1]);
        assert_eq!(over(&spans, u64::MAX), [0; 0]);
    }
}
