//! The catalogue against a fold, a filter and a sort that are as simple as can be.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use vitrina_test_support::random::Random;

use super::*;
use crate::domain::money::Money;
use crate::domain::product::Product;
use crate::domain::product_query::{Filter, ProductQuery, Sort, SortField, folded};
use crate::domain::timestamp::Timestamp;

/// A catalogue without an index.
type Plain = BTreeMap<ProductId, Product>;

fn id(number: u64) -> ProductId {
    let mut bytes = [0; 12];
    // Neighbours in the order of ids are made at different times.
    bytes[4..].copy_from_slice(&(number.wrapping_mul(37) % 997).to_be_bytes());
    ProductId::from_bytes(bytes)
}

const WORDS: [&str; 8] = [
    "vase", "Vase", "árbol", "Árbol", "oak", "lamp", "ñandú", "zinc",
];
const CATEGORIES: [&str; 4] = ["wood", "Wood", "lámparas", "general"];

fn product(random: &mut Random, id: ProductId) -> Product {
    let mut word = || WORDS[random.below(8) as usize];
    let title = format!("{} {}", word(), word());
    let description = word().to_owned();
    Product {
        id,
        title,
        description,
        code: format!("c-{}", random.below(5)),
        price: Money::from_minor(random.below(4) as i64),
        status: random.below(3) > 0,
        stock: random.below(4) as i64,
        category: CATEGORIES[random.below(4) as usize].into(),
        held: random.below(2) as i64,
        version: random.below(9) as i64,
        created_at: Timestamp::from_millis(random.below(3) as i64),
        updated_at: Timestamp::from_millis(random.below(3) as i64),
        ..Product::default()
    }
}

fn position(number: u64) -> Position {
    Position::new(number.to_string()).expect("plain")
}

fn update(product: Product) -> Update {
    Update {
        id: product.id,
        entry: Some(Arc::new(Entry::new(Arc::new(product)))),
    }
}

/// Creates, changes and removes products of both.
fn change(random: &mut Random, number: u64, catalogue: &mut Catalogue, plain: &mut Plain) {
    let id = id(random.below(60));
    let update = match random.below(4) {
        0 => {
            plain.remove(&id);
            Update { id, entry: None }
        }
        kind => {
            let new = product(random, id);
            // Often only some fields change, so that other orders keep the place.
            let new = match plain.get(&id) {
                Some(former) if kind == 1 => Product {
                    stock: new.stock,
                    ..former.clone()
                },
                Some(former) if kind == 2 => Product {
                    title: new.title,
                    category: new.category,
                    ..former.clone()
                },
                _ => new,
            };
            plain.insert(id, new.clone());
            update(new)
        }
    };
    catalogue.apply(position(number), update);
}

fn compare(field: SortField, a: &Product, b: &Product) -> Ordering {
    let strings = |a: &str, b: &str| sort_key(a).cmp(&sort_key(b));
    match field {
        SortField::CreatedAt => a.created_at.cmp(&b.created_at),
        SortField::UpdatedAt => a.updated_at.cmp(&b.updated_at),
        SortField::Field("title") => strings(&a.title, &b.title),
        SortField::Field("code") => strings(&a.code, &b.code),
        SortField::Field("category") => strings(&a.category, &b.category),
        SortField::Field("price") => a.price.cmp(&b.price),
        SortField::Field("stock") => a.stock.cmp(&b.stock),
        SortField::Field("status") => a.status.cmp(&b.status),
        SortField::Field(name) => panic!("no order by {name}"),
    }
}

fn matches(query: &ProductQuery, product: &Product) -> bool {
    let found = query.search.as_ref().is_none_or(|search| {
        let fields = [&product.title, &product.description, &product.code];
        fields
            .iter()
            .any(|field| folded(field).contains(&folded(search)))
    });
    found
        && query.filters.iter().all(|filter| match filter {
            Filter::Text("title", text) => product.title == *text,
            Filter::Text("code", text) => product.code == *text,
            Filter::Text("category", text) => product.category == *text,
            Filter::Text(name, _) => panic!("no filter by {name}"),
            Filter::Status(status) => product.status == *status,
            Filter::StockAtLeast(least) => product.stock >= *least,
            Filter::Available(is_wanted) => {
                (product.status && product.available() > 0) == *is_wanted
            }
            Filter::Price(price) => product.price == *price,
            Filter::PriceAtLeast(price) => product.price >= *price,
            Filter::PriceAtMost(price) => product.price <= *price,
        })
}

fn plain_page(plain: &Plain, query: &ProductQuery) -> (Vec<Product>, usize) {
    let found = plain.values().filter(|product| matches(query, product));
    let mut found: Vec<_> = found.cloned().collect();
    if let Some(Sort { field, descending }) = query.sort {
        found.sort_by(|a, b| {
            let by_field = compare(field, a, b);
            if descending {
                by_field.reverse()
            } else {
                by_field
            }
        });
    }
    let total = found.len();
    let shown = found.into_iter().skip(query.offset() as usize);
    (shown.take(query.limit as usize).collect(), total)
}

fn filter(random: &mut Random) -> Filter {
    let price = Money::from_minor(random.below(4) as i64);
    match random.below(10) {
        0 => Filter::Text("title", format!("{} oak", WORDS[random.below(8) as usize])),
        1 => Filter::Text("code", format!("c-{}", random.below(6))),
        2 | 3 => Filter::Text("category", CATEGORIES[random.below(4) as usize].into()),
        4 => Filter::Status(random.below(2) > 0),
        5 => Filter::StockAtLeast(random.below(4) as i64),
        6 => Filter::Available(random.below(2) > 0),
        7 => Filter::PriceAtLeast(price),
        8 => Filter::PriceAtMost(price),
        _ => Filter::Price(price),
    }
}

