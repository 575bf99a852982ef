//! Holds: what a cart keeps for itself of a product, and for how long.

use std::time::Duration;

use super::timestamp::Timestamp;

/// Most seconds of a hold: a day.
pub const MAX_HOLD_SECONDS: u32 = 86_400;
/// A hold ends at the latest this many lengths after it began, whatever its owner does.
const MAX_LENGTHS: i64 = 4;

/// How long what is put into a cart is kept for that cart; nothing is kept at all while holds are
/// off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldLength(Duration);

impl HoldLength {
    /// Nothing is kept.
    pub const OFF: HoldLength = HoldLength(Duration::ZERO);

    /// Whole milliseconds of a duration; none of them is [`HoldLength::OFF`].
    pub const fn new(length: Duration) -> Self {
        Self(length)
    }

    /// Takes seconds from 0, which is off, to [`MAX_HOLD_SECONDS`].
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<u32>() {
            Ok(seconds) if seconds <= MAX_HOLD_SECONDS => {
                Ok(Self(Duration::from_secs(seconds.into())))
            }
            _ => Err(format!("must be seconds from 0 to {MAX_HOLD_SECONDS}")),
        }
    }

    /// Whether anything is kept.
    pub fn is_on(self) -> bool {
        self.millis() > 0
    }

    /// Holds that last up to this moment, or shorter, are over at `now`. While holds are off, all
    /// that are left from before are.
    pub fn over_at(self, now: Timestamp) -> Timestamp {
        if self.is_on() {
            now
        } else {
            Timestamp::from_millis(i64::MAX)
        }
    }

    /// In milliseconds.
    pub fn millis(self) -> i64 {
        self.0.as_millis() as i64
    }

    /// In milliseconds, from its begin to its latest end.
    pub fn most_millis(self) -> i64 {
        self.millis() * MAX_LENGTHS
    }
}

/// What a line of a cart keeps of its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Units that are kept.
    pub units: i64,
    /// When it began.
    pub since: Timestamp,
    /// When it ends unless the cart changes before.
    pub until: Timestamp,
}

impl Hold {
    /// A hold that begins now; none while holds are off.
    pub fn begin(units: i64, now: Timestamp, length: HoldLength) -> Option<Self> {
        let hold = Self {
            units,
            since: now,
            until: now,
        };
        length.is_on().then(|| hold.extended(now, length))
    }

    /// The same after a change of the cart.
    pub fn extended(self, now: Timestamp, length: HoldLength) -> Self {
        let wanted = now.millis().saturating_add(length.millis());
        let latest = self.since.millis().saturating_add(length.most_millis());
        Self {
            until: Timestamp::from_millis(wanted.min(latest)),
            ..self
        }
    }
}

/// What a cart keeps of a product already, which counts when it wants other units of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Units that the cart keeps.
    pub units: i64,
    /// Units that older holds of other carts keep.
    pub older: i64,
}

impl Kept {
    /// The most units that the cart can have of a product with so many in stock, so many of them
    /// held in all. Where more is held than there is, the oldest holds count first.
    pub fn most(self, stock: i64, held: i64) -> i64 {
        let by_age = (stock - self.older).clamp(0, self.units);
        (stock - held + self.units).max(by_age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: HoldLength = HoldLength::new(Duration::from_millis(10));

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_length_is_seconds_of_a_day_at_most() {
        assert_eq!(HoldLength::parse("0"), Ok(HoldLength::OFF));
        assert_eq!(
            HoldLength::parse("86400").map(HoldLength::millis),
            Ok(86_400_000)
        );
        for bad in ["", "-1", "86401", "1.5", "ten"] {
            assert!(HoldLength::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_hold_lasts_its_length_from_the_last_change_and_four_lengths_at_most() {
        let hold = Hold::begin(2, at(100), TEN).expect("a hold");
        assert_eq!((hold.since, hold.until), (at(100), at(110)));
        let mut hold = hold;
        for (now, until) in [(105, 115), (129, 139), (131, 140), (139, 140)] {
            hold = hold.extended(at(now), TEN);
            assert_eq!((hold.since, hold.until), (at(100), at(until)), "at {now}");
        }
    }

    #[test]
    fn nothing_is_kept_while_holds_are_off() {
        assert_eq!(Hold::begin(2, at(100), HoldLength::OFF), None);
        assert_eq!(HoldLength::OFF.over_at(at(100)), at(i64::MAX));
        assert_eq!(TEN.over_at(at(100)), at(100));
    }

    #[test]
    fn a_cart_can_have_what_is_free_and_what_it_keeps() {
        let kept = |units, older| Kept { units, older };
        assert_eq!(kept(0, 0).most(10, 4), 6);
        assert_eq!(kept(3, 1).most(10, 4), 9);
        assert_eq!(kept(3, 0).most(3, 3), 3);
    }

    #[test]
    fn the_oldest_holds_count_first_where_more_is_held_than_there_is() {
        let most = |units, older| Kept { units, older }.most(4, 9);
        // Three holds of 3 units, and somebody without one.
        assert_eq!((most(3, 0), most(3, 3), most(3, 6)), (3, 1, 0));
        assert_eq!(most(0, 0), 0);
    }
}
