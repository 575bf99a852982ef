//! Products that come in by their codes.

use vitrina::domain::change::{Fact, ProductAction};
use vitrina::domain::field::Field;
use vitrina::domain::money::Money;
use vitrina::domain::product::{MAX_DESCRIPTION, Product, RawProduct};
use vitrina::domain::product_query::{Filter, ProductQuery};
use vitrina::domain::upsert::{MAX_BATCH, ProductBatch, ProductUpsert, Upserted};
use vitrina::store::SharedStore;

use crate::fixtures::*;
use crate::reader::Reader;

/// A row that names a code, and what else is set in it.
fn row(code: &str, edit: impl FnOnce(&mut RawProduct)) -> ProductUpsert {
    let mut raw = RawProduct {
        code: Field::Given(code.into()),
        ..RawProduct::default()
    };
    edit(&mut raw);
    ProductUpsert::parse(raw).expect("a row")
}

/// A row that is enough for a new product.
fn whole(code: &str, stock: i64) -> ProductUpsert {
    row(code, |raw| {
        raw.title = Field::Given("Vase".into());
        raw.price = Field::Given("19.99".into());
        raw.stock = Field::Given(stock);
    })
}

fn batch(rows: impl IntoIterator<Item = ProductUpsert>) -> ProductBatch {
    let mut batch = ProductBatch::default();
    for row in rows {
        assert_eq!(batch.push(row), None, "it fits");
    }
    batch
}

async fn upserted(
    store: &SharedStore,
    rows: impl IntoIterator<Item = ProductUpsert>,
) -> Vec<Upserted> {
    let outcome = store.upsert_products(batch(rows)).await;
    outcome.expect("a stored batch")
}

async fn by_code(store: &SharedStore, code: &str) -> Option<Product> {
    let query = ProductQuery {
        filters: vec![Filter::Code(code.into())],
        ..ProductQuery::default()
    };
    let page = store.list_products(&query).await.expect("a page");
    assert!(page.total <= 1);
    page.products.into_iter().next()
}

fn updated() -> Upserted {
    Upserted::Updated {
        dropped: Vec::new(),
    }
}

/// The fields for which a row was refused.
fn refused(outcome: &Upserted) -> Vec<&str> {
    let Upserted::Refused(invalid) = outcome else {
        panic!("{outcome:?} is no refusal");
    };
    let fields = invalid.fields().iter();
    fields.map(|error| error.field.as_str()).collect()
}

pub(crate) async fn a_batch_makes_and_changes_products_by_their_codes(store: &SharedStore) {
    let old = stored(store, "OLD").await;
    let outcome = upserted(store, [whole("NEW", 3), whole("OLD", 0)]).await;
    assert_eq!(outcome, [Upserted::Created, updated()]);

    let new = by_code(store, "NEW").await.expect("a product");
    assert_eq!((new.stock, new.version, new.status), (3, 1, true));
    assert_eq!(
        (new.description.as_str(), new.category.as_str()),
        ("", "general")
    );
    assert_eq!(new.price, Money::from_minor(1999));
    assert_eq!(store.product(new.id).await.expect("a product"), new);
    let changed = by_code(store, "OLD").await.expect("a product");
    assert_eq!((changed.id, changed.stock), (old.id, 0));
    assert_eq!(changed.version, old.version + 1);
}

pub(crate) async fn what_a_row_leaves_out_stays(store: &SharedStore) {
    let old = stored_with(store, "A", |goods| {
        goods.description = "Blue".into();
        goods.category = "ceramics".into();
        goods.status = false;
        goods.thumbnails = vec!["a.png".into()];
    })
    .await;
    let stock = |raw: &mut RawProduct| raw.stock = Field::Given(99);
    assert_eq!(upserted(store, [row("A", stock)]).await, [updated()]);
    let now = by_code(store, "A").await.expect("a product");
    let expected = Product {
        stock: 99,
        version: 2,
        updated_at: now.updated_at,
        ..old
    };
    assert_eq!(now, expected);
}

pub(crate) async fn a_row_that_says_what_is_so_writes_nothing(store: &SharedStore) {
    upserted(store, [whole("A", 3)]).await;
    let before = by_code(store, "A").await;
    let mut feed = Reader::open(store).await;
    let outcome = upserted(store, [whole("A", 3), row("A-not", |_| ())]).await;
    assert_eq!(outcome[0], Upserted::Unchanged);
    assert_eq!(feed.all_so_far(store).await.len(), 0);
    assert_eq!(by_code(store, "A").await, before);
}

pub(crate) async fn a_refused_row_hinders_no_other(store: &SharedStore) {
    let price = |raw: &mut RawProduct| raw.price = Field::Given("1".into());
    let outcome = upserted(store, [whole("A", 1), row("B", price), whole("C", 1)]).await;
    assert_eq!(outcome[0], Upserted::Created);
    assert_eq!(refused(&outcome[1]), ["title", "stock"]);
    assert_eq!(outcome[2], Upserted::Created);
    assert_eq!(by_code(store, "B").await, None);
    assert!(by_code(store, "C").await.is_some());
}

