//! Holds: units of a product that are reserved for a cart, and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::timestamp::Timestamp;

/// Maximum length of a hold, in seconds: one day.
pub const MAX_HOLD_SECONDS: u32 = 86_400;
/// Changes of the cart extend a hold up to this many lengths after it began.
const MAX_LENGTHS: i64 = 4;

/// How long units are held for a cart; zero disables holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldLength(Duration);

impl HoldLength {
    pub const OFF: HoldLength = HoldLength(Duration::ZERO);

    /// Rounds down to milliseconds.
    pub const fn new(length: Duration) -> Self {
        Self(length)
    }

    /// Parses seconds, 0 (off) to [`MAX_HOLD_SECONDS`]; an error is the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<u32>() {
            Ok(seconds) if seconds <= MAX_HOLD_SECONDS => {
                Ok(Self(Duration::from_secs(seconds.into())))
            }
            _ => Err(format!("must be seconds from 0 to {MAX_HOLD_SECONDS}")),
        }
    }

    pub fn is_on(self) -> bool {
        self.millis() > 0
    }

    /// Holds that end at or before this time have expired at `now`. While holds are off, all have.
    pub fn over_at(self, now: Timestamp) -> Timestamp {
        if self.is_on() {
            now
        } else {
            Timestamp::from_millis(i64::MAX)
        }
    }

    pub fn millis(self) -> i64 {
        self.0.as_millis() as i64
    }

    /// The longest that extensions can make a hold, in milliseconds.
    pub fn max_millis(self) -> i64 {
        self.millis() * MAX_LENGTHS
    }
}

/// Units of a product held for a line of a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub units: i64,
    pub since: Timestamp,
    /// When it expires, unless a change of the cart extends it.
    pub until: Timestamp,
}

impl Hold {
    /// A hold that begins now; `None` while holds are off.
    pub fn begin(units: i64, now: Timestamp, length: HoldLength) -> Option<Self> {
        let hold = Self {
            units,
            since: now,
            until: now,
        };
        length.is_on().then(|| hold.extended(now, length))
    }

    /// The hold after a change of the cart.
    pub fn extended(self, now: Timestamp, length: HoldLength) -> Self {
        let extended = now.millis().saturating_add(length.millis());
        let latest = self.since.millis().saturating_add(length.max_millis());
        Self {
            until: Timestamp::from_millis(extended.min(latest)),
            ..self
        }
    }
}

/// The units that a cart already holds of a product when it asks for another quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldLine {
    /// Units held for the cart.
    pub units: i64,
    /// Units in earlier holds of other carts.
    pub earlier_held: i64,
}

impl HeldLine {
    /// Maximum quantity for the cart, given the product's stock and the units held of it in all. If
    /// more is held than in stock, earlier holds take precedence.
    pub fn max_units(self, stock: i64, held: i64) -> i64 {
        let by_age = (stock - self.earlier_held).clamp(0, self.units);
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
    fn a_length_is_at_most_a_day() {
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
    fn changes_extend_a_hold_up_to_four_lengths() {
        let hold = Hold::begin(2, at(100), TEN).expect("a hold");
        assert_eq!((hold.since, hold.until), (at(100), at(110)));
        let mut hold = hold;
        for (now, until) in [(105, 115), (129, 139), (131, 140), (139, 140)] {
            hold = hold.extended(at(now), TEN);
            assert_eq!((hold.since, hold.until), (at(100), at(until)), "at {now}");
        }
    }

    #[test]
    fn nothing_is_held_while_holds_are_off() {
        assert_eq!(Hold::begin(2, at(100), HoldLength::OFF), None);
        assert_eq!(HoldLength::OFF.over_at(at(100)), at(i64::MAX));
        assert_eq!(TEN.over_at(at(100)), at(100));
    }

    #[test]
    fn free_and_own_units_are_available() {
        let held = |units, earlier_held| HeldLine {
            units,
            earlier_held,
        };
        assert_eq!(held(0, 0).max_units(10, 4), 6);
        assert_eq!(held(3, 1).max_units(10, 4), 9);
        assert_eq!(held(3, 0).max_units(3, 3), 3);
    }

    #[test]
    fn earlier_holds_take_precedence_when_too_much_is_held() {
        let most = |units, earlier_held| {
            HeldLine {
                units,
                earlier_held,
            }
            .max_units(4, 9)
        };
        // Three holds of 3 units, and a cart without a hold.
        assert_eq!((most(3, 0), most(3, 3), most(3, 6)), (3, 1, 0));
        assert_eq!(most(0, 0), 0);
    }

    #[test]
    fn a_hold_needs_a_length() {
        assert!(!HoldLength::OFF.is_on());
        assert!(!HoldLength::new(Duration::from_micros(999)).is_on());
        assert!(HoldLength::new(Duration::from_millis(1)).is_on());
        assert_eq!((TEN.millis(), TEN.max_millis()), (10, 40));
    }
}
