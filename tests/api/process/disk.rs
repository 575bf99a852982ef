//! A full disk: writes are refused in time with `Retry-After`, reads still work, and everything
//! works again without a restart.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use crate::app::{TestApp, run};
use crate::command::without_settings;
use crate::figure::figure;
use crate::fixtures::{id, path, png, vase};
use crate::program::{Program, arguments_of};
use crate::reply::Reply;
use crate::test_store::TestStore;

/// Time limit of a request.
const LIMIT: Duration = Duration::from_secs(5);
/// A full disk must be noticed within this many writes.
const MAX_WRITES: usize = 2_000;

/// An image too large for the rest of a full disk.
fn large_image() -> Vec<u8> {
    let noise = image::RgbImage::from_fn(400, 400, |x, y| {
        let mixed = (x * 7_919 + y * 104_729).wrapping_mul(2_654_435_761);
        image::Rgb([mixed as u8, (mixed >> 8) as u8, (mixed >> 16) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    noise
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("an image");
    bytes.into_inner()
}

/// Asserts a 503 in time with `Retry-After`; returns how long it took.
async fn assert_unavailable(request: impl Future<Output = Reply>) -> Duration {
    let started = Instant::now();
    let reply = request.await;
    let after: u32 = reply.header("retry-after").parse().expect("seconds");
    assert!(after > 0);
    reply.problem(503, "unavailable");
    let took = started.elapsed();
    assert!(took < LIMIT, "{took:?}");
    took
}

/// Waits until `/readyz` has this status; readiness is cached for a moment.
async fn wait_for_readiness(app: &TestApp, status: u16) {
    while app.get("/readyz").await.status != status {}
}

/// A shop, and the products that it has acknowledged.
struct Shop<'a> {
    app: &'a TestApp,
    store: &'a TestStore,
    product: Value,
    image: String,
    acknowledged: Vec<Value>,
}

impl<'a> Shop<'a> {
    async fn fill(app: &'a TestApp, store: &'a TestStore) -> Self {
        let (product, image) = app.vase_with_image("V-1").await;
        Self {
            app,
            store,
            acknowledged: vec![product.clone()],
            product,
            image,
        }
    }

    /// Writes until the store refuses; it may still use space that it has allocated.
    async fn write_until_refused(&mut self) -> Duration {
        for number in 0..MAX_WRITES {
            let started = Instant::now();
            let filler = json!({ "description": "x".repeat(9_000) });
            let product = crate::fixtures::vase_with(&format!("F-{number}"), filler);
            let reply = self.app.post("/api/products", &product).await;
            if reply.status == 503 {
                assert!(!reply.header("retry-after").is_empty());
                reply.problem(503, "unavailable");
                return started.elapsed();
            }
            self.acknowledged.push(reply.expect(201).payload());
        }
        panic!("{MAX_WRITES} writes were accepted");
    }

    /// Asserts that every kind of write is refused and every kind of read works; returns the
    /// longest time.
    async fn assert_only_reads(&self) -> Duration {
        let app = self.app;
        let message = json!({ "user": "ana@example.com", "message": "x".repeat(2_000) });
        let line = json!({ "products": [{ "product": id(&self.product), "quantity": 1 }] });
        let description = json!({ "description": "y".repeat(9_000) });
        let path = path(&self.product);
        // The health check may still write to the last free page.
        wait_for_readiness(app, 503).await;
        let slowest = [
            assert_unavailable(app.post("/api/products", &vase("lost"))).await,
            assert_unavailable(app.put(&path, &description)).await,
            assert_unavailable(app.delete(&path)).await,
            assert_unavailable(app.post("/api/messages", &message)).await,
            assert_unavailable(app.post("/api/carts", &line)).await,
            assert_unavailable(app.get("/readyz")).await,
            self.assert_uploads_unavailable().await,
        ];
        assert_eq!(app.product(&self.product).await, self.product);
        app.get("/").await.expect(200);
        app.get("/api/messages").await.expect(200);
        app.get(&format!("/uploads/{}", self.image))
            .await
            .expect(200);
        app.get("/healthz").await.done();
        slowest.into_iter().max().expect("seven")
    }

    async fn assert_uploads_unavailable(&self) -> Duration {
        let image = large_image();
        let file = ("img", "large.png", &image[..]);
        assert_unavailable(self.app.upload(id(&self.product), &[file])).await
    }

    /// Asserts that everything works again and no acknowledged product is lost.
    async fn assert_recovered(&self) {
        let app = self.app;
        wait_for_readiness(app, 200).await;
        app.vase("again").await;
        app.message("again").await;
        let file = ("img", "again.png", &png(30, 30)[..]);
        app.upload(id(&self.product), &[file]).await.expect(202);
        let stored = app.all_products().await;
        let stored: Vec<_> = stored.iter().map(id).collect();
        for product in &self.acknowledged {
            assert!(stored.contains(&id(product)), "{product} is lost");
        }
        assert_eq!(stored.len(), self.acknowledged.len() + 1);
    }

    /// Asserts the number of uploaded files: a refused upload leaves nothing. Names of a change
    /// that may have been stored stay in the journal, which the next start resolves.
    fn assert_file_count(&self, root: &Path, count: usize) {
        let folder = root.join(
            self.store
                .uploads()
                .strip_prefix("/")
                .expect("from the root"),
        );
        let mut found = Vec::new();
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path),
                }
            }
        }
        found
            .retain(|path| !path.ends_with(".lock") && !path.iter().any(|part| part == ".journal"));
        assert_eq!(found.len(), count, "{found:?}");
    }
}

