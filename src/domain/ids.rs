//! Ids: twelve bytes, written as 24 hexadecimal digits, in both stores.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not 24 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 24 hexadecimal digits")]
pub struct InvalidId;

/// The operating system provided no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes from the operating system: {0}")]
pub struct EntropyError(getrandom::Error);

impl EntropyError {
    /// Fills the bytes from the operating system's secure source.
    pub(super) fn fill(bytes: &mut [u8]) -> Result<(), Self> {
        getrandom::fill(bytes).map_err(Self)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 12]);

        impl $name {
            pub const fn from_bytes(bytes: [u8; 12]) -> Self {
                Self(bytes)
            }

            pub const fn bytes(self) -> [u8; 12] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = hex(self.0);
                f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_hex(text).map(Self).ok_or(InvalidId)
            }
        }
    };
}

id! {
    /// Ascending ids are in the order of creation, to the second.
    ProductId
}
id! {
    /// Random and unguessable: anyone who knows it can use the cart.
    CartId
}
id! {
    /// Ascending like [`ProductId`].
    ChatMessageId
}
id! {
    /// Random and unguessable: anyone who knows it can read the order.
    OrderId
}

impl ProductId {
    /// Unique across processes.
    pub fn generate() -> Result<Self, EntropyError> {
        ordered_bytes().map(Self)
    }
}

impl ChatMessageId {
    /// Unique across processes.
    pub fn generate() -> Result<Self, EntropyError> {
        ordered_bytes().map(Self)
    }
}

impl CartId {
    /// 96 bits from the operating system's secure source.
    pub fn generate() -> Result<Self, EntropyError> {
        random_bytes().map(Self)
    }
}

impl OrderId {
    /// 96 bits from the operating system's secure source.
    pub fn generate() -> Result<Self, EntropyError> {
        random_bytes().map(Self)
    }
}

fn random_bytes() -> Result<[u8; 12], EntropyError> {
    let mut bytes = [0; 12];
    EntropyError::fill(&mut bytes)?;
    Ok(bytes)
}

/// Seconds, five bytes of this process, a counter: the layout of MongoDB's ObjectId (BSON
/// specification), so that ids of both stores and of older documents sort alike.
fn ordered_bytes() -> Result<[u8; 12], EntropyError> {
    static PROCESS: OnceLock<[u8; 8]> = OnceLock::new();
    static COUNTER: AtomicU32 = AtomicU32::new(0);

    let process = match PROCESS.get() {
        Some(known) => known,
        None => {
            let mut fresh = [0; 8];
            EntropyError::fill(&mut fresh)?;
            PROCESS.get_or_init(|| fresh)
        }
    };
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs() as u32);
    let start = u32::from_be_bytes([0, 0, process[6], process[7]]);
    let count = COUNTER
        .fetch_add(1, Ordering::Relaxed)
        .wrapping_add(start)
        .to_be_bytes();

    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&seconds.to_be_bytes());
    bytes[4..9].copy_from_slice(&process[..5]);
    bytes[9..].copy_from_slice(&count[1..]);
    Ok(bytes)
}

fn hex(bytes: [u8; 12]) -> [u8; 24] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 24];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

fn parse_hex(text: &str) -> Option<[u8; 12]> {
    let digits = text.as_bytes();
    if digits.len() != 24 {
        return None;
    }
    let mut bytes = [0; 12];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = (high * 16 + low) as u8;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_in_any_letter_case() {
        let id = CartId::generate().expect("random bytes");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
    }

    #[test]
    fn an_id_prints_as_lower_case_digits() {
        let id = CartId::from_bytes([0, 1, 0x0f, 0x10, 0x9a, 0xa9, 0xff, 7, 8, 9, 10, 0xf0]);
        assert_eq!(id.to_string(), "00010f109aa9ff0708090af0");
    }

    #[test]
    fn anything_but_24_hexadecimal_digits_is_invalid() {
        for text in [
            "",
            "12",
            "zzzzzzzzzzzzzzzzzzzzzzzz",
            "é23456789012345678901234",
        ] {
            assert_eq!(text.parse::<ProductId>(), Err(InvalidId), "{text}");
        }
    }

    #[test]
    fn product_ids_are_unique() {
        let ids: std::collections::HashSet<_> = (0..1000)
            .map(|_| ProductId::generate().expect("random bytes"))
            .collect();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn ids_of_carts_and_orders_are_unique() {
        let carts: std::collections::HashSet<_> = (0..1000)
            .map(|_| CartId::generate().expect("random bytes"))
            .collect();
        let orders: std::collections::HashSet<_> = (0..1000)
            .map(|_| OrderId::generate().expect("random bytes"))
            .collect();
        assert_eq!((carts.len(), orders.len()), (1000, 1000));
    }

    #[test]
    fn ids_of_one_process_begin_with_the_second_and_end_with_a_counter() {
        let now = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .expect("a clock")
                .as_secs()
        };
        let before = now();
        let ids = [0; 3].map(|_| ChatMessageId::generate().expect("random bytes").bytes());
        let seconds = ids.map(|id| u64::from(u32::from_be_bytes([id[0], id[1], id[2], id[3]])));
        assert!(seconds.is_sorted() && before <= seconds[0] && seconds[2] <= now());
        assert!(ids.iter().all(|id| id[4..9] == ids[0][4..9]));
        let counts: std::collections::HashSet<_> = ids.iter().map(|id| &id[9..]).collect();
        assert_eq!(counts.len(), 3);
    }
}
