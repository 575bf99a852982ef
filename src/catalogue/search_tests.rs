//! Search: literal substrings with folded letter case.

use std::sync::Arc;

use super::{Catalogue, Entry, Update};
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::domain::product::Product;
use crate::domain::product_query::{MAX_LIMIT, ProductQuery, folded};

fn position() -> Position {
    Position::new("here").expect("plain")
}

/// A product whose id has this number.
fn numbered(number: usize) -> Product {
    let mut id = [0; 12];
    id[11] = number as u8;
    Product {
        id: ProductId::from_bytes(id),
        ..Product::default()
    }
}

fn catalogue(products: impl IntoIterator<Item = Product>) -> Catalogue {
    let entries = products.into_iter().map(Arc::new);
    let entries = entries.map(|product| Arc::new(Entry::new(product)));
    Catalogue::new(position(), entries)
}

/// A catalogue of products with these titles, whose ids have their numbers.
fn titled<'a>(titles: impl IntoIterator<Item = &'a str>) -> Catalogue {
    let products = titles
        .into_iter()
        .enumerate()
        .map(|(number, title)| Product {
            title: title.into(),
            ..numbered(number)
        });
    catalogue(products)
}

/// The numbers of the products that a search finds.
fn found(catalogue: &mut Catalogue, search: &str) -> Vec<usize> {
    let page = catalogue.page(&ProductQuery {
        limit: MAX_LIMIT,
        search: Some(search.into()),
        ..ProductQuery::default()
    });
    assert_eq!(page.total, page.entries.len() as u64, "{search:?}");
    let numbers = page.products().map(|product| product.id.bytes()[11]);
    numbers.map(usize::from).collect()
}

#[test]
fn title_description_and_code_are_searched() {
    let mut catalogue = catalogue([
        Product {
            title: "A needle here".into(),
            ..numbered(0)
        },
        Product {
            description: "line\nneedle".into(),
            ..numbered(1)
        },
        Product {
            code: "needle".into(),
            ..numbered(2)
        },
        Product {
            category: "needle".into(),
            thumbnails: vec!["needle.png".into()],
            ..numbered(3)
        },
    ]);
    assert_eq!(found(&mut catalogue, "needle"), [0, 1, 2]);
    assert_eq!(found(&mut catalogue, "eedl"), [0, 1, 2]);
    assert_eq!(found(&mut catalogue, "e\nneed"), [1]);
    assert_eq!(found(&mut catalogue, "needles"), [0; 0]);
}

#[test]
fn every_character_of_a_search_is_literal() {
    let special = [
        "%", "_", "*", ".", "\\", "\"", "'", "(", ")", "[", "]", "{", "}", "$", "^", "?", "+", "|",
        "/", "-", "&", "<", "#", ";", "`", "~", ".*", "a%z", "a.c", "\\d", "[a-z]", "$gt", "^a",
        "--", "\\Q", "\\E", "''", "OR 1=1",
    ];
    let titles: Vec<_> = special
        .iter()
        .map(|string| format!("x {string} y"))
        .collect();
    let plain = "abcdefghijklmnopqrstuvwxyz 0123456789";
    let mut catalogue = titled(titles.iter().map(String::as_str).chain([plain]));
    for string in special {
        let has = |title: &&str| title.to_lowercase().contains(&string.to_lowercase());
        let expected: Vec<_> = (0..special.len()).filter(|n| has(&special[*n])).collect();
        assert_eq!(found(&mut catalogue, string), expected, "{string}");
    }
}

#[test]
fn letter_case_is_ignored_and_accents_are_not() {
    let mut catalogue = titled(["ÑANDÚ de CERÁMICA", "ñandú de cerámica", "nandu"]);
    for search in ["ñandú", "ÑANDÚ", "ÑanDú DE cerÁmica"] {
        assert_eq!(found(&mut catalogue, search), [0, 1], "{search}");
    }
    assert_eq!(found(&mut catalogue, "NANDU"), [2]);
    assert_eq!(found(&mut catalogue, "ñ"), [0, 1]);
}

#[test]
fn case_is_folded_simply() {
    let titles = [
        "σας",
        "ΣΑΣ",
        "\u{212a}elvin",
        "kelvin",
        "Straße",
        "STRASSE",
        "STRAẞE",
        "ſtop",
        "STOP",
        "İzmir",
        "izmir",
        "ızmir",
        "IZMIR",
        "ﬁn",
        "FIN",
        "Ǆ",
        "ǅ",
        "ǆ",
        "Ꭰ",
        "ꭰ",
        "𐐀",
        "𐐨",
        "Ω",
        "\u{2126}",
        "µ",
        "μ",
        "e\u{301}",
        "E\u{301}",
        "é",
    ];
    let mut catalogue = titled(titles);
    for search in titles {
        let matches = |title: &str| folded(title).contains(&folded(search));
        let expected: Vec<_> = (0..titles.len()).filter(|n| matches(titles[*n])).collect();
        assert_eq!(found(&mut catalogue, search), expected, "{search}");
    }
}

#[test]
fn a_search_never_matches_across_fields() {
    let fields = ["one", "two", "six"];
    let mut catalogue = catalogue([Product {
        code: fields[0].into(),
        title: fields[1].into(),
        description: fields[2].into(),
        ..numbered(0)
    }]);
    let borders = [
        "", " ", "\n", "\t", "|", ",", "\0", "\u{1}", "\u{1e}", "\u{1f}", "\u{ffff}",
    ];
    for border in borders {
        for (first, second) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            for from in [fields[first], &fields[first][2..]] {
                let search = format!("{from}{border}{}", &fields[second][..1]);
                assert_eq!(found(&mut catalogue, &search), [0; 0], "{search:?}");
            }
        }
    }
    // A border is not found on its own either.
    for border in &borders[1..] {
        assert_eq!(found(&mut catalogue, border), [0; 0], "{border:?}");
    }
}

#[test]
fn a_search_finds_what_a_product_has_now() {
    let old = Product {
        title: "Old title".into(),
        ..numbered(1)
    };
    let mut catalogue = catalogue([old.clone()]);
    assert_eq!(found(&mut catalogue, "OLD"), [1]);
    let new = Product {
        title: "Brand".into(),
        ..old
    };
    let update = Update {
        id: new.id,
        entry: Some(Arc::new(Entry::new(Arc::new(new)))),
    };
    catalogue.apply(position(), update.clone());
    assert_eq!(
        (found(&mut catalogue, "old"), found(&mut catalogue, "brand")),
        (vec![], vec![1])
    );
    catalogue.apply(position(), Update::gone(update.id));
    assert_eq!(found(&mut catalogue, "brand"), [0; 0]);
}
