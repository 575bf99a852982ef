//! Idempotency keys: one effect and one conclusion for each.

use std::collections::HashSet;

use vitrina::domain::cart::LineRequest;
use vitrina::domain::cart_change::CartChange;
use vitrina::domain::command::{Command, Conclusion, Outcome};
use vitrina::domain::error::ValidationError;
use vitrina::domain::idempotency::IdempotencyKey;
use vitrina::domain::ids::ProductId;
use vitrina::domain::money::Money;
use vitrina::domain::purchase::PurchaseRequest;
use vitrina::store::{Executed, Saved, SharedStore, StoreError};

use crate::fixtures::*;
use crate::test_store::TestStore;
use crate::typed_commands::TypedCommands;

fn key(name: &str) -> IdempotencyKey {
    key_of(name, "the content")
}

fn key_of(name: &str, content: &str) -> IdempotencyKey {
    IdempotencyKey::parse(name, "POST", "/some/path", &[content.as_bytes()]).expect("a key")
}

fn describe(executed: &Executed) -> String {
    let Saved::Conclusion(conclusion) = &executed.saved else {
        panic!("{executed:?}");
    };
    match &**conclusion {
        Conclusion::Done(Outcome::Product(product)) => format!("product {}", product.id),
        Conclusion::Done(Outcome::Cart(cart)) => format!("cart {} {:?}", cart.id, content(cart)),
        Conclusion::Done(Outcome::Purchase(purchased)) => format!("order {}", purchased.order.id),
        Conclusion::Done(Outcome::Message(appended)) => {
            format!("message {} {}", appended.message.seq, appended.repeated)
        }
        Conclusion::Refused(refusal) => format!("refused: {refusal}"),
        Conclusion::Invalid(invalid) => format!("invalid: {invalid}"),
    }
}

async fn execute(store: &SharedStore, name: &str, command: Command) -> Executed {
    let executed = store.execute_once(command, key(name)).await;
    executed.expect("a conclusion")
}

async fn execute_first(store: &SharedStore, name: &str, command: Command) -> String {
    let executed = execute(store, name, command).await;
    assert!(!executed.replayed, "{executed:?}");
    describe(&executed)
}

async fn execute_again(store: &SharedStore, name: &str, command: Command) -> String {
    let executed = execute(store, name, command).await;
    assert!(executed.replayed, "{executed:?}");
    describe(&executed)
}

/// One command of each kind, with the products and carts that they need.
async fn every_command(store: &SharedStore) -> Vec<(&'static str, Command)> {
    let product = create_vase_with(store, "A", |vase| vase.stock = 1_000)
        .await
        .id;
    let line = |count| LineRequest {
        product,
        quantity: units(count),
    };
    let mut carts = Vec::new();
    for _ in 0..5 {
        carts.push(filled_cart(store, &[(product, 2)]).await.id);
    }
    vec![
        ("product", Command::CreateProduct(new_vase("NEW"))),
        ("cart", Command::CreateCart(lines(&[(product, 3)]))),
        (
            "add",
            Command::ChangeCart(carts[0], CartChange::Add(line(1))),
        ),
        (
            "set",
            Command::ChangeCart(carts[1], CartChange::Set(line(5))),
        ),
        (
            "replace",
            Command::ChangeCart(carts[2], CartChange::Replace(lines(&[]))),
        ),
        (
            "remove",
            Command::ChangeCart(carts[3], CartChange::Remove(product)),
        ),
        ("purchase", Command::Purchase(carts[4], purchase_request())),
        (
            "say",
            Command::AppendMessage(message("ana@example.com", "hello")),
        ),
    ]
}

/// The content of the shop, for comparison.
async fn everything(store: &SharedStore) -> String {
    let products = all_products(store).await;
    let orders = store.orders(&Default::default()).await.expect("orders");
    let messages = store.history(None, 100).await.expect("messages");
    format!("{products:?} {orders:?} {messages:?}")
}

pub(crate) async fn every_command_is_executed_once_and_replayed(store: &SharedStore) {
    let mut carts = Vec::new();
    for (name, command) in every_command(store).await {
        if let Command::ChangeCart(cart, _) | Command::Purchase(cart, _) = &command {
            carts.push(*cart);
        }
        let conclusion = execute_first(store, name, command.clone()).await;
        assert!(!conclusion.starts_with("refused"), "{name}: {conclusion}");
        let after = everything(store).await;
        let mut versions = Vec::new();
        for cart in &carts {
            versions.push(store.cart(*cart).await.expect("a cart").version);
        }
        assert!(
            versions.iter().all(|version| *version == 2),
            "{name}: {versions:?}"
        );
        for _ in 0..2 {
            assert_eq!(
                execute_again(store, name, command.clone()).await,
                conclusion
            );
        }
        assert_eq!(everything(store).await, after, "{name}");
        for cart in &carts {
            assert_eq!(
                store.cart(*cart).await.expect("a cart").version,
                2,
                "{name}"
            );
        }
    }
    assert_eq!(carts.len(), 5);
}

