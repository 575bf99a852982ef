//! Searches for an order of parallel requests in which the model gives the same answers and ends in
//! the state that was read.
//!
//! On MongoDB a partial purchase may have read its unavailable lines shortly before it sold the
//! others, so these may come from an earlier state. Sold lines may not.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::{EarlierProducts, Shop, ShopView};
use crate::request::{Answer, C, Call, P, Product, Reply, Request};

/// A call and its reply. Without a reply it was executed or not.
pub(crate) type Exchange = (Call, Option<Reply>);

/// All states of the products since the requests were made.
type ProductStates = BTreeMap<P, BTreeSet<Product>>;

struct Search<'a> {
    exchanges: &'a [Exchange],
    ends: HashSet<Shop>,
    visited: HashSet<(u32, Shop, ProductStates)>,
    allows_earlier_reads: bool,
    view: Option<&'a ShopView>,
}

/// All states in which the shop can be after these exchanges in any order, starting from one of
/// `before`, and matching `view` if there is one. If there are none, the shop is wrong.
pub(crate) fn explain(
    before: &[Shop],
    exchanges: &[Exchange],
    view: Option<&ShopView>,
    allows_earlier_reads: bool,
) -> Vec<Shop> {
    let mut search = Search {
        exchanges,
        ends: HashSet::new(),
        visited: HashSet::new(),
        allows_earlier_reads,
        view,
    };
    for shop in before {
        search.visit(0, shop, &ProductStates::new());
    }
    search.ends.into_iter().collect()
}

impl Search<'_> {
    fn visit(&mut self, done: u32, shop: &Shop, states: &ProductStates) {
        let mut states = states.clone();
        if self.allows_earlier_reads {
            for (id, product) in &shop.products {
                states.entry(*id).or_default().insert(product.clone());
            }
        }
        if !self.visited.insert((done, shop.clone(), states.clone())) {
            return;
        }
        let exchanges = self.exchanges;
        let mut rest = (0..exchanges.len()).filter(|n| done & (1 << n) == 0);
        if rest.all(|n| may_be_undone(&exchanges[n]))
            && self.view.is_none_or(|view| *view == shop.view())
        {
            self.ends.insert(shop.clone());
        }
        for (number, (call, reply)) in exchanges.iter().enumerate() {
            if done & (1 << number) != 0 {
                continue;
            }
            let (mut next, now) = (shop.clone(), done | 1 << number);
            let (answer, replayed) = next.answer(call);
            let is_consistent = |answer: &Answer, replayed| match reply {
                Some(reply) if !matches!(reply.saved.answer, Answer::Failed(_)) => {
                    let is_replay_expected = reply.replayed == replayed || shop.is_lenient();
                    is_same(&reply.saved.answer, answer) && is_replay_expected
                }
                _ => true,
            };
            if is_consistent(&answer, replayed) {
                self.visit(now, &next, &states);
            }
            if let Request::Purchase {
                cart,
                partial: true,
                ..
            } = call.request
            {
                for earlier in earlier_combinations(shop, cart, &states) {
                    let mut next = shop.clone();
                    let (answer, replayed) = next.answer_with(call, &earlier);
                    if is_only_unsold(&answer, &earlier) && is_consistent(&answer, replayed) {
                        self.visit(now, &next, &states);
                    }
                }
            }
        }
    }
}

/// Whether an answer agrees with the model's; it may have less data.
fn is_same(reply: &Answer, model: &Answer) -> bool {
    match reply {
        Answer::Done => matches!(model, Answer::Product(_) | Answer::Cart(_)),
        whole => whole == model,
    }
}

/// All combinations of earlier states of the products of a cart.
fn earlier_combinations(shop: &Shop, cart: C, states: &ProductStates) -> Vec<EarlierProducts> {
    let mut combinations = vec![EarlierProducts::new()];
    for line in shop.lines(cart) {
        let product = line.product;
        let now = shop.products.get(&product);
        let before = states.get(&product).into_iter().flatten();
        let before: Vec<_> = before.filter(|before| Some(*before) != now).collect();
        for earlier in combinations.clone() {
            combinations.extend(before.iter().map(|before| {
                let mut earlier = earlier.clone();
                earlier.insert(product, (*before).clone());
                earlier
            }));
        }
    }
    combinations.retain(|earlier| !earlier.is_empty());
    combinations
}

/// Whether something was sold, but no product in an earlier state.
fn is_only_unsold(answer: &Answer, earlier: &EarlierProducts) -> bool {
    let Answer::Bought { left, .. } = answer else {
        return false;
    };
    earlier
        .keys()
        .all(|product| left.iter().any(|line| line.product == *product))
}

/// Whether the call may not have been executed at all.
fn may_be_undone((_, reply): &Exchange) -> bool {
    let has_failed = |reply: &Reply| matches!(reply.saved.answer, Answer::Failed(_));
    reply.as_ref().is_none_or(has_failed)
}
