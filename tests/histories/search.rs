//! Whether what was told can have happened: looks for an order of the parallel requests in which the
//! model gives the same answers and ends as the shop that was read.

use std::collections::HashSet;

use crate::model::{Seen, Shop};
use crate::request::{Answer, Call, Told};

/// A request and what became of it; without an answer it was done, or it was not.
pub(crate) type Heard = (Call, Option<Told>);

struct Search<'a> {
    heard: &'a [Heard],
    ends: HashSet<Shop>,
    known: HashSet<(u32, Shop)>,
    seen: Option<&'a Seen>,
}

/// All states that the shop can be in: begun in one of these, these requests done in any order, and
/// read as `seen`, or as anything. None: the shop broke its word.
pub(crate) fn explain(before: &[Shop], heard: &[Heard], seen: Option<&Seen>) -> Vec<Shop> {
    let mut search = Search {
        heard,
        ends: HashSet::new(),
        known: HashSet::new(),
        seen,
    };
    for shop in before {
        search.go(0, shop);
    }
    search.ends.into_iter().collect()
}

impl Search<'_> {
    fn go(&mut self, done: u32, shop: &Shop) {
        if !self.known.insert((done, shop.clone())) {
            return;
        }
        let heard = self.heard;
        let mut rest = (0..heard.len()).filter(|n| done & (1 << n) == 0);
        if rest.all(|n| is_open(&heard[n])) && self.seen.is_none_or(|seen| *seen == shop.seen()) {
            self.ends.insert(shop.clone());
        }
        for (number, (call, told)) in heard.iter().enumerate() {
            if done & (1 << number) != 0 {
                continue;
            }
            let mut next = shop.clone();
            let (answer, replayed) = next.answer(call);
            let fits = |told: &Told| match told.kept.answer {
                Answer::Failed(_) => true,
                _ => told.kept.answer == answer && (told.replayed == replayed || shop.is_blind()),
            };
            if told.as_ref().is_none_or(fits) {
                self.go(done | 1 << number, &next);
            }
        }
    }
}

/// It may not have been done at all.
fn is_open((_, told): &Heard) -> bool {
    let failed = |told: &Told| matches!(told.kept.answer, Answer::Failed(_));
    told.as_ref().is_none_or(failed)
}
