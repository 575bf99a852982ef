//! Bugs that are made around the store, to see that the histories find them. What such a bug disturbs by
//! the way, versions and the word that an answer is a repeat, is not looked at then: the bug itself must
//! be found.

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    /// Whether there is enough was looked up before the step, and is believed in it.
    CheckedOutside,
    /// The stock is set to what was read before, less what was sold.
    StockWrittenBack,
    /// The stock is taken in a second step behind the order.
    StockTakenLater,
    /// The cart is emptied in a second step behind the order.
    CartEmptiedLater,
    /// The key is kept before the effect: a crash between them loses the purchase.
    KeyKeptBefore,
    /// The key is kept behind the effect: a retry between them is another purchase.
    KeyKeptAfter,
    /// A retry is a new request.
    KeyIgnored,
    /// A key gives its answer to any request.
    KeyNotCompared,
    /// A retried refusal is tried anew.
    RefusalNotKept,
    /// A retry is answered as before, but takes the stock again.
    RetryTakesAgain,
    /// Cancelling what is cancelled gives the stock back again.
    CancelGivesTwice,
    /// Cancelling gives nothing back.
    CancelGivesNothing,
    /// The order has the price of when the product was put into the cart.
    PriceOfTheCart,
    /// What the buyer saw that the cart costs is not looked at.
    TotalIgnored,
    /// A partial purchase sells what there is of a short line.
    PartialSellsShortLines,
    /// A partial purchase forgets the lines that it left.
    PartialForgetsRest,
    /// What is not for sale is sold.
    NotForSaleIsSold,
    /// A loser is told how many it wanted, not how many there are.
    WrongAvailable,
    /// A crash takes the last commit with it, although it was acknowledged.
    CommitNotOnDisk,
    /// A hold that is over goes on.
    HoldsNeverEnd,
    /// Who buys takes what is kept for others.
    HoldsOfOthersEnd,
}

impl Plant {
    /// Every one of them.
    pub(crate) const ALL: [Self; 21] = [
        Self::CheckedOutside,
        Self::StockWrittenBack,
        Self::StockTakenLater,
        Self::CartEmptiedLater,
        Self::KeyKeptBefore,
        Self::KeyKeptAfter,
        Self::KeyIgnored,
        Self::KeyNotCompared,
        Self::RefusalNotKept,
        Self::RetryTakesAgain,
        Self::CancelGivesTwice,
        Self::CancelGivesNothing,
        Self::PriceOfTheCart,
        Self::TotalIgnored,
        Self::PartialSellsShortLines,
        Self::PartialForgetsRest,
        Self::NotForSaleIsSold,
        Self::WrongAvailable,
        Self::CommitNotOnDisk,
        Self::HoldsNeverEnd,
        Self::HoldsOfOthersEnd,
    ];
}
