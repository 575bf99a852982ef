//! The sentence of each failure for the client. What a driver reported stays in the log.

use std::borrow::Cow;

use super::ApiError;
use crate::domain::cart::MAX_LINES;
use crate::domain::product::MAX_THUMBNAILS;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::unavailable_line::UnavailableLine;
use crate::store::StoreError;

pub(super) fn of(error: &ApiError) -> Cow<'static, str> {
    match error {
        ApiError::Store(store) => of_store(store),
        ApiError::ImportCut { cause, summary } => format!("{}. {summary}", of(cause)).into(),
        other => other.to_string().into(),
    }
}

fn of_store(store: &StoreError) -> Cow<'static, str> {
    match store {
        StoreError::Refused(refusal) => of_refusal(refusal),
        StoreError::IdempotencyMismatch => {
            "Idempotency-Key was used with a different request".into()
        }
        StoreError::KeysExhausted => "too many idempotency keys: retry later or without one".into(),
        StoreError::Unavailable(_) => "the store is unavailable: retry later".into(),
        StoreError::Internal(_) => "internal error; nothing was changed".into(),
    }
}

fn of_refusal(refusal: &Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::NotFound(resource) => not_found(*resource).into(),
        Refusal::DuplicateCode => "a product with this code already exists".into(),
        Refusal::VersionMismatch { current } => {
            format!("version mismatch: current version is {current}").into()
        }
        Refusal::NotForSale { product } => format!("product {product} is not for sale").into(),
        Refusal::InsufficientStock { product, available } => {
            format!("insufficient stock for product {product}: {available} available").into()
        }
        Refusal::LinesShort { lines } => unavailable(lines).into(),
        Refusal::EmptyCart => "the cart is empty".into(),
        Refusal::PriceChanged { total } => {
            format!("the total has changed: it is now {total}").into()
        }
        Refusal::CartFull => format!("the cart is full ({MAX_LINES} lines)").into(),
        Refusal::TooManyThumbnails => format!("too many images (limit {MAX_THUMBNAILS})").into(),
    }
}

fn not_found(resource: Resource) -> &'static str {
    match resource {
        Resource::Product => "product not found",
        Resource::Thumbnail => "image not found",
        Resource::Cart => "cart not found",
        Resource::CartLine => "product is not in the cart",
        Resource::Message => "message not found",
        Resource::Order => "order not found",
        Resource::Mute => "this address is not muted",
    }
}

fn unavailable(lines: &[UnavailableLine]) -> String {
    let line = |line: &UnavailableLine| {
        let UnavailableLine {
            product,
            quantity,
            available,
        } = line;
        format!("{product} requested {quantity}, available {available}")
    };
    let lines: Vec<_> = lines.iter().map(line).collect();
    format!("insufficient stock: {}", lines.join("; "))
}

/// A bound in bytes as people write it.
pub(crate) fn size(bytes: usize) -> String {
    const MIB: usize = 1 << 20;
    if bytes >= MIB {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{} KiB", bytes >> 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit() {
        assert_eq!(size(64 << 10), "64 KiB");
        assert_eq!(size(10 << 20), "10 MiB");
    }
}
