//! People who may not write in the chat for a time.

use super::email::Email;
use super::error::ValidationError;
use super::field::{Field, Fields};
use super::timestamp::Timestamp;

/// Minutes when nothing is said of them.
pub const DEFAULT_MINUTES: i64 = 60;
/// Most minutes: a year.
pub const MAX_MINUTES: i64 = 365 * 24 * 60;
/// Mutes that count at once; beyond that, those that end last.
pub const MAX_MUTES: usize = 10_000;

/// An address that may not write until a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// The address, its letter case folded.
    pub user: Email,
    /// From then on it may write again.
    pub until: Timestamp,
}

impl Mute {
    /// Reads an address and a time in minutes, from `now`, out of the members of a body.
    ///
    /// # Errors
    /// Every missing or bad field, at once.
    pub fn parse(
        user: Field<String>,
        minutes: Field<i64>,
        now: Timestamp,
    ) -> Result<Self, ValidationError> {
        let mut fields = Fields::default();
        let user = fields.required("user", user, |text| Email::parse(&text));
        let minutes = fields.optional("minutes", minutes, |minutes| {
            match (1..=MAX_MINUTES).contains(&minutes) {
                true => Ok(minutes),
                false => Err(format!("must be from 1 to {MAX_MINUTES}")),
            }
        });
        let millis = minutes.unwrap_or(DEFAULT_MINUTES) * 60_000;
        fields.finish(user.map(|user| Self {
            user: user.folded(),
            until: Timestamp::from_millis(now.millis() + millis),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn an_hour_unless_it_is_said_otherwise() {
        let user = || Field::Given("Ana@Example.com".to_owned());
        let mute = Mute::parse(user(), Field::Missing, NOW).expect("a mute");
        assert_eq!(mute.user.as_str(), "ana@example.com");
        assert_eq!(mute.until.millis() - NOW.millis(), 3_600_000);
        let mute = Mute::parse(user(), Field::Given(1), NOW).expect("a mute");
        assert_eq!(mute.until.millis() - NOW.millis(), 60_000);
    }

    #[test]
    fn every_bad_field_is_named() {
        for minutes in [0, -1, MAX_MINUTES + 1] {
            let error = Mute::parse(Field::Given("ana".into()), Field::Given(minutes), NOW);
            let error = error.expect_err("bad");
            let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
            assert_eq!(names, ["user", "minutes"]);
        }
    }
}
