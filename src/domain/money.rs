//! Money: an integer of minor units inside, a number with at most two decimals outside.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of the shop's one currency, in minor units (cents).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Money(i64);

impl Money {
    /// Maximum price of a product: 10,000,000.
    pub const MAX_PRICE: Money = Money(1_000_000_000);
    /// Maximum total of a cart: 1,000,000,000,000,000.
    pub const MAX_AMOUNT: Money = Money(100_000_000_000_000_000);

    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    pub const fn minor(self) -> i64 {
        self.0
    }

    /// In major units. Below 2^53 minor units, the shortest decimal that parses back is exact.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Parses a decimal literal from 0 to `max` with at most two decimals.
    pub fn parse(literal: &str, max: Self) -> Result<Self, String> {
        Self::from_f64(number(literal)?, max)
    }

    /// Parses a decimal literal from 0 to [`Money::MAX_PRICE`] with at most two decimals.
    pub fn parse_price(literal: &str) -> Result<Self, String> {
        Self::parse(literal, Self::MAX_PRICE)
    }

    /// Converts by the shortest decimal that parses back as the number: 19.99 is 1999 minor units,
    /// although no `f64` is exactly 19.99.
    pub fn price_from_f64(number: f64) -> Result<Self, String> {
        Self::from_f64(number, Self::MAX_PRICE)
    }

    fn from_f64(number: f64, max: Self) -> Result<Self, String> {
        if !number.is_finite() || number < 0.0 {
            return Err("must be 0 or more".into());
        }
        if number > max.to_f64() {
            return Err(format!("must be at most {}", max.0 / 100));
        }
        // `Display` of a float never uses an exponent and prints the shortest decimal.
        let text = number.to_string();
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        if decimals.len() > 2 {
            return Err("must have at most 2 decimals".into());
        }
        let minor: i64 = format!("{whole}{decimals:0<2}")
            .parse()
            .map_err(|_| "must be a number")?;
        Ok(Self(minor))
    }

    /// `None` on overflow.
    pub fn times(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }
}

/// Parses a decimal literal; `NaN` and `inf`, which Rust accepts, are refused.
fn number(literal: &str) -> Result<f64, String> {
    let is_decimal = literal.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.');
    let number = literal.parse().ok().filter(|_| is_decimal);
    number.ok_or_else(|| "must be a number".into())
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|money| money.0).fold(0, i64::saturating_add))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, (self.0 % 100).abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_exact_inside() {
        for (literal, minor) in [
            ("0", 0),
            ("0.1", 10),
            ("19.99", 1999),
            ("0.29", 29),
            ("1e3", 100_000),
            ("10000000", 1_000_000_000),
            ("9999999.99", 999_999_999),
            ("19.990", 1999),
        ] {
            let price = Money::parse_price(literal).expect(literal);
            assert_eq!(price.minor(), minor, "{literal}");
        }
    }

    #[test]
    fn every_price_round_trips_through_f64() {
        for minor in (0..Money::MAX_PRICE.0).step_by(7_919) {
            let money = Money(minor);
            assert_eq!(Money::price_from_f64(money.to_f64()), Ok(money));
        }
    }

    #[test]
    fn amounts_may_exceed_the_maximum_price() {
        for (literal, minor) in [
            ("39.98", 3_998),
            ("10000000.01", 1_000_000_001),
            ("1000000000000000", Money::MAX_AMOUNT.0),
        ] {
            assert_eq!(
                Money::parse(literal, Money::MAX_AMOUNT),
                Ok(Money(minor)),
                "{literal}"
            );
        }
        for literal in ["1000000000000001", "-0.01", "0.001", "x"] {
            assert!(
                Money::parse(literal, Money::MAX_AMOUNT).is_err(),
                "{literal}"
            );
        }
    }

    #[test]
    fn third_decimals_signs_and_words_are_refused() {
        for literal in ["1.005", "-1", "10000000.01", "NaN", "inf", "x", "", "1e400"] {
            assert!(Money::parse_price(literal).is_err(), "{literal}");
        }
    }

    #[test]
    fn money_prints_with_two_decimals() {
        for (minor, text) in [
            (0, "0.00"),
            (5, "0.05"),
            (1_999, "19.99"),
            (-1_950, "-19.50"),
        ] {
            assert_eq!(Money(minor).to_string(), text);
        }
    }

    #[test]
    fn a_line_beyond_all_bounds_has_no_amount() {
        assert_eq!(Money(1_999).times(3), Some(Money(5_997)));
        assert_eq!(Money(i64::MAX).times(2), None);
        let sum: Money = [Money(i64::MAX), Money(1)].into_iter().sum();
        assert_eq!(sum, Money(i64::MAX));
    }

    #[test]
    fn a_number_may_begin_with_its_point() {
        assert_eq!(Money::parse_price(".5"), Ok(Money(50)));
        assert_eq!(Money::parse_price("-0"), Ok(Money(0)));
    }

    #[test]
    fn only_numbers_within_bounds_are_prices() {
        for (literal, reason) in [
            ("NaN", "must be a number"),
            ("inf", "must be a number"),
            ("+1", "must be a number"),
            ("-1", "must be 0 or more"),
            ("10000000.01", "must be at most 10000000"),
            ("1.005", "must have at most 2 decimals"),
        ] {
            assert_eq!(Money::parse_price(literal), Err(reason.into()), "{literal}");
        }
        let reason = "must be 0 or more".into();
        assert_eq!(Money::price_from_f64(f64::NAN), Err(reason));
    }
}