pub(crate) async fn a_key_does_not_change_the_effect(store: &SharedStore) {
    let commands = every_command(store).await;
    for (name, command) in commands {
        let conclusion = execute_first(store, name, command.clone()).await;
        match command {
            Command::CreateProduct(_) => {
                let id = conclusion
                    .trim_start_matches("product ")
                    .parse()
                    .expect("an id");
                let product = store.product(id).await.expect("a product");
                assert_eq!((&product.code[..], product.version), ("NEW", 1));
            }
            Command::ChangeCart(cart, CartChange::Add(line)) => {
                let cart = store.cart(cart).await.expect("a cart");
                assert_eq!(content(&cart), [(line.product, 3)]);
            }
            Command::ChangeCart(cart, CartChange::Set(line)) => {
                let cart = store.cart(cart).await.expect("a cart");
                assert_eq!(content(&cart), [(line.product, 5)]);
            }
            Command::ChangeCart(cart, CartChange::Replace(_) | CartChange::Remove(_)) => {
                assert_eq!(content(&store.cart(cart).await.expect("a cart")), []);
            }
            Command::Purchase(cart, _) => {
                assert_eq!(content(&store.cart(cart).await.expect("a cart")), []);
                let id = conclusion
                    .trim_start_matches("order ")
                    .parse()
                    .expect("an id");
                let order = store.order(id).await.expect("an order");
                assert_eq!((order.cart, order.lines[0].quantity), (cart, 2));
                assert_eq!(stock(store, order.lines[0].product).await, 998);
            }
            Command::AppendMessage(_) => {
                let history = store.history(None, 10).await.expect("messages");
                assert_eq!(
                    conclusion,
                    format!("message {} false", history.messages[0].seq)
                );
            }
            Command::CreateCart(_) => assert!(conclusion.ends_with(", 3)]"), "{conclusion}"),
        }
    }
}

pub(crate) async fn another_request_with_the_key_is_a_mismatch(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    let conclusion = execute_first(store, "k", Command::Purchase(cart, purchase_request())).await;
    let other = key_of("k", "another content");
    let command = Command::CreateProduct(new_vase("B"));
    assert_refused!(
        store.execute_once(command, other).await,
        StoreError::IdempotencyMismatch
    );
    let saved = store.save_conclusion(other, invalid("title")).await;
    assert_refused!(saved, StoreError::IdempotencyMismatch);
    assert_eq!(all_products(store).await.len(), 1);
    let again = Command::Purchase(cart, purchase_request());
    assert_eq!(execute_again(store, "k", again).await, conclusion);
}

pub(crate) async fn keys_are_independent(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let line = LineRequest {
        product,
        quantity: units(1),
    };
    let cart = filled_cart(store, &[]).await.id;
    for name in ["k", "K", "k ", "l"] {
        execute_first(
            store,
            name,
            Command::ChangeCart(cart, CartChange::Add(line)),
        )
        .await;
    }
    let cart = store.cart(cart).await.expect("a cart");
    assert_eq!(content(&cart), [(product, 4)]);
}

pub(crate) async fn a_refusal_is_replayed(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let line = |count| LineRequest {
        product,
        quantity: units(count),
    };
    let cart = filled_cart(store, &[(product, 5)]).await.id;
    let empty = filled_cart(store, &[]).await.id;
    let dear = PurchaseRequest {
        total: Some(Money::from_minor(1)),
        ..purchase_request()
    };
    let refusals = [
        Command::CreateProduct(new_vase("A")),
        Command::CreateCart(lines(&[(product, 11)])),
        Command::ChangeCart(cart, CartChange::Add(line(6))),
        Command::ChangeCart(unknown_cart(), CartChange::Set(line(1))),
        Command::ChangeCart(cart, CartChange::Remove(unknown_product())),
        Command::Purchase(empty, purchase_request()),
        Command::Purchase(cart, dear),
        Command::Purchase(unknown_cart(), purchase_request()),
    ];
    let mut conclusions = Vec::new();
    for (n, refused) in refusals.iter().enumerate() {
        let conclusion = execute_first(store, &n.to_string(), refused.clone()).await;
        assert!(conclusion.starts_with("refused"), "{conclusion}");
        conclusions.push(conclusion);
    }
    let held = store.cart(cart).await.expect("a cart");
    assert_eq!((content(&held), held.version), (vec![(product, 5)], 1));
    assert_eq!(stock(store, product).await, 10);

    // The commands would succeed now, but the conclusions stay.
    restock(store, product, 100).await;
    store
        .add_to_cart(empty, product, units(1))
        .await
        .expect("added");
    for (n, refused) in refusals.iter().enumerate() {
        let conclusion = execute_again(store, &n.to_string(), refused.clone()).await;
        assert_eq!(conclusion, conclusions[n]);
    }
}

