//! Upserts of products by their codes, and walks in the order of codes.

use vitrina::domain::change::{ChangeKind, ProductAction};
use vitrina::domain::field::Field;
use vitrina::domain::money::Money;
use vitrina::domain::product::{MAX_DESCRIPTION, Product, RawProduct};
use vitrina::domain::upsert::{MAX_BATCH, ProductBatch, ProductUpsert, UpsertOutcome};
use vitrina::store::SharedStore;

use crate::feed_reader::FeedReader;
use crate::fixtures::*;

/// A row with a code and other fields.
fn row(code: &str, edit: impl FnOnce(&mut RawProduct)) -> ProductUpsert {
    let mut raw = RawProduct {
        code: Field::Present(code.into()),
        ..RawProduct::default()
    };
    edit(&mut raw);
    ProductUpsert::parse(raw).expect("a row")
}

/// A row with all required fields of a new product.
pub(super) fn complete_row(code: &str, stock: i64) -> ProductUpsert {
    row(code, |raw| {
        raw.title = Field::Present("Vase".into());
        raw.price = Field::Present("19.99".into());
        raw.stock = Field::Present(stock);
    })
}

fn batch(rows: impl IntoIterator<Item = ProductUpsert>) -> ProductBatch {
    let mut batch = ProductBatch::default();
    for row in rows {
        assert_eq!(batch.push(row), None, "it fits");
    }
    batch
}

pub(super) async fn upsert(
    store: &SharedStore,
    rows: impl IntoIterator<Item = ProductUpsert>,
) -> Vec<UpsertOutcome> {
    let outcome = store.upsert_products(batch(rows)).await;
    outcome.expect("a stored batch")
}

async fn find_by_code(store: &SharedStore, code: &str) -> Option<Product> {
    let found = store.products_with_code(code).await.expect("products");
    assert!(found.len() <= 1);
    found.into_iter().next()
}

fn updated() -> UpsertOutcome {
    UpsertOutcome::Updated {
        dropped: Vec::new(),
    }
}

/// The invalid fields of a refused row.
fn refused_fields(outcome: &UpsertOutcome) -> Vec<&str> {
    let UpsertOutcome::Refused(invalid) = outcome else {
        panic!("{outcome:?} is not a refusal");
    };
    let fields = invalid.fields().iter();
    fields.map(|error| error.field.as_str()).collect()
}

pub(crate) async fn a_batch_creates_and_changes_products_by_code(store: &SharedStore) {
    let old = create_vase(store, "OLD").await;
    let outcome = upsert(store, [complete_row("NEW", 3), complete_row("OLD", 0)]).await;
    assert_eq!(outcome, [UpsertOutcome::Created, updated()]);

    let new = find_by_code(store, "NEW").await.expect("a product");
    assert_eq!((new.stock, new.version, new.status), (3, 1, true));
    assert_eq!(
        (new.description.as_str(), new.category.as_str()),
        ("", "general")
    );
    assert_eq!(new.price, Money::from_minor(1999));
    assert_eq!(store.product(new.id).await.expect("a product"), new);
    let changed = find_by_code(store, "OLD").await.expect("a product");
    assert_eq!((changed.id, changed.stock), (old.id, 0));
    assert_eq!(changed.version, old.version + 1);
}

pub(crate) async fn missing_fields_of_a_row_are_unchanged(store: &SharedStore) {
    let old = create_vase_with(store, "A", |vase| {
        vase.description = "Blue".into();
        vase.category = "ceramics".into();
        vase.status = false;
        vase.thumbnails = vec!["a.png".into()];
    })
    .await;
    let stock = |raw: &mut RawProduct| raw.stock = Field::Present(99);
    assert_eq!(upsert(store, [row("A", stock)]).await, [updated()]);
    let now = find_by_code(store, "A").await.expect("a product");
    let expected = Product {
        stock: 99,
        version: 2,
        updated_at: now.updated_at,
        ..old
    };
    assert_eq!(now, expected);
}

pub(crate) async fn a_row_without_a_difference_writes_nothing(store: &SharedStore) {
    upsert(store, [complete_row("A", 3)]).await;
    let before = find_by_code(store, "A").await;
    let mut feed = FeedReader::open(store).await;
    let outcome = upsert(store, [complete_row("A", 3), row("A-not", |_| ())]).await;
    assert_eq!(outcome[0], UpsertOutcome::Unchanged);
    assert_eq!(feed.all_so_far(store).await.len(), 0);
    assert_eq!(find_by_code(store, "A").await, before);
}

pub(crate) async fn a_refused_row_does_not_affect_the_others(store: &SharedStore) {
    let price = |raw: &mut RawProduct| raw.price = Field::Present("1".into());
    let outcome = upsert(
        store,
        [complete_row("A", 1), row("B", price), complete_row("C", 1)],
    )
    .await;
    assert_eq!(outcome[0], UpsertOutcome::Created);
    assert_eq!(refused_fields(&outcome[1]), ["title", "stock"]);
    assert_eq!(outcome[2], UpsertOutcome::Created);
    assert_eq!(find_by_code(store, "B").await, None);
    assert!(find_by_code(store, "C").await.is_some());
}

