//! Rules for text that people enter.

/// Control characters that multi-line text may contain.
const LINE_CHARACTERS: [char; 3] = ['\n', '\r', '\t'];

/// Accepts one line of 1 to `max` characters that is not blank.
pub fn line(text: String, max: usize) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("must not be empty".into());
    }
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters".into());
    }
    bounded(text, max)
}

/// Accepts up to `max` characters, also several lines or none.
pub fn paragraphs(text: String, max: usize) -> Result<String, String> {
    let forbidden = |c: char| c.is_control() && !LINE_CHARACTERS.contains(&c);
    if text.chars().any(forbidden) {
        return Err("must not contain control characters other than line breaks and tabs".into());
    }
    bounded(text, max)
}

fn bounded(text: String, max: usize) -> Result<String, String> {
    if text.chars().count() > max {
        return Err(format!("must be at most {max} characters"));
    }
    Ok(text)
}

/// The first `max` characters.
pub fn clipped(mut text: String, max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(max) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_characters_not_bytes() {
        assert!(line("ñ".repeat(200), 200).is_ok());
        assert!(line("ñ".repeat(201), 200).is_err());
    }

    #[test]
    fn a_line_has_no_control_characters_and_is_not_blank() {
        for text in ["", "  ", "a\u{7}b", "a\nb", "\u{85}"] {
            assert!(line(text.into(), 10).is_err(), "{text:?}");
        }
    }

    #[test]
    fn paragraphs_may_break_lines() {
        assert!(paragraphs("one\ntwo".into(), 10).is_ok());
        assert!(paragraphs("one\0".into(), 10).is_err());
    }

    #[test]
    fn clipping_cuts_between_characters() {
        assert_eq!(clipped("añb".into(), 2), "añ");
        assert_eq!(clipped("añb".into(), 3), "añb");
    }

    #[test]
    fn valid_strings_stay_as_they_were_sent() {
        assert_eq!(line(" a ".into(), 3), Ok(" a ".into()));
        assert_eq!(paragraphs("a\r\n\tb".into(), 5), Ok("a\r\n\tb".into()));
        assert_eq!(paragraphs(String::new(), 5), Ok(String::new()));
        assert!(paragraphs("123456".into(), 5).is_err());
    }
}
