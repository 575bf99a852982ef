//! Mutes: addresses that may not write in the chat for a time.

use super::body_fields::BodyFields;
use super::email::Email;
use super::error::ValidationError;
use super::field_spec::{BodySpec, FieldKind, FieldSpec, Literal};
use super::timestamp::Timestamp;

/// The length of a mute by default, in minutes.
pub const DEFAULT_MINUTES: i64 = 60;
/// Maximum length of a mute, in minutes: one year.
pub const MAX_MINUTES: i64 = 365 * 24 * 60;
/// Maximum number of active mutes; of more, those that end last count.
pub const MAX_MUTES: usize = 10_000;

/// One muted address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// In lower case.
    pub user: Email,
    /// When the mute ends.
    pub until: Timestamp,
}

/// The body of a new mute.
pub const NEW_MUTE: BodySpec = BodySpec::new(
    "NewMute",
    "Mutes an address in the chat for a time.",
    &[
        FieldSpec::required("user", FieldKind::Email, "The e-mail address.")
            .example(Literal::Text("ana@example.com")),
        FieldSpec::optional("minutes", MINUTES, "The duration in minutes.")
            .default(Literal::Integer(DEFAULT_MINUTES)),
    ],
);
const MINUTES: FieldKind = FieldKind::Integer {
    min: 1,
    max: MAX_MINUTES,
};

impl Mute {
    /// Reads a mute that starts at `now`; an error names every invalid field.
    pub fn read(body: BodyFields, now: Timestamp) -> Result<Self, ValidationError> {
        let mut body = NEW_MUTE.reader(body)?;
        let (user, minutes) = (body.read::<Email>("user"), body.read::<i64>("minutes"));
        body.finish(user.zip(minutes).map(|(user, minutes)| Self {
            user: user.folded(),
            until: Timestamp::from_millis(now.millis() + minutes * 60_000),
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn a_mute_lasts_an_hour_by_default() {
        let body = json!({ "user": "Ana@Example.com" });
        let mute = Mute::read(BodyFields::of_json(body), NOW).expect("a mute");
        assert_eq!(mute.user.as_str(), "ana@example.com");
        assert_eq!(mute.until.millis() - NOW.millis(), 3_600_000);
        let body = json!({ "user": "Ana@Example.com", "minutes": 1 });
        let mute = Mute::read(BodyFields::of_json(body), NOW).expect("a mute");
        assert_eq!(mute.until.millis() - NOW.millis(), 60_000);
    }

    #[test]
    fn an_error_names_every_invalid_field() {
        for minutes in [0, -1, MAX_MINUTES + 1] {
            let body = BodyFields::of_json(json!({ "user": "ana", "minutes": minutes }));
            let error = Mute::read(body, NOW).expect_err("bad");
            let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
            assert_eq!(names, ["user", "minutes"]);
        }
    }

    #[test]
    fn a_mute_lasts_a_year_at_most() {
        let read = |minutes: i64| {
            let body = json!({ "user": "ana@example.com", "minutes": minutes });
            Mute::read(BodyFields::of_json(body), NOW)
        };
        let mute = read(525_600).expect("a year");
        assert_eq!(mute.until.millis() - NOW.millis(), 31_536_000_000);
        assert!(read(525_601).is_err());
    }
}