fn query(random: &mut Random) -> ProductQuery {
    let fields = [
        "title",
        "code",
        "category",
        "price",
        "stock",
        "status",
        "createdAt",
        "updatedAt",
    ];
    let filters = (0..random.below(3)).map(|_| filter(random)).collect();
    let sort = random.below(3) > 0;
    ProductQuery {
        limit: random.between(1, 12) as u32,
        page: random.between(1, 4) as u32,
        sort: sort.then(|| Sort {
            field: SortField::named(fields[random.below(8) as usize]).expect("an order"),
            descending: random.below(2) > 0,
        }),
        filters,
        search: (random.below(4) == 0).then(|| WORDS[random.below(8) as usize].to_uppercase()),
    }
}

fn products(entries: &[Arc<Entry>]) -> Vec<Product> {
    entries
        .iter()
        .map(|entry| Product::clone(entry.product()))
        .collect()
}

fn assert_equal(catalogue: &mut Catalogue, plain: &Plain, query: &ProductQuery) {
    let page = catalogue.page(query);
    let (expected, total) = plain_page(plain, query);
    assert_eq!(page.total, total as u64, "{query:?}");
    assert_eq!(products(&page.entries), expected, "{query:?}");
}

#[test]
fn every_list_is_a_filter_and_a_sort_of_all_changes() {
    for seed in 0..30 {
        let mut random = Random::new(seed);
        let mut plain = Plain::new();
        let mut catalogue = Catalogue::new(position(0), []);
        for number in 1..300 {
            change(&mut random, number, &mut catalogue, &mut plain);
            let query = query(&mut random);
            assert_equal(&mut catalogue, &plain, &query);
        }
        assert_eq!(catalogue.entries().count(), plain.len());
        // One that is loaded shows the same as one that has followed.
        let entries = plain
            .values()
            .cloned()
            .map(|new| update(new).entry.expect("an entry"));
        let mut loaded = Catalogue::new(position(0), entries);
        for _ in 0..100 {
            let query = query(&mut random);
            assert_equal(&mut loaded, &plain, &query);
        }
    }
}

#[test]
fn the_last_page_may_be_part_of_a_page_and_an_empty_list_has_one() {
    let pages = |total, limit| {
        let entries = Vec::new();
        Page { entries, total }.pages(limit)
    };
    assert_eq!((pages(0, 10), pages(1, 10), pages(10, 10)), (1, 1, 1));
    assert_eq!((pages(11, 10), pages(20, 10), pages(21, 10)), (2, 2, 3));
    assert_eq!(pages(3, 0), 3);
}

#[test]
fn categories_are_those_in_use_in_the_order_of_their_names() {
    let mut random = Random::new(3);
    let (mut catalogue, mut plain) = (Catalogue::new(position(0), []), Plain::new());
    for number in 0..200 {
        change(&mut random, number, &mut catalogue, &mut plain);
        let mut expected: Vec<_> = plain.values().map(|product| &product.category).collect();
        expected.sort_by_key(|name| (sort_key(name), (*name).clone()));
        expected.dedup();
        assert!(catalogue.categories().eq(expected));
    }
}

#[test]
fn at_most_200_categories_are_listed() {
    let mut random = Random::new(1);
    let entries = (0..300).map(|number| {
        let category = format!("{number:03}");
        let product = Product {
            category,
            ..product(&mut random, id(number))
        };
        Arc::new(Entry::new(Arc::new(product)))
    });
    let catalogue = Catalogue::new(position(0), entries);
    let names: Vec<_> = catalogue.categories().collect();
    assert_eq!((names.len(), names[0], names[199]), (200, "000", "199"));
}

#[test]
fn chunks_return_every_product_once_in_the_order_of_ids() {
    let mut random = Random::new(5);
    let (mut catalogue, mut plain) = (Catalogue::new(position(0), []), Plain::new());
    for number in 0..200 {
        change(&mut random, number, &mut catalogue, &mut plain);
    }
    let some: Vec<_> = (0..20).map(|_| id(random.below(60))).collect();
    for only in [None, Some(&some[..])] {
        let is_in = |id: &ProductId| only.is_none_or(|only| only.contains(id));
        let expected = plain.values().filter(|product| is_in(&product.id));
        let expected: Vec<_> = expected.cloned().collect();
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let chunk = catalogue.chunk(after, only, 7);
            all.extend(products(&chunk.entries));
            assert_eq!(chunk.remaining, (expected.len() - all.len()) as u64);
            match chunk.entries.last() {
                Some(last) => after = Some(last.product().id),
                None => break,
            }
        }
        assert_eq!(all, expected);
    }
}

#[test]
fn a_change_moves_the_position_even_if_it_changes_nothing() {
    let mut catalogue = Catalogue::new(position(1), []);
    let gone = Update {
        id: id(1),
        entry: None,
    };
    catalogue.apply(position(2), gone);
    assert_eq!(catalogue.position(), &position(2));
    assert_eq!(catalogue.entries().count(), 0);
}

#[test]
fn a_copy_goes_its_own_way() {
    let mut random = Random::new(2);
    let mut catalogue = Catalogue::new(position(1), []);
    catalogue.apply(position(2), update(product(&mut random, id(1))));
    let mut copy = catalogue.clone();
    copy.apply(position(3), update(product(&mut random, id(2))));
    assert_eq!(
        (catalogue.entries().count(), copy.entries().count()),
        (1, 2)
    );
    let (a, b) = (catalogue.entry(id(1)), copy.entry(id(1)));
    assert!(
        a.zip(b).is_some_and(|(a, b)| Arc::ptr_eq(a, b)),
        "entries are shared"
    );
    assert!(catalogue.entry(id(2)).is_none());
}