pub(crate) async fn a_preview_says_what_would_be_and_writes_nothing(store: &SharedStore) {
    stored(store, "OLD").await;
    let mut feed = Reader::open(store).await;
    let rows = || {
        [
            whole("NEW", 1),
            whole("OLD", 3),
            whole("OLD-2", 1),
            row("BAD", |_| ()),
        ]
    };
    let preview = store
        .preview_upserts(batch(rows()))
        .await
        .expect("a preview");
    assert_eq!(feed.all_so_far(store).await.len(), 0);
    assert_eq!(by_code(store, "NEW").await, None);
    assert_eq!(preview, upserted(store, rows()).await);
    let again = store
        .preview_upserts(batch(rows()))
        .await
        .expect("a preview");
    assert_eq!(
        again[..3],
        [
            Upserted::Unchanged,
            Upserted::Unchanged,
            Upserted::Unchanged
        ]
    );
}

pub(crate) async fn images_that_a_row_takes_away_are_named(store: &SharedStore) {
    stored_with(store, "A", |goods| {
        goods.thumbnails = vec!["a.png".into(), "b.png".into()];
    })
    .await;
    let other = |raw: &mut RawProduct| {
        raw.thumbnails = Field::Given(vec!["b.png".into(), "c.png".into()]);
    };
    let dropped = vec!["a.png".to_owned()];
    assert_eq!(
        upserted(store, [row("A", other)]).await,
        [Upserted::Updated { dropped }]
    );
    let names = ["a.png", "b.png", "c.png"].map(str::to_owned);
    let used = store.thumbnails_in_use(&names).await.expect("names");
    assert_eq!(used, names[1..]);
    // The search and the lists know it as well.
    let title = |raw: &mut RawProduct| raw.title = Field::Given("Amphora".into());
    upserted(store, [row("A", title)]).await;
    let query = ProductQuery {
        search: Some("amph".into()),
        ..ProductQuery::default()
    };
    assert_eq!(store.list_products(&query).await.expect("a page").total, 1);
}

pub(crate) async fn every_change_of_a_batch_is_told_in_its_order(store: &SharedStore) {
    stored(store, "P-001").await;
    let mut feed = Reader::open(store).await;
    let rows = (0..MAX_BATCH).map(|n| whole(&format!("P-{n:03}"), 7));
    let outcome = upserted(store, rows).await;
    assert_eq!(
        outcome
            .iter()
            .filter(|one| **one == Upserted::Created)
            .count(),
        MAX_BATCH - 1
    );
    let changes = feed.all_so_far(store).await;
    assert_eq!(changes.len(), MAX_BATCH);
    let mut created = Vec::new();
    for change in &changes {
        let Fact::Product(product) = &change.fact else {
            panic!("{change:?} is no product's");
        };
        let shown = product.product.as_ref().expect("a product");
        assert_eq!((shown.stock, product.version), (7, shown.version));
        if product.action == ProductAction::Created {
            created.push((shown.id, shown.code.clone()));
        }
    }
    // Ids grow in the order of rows.
    created.sort_unstable();
    let codes: Vec<_> = created.into_iter().map(|(_, code)| code).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    assert_eq!(codes.len(), MAX_BATCH - 1);
}

pub(crate) async fn parallel_batches_of_the_same_codes_make_each_product_once(store: &SharedStore) {
    let outcomes = in_parallel(4, |_| {
        let store = store.clone();
        async move {
            let rows = (0..50).map(|n| whole(&format!("P-{n:02}"), 7));
            upserted(&store, rows).await
        }
    })
    .await;
    let all: Vec<_> = outcomes.into_iter().flatten().collect();
    let count = |wanted: &Upserted| all.iter().filter(|one| *one == wanted).count();
    assert_eq!(count(&Upserted::Created), 50);
    assert_eq!(count(&Upserted::Unchanged), 150);
}

pub(crate) async fn the_largest_batch_is_stored(store: &SharedStore) {
    let large = |code: String| {
        row(&code, |raw| {
            raw.title = Field::Given("Vase".into());
            raw.price = Field::Given("1".into());
            raw.stock = Field::Given(1);
            raw.description = Field::Given("\u{1F335}".repeat(MAX_DESCRIPTION));
        })
    };
    let mut batch = ProductBatch::default();
    let mut count = 0;
    while batch.push(large(format!("L-{count}"))).is_none() {
        count += 1;
    }
    let outcome = store.upsert_products(batch).await.expect("a stored batch");
    assert_eq!(outcome, vec![Upserted::Created; count]);
    assert!(count > 50, "{count}");
}

pub(crate) async fn a_walk_goes_by_codes_and_sees_every_product_once(store: &SharedStore) {
    assert_eq!(walked(store).await, Vec::<Product>::new());
    let rows = (0..450).map(|n| whole(&format!("P-{:03}", (n * 7) % 450), n));
    upserted(store, rows).await;
    for code in ["a", "Z", "é", "\u{10348}", "\u{ffff}", "10", "9"] {
        stored(store, code).await;
    }
    let products = walked(store).await;
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

async fn walked(store: &SharedStore) -> Vec<Product> {
    let mut walk = store.walk_products().await.expect("a walk");
    let mut products = Vec::new();
    loop {
        let part = walk.next().await.expect("a part");
        if part.is_empty() {
            assert_eq!(walk.total(), products.len() as u64);
            return products;
        }
        assert!(part.len() <= 200);
        products.extend(part);
    }
}