fn invalid(field: &str) -> Conclusion {
    Conclusion::Invalid(ValidationError::field(field, "is required"))
}

pub(crate) async fn a_conclusion_without_an_effect_is_saved(store: &SharedStore) {
    let save = async |field: &str| {
        let executed = store.save_conclusion(key("k"), invalid(field)).await;
        executed.expect("a conclusion")
    };
    assert_eq!(save("title").await, Executed::first(invalid("title")));
    let again = Executed {
        replayed: true,
        ..Executed::first(invalid("title"))
    };
    assert_eq!(save("price").await, again);
    let late = execute(store, "k", Command::CreateProduct(new_vase("A"))).await;
    assert_eq!(late, again);
    assert_eq!(all_products(store).await.len(), 0);
}

pub(crate) async fn conclusions_of_any_size_are_saved_whole(store: &SharedStore) {
    for (name, length) in [("short", 1), ("long", 200_000)] {
        let long = "ñ\"\u{0}".repeat(length);
        for replayed in [false, true] {
            let executed = store.save_conclusion(key(name), invalid(&long)).await;
            let expected = Executed {
                replayed,
                ..Executed::first(invalid(&long))
            };
            assert!(executed.expect("a conclusion") == expected, "{name}");
        }
    }
}

/// Executes each command many times in parallel, and returns the one conclusion that all get.
async fn execute_in_parallel(
    store: &SharedStore,
    commands: &[(&'static str, Command)],
) -> Vec<String> {
    let each = 6;
    let results = in_parallel(each * commands.len(), |n| {
        let (name, command) = commands[n / each].clone();
        let store = store.clone();
        async move { execute(&store, name, command).await }
    })
    .await;
    let conclusion = |results: &[Executed]| {
        let firsts = results.iter().filter(|executed| !executed.replayed);
        assert_eq!(firsts.count(), 1, "{results:?}");
        let conclusions: HashSet<_> = results.iter().map(describe).collect();
        assert_eq!(conclusions.len(), 1, "{conclusions:?}");
        conclusions.into_iter().collect::<String>()
    };
    results.chunks(each).map(conclusion).collect()
}

pub(crate) async fn parallel_requests_with_one_key_have_one_effect(store: &SharedStore) {
    let commands = every_command(store).await;
    let conclusions = execute_in_parallel(store, &commands).await;
    assert!(
        conclusions
            .iter()
            .all(|conclusion| !conclusion.starts_with("refused"))
    );
    let orders = store.orders(&Default::default()).await.expect("orders");
    assert_eq!((orders.total, orders.orders[0].lines[0].quantity), (1, 2));
    let line = orders.orders[0].lines[0].product;
    assert_eq!(stock(store, line).await, 998);
    let messages = store.history(None, 100).await.expect("messages").messages;
    assert_eq!(messages.len(), 1);
    for (_, command) in commands {
        if let Command::ChangeCart(cart, CartChange::Add(line)) = command {
            let cart = store.cart(cart).await.expect("a cart");
            assert_eq!((content(&cart), cart.version), (vec![(line.product, 3)], 2));
        }
    }
}

pub(crate) async fn parallel_keys_of_one_cart_buy_it_once(store: &SharedStore) {
    let product: ProductId = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 2)]).await.id;
    let names = ["a", "b", "c", "d"];
    let commands = names.map(|name| (name, Command::Purchase(cart, purchase_request())));
    let conclusions = execute_in_parallel(store, &commands).await;
    let bought = conclusions
        .iter()
        .filter(|conclusion| conclusion.starts_with("order"));
    assert_eq!((bought.count(), stock(store, product).await), (1, 8));
}

pub(crate) async fn records_survive_a_restart(test_store: &TestStore) {
    let store = test_store.open().await;
    let commands = every_command(&store).await;
    let mut conclusions = Vec::new();
    for (name, command) in &commands {
        conclusions.push(execute_first(&store, name, command.clone()).await);
    }
    store.close().await;
    let store = test_store.open().await;
    for ((name, command), conclusion) in commands.into_iter().zip(conclusions) {
        assert_eq!(execute_again(&store, name, command).await, conclusion);
    }
    store.close().await;
}
