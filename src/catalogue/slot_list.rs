//! Slots of the table in an order, with ranks.

use std::cmp::Ordering;

use super::table::Slot;

/// Slots in one chunk, at most. Moving a kilobyte or two is cheaper than a deeper structure, and
/// skipping to a rank passes one length for each chunk.
const MAX_CHUNK: usize = 1024;

/// An ordered list of slots. The caller knows the order: `compare` compares the product of a slot
/// in the list with the one that is looked for.
#[derive(Debug, Clone, Default)]
pub(super) struct SlotList {
    /// None is empty.
    chunks: Vec<Vec<Slot>>,
    len: usize,
}

/// Where a slot is, or would be, in the list.
#[derive(Debug, Clone, Copy)]
struct Place {
    chunk: usize,
    index: usize,
    is_taken: bool,
}

impl SlotList {
    /// The slots must be in order.
    pub(super) fn from_sorted(slots: &[Slot]) -> Self {
        // Not full, so that the next insertions split nothing.
        let chunks = slots.chunks(MAX_CHUNK * 3 / 4);
        Self {
            chunks: chunks.map(<[Slot]>::to_vec).collect(),
            len: slots.len(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    fn place(&self, compare: impl Fn(Slot) -> Ordering) -> Place {
        let is_before = |chunk: &Vec<Slot>| {
            let last = chunk.last();
            last.is_some_and(|last| compare(*last) == Ordering::Less)
        };
        let mut chunk = self.chunks.partition_point(is_before);
        if chunk == self.chunks.len() && chunk > 0 {
            // Behind all: at the end of the last chunk.
            chunk -= 1;
        }
        let found = match self.chunks.get(chunk) {
            Some(slots) => slots.binary_search_by(|slot| compare(*slot)),
            None => Err(0),
        };
        Place {
            chunk,
            index: found.unwrap_or_else(|index| index),
            is_taken: found.is_ok(),
        }
    }

    /// Inserts a slot, unless the list has an equal one.
    pub(super) fn insert(&mut self, slot: Slot, compare: impl Fn(Slot) -> Ordering) {
        let mut place = self.place(compare);
        if place.is_taken {
            return;
        }
        if self.chunks.is_empty() {
            self.chunks.push(Vec::new());
        }
        if self.chunks[place.chunk].len() >= MAX_CHUNK {
            let upper = self.chunks[place.chunk].split_off(MAX_CHUNK / 2);
            self.chunks.insert(place.chunk + 1, upper);
            if place.index > MAX_CHUNK / 2 {
                place.chunk += 1;
                place.index -= MAX_CHUNK / 2;
            }
        }
        self.chunks[place.chunk].insert(place.index, slot);
        self.len += 1;
    }

    /// Removes the slot that compares as equal, if there is one.
    pub(super) fn remove(&mut self, compare: impl Fn(Slot) -> Ordering) {
        let place = self.place(compare);
        if !place.is_taken {
            return;
        }
        self.chunks[place.chunk].remove(place.index);
        self.len -= 1;
        self.shrink(place.chunk);
    }

    /// Joins a small chunk to its neighbours, so that there are never many small ones.
    fn shrink(&mut self, chunk: usize) {
        if self.chunks[chunk].is_empty() {
            self.chunks.remove(chunk);
            return;
        }
        self.join_next(chunk);
        if chunk > 0 {
            self.join_next(chunk - 1);
        }
    }

    fn join_next(&mut self, chunk: usize) {
        if let Some(next) = self.chunks.get(chunk + 1)
            && self.chunks[chunk].len() + next.len() <= MAX_CHUNK / 2
        {
            let next = self.chunks.remove(chunk + 1);
            self.chunks[chunk].extend(next);
        }
    }

    /// How many slots are before the place of the one that is looked for.
    pub(super) fn rank(&self, compare: impl Fn(Slot) -> Ordering) -> usize {
        let place = self.place(compare);
        let before = self.chunks.iter().take(place.chunk);
        before.map(Vec::len).sum::<usize>() + place.index
    }

    /// The slots from a rank on.
    pub(super) fn starting_at(&self, rank: usize) -> impl Iterator<Item = Slot> {
        let mut skipped = rank;
        let mut chunk = 0;
        while let Some(slots) = self.chunks.get(chunk)
            && slots.len() <= skipped
        {
            skipped -= slots.len();
            chunk += 1;
        }
        let chunks = self.chunks.get(chunk..).unwrap_or_default().iter();
        chunks.flatten().copied().skip(skipped)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Slot> {
        self.chunks.iter().flatten().copied()
    }
}

#[cfg(test)]
mod tests {
    use vitrina_test_support::random::Random;

    use super::*;

    fn list(slots: &SlotList) -> Vec<Slot> {
        assert!(slots.chunks.iter().all(|chunk| !chunk.is_empty()));
        let all: Vec<_> = slots.iter().collect();
        assert_eq!(all.len(), slots.len());
        all
    }

    #[test]
    fn an_empty_list_takes_and_loses_its_first_slot() {
        let mut slots = SlotList::default();
        slots.remove(|slot| slot.cmp(&7));
        slots.insert(7, |slot| slot.cmp(&7));
        slots.insert(7, |slot| slot.cmp(&7));
        assert_eq!(list(&slots), [7]);
        slots.remove(|slot| slot.cmp(&7));
        assert_eq!(list(&slots), [0; 0]);
        assert_eq!(slots.starting_at(0).next(), None);
    }

    #[test]
    fn slots_stay_in_order_whatever_comes_and_goes() {
        let mut random = Random::new(7);
        let mut sorted: Vec<Slot> = (0..3000).map(|n| n * 3).collect();
        let mut slots = SlotList::from_sorted(&sorted);
        for _ in 0..20_000 {
            let slot = random.below(9000) as Slot;
            let place = sorted.binary_search(&slot);
            assert_eq!(
                slots.rank(|other| other.cmp(&slot)),
                place.unwrap_or_else(|at| at)
            );
            // Runs of removals leave small chunks.
            match place {
                Ok(at) => {
                    slots.remove(|other| other.cmp(&slot));
                    sorted.remove(at);
                }
                Err(at) if random.below(3) > 0 || slots.len() < 100 => {
                    slots.insert(slot, |other| other.cmp(&slot));
                    sorted.insert(at, slot);
                }
                Err(_) => {}
            }
        }
        assert_eq!(list(&slots), sorted);
        for rank in [0, 1, 700, sorted.len() - 1, sorted.len(), sorted.len() + 9] {
            let rest: Vec<_> = slots.starting_at(rank).collect();
            assert_eq!(rest, sorted.get(rank..).unwrap_or_default(), "{rank}");
        }
        for slot in sorted.iter().rev() {
            slots.remove(|other| other.cmp(slot));
        }
        assert_eq!(list(&slots), [0; 0]);
    }

    #[test]
    fn chunks_split_when_full_and_join_when_small() {
        let mut slots = SlotList::default();
        for slot in 0..5 * MAX_CHUNK as Slot {
            slots.insert(slot, |other| other.cmp(&slot));
        }
        let longest = slots.chunks.iter().map(Vec::len).max();
        assert!(longest <= Some(MAX_CHUNK) && slots.chunks.len() < 11);
        for slot in 0..5 * MAX_CHUNK as Slot {
            if slot % 64 > 0 {
                slots.remove(|other| other.cmp(&slot));
            }
        }
        assert!(slots.chunks.len() <= 2, "{}", slots.chunks.len());
    }
}
