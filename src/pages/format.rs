//! Formats prices, stock and dates, exactly as the scripts do in the browser.

use fluent_templates::fluent_bundle::FluentValue;
use time::OffsetDateTime;

use crate::domain::money::Money;
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;
use crate::i18n::{Arguments, Language};

/// The shop's currency (ISO 4217).
pub(super) const CURRENCY: &str = "USD";
/// Stock up to this is low.
pub(super) const LOW_STOCK: i64 = 5;

/// The locale of numbers.
pub(super) const fn locale(language: Language) -> &'static str {
    match language {
        Language::En => "en-US",
        Language::Es => "es-AR",
    }
}

/// A price as `Intl.NumberFormat` writes it in the language's locale (CLDR 44).
pub(super) fn price(language: Language, money: Money) -> String {
    let (sign, group, decimal) = match language {
        Language::En => ("$", ',', '.'),
        Language::Es => ("US$\u{a0}", '.', ','),
    };
    let whole = grouped(money.minor() / 100, group);
    let cents = money.minor() % 100;
    format!("{sign}{whole}{decimal}{cents:02}")
}

/// A whole number that is not negative, as `Intl.NumberFormat` writes it.
pub(super) fn number(language: Language, number: i64) -> String {
    match language {
        Language::En => grouped(number, ','),
        Language::Es => grouped(number, '.'),
    }
}

fn grouped(number: i64, group: char) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(group);
        }
        grouped.push(digit);
    }
    grouped
}

/// The state of the stock, for styles.
pub(super) fn stock_state(product: &Product) -> &'static str {
    match product.available() {
        _ if !product.status => "off",
        i64::MIN..=0 => "none",
        1 => "last",
        2..=LOW_STOCK => "low",
        _ => "plenty",
    }
}

/// The stock as a sentence.
pub(super) fn stock(language: Language, product: &Product) -> String {
    match stock_state(product) {
        "off" => language.translate("stock-off"),
        "none" => language.translate("stock-none"),
        _ => count(language, "stock-left", product.available()),
    }
}

/// A message with a `$count`.
pub(super) fn count(language: Language, id: &str, count: i64) -> String {
    let arguments = Arguments::from([("count".into(), FluentValue::from(count))]);
    language.translate_with(id, &arguments)
}

/// A date and time in UTC, to the minute: the server does not know the visitor's time zone.
pub(super) fn moment(language: Language, moment: Timestamp) -> String {
    let seconds = moment.millis().div_euclid(1000);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let time = format!("{:02}:{:02}", at.hour(), at.minute());
    let arguments = Arguments::from([
        ("year".into(), FluentValue::from(at.year().to_string())),
        ("month".into(), FluentValue::from(u8::from(at.month()))),
        ("day".into(), FluentValue::from(at.day())),
        ("time".into(), FluentValue::from(time)),
    ]);
    language.translate_with("order-moment", &arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::shared_cases;

    #[test]
    fn a_moment_is_a_date_and_a_time() {
        let at = Timestamp::from_millis(1_700_000_000_123);
        assert_eq!(moment(Language::En, at), "November 14, 2023, 22:13 UTC");
        assert_eq!(
            moment(Language::Es, at),
            "14 de noviembre de 2023, 22:13 UTC"
        );
    }

    #[test]
    fn prices_are_grouped_as_in_each_locale() {
        for case in shared_cases::of("prices") {
            let price_in_units = case["price"].as_f64().expect("a number");
            let money = Money::price_from_f64(price_in_units).expect("a price");
            shared_cases::assert_text(&case, |language| price(language, money));
        }
    }

    #[test]
    fn the_stock_is_a_state_and_a_sentence() {
        for case in shared_cases::of("stock") {
            let product = Product {
                status: case["status"] == true,
                stock: case["available"].as_i64().expect("an integer"),
                ..Product::default()
            };
            assert_eq!(case["state"], stock_state(&product), "{case}");
            shared_cases::assert_text(&case, |language| stock(language, &product));
        }
    }
}