pub(crate) async fn a_preview_has_the_same_results_and_writes_nothing(store: &SharedStore) {
    create_vase(store, "OLD").await;
    let mut feed = FeedReader::open(store).await;
    let rows = || {
        [
            complete_row("NEW", 1),
            complete_row("OLD", 3),
            complete_row("OLD-2", 1),
            row("BAD", |_| ()),
        ]
    };
    let preview = store
        .preview_upserts(batch(rows()))
        .await
        .expect("a preview");
    assert_eq!(feed.all_so_far(store).await.len(), 0);
    assert_eq!(find_by_code(store, "NEW").await, None);
    assert_eq!(preview, upsert(store, rows()).await);
    let again = store
        .preview_upserts(batch(rows()))
        .await
        .expect("a preview");
    assert_eq!(
        again[..3],
        [
            UpsertOutcome::Unchanged,
            UpsertOutcome::Unchanged,
            UpsertOutcome::Unchanged
        ]
    );
}

pub(crate) async fn images_dropped_by_a_row_are_returned(store: &SharedStore) {
    create_vase_with(store, "A", |vase| {
        vase.thumbnails = vec!["a.png".into(), "b.png".into()];
    })
    .await;
    let other = |raw: &mut RawProduct| {
        raw.thumbnails = Field::Present(vec!["b.png".into(), "c.png".into()]);
    };
    let dropped = vec!["a.png".to_owned()];
    assert_eq!(
        upsert(store, [row("A", other)]).await,
        [UpsertOutcome::Updated { dropped }]
    );
    let names = ["a.png", "b.png", "c.png"].map(str::to_owned);
    let used = store.thumbnails_in_use(&names).await.expect("names");
    assert_eq!(used, names[1..]);
}

pub(crate) async fn changes_of_a_batch_are_in_the_feed_in_order(store: &SharedStore) {
    create_vase(store, "P-001").await;
    let mut feed = FeedReader::open(store).await;
    let rows = (0..MAX_BATCH).map(|n| complete_row(&format!("P-{n:03}"), 7));
    let outcome = upsert(store, rows).await;
    assert_eq!(
        outcome
            .iter()
            .filter(|one| **one == UpsertOutcome::Created)
            .count(),
        MAX_BATCH - 1
    );
    let changes = feed.all_so_far(store).await;
    assert_eq!(changes.len(), MAX_BATCH);
    let mut created = Vec::new();
    for change in &changes {
        let ChangeKind::Product(product) = &change.kind else {
            panic!("{change:?} is not of a product");
        };
        let shown = product.product.as_ref().expect("a product");
        assert_eq!((shown.stock, product.version), (7, shown.version));
        if product.action == ProductAction::Created {
            created.push((shown.id, shown.code.clone()));
        }
    }
    // The ids are in the order of the rows.
    created.sort_unstable();
    let codes: Vec<_> = created.into_iter().map(|(_, code)| code).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    assert_eq!(codes.len(), MAX_BATCH - 1);
}

pub(crate) async fn parallel_batches_of_the_same_codes_create_each_product_once(
    store: &SharedStore,
) {
    let outcomes = in_parallel(4, |_| {
        let store = store.clone();
        async move {
            let rows = (0..50).map(|n| complete_row(&format!("P-{n:02}"), 7));
            upsert(&store, rows).await
        }
    })
    .await;
    let all: Vec<_> = outcomes.into_iter().flatten().collect();
    let count = |requested: &UpsertOutcome| all.iter().filter(|one| *one == requested).count();
    assert_eq!(count(&UpsertOutcome::Created), 50);
    assert_eq!(count(&UpsertOutcome::Unchanged), 150);
}

pub(crate) async fn the_largest_batch_is_stored(store: &SharedStore) {
    let large = |code: String| {
        row(&code, |raw| {
            raw.title = Field::Present("Vase".into());
            raw.price = Field::Present("1".into());
            raw.stock = Field::Present(1);
            raw.description = Field::Present("\u{1F335}".repeat(MAX_DESCRIPTION));
        })
    };
    let mut batch = ProductBatch::default();
    let mut count = 0;
    while batch.push(large(format!("L-{count}"))).is_none() {
        count += 1;
    }
    let outcome = store.upsert_products(batch).await.expect("a stored batch");
    assert_eq!(outcome, vec![UpsertOutcome::Created; count]);
    assert!(count > 50, "{count}");
}

pub(crate) async fn a_walk_returns_every_product_once_in_the_order_of_codes(store: &SharedStore) {
    assert_eq!(walk(store).await, Vec::<Product>::new());
    let rows = (0..450).map(|n| complete_row(&format!("P-{:03}", (n * 7) % 450), n));
    upsert(store, rows).await;
    for code in ["a", "Z", "é", "\u{10348}", "\u{ffff}", "10", "9"] {
        create_vase(store, code).await;
    }
    let products = walk(store).await;
    assert_eq!(products.len(), 457);
    let codes: Vec<_> = products
        .iter()
        .map(|product| product.code.clone())
        .collect();
    assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
    for product in products.iter().step_by(97) {
        assert_eq!(
            store.product(product.id).await.expect("a product"),
            *product
        );
    }
}

async fn walk(store: &SharedStore) -> Vec<Product> {
    let mut walk = store.walk_products().await.expect("a walk");
    let mut products = Vec::new();
    loop {
        let chunk = walk.next().await.expect("a chunk");
        if chunk.is_empty() {
            assert_eq!(walk.total(), products.len() as u64);
            return products;
        }
        assert!(chunk.len() <= 200);
        products.extend(chunk);
    }
}
