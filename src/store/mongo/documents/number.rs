//! Numbers as any program may have written them: Int32, Int64, Double or Decimal128.

use mongodb::bson::RawBsonRef;

/// The largest integer up to which a Double holds every integer.
pub(crate) const MAX_EXACT: i64 = 1 << 53;

/// A finite number of any numeric type.
pub(crate) fn real(value: RawBsonRef<'_>) -> Option<f64> {
    let number = match value {
        RawBsonRef::Int32(number) => f64::from(number),
        RawBsonRef::Int64(number) => number as f64,
        RawBsonRef::Double(number) => number,
        RawBsonRef::Decimal128(number) => number.to_string().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// An integer of any numeric type, within [`MAX_EXACT`].
pub(crate) fn whole(value: RawBsonRef<'_>) -> Option<i64> {
    let number = real(value)?;
    let is_exact = number.fract() == 0.0 && number.abs() <= MAX_EXACT as f64;
    is_exact.then_some(number as i64)
}

/// A document's `version`: 1 unless it has a number from 1 to [`MAX_EXACT`]. Decimals are cut off.
/// `product_update::current_version` is the same rule in the server's language.
pub(crate) fn version(value: Option<RawBsonRef<'_>>) -> i64 {
    value
        .and_then(real)
        .filter(|number| (1.0..=MAX_EXACT as f64).contains(number))
        .map_or(1, |number| number as i64)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Bson, rawdoc};

    use super::*;

    fn raw(value: impl Into<Bson>) -> mongodb::bson::RawDocumentBuf {
        let value: Bson = value.into();
        (&mongodb::bson::doc! { "n": value })
            .try_into()
            .expect("a document")
    }

    fn whole_of(value: impl Into<Bson>) -> Option<i64> {
        raw(value).get("n").ok().flatten().and_then(whole)
    }

    fn decimal(text: &str) -> Bson {
        Bson::Decimal128(text.parse().expect("a decimal"))
    }

    #[test]
    fn every_numeric_type_is_read() {
        assert_eq!(whole_of(7i32), Some(7));
        assert_eq!(whole_of(7i64), Some(7));
        assert_eq!(whole_of(7.0), Some(7));
        assert_eq!(whole_of(decimal("7")), Some(7));
        assert_eq!(whole_of(decimal("7E+2")), Some(700));
    }

    #[test]
    fn other_values_are_not_integers() {
        assert_eq!(whole_of(7.5), None);
        assert_eq!(whole_of(decimal("7.5")), None);
        assert_eq!(whole_of(f64::NAN), None);
        assert_eq!(whole_of(decimal("Infinity")), None);
        assert_eq!(whole_of("7"), None);
        assert_eq!(whole_of(i64::MAX), None);
    }

    #[test]
    fn an_invalid_version_counts_as_1() {
        let document = rawdoc! { "a": 3.9, "b": "x", "c": 0, "d": f64::NAN };
        let read = |key| version(document.get(key).expect("readable"));
        assert_eq!([read("a"), read("b"), read("c"), read("d")], [3, 1, 1, 1]);
        assert_eq!(version(None), 1);
    }
}
