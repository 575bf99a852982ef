//! Search: literal substrings with folded letter case.

use vitrina::domain::product::ProductPatch;
use vitrina::domain::product_query::{MAX_LIMIT, ProductQuery, folded};
use vitrina::store::SharedStore;

use crate::fixtures::*;

/// The codes of the products that a search finds.
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

async fn create_titled(store: &SharedStore, code: &str, title: &str) {
    create_vase_with(store, code, |vase| vase.title = title.into()).await;
}

pub(crate) async fn a_search_covers_title_description_and_code(store: &SharedStore) {
    create_vase_with(store, "A", |vase| vase.title = "A needle here".into()).await;
    create_vase_with(store, "B", |vase| vase.description = "line\nneedle".into()).await;
    create_vase(store, "needle").await;
    create_vase_with(store, "D", |vase| {
        vase.category = "needle".into();
        vase.thumbnails = vec!["needle.png".into()];
    })
    .await;
    assert_eq!(found(store, "needle").await, ["A", "B", "needle"]);
    assert_eq!(found(store, "eedl").await, ["A", "B", "needle"]);
    assert_eq!(found(store, "e\nneed").await, ["B"]);
    assert!(found(store, "needles").await.is_empty());
}

pub(crate) async fn every_character_of_a_search_is_literal(store: &SharedStore) {
    create_titled(store, "PLAIN", "abcdefghijklmnopqrstuvwxyz 0123456789").await;
    let special = [
        "%", "_", "*", ".", "\\", "\"", "'", "(", ")", "[", "]", "{", "}", "$", "^", "?", "+", "|",
        "/", "-", "&", "<", "#", ";", "`", "~", ".*", "a%z", "a.c", "\\d", "[a-z]", "$gt", "^a",
        "--", "\\Q", "\\E", "''", "OR 1=1",
    ];
    for (n, string) in special.into_iter().enumerate() {
        create_titled(store, &n.to_string(), &format!("x {string} y")).await;
    }
    for (n, string) in special.into_iter().enumerate() {
        let found = found(store, string).await;
        let expected: Vec<_> = special
            .iter()
            .enumerate()
            .filter(|(_, title)| title.to_lowercase().contains(&string.to_lowercase()))
            .map(|(n, _)| n.to_string())
            .collect();
        assert!(found.contains(&n.to_string()), "{string} is not found");
        assert_eq!(found, expected, "{string}");
    }
}

pub(crate) async fn letter_case_is_ignored(store: &SharedStore) {
    create_titled(store, "1", "ÑANDÚ de CERÁMICA").await;
    create_titled(store, "2", "ñandú de cerámica").await;
    for search in ["ñandú", "ÑANDÚ", "ÑanDú DE cerÁmica"] {
        assert_eq!(found(store, search).await, ["1", "2"], "{search}");
    }
}

pub(crate) async fn accents_are_distinguished(store: &SharedStore) {
    create_titled(store, "1", "ñandú").await;
    create_titled(store, "2", "nandu").await;
    assert_eq!(found(store, "ñandú").await, ["1"]);
    assert_eq!(found(store, "NANDU").await, ["2"]);
    assert_eq!(found(store, "ñ").await, ["1"]);
}

pub(crate) async fn case_is_folded_as_in_the_domain(store: &SharedStore) {
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
        create_titled(store, &format!("#{n}"), title).await;
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
    create_vase_with(store, fields[0], |vase| {
        vase.title = fields[1].into();
        vase.description = fields[2].into();
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
    // A border is not found on its own either.
    for border in &borders[1..] {
        assert!(found(store, border).await.is_empty(), "{border:?}");
    }
}

pub(crate) async fn a_search_can_have_any_length(store: &SharedStore) {
    let title = "ä".repeat(60) + &"Z".repeat(60);
    create_titled(store, "A", &title).await;
    for length in [1, 2, 3, 60, 99, 100] {
        let search: String = title.chars().skip(5).take(length).collect();
        assert_eq!(found(store, &search).await, ["A"], "{length}");
    }
    assert!(found(store, &"z".repeat(61)).await.is_empty());
}

type Edit = fn(&mut ProductPatch);

pub(crate) async fn a_search_finds_updated_products(store: &SharedStore) {
    let made = create_vase_with(store, "OLD-CODE", |vase| {
        vase.title = "Old title".into();
        vase.description = "Old words".into();
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
    delete_product(store, made.id).await;
    assert_eq!(found(store, "brand").await.len(), 0);
}
