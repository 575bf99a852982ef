//! Whether what was told can have happened: looks for an order of the parallel requests in which the
//! model gives the same answers and ends as the shop that was read.
//!
//! One thing is taken less strictly on MongoDB: which lines a partial purchase leaves, and what is told of
//! them, it may have read a moment before it sold the others. Of what it sells nothing is of the past.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::{Past, Seen, Shop};
use crate::request::{Answer, C, Call, P, Product, Request, Told};

/// A request and what became of it; without an answer it was done, or it was not.
pub(crate) type Heard = (Call, Option<Told>);

/// All that products were since the requests were made.
type Products = BTreeMap<P, BTreeSet<Product>>;

struct Search<'a> {
    heard: &'a [Heard],
    ends: HashSet<Shop>,
    known: HashSet<(u32, Shop, Products)>,
    looks_back: bool,
    seen: Option<&'a Seen>,
}

/// All states that the shop can be in: begun in one of these, these requests done in any order, and
/// read as `seen`, or as anything. None: the shop broke its word.
pub(crate) fn explain(
    before: &[Shop],
    heard: &[Heard],
    seen: Option<&Seen>,
    looks_back: bool,
) -> Vec<Shop> {
    let mut search = Search {
        heard,
        ends: HashSet::new(),
        known: HashSet::new(),
        looks_back,
        seen,
    };
    for shop in before {
        search.go(0, shop, &Products::new());
    }
    search.ends.into_iter().collect()
}

impl Search<'_> {
    fn go(&mut self, done: u32, shop: &Shop, were: &Products) {
        let mut were = were.clone();
        if self.looks_back {
            for (id, product) in &shop.products {
                were.entry(*id).or_default().insert(product.clone());
            }
        }
        if !self.known.insert((done, shop.clone(), were.clone())) {
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
            let (mut next, now) = (shop.clone(), done | 1 << number);
            let (answer, replayed) = next.answer(call);
            let is_told = |answer: &Answer, replayed| match told {
                Some(told) if !matches!(told.kept.answer, Answer::Failed(_)) => {
                    let is_repeat = told.replayed == replayed || shop.is_blind();
                    is_same(&told.kept.answer, answer) && is_repeat
                }
                _ => true,
            };
            if is_told(&answer, replayed) {
                self.go(now, &next, &were);
            }
            if let Request::Purchase {
                cart,
                partial: true,
                ..
            } = call.request
            {
                for past in pasts(shop, cart, &were) {
                    let mut next = shop.clone();
                    let (answer, replayed) = next.answer_by(call, &past);
                    if leaves(&answer, &past) && is_told(&answer, replayed) {
                        self.go(now, &next, &were);
                    }
                }
            }
        }
    }
}

/// Whether an answer tells what the model says, or less.
fn is_same(told: &Answer, model: &Answer) -> bool {
    match told {
        Answer::Done => matches!(model, Answer::Product(_) | Answer::Cart(_)),
        whole => whole == model,
    }
}

/// All combinations of what the products of a cart were, but are no more.
fn pasts(shop: &Shop, cart: C, were: &Products) -> Vec<Past> {
    let mut pasts = vec![Past::new()];
    for line in shop.lines(cart) {
        let product = line.product;
        let now = shop.products.get(&product);
        let before = were.get(&product).into_iter().flatten();
        let before: Vec<_> = before.filter(|before| Some(*before) != now).collect();
        for past in pasts.clone() {
            pasts.extend(before.iter().map(|before| {
                let mut past = past.clone();
                past.insert(product, (*before).clone());
                past
            }));
        }
    }
    pasts.retain(|past| !past.is_empty());
    pasts
}

/// Something was sold, and all that was judged by the past was left.
fn leaves(answer: &Answer, past: &Past) -> bool {
    let Answer::Bought { left, .. } = answer else {
        return false;
    };
    past.keys()
        .all(|product| left.iter().any(|line| line.product == *product))
}

/// It may not have been done at all.
fn is_open((_, told): &Heard) -> bool {
    let failed = |told: &Told| matches!(told.kept.answer, Answer::Failed(_));
    told.as_ref().is_none_or(failed)
}
