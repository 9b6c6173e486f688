//! A small map that forgets what was used least recently.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// At most `capacity` values; meant for at most a few hundred, since making room looks at all of them.
#[derive(Debug)]
pub(crate) struct Lru<K, V> {
    values: BTreeMap<K, (u64, V)>,
    capacity: usize,
    clock: u64,
}

impl<K: Ord + Clone, V> Lru<K, V> {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { values: BTreeMap::new(), capacity, clock: 0 }
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<&mut V> {
        self.clock += 1;
        let (used, value) = self.values.get_mut(key)?;
        *used = self.clock;
        Some(value)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.clock += 1;
        if self.values.len() >= self.capacity && !self.values.contains_key(&key) {
            let oldest = self.values.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.values.remove(&oldest);
            }
        }
        self.values.insert(key, (self.clock, value));
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.values.remove(key);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        self.values.retain(|key, _| keep(key));
    }
}

/// Locks a cache. What a panicking thread left in it is a cache entry like any other: whole or absent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_the_least_recently_used() {
        let mut lru = Lru::new(2);
        lru.insert(1, 'a');
        lru.insert(2, 'b');
        assert_eq!(lru.get(&1), Some(&mut 'a'));
        lru.insert(3, 'c');
        assert_eq!(lru.get(&2), None);
        assert_eq!(lru.get(&1), Some(&mut 'a'));
        lru.insert(3, 'd');
        assert_eq!((lru.get(&1).is_some(), lru.get(&3)), (true, Some(&mut 'd')));
    }
}
