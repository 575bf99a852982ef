//! E-mail addresses, by the rule of HTML's `<input type=email>`.

use std::fmt;

/// Maximum length of an address (the path limit of RFC 5321 without its brackets).
pub const MAX_EMAIL: usize = 254;

/// A valid address, in its original letter case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl Email {
    /// Trims white space, then accepts what HTML's `type=email` accepts (WHATWG HTML, "valid e-mail
    /// address").
    pub fn parse(text: &str) -> Result<Self, String> {
        let address = text.trim();
        if address.len() > MAX_EMAIL {
            return Err(format!("must be at most {MAX_EMAIL} characters"));
        }
        let valid = address
            .split_once('@')
            .is_some_and(|(local, domain)| is_local(local) && domain.split('.').all(is_label));
        if valid {
            Ok(Self(address.to_owned()))
        } else {
            Err("must be an e-mail address".into())
        }
    }

    /// In lower case: most providers ignore the letter case.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self(self.0.to_ascii_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_local(local: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    !local.is_empty() && local.chars().all(allowed)
}

/// Letters, digits and inner hyphens, 63 at most.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_browsers_accept_are_valid() {
        for text in ["ana@example.com", " a.b+c@x-y.example ", "root@localhost"] {
            assert!(Email::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn addresses_that_browsers_refuse_are_invalid() {
        for text in [
            "",
            "ana",
            "@x",
            "a@",
            "a@-x.com",
            "a b@x.com",
            "a@x..com",
            "á@x.com",
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(250))).is_err());
    }

    #[test]
    fn an_address_has_at_most_254_characters() {
        let address = |local: usize| format!("{}@example.com", "a".repeat(local));
        assert!(Email::parse(&address(242)).is_ok());
        assert!(Email::parse(&address(243)).is_err());
    }

    #[test]
    fn a_label_has_1_to_63_letters_digits_and_inner_hyphens() {
        for label in ["a", "a-1", &"a".repeat(63)] {
            assert!(Email::parse(&format!("ana@{label}.com")).is_ok(), "{label}");
        }
        for label in ["", "-a", "a-", "a_b", &"a".repeat(64)] {
            assert!(
                Email::parse(&format!("ana@{label}.com")).is_err(),
                "{label}"
            );
        }
    }

    #[test]
    fn an_address_keeps_its_letter_case_until_it_is_folded() {
        let email = Email::parse(" Ana@Example.com ").expect("an address");
        assert_eq!(email.as_str(), "Ana@Example.com");
        assert_eq!(email.to_string(), "Ana@Example.com");
        assert_eq!(email.folded().as_str(), "ana@example.com");
    }
}
