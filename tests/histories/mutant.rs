//! Bugs that are injected around the store, each of which the histories must find. Versions and
//! replay flags, which a mutant may change as a side effect, are not compared: the bug itself must
//! be found.

/// An injected bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// Availability is checked before the transaction, not in it.
    CheckedOutside,
    /// The stock is overwritten with the value read earlier, less the sold units.
    StockWrittenBack,
    /// The stock is reduced in a second step, after the order.
    StockTakenLater,
    /// The cart is emptied in a second step, after the order.
    CartEmptiedLater,
    /// The key is saved before the effect: a crash between them loses the purchase.
    KeySavedBefore,
    /// The key is saved after the effect: a retry between them is a second purchase.
    KeySavedAfter,
    /// A retry is executed as a new request.
    KeyIgnored,
    /// A key replays its answer to a different request.
    KeyNotCompared,
    /// A refused request is executed again on a retry.
    RefusalNotSaved,
    /// A retry replays the answer, but reduces the stock again.
    RetrySellsAgain,
    /// Cancelling a cancelled order returns its units to the stock again.
    CancelRestocksTwice,
    /// Cancelling does not return the units to the stock.
    CancelRestocksNothing,
    /// The order has the price from when the product was put into the cart.
    CartPriceCharged,
    /// The total that the buyer expects is ignored.
    TotalIgnored,
    /// A partial purchase sells a part of a line with insufficient stock.
    PartialSellsShortLines,
    /// A partial purchase removes the unsold lines from the cart.
    PartialDropsRest,
    /// A product that is not for sale is sold.
    NotForSaleSold,
    /// A refusal names the requested quantity as available.
    AvailableWrong,
    /// A crash loses the last commit, although it was acknowledged.
    CommitNotOnDisk,
    /// Holds do not expire.
    HoldsNeverExpire,
    /// A purchase takes units that are held for other carts.
    PurchaseTakesHeldUnits,
}

impl Mutant {
    pub(crate) const ALL: [Self; 21] = [
        Self::CheckedOutside,
        Self::StockWrittenBack,
        Self::StockTakenLater,
        Self::CartEmptiedLater,
        Self::KeySavedBefore,
        Self::KeySavedAfter,
        Self::KeyIgnored,
        Self::KeyNotCompared,
        Self::RefusalNotSaved,
        Self::RetrySellsAgain,
        Self::CancelRestocksTwice,
        Self::CancelRestocksNothing,
        Self::CartPriceCharged,
        Self::TotalIgnored,
        Self::PartialSellsShortLines,
        Self::PartialDropsRest,
        Self::NotForSaleSold,
        Self::AvailableWrong,
        Self::CommitNotOnDisk,
        Self::HoldsNeverExpire,
        Self::PurchaseTakesHeldUnits,
    ];
}
