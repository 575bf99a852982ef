//! A list of names in one cell: `a.png|b.png`, or a JSON array if a name contains `|` or the like.

use crate::domain::field::Field;

const SEPARATOR: char = '|';

pub(super) fn cell(names: &[String]) -> String {
    let is_plain = |name: &String| {
        !name.is_empty()
            && name.trim() == name
            && !name.contains(SEPARATOR)
            && !name.starts_with('[')
    };
    if names.iter().all(is_plain) {
        names.join("|")
    } else {
        serde_json::Value::from(names.to_vec()).to_string()
    }
}

pub(super) fn names(cell: &str) -> Field<Vec<String>> {
    let cell = cell.trim();
    if cell.starts_with('[') {
        return serde_json::from_str(cell).map_or(
            Field::Invalid("must be names separated by |, or a JSON array"),
            Field::Present,
        );
    }
    let names = cell.split(SEPARATOR).map(str::trim);
    let names = names.filter(|name| !name.is_empty()).map(str::to_owned);
    Field::Present(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for list in [
            &[][..],
            &["a.png"],
            &["a.png", "b c.png"],
            &["https://x.example/a,b.png", "[1].png"],
            &["a|b.png", " c.png", ""],
        ] {
            let list: Vec<_> = list.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(names(&cell(&list)), Field::Present(list));
        }
        assert_eq!(cell(&["a.png".into(), "b.png".into()]), "a.png|b.png");
        assert!(matches!(names("[1, 2]"), Field::Invalid(_)));
    }
}
