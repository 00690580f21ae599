//! A bounded cache for what is hot: parents, policies, latest instances.
//!
//! Readers fill it from snapshots; the one writer corrects it after each commit, before it answers. So that a reader
//! with an old snapshot cannot put back what the writer has just replaced, the writer raises an epoch first, and a
//! reader's entry is only taken when the epoch is still the one it began with.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SHARDS: usize = 8;

/// A map of at most about `capacity` entries that forgets what was not used lately.
pub(crate) struct Cache<K, V> {
    shards: [Mutex<Shard<K, V>>; SHARDS],
    hasher: Seeded,
    half: usize,
}

/// Two generations: when the young one is full it becomes the old one, and the old one is dropped. What is found among
/// the old becomes young again.
struct Shard<K, V> {
    young: HashMap<K, V, Seeded>,
    old: HashMap<K, V, Seeded>,
}

/// Hashes eight bytes at a time from a random seed. Far cheaper than the standard hasher; good enough against strangers,
/// as a cache that many keys crowd into one place of is slow, bounded, and still right.
#[derive(Clone, Copy)]
struct Seeded(u64);

impl Seeded {
    fn new() -> Self {
        Self(RandomState::new().hash_one(0_u64))
    }
}

impl BuildHasher for Seeded {
    type Hasher = Folding;

    fn build_hasher(&self) -> Folding {
        Folding(self.0)
    }
}

struct Folding(u64);

impl Folding {
    fn fold(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.fold(chunk.try_into().map_or(0, u64::from_le_bytes));
        }
        let mut last = bytes.len() as u64;
        for byte in chunks.remainder() {
            last = (last << 8) | u64::from(*byte);
        }
        self.fold(last);
    }

    fn write_u64(&mut self, number: u64) {
        self.fold(number);
    }

    fn write_u8(&mut self, byte: u8) {
        self.fold(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// Counts the writer's corrections.
#[derive(Debug, Default)]
pub(crate) struct Epoch(AtomicU64);

impl Epoch {
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub fn raise(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    pub fn new(capacity: usize) -> Self {
        let hasher = Seeded::new();
        Self {
            shards: std::array::from_fn(|_| {
                Mutex::new(Shard { young: HashMap::with_hasher(hasher), old: HashMap::with_hasher(hasher) })
            }),
            hasher,
            half: (capacity / SHARDS / 2).max(1),
        }
    }

    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let mut shard = self.shard(key)?;
        if let Some(value) = shard.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = shard.old.remove_entry(key)?;
        let found = value.clone();
        shard.insert(key, value, self.half);
        Some(found)
    }

    /// A reader's entry: taken only when nothing was corrected since `seen`.
    pub fn offer(&self, key: K, value: V, epoch: &Epoch, seen: u64) {
        if let Some(mut shard) = self.shard(&key)
            && epoch.now() == seen
        {
            shard.insert(key, value, self.half);
        }
    }

    /// The writer's correction.
    pub fn put(&self, key: K, value: V) {
        if let Some(mut shard) = self.shard(&key) {
            shard.old.remove(&key);
            shard.insert(key, value, self.half);
        }
    }

    /// The writer's removal.
    pub fn remove<Q: Hash + Eq + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        if let Some(mut shard) = self.shard(key) {
            shard.young.remove(key);
            shard.old.remove(key);
        }
    }

    pub fn clear(&self) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.young.clear();
            shard.old.clear();
        }
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> Option<MutexGuard<'_, Shard<K, V>>> {
        let place = self.hasher.hash_one(key) as usize % SHARDS;
        self.shards.get(place).map(lock)
    }
}

impl<K: Hash + Eq, V> Shard<K, V> {
    fn insert(&mut self, key: K, value: V, half: usize) {
        if self.young.len() >= half && !self.young.contains_key(&key) {
            std::mem::swap(&mut self.old, &mut self.young);
            self.young.clear();
        }
        self.young.insert(key, value);
    }
}

/// A panic elsewhere leaves a map that is still a map.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_grows_beyond_its_bound() {
        let cache = Cache::new(64);
        for n in 0..10_000_u64 {
            cache.put(n, n);
        }
        let kept = (0..10_000_u64).filter(|n| cache.get(n).is_some()).count();
        assert!(kept <= 64 && kept > 0, "{kept}");
    }

    #[test]
    fn what_a_slow_reader_brings_is_too_late() {
        let (cache, epoch) = (Cache::new(64), Epoch::default());
        let seen = epoch.now();
        epoch.raise();
        cache.put("a", 2);
        cache.offer("a", 1, &epoch, seen);
        assert_eq!(cache.get("a"), Some(2));
        cache.remove("a");
        cache.offer("a", 1, &epoch, seen);
        assert_eq!(cache.get("a"), None);
    }
}
