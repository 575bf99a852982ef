//! The product form, and conflicting edits.

use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::{Admin, in_protected_shop};
use crate::fixtures::{id, png, thumbnails, vase};
use crate::pages::page;
use crate::reply::Reply;

const VASE: [(&str, &str); 7] = [
    ("title", "Moon \"jar\""),
    ("code", "CER-1"),
    ("price", "35.50"),
    ("stock", "12"),
    ("status", "true"),
    ("category", ""),
    ("description", "One line\r\nand another"),
];

/// The form with changed and additional fields.
fn form_with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let unchanged = VASE
        .iter()
        .filter(|(name, _)| changes.iter().all(|(other, _)| other != name));
    unchanged.chain(changes).copied().collect()
}

#[test]
fn a_product_is_created_changed_and_deleted() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        let reply = admin.send("/admin/products", &VASE).await.expect(303);
        let location = reply.header("location").to_owned();
        let path = location.split('?').next().expect("a path").to_owned();
        let html = page(admin.get(&location).await, 200);
        assert!(
            html.contains("Created.") && html.contains("Moon &quot;jar&quot;"),
            "{html}"
        );
        let made = app.all_products().await[0].clone();
        assert_eq!(made["description"], "One line\nand another");
        assert_eq!(
            (&made["price"], &made["category"]),
            (&json!(35.5), &json!("general"))
        );

        let change = form_with(&[
            ("version", "1"),
            ("stock", "0"),
            ("status", "false"),
            ("category", "jars"),
        ]);
        let reply = admin.send(&path, &change).await.expect(303);
        assert_eq!(reply.header("location"), format!("{path}?done=saved"));
        let changed = app.product(&made).await;
        assert_eq!(
            (&changed["stock"], &changed["status"], &changed["version"]),
            (&json!(0), &json!(false), &json!(2))
        );

        let stale = admin
            .send(&format!("{path}/delete"), &[("version", "1")])
            .await;
        assert!(page(stale, 412).contains("was not deleted"));
        let deleted = admin
            .send(&format!("{path}/delete"), &[("version", "2")])
            .await;
        assert_eq!(
            deleted.expect(303).header("location"),
            "/admin?done=deleted"
        );
        assert!(app.all_products().await.is_empty());
    });
}

#[test]
fn a_refused_form_keeps_its_values_and_shows_errors() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        admin.send("/admin/products", &VASE).await.expect(303);
        let duplicate = page(admin.send("/admin/products", &VASE).await, 409);
        assert!(
            duplicate.contains("Another product has this code"),
            "{duplicate}"
        );
        let bad = form_with(&[
            ("code", "CER-2"),
            ("price", "1.234"),
            ("stock", "-1"),
            ("title", "<odd>\u{7}"),
        ]);
        let html = page(admin.send("/admin/products", &bad).await, 400);
        assert_eq!(html.matches("aria-invalid=\"true\"").count(), 3, "{html}");
        assert!(
            html.contains("value=\"1.234\"") && html.contains("&lt;odd&gt;"),
            "{html}"
        );
        let unknown = form_with(&[("colour", "red")]);
        page(admin.send("/admin/products", &unknown).await, 400);
        assert_eq!(app.all_products().await.len(), 1);
    });
}

#[test]
fn a_conflicting_edit_shows_both_values() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        admin.send("/admin/products", &VASE).await.expect(303);
        let product = app.all_products().await[0].clone();
        let api = format!("/api/products/{}", id(&product));
        let other = admin.request("PUT", &api).json(&json!({ "stock": 7 }));
        Reply::to(other).await.expect(202);

        let path = format!("/admin/products/{}", id(&product));
        let mine = [
            ("version", "1"),
            ("stock", "20"),
            ("price", "35.5"),
            ("category", "general"),
        ];
        let mine = form_with(&mine);
        let html = page(admin.send(&path, &mine).await, 412);
        assert_eq!(
            html.matches("data-theirs=").count(),
            1,
            "only what differs: {html}"
        );
        assert!(
            html.contains("data-theirs=\"7\"") && html.contains("value=\"20\""),
            "{html}"
        );
        assert!(html.contains("name=\"version\" value=\"2\""), "{html}");
        assert_eq!(app.product(&product).await["stock"], 7);

        let again = form_with(&[("version", "2"), ("stock", "20")]);
        admin.send(&path, &again).await.expect(303);
        assert_eq!(app.product(&product).await["stock"], 20);
    });
}

#[test]
fn edits_of_other_fields_do_not_conflict() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        admin.send("/admin/products", &VASE).await.expect(303);
        let product = app.all_products().await[0].clone();
        let path = format!("/admin/products/{}", id(&product));
        let html = page(admin.get(&path).await, 200);
        let was = html.split("name=\"was\" value=\"").nth(1).expect("marks");
        let was = was.split('"').next().expect("a value").to_owned();
        let api = format!("/api/products/{}", id(&product));
        let other = admin
            .request("PUT", &api)
            .json(&json!({ "stock": 7, "title": "Tea jar" }));
        Reply::to(other).await.expect(202);

        let base = [
            ("version", "1"),
            ("was", was.as_str()),
            ("category", "general"),
        ];
        let mine = form_with(&[&base[..], &[("price", "40")]].concat());
        admin.send(&path, &mine).await.expect(303);
        let now = app.product(&product).await;
        assert_eq!(
            (&now["price"], &now["stock"], &now["title"]),
            (&json!(40), &json!(7), &json!("Tea jar"))
        );
        assert_eq!(now["version"], 3);

        let conflict = form_with(&[&base[..], &[("title", "My jar")]].concat());
        let html = page(admin.send(&path, &conflict).await, 412);
        assert_eq!(html.matches("data-theirs=").count(), 1, "{html}");
        assert!(html.contains("data-theirs=\"Tea jar\"") && html.contains("value=\"My jar\""));
        assert!(html.contains("name=\"stock\" type=\"number\" inputmode=\"numeric\" min=\"0\" max=\"1000000\" step=\"1\" value=\"7\""), "an unedited field shows the stored value: {html}");
    });
}

#[test]
fn images_are_added_and_removed_by_forms() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        let made = Reply::to(admin.request("POST", "/api/products").json(&vase("V-1"))).await;
        let product = made.expect(201).payload();
        let path = format!("/admin/products/{}", id(&product));
        let send = async |bytes: Vec<u8>| {
            let form = Form::new().part("img", Part::bytes(bytes).file_name("vase.png"));
            Reply::to(
                admin
                    .request("POST", &format!("{path}/pictures"))
                    .multipart(form),
            )
            .await
        };
        send(png(40, 50)).await.expect(303);
        page(send(b"not an image".to_vec()).await, 415);
        let names = thumbnails(&app.product(&product).await);
        let html = page(admin.get(&path).await, 200);
        assert!(
            html.contains(&format!("/uploads/320/{}.webp", names[0])),
            "{html}"
        );
        let remove = format!("{path}/pictures/remove");
        admin
            .send(&remove, &[("name", &names[0])])
            .await
            .expect(303);
        assert!(thumbnails(&app.product(&product).await).is_empty());
        page(admin.send(&remove, &[("name", &names[0])]).await, 404);
    });
}