/// The program with its data on a small disk of its own, in its own mount namespace.
fn on_small_disk(store: &TestStore, size: &str) -> Command {
    let mut command = without_settings("unshare");
    let mount = r#"mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@""#;
    command
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            mount,
            "sh",
            size,
        ])
        .arg(store.folder())
        .arg(env!("CARGO_BIN_EXE_vitrina"))
        .args(arguments_of(store));
    command
}

/// A file that fills the disk; deleted when this is dropped.
struct DiskFiller(PathBuf);

impl DiskFiller {
    fn new(folder: &Path) -> Self {
        let path = folder.join("filler");
        let mut file = File::create(&path).expect("a file");
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Self(path)
    }
}

impl Drop for DiskFiller {
    fn drop(&mut self) {
        fs::remove_file(&self.0).expect("a file");
    }
}

#[test]
fn a_full_disk_is_survived() {
    let store = TestStore::sqlite();
    let program = Program::run(on_small_disk(&store, "6m"));
    let root = PathBuf::from(format!("/proc/{}/root", program.pid()));
    let folder = root.join(store.folder().strip_prefix("/").expect("from the root"));
    run(async {
        let app = TestApp::at(program.address());
        let mut shop = Shop::fill(&app, &store).await;
        let mut socket = app.live_products_socket().await;
        for round in 0..2 {
            let before = shop.acknowledged.len();
            let filler = DiskFiller::new(&folder);
            shop.write_until_refused().await;
            let slowest = shop.assert_only_reads().await;
            shop.assert_file_count(&root, 1);
            for product in &shop.acknowledged[before..] {
                assert_eq!(socket.expect("update_products").await["id"], product["_id"]);
            }
            drop(filler);
            wait_for_readiness(&app, 200).await;
            figure(
                "F6",
                format_args!(
                    "full disk, round {round}: {} writes accepted before the first 503, then every write 503 within {slowest:.1?}, reads 200, ready at once when there is space",
                    shop.acknowledged.len() - before,
                ),
            );
            // Free space for the next round.
            for product in shop.acknowledged.split_off(before.max(1)) {
                app.delete(&path(&product)).await.done();
                let is_gone = |update: &Value| {
                    update["id"] == product["_id"] && update["action"] == "deleted"
                };
                socket.expect_where("update_products", is_gone).await;
            }
        }
        shop.assert_recovered().await;
    });
}

/// Sets the file size limit of a process.
fn limit_files(program: &Program, bytes: Option<u64>) {
    let pid = Pid::from_raw(program.pid() as i32).expect("a number");
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(Some(pid), Resource::Fsize, limit).expect("a limit");
}

#[test]
fn a_file_size_limit_is_survived() {
    let store = TestStore::sqlite();
    let program = Program::start(&store, &[]);
    run(async {
        let app = TestApp::at(program.address());
        let mut shop = Shop::fill(&app, &store).await;
        limit_files(&program, Some(300_000));
        shop.write_until_refused().await;
        let slowest = shop.assert_only_reads().await;
        shop.assert_file_count(Path::new("/"), 1);
        limit_files(&program, None);
        shop.assert_recovered().await;
        figure(
            "F6",
            format_args!(
                "files of at most 300 kB: every write 503 within {slowest:.1?}, reads 200, everything works when the limit is lifted"
            ),
        );
    });
}

/// Makes a folder and those in it writable or read-only.
fn set_writable(folder: &Path, is_writable: bool) {
    let mode = if is_writable { 0o755 } else { 0o555 };
    fs::set_permissions(folder, Permissions::from_mode(mode)).expect("a folder");
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            set_writable(&path, is_writable);
        }
    }
}

/// The program without superuser rights, even if root runs the test.
fn without_rights(store: &TestStore) -> Command {
    let mut command = without_settings("unshare");
    command.arg("--user").arg(env!("CARGO_BIN_EXE_vitrina"));
    command.args(arguments_of(store));
    command
}

#[test]
fn a_read_only_folder_is_survived() {
    let store = TestStore::sqlite();
    let program = Program::run(without_rights(&store));
    run(async {
        let app = TestApp::at(program.address());
        let shop = Shop::fill(&app, &store).await;
        set_writable(&store.uploads(), false);
        let took = shop.assert_uploads_unavailable().await;
        // A small image that cannot be stored is refused; the full image is served.
        assert_unavailable(app.get(&format!("/uploads/320/{}.webp", shop.image))).await;
        app.get(&format!("/uploads/{}", shop.image))
            .await
            .expect(200);
        app.vase("V-2").await;
        set_writable(&store.uploads(), true);
        app.get(&format!("/uploads/320/{}.webp", shop.image))
            .await
            .expect(200);
        let file = ("img", "again.png", &png(30, 30)[..]);
        app.upload(id(&shop.product), &[file]).await.expect(202);
        figure(
            "F6",
            format_args!(
                "read-only folder of images: an upload 503 within {took:.1?}, everything else works, uploads work when it is writable again"
            ),
        );
    });
    drop(program);

    // At the start it is one line and status 2.
    set_writable(store.folder(), false);
    for flag in ["--store", "--uploads"] {
        let at = store.folder().join("new/data").display().to_string();
        let at = if flag == "--store" {
            format!("sqlite:{at}")
        } else {
            at
        };
        let mut command = without_rights(&store);
        command.args([flag, &at]);
        let output = crate::program::output_of(command);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(
            stderr.contains(flag) && stderr.trim_end().lines().count() == 1,
            "{stderr}"
        );
    }
    set_writable(store.folder(), true);
}
