//! The search of the catalogue: a literal substring, letter case folded.

use vitrina::domain::product::ProductPatch;
use vitrina::domain::product_query::{MAX_LIMIT, ProductQuery, folded};
use vitrina::store::SharedStore;

use crate::fixtures::*;

/// The codes of all products that a search finds.
async fn found(store: &SharedStore, search: &str) -> Vec<String> {
    let query = ProductQuery {
        limit: MAX_LIMIT,
        search: Some(search.into()),
        ..ProductQuery::default()
    };
    let page = store.list_products(&query).await.expect("a page");
    assert_eq!(page.total, page.products.len() as u64, "{search:?}");
    page.products
        .into_iter()
        .map(|product| product.code)
        .collect()
}

async fn titled(store: &SharedStore, code: &str, title: &str) {
    stored_with(store, code, |goods| goods.title = title.into()).await;
}

pub(crate) async fn a_search_looks_into_title_description_and_code(store: &SharedStore) {
    stored_with(store, "A", |goods| goods.title = "A needle here".into()).await;
    stored_with(store, "B", |goods| {
        goods.description = "line\nneedle".into()
    })
    .await;
    stored(store, "needle").await;
    stored_with(store, "D", |goods| {
        goods.category = "needle".into();
        goods.thumbnails = vec!["needle.png".into()];
    })
    .await;
    assert_eq!(found(store, "needle").await, ["A", "B", "needle"]);
    assert_eq!(found(store, "eedl").await, ["A", "B", "needle"]);
    assert_eq!(found(store, "e\nneed").await, ["B"]);
    assert!(found(store, "needles").await.is_empty());
}

pub(crate) async fn every_character_of_a_search_is_literal(store: &SharedStore) {
    titled(store, "PLAIN", "abcdefghijklmnopqrstuvwxyz 0123456789").await;
    let special = [
        "%", "_", "*", ".", "\\", "\"", "'", "(", ")", "[", "]", "{", "}", "$", "^", "?", "+", "|",
        "/", "-", "&", "<", "#", ";", "`", "~", ".*", "a%z", "a.c", "\\d", "[a-z]", "$gt", "^a",
        "--", "\\Q", "\\E", "''", "OR 1=1",
    ];
    for (n, text) in special.into_iter().enumerate() {
        titled(store, &n.to_string(), &format!("x {text} y")).await;
    }
    for (n, text) in special.into_iter().enumerate() {
        let found = found(store, text).await;
        let expected: Vec<_> = special
            .iter()
            .enumerate()
            .filter(|(_, title)| title.to_lowercase().contains(&text.to_lowercase()))
            .map(|(n, _)| n.to_string())
            .collect();
        assert!(found.contains(&n.to_string()), "{text} is not found");
        assert_eq!(found, expected, "{text}");
    }
}

pub(crate) async fn letter_case_does_not_count(store: &SharedStore) {
    titled(store, "1", "ÑANDÚ de CERÁMICA").await;
    titled(store, "2", "ñandú de cerámica").await;
    for search in ["ñandú", "ÑANDÚ", "ÑanDú DE cerÁmica"] {
        assert_eq!(found(store, search).await, ["1", "2"], "{search}");
    }
}

pub(crate) async fn accents_count(store: &SharedStore) {
    titled(store, "1", "ñandú").await;
    titled(store, "2", "nandu").await;
    assert_eq!(found(store, "ñandú").await, ["1"]);
    assert_eq!(found(store, "NANDU").await, ["2"]);
    assert_eq!(found(store, "ñ").await, ["1"]);
}

pub(crate) async fn case_folds_as_the_domain_folds_it(store: &SharedStore) {
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
    for (n, title) in titles.into_iter().enumerate() {
        titled(store, &format!("#{n}"), title).await;
    }
    for search in titles {
        let matches = |title: &str| folded(title).contains(&folded(search));
        let expected: Vec<_> = (0..titles.len())
            .filter(|&n| matches(titles[n]))
            .map(|n| format!("#{n}"))
            .collect();
        assert_eq!(found(store, search).await, expected, "{search}");
    }
}

pub(crate) async fn a_search_never_matches_across_fields(store: &SharedStore) {
    let fields = ["one", "two", "six"];
    stored_with(store, fields[0], |goods| {
        goods.title = fields[1].into();
        goods.description = fields[2].into();
    })
    .await;
    let borders = [
        "", " ", "\n", "\t", "|", ",", "\0", "\u{1}", "\u{1e}", "\u{1f}", "\u{ffff}",
    ];
    for border in borders {
        for (first, second) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            for from in [fields[first], &fields[first][2..]] {
                let search = format!("{from}{border}{}", &fields[second][..1]);
                assert!(found(store, &search).await.is_empty(), "{search:?}");
            }
        }
    }
    // A border must not be found by itself either.
    for border in &borders[1..] {
        assert!(found(store, border).await.is_empty(), "{border:?}");
    }
}

pub(crate) async fn a_search_of_any_length_finds(store: &SharedStore) {
    let title = "ä".repeat(60) + &"Z".repeat(60);
    titled(store, "A", &title).await;
    for length in [1, 2, 3, 60, 99, 100] {
        let search: String = title.chars().skip(5).take(length).collect();
        assert_eq!(found(store, &search).await, ["A"], "{length}");
    }
    assert!(found(store, &"z".repeat(61)).await.is_empty());
}

type Edit = fn(&mut ProductPatch);

pub(crate) async fn a_search_knows_every_update(store: &SharedStore) {
    let made = stored_with(store, "OLD-CODE", |goods| {
        goods.title = "Old title".into();
        goods.description = "Old words".into();
    })
    .await;
    let edits: [(Edit, &str, &str); 3] = [
        (
            |patch| patch.title = Some("Brand".into()),
            "OLD TITLE",
            "BRAND",
        ),
        (
            |patch| patch.description = Some("Novel".into()),
            "OLD WORDS",
            "NOVEL",
        ),
        (
            |patch| patch.code = Some("Fresh".into()),
            "old-code",
            "fresh",
        ),
    ];
    for (edit, old, new) in edits {
        assert_eq!(found(store, old).await.len(), 1, "{old}");
        store
            .update_product(made.id, patch(edit), None)
            .await
            .expect("updated");
        assert_eq!(found(store, old).await.len(), 0, "{old}");
        assert_eq!(found(store, new).await.len(), 1, "{new}");
    }
    assert_eq!(found(store, "brand").await.len(), 1);
    deleted(store, made.id).await;
    assert_eq!(found(store, "brand").await.len(), 0);
}
