//! The disk takes no more: writes are refused in time and with a time to come back, reads go on, and all
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
use crate::goods::{id, path, png, vase};
use crate::place::Place;
use crate::program::{Program, arguments_of};
use crate::reply::Reply;

/// How soon a request has to end.
const LIMIT: Duration = Duration::from_secs(5);
/// Writes within which a disk that is full must be noticed.
const MANY: usize = 2_000;

/// A picture that no free corner of a full disk takes.
fn large_picture() -> Vec<u8> {
    let noise = image::RgbImage::from_fn(400, 400, |x, y| {
        let mixed = (x * 7_919 + y * 104_729).wrapping_mul(2_654_435_761);
        image::Rgb([mixed as u8, (mixed >> 8) as u8, (mixed >> 16) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    noise
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a picture");
    bytes.into_inner()
}

/// A refusal that came in time and says when to come back; gives how long it took.
async fn refused(asking: impl Future<Output = Reply>) -> Duration {
    let began = Instant::now();
    let reply = asking.await;
    let after: u32 = reply.header("retry-after").parse().expect("seconds");
    assert!(after > 0);
    reply.problem(503, "unavailable");
    let took = began.elapsed();
    assert!(took < LIMIT, "{took:?}");
    took
}

/// Asks until the shop is ready, or is not: it tells its store's last answer on for a moment.
async fn until_ready_is(app: &TestApp, status: u16) {
    while app.get("/readyz").await.status != status {}
}

/// What a shop has acknowledged before and while its disk was full.
struct Shop<'a> {
    app: &'a TestApp,
    place: &'a Place,
    product: Value,
    picture: String,
    acknowledged: Vec<Value>,
}

impl<'a> Shop<'a> {
    async fn fill(app: &'a TestApp, place: &'a Place) -> Self {
        let (product, picture) = app.pictured_vase("V-1").await;
        Self {
            app,
            place,
            acknowledged: vec![product.clone()],
            product,
            picture,
        }
    }

    /// Writes until the store refuses; room that it has already may still be used.
    async fn write_until_refused(&mut self) -> Duration {
        for number in 0..MANY {
            let began = Instant::now();
            let filling = json!({ "description": "x".repeat(9_000) });
            let goods = crate::goods::vase_with(&format!("F-{number}"), filling);
            let reply = self.app.post("/api/products", &goods).await;
            if reply.status == 503 {
                assert!(!reply.header("retry-after").is_empty());
                reply.problem(503, "unavailable");
                return began.elapsed();
            }
            self.acknowledged.push(reply.expect(201).payload());
        }
        panic!("{MANY} writes were taken");
    }

    /// Every way to write is refused, and every way to read answers.
    async fn only_reads(&self) -> Duration {
        let app = self.app;
        let message = json!({ "user": "ana@example.com", "message": "x".repeat(2_000) });
        let line = json!({ "products": [{ "product": id(&self.product), "quantity": 1 }] });
        let description = json!({ "description": "y".repeat(9_000) });
        let path = path(&self.product);
        // The last page that there is room for may still take a sign of life.
        until_ready_is(app, 503).await;
        let slowest = [
            refused(app.post("/api/products", &vase("lost"))).await,
            refused(app.put(&path, &description)).await,
            refused(app.delete(&path)).await,
            refused(app.post("/api/messages", &message)).await,
            refused(app.post("/api/carts", &line)).await,
            refused(app.get("/readyz")).await,
            self.refuses_uploads().await,
        ];
        assert_eq!(app.product(&self.product).await, self.product);
        app.get("/").await.expect(200);
        app.get("/api/messages").await.expect(200);
        app.get(&format!("/uploads/{}", self.picture))
            .await
            .expect(200);
        app.get("/healthz").await.done();
        slowest.into_iter().max().expect("seven")
    }

    async fn refuses_uploads(&self) -> Duration {
        let picture = large_picture();
        let file = ("img", "large.png", &picture[..]);
        refused(self.app.upload(id(&self.product), &[file])).await
    }

    /// All works again, and what was acknowledged is there.
    async fn works_again(&self) {
        let app = self.app;
        until_ready_is(app, 200).await;
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

    /// The uploads have these many files: a refused one has left nothing. Of a change that may have been stored its
    /// journal keeps the names, which the next start asks for.
    fn has_files(&self, root: &Path, count: usize) {
        let folder = root.join(
            self.place
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

/// The program on a disk of its own of so many bytes, which only it sees, and which goes with it.
fn on_small_disk(place: &Place, size: &str) -> Command {
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
        .arg(place.folder())
        .arg(env!("CARGO_BIN_EXE_vitrina"))
        .args(arguments_of(place));
    command
}

/// Writes to a file until the disk is full; it goes when this is dropped.
struct Filling(PathBuf);

impl Filling {
    fn new(folder: &Path) -> Self {
        let path = folder.join("filling");
        let mut file = File::create(&path).expect("a file");
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Self(path)
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        fs::remove_file(&self.0).expect("a file");
    }
}

#[test]
fn a_full_disk_is_told_and_outlived() {
    let place = Place::sqlite();
    let program = Program::run(on_small_disk(&place, "6m"));
    let root = PathBuf::from(format!("/proc/{}/root", program.pid()));
    let folder = root.join(place.folder().strip_prefix("/").expect("from the root"));
    run(async {
        let app = TestApp::at(program.address());
        let mut shop = Shop::fill(&app, &place).await;
        let mut socket = app.live_products_socket().await;
        for round in 0..2 {
            let before = shop.acknowledged.len();
            let filling = Filling::new(&folder);
            shop.write_until_refused().await;
            let slowest = shop.only_reads().await;
            shop.has_files(&root, 1);
            for product in &shop.acknowledged[before..] {
                assert_eq!(socket.expect("update_products").await["id"], product["_id"]);
            }
            drop(filling);
            until_ready_is(&app, 200).await;
            figure(
                "F6",
                format_args!(
                    "full disk, round {round}: {} writes taken before the first 503, then every write 503 within {slowest:.1?}, reads 200, ready at once when there is room",
                    shop.acknowledged.len() - before,
                ),
            );
            // Room for the next round.
            for product in shop.acknowledged.split_off(before.max(1)) {
                app.delete(&path(&product)).await.done();
                let is_gone =
                    |told: &Value| told["id"] == product["_id"] && told["action"] == "deleted";
                socket.expect_where("update_products", is_gone).await;
            }
        }
        shop.works_again().await;
    });
}

/// Sets how large the files of a process may become.
fn limit_files(program: &Program, bytes: Option<u64>) {
    let pid = Pid::from_raw(program.pid() as i32).expect("a number");
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(Some(pid), Resource::Fsize, limit).expect("a limit");
}

#[test]
fn a_limit_on_file_sizes_is_told_and_outlived() {
    let place = Place::sqlite();
    let program = Program::start(&place, &[]);
    run(async {
        let app = TestApp::at(program.address());
        let mut shop = Shop::fill(&app, &place).await;
        limit_files(&program, Some(300_000));
        shop.write_until_refused().await;
        let slowest = shop.only_reads().await;
        shop.has_files(Path::new("/"), 1);
        limit_files(&program, None);
        shop.works_again().await;
        figure(
            "F6",
            format_args!(
                "files of 300 kB at most: every write 503 within {slowest:.1?}, reads 200, all works when the limit is lifted"
            ),
        );
    });
}

/// Takes away the right to write to a folder and those in it, or gives it back.
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

/// The program without the rights of a superuser, whoever runs the test.
fn without_rights(place: &Place) -> Command {
    let mut command = without_settings("unshare");
    command.arg("--user").arg(env!("CARGO_BIN_EXE_vitrina"));
    command.args(arguments_of(place));
    command
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_outlived() {
    let place = Place::sqlite();
    let program = Program::run(without_rights(&place));
    run(async {
        let app = TestApp::at(program.address());
        let shop = Shop::fill(&app, &place).await;
        set_writable(&place.uploads(), false);
        let took = shop.refuses_uploads().await;
        // A smaller picture that is not drawn yet, and one that is: no picture is a wrong one.
        refused(app.get(&format!("/uploads/320/{}.webp", shop.picture))).await;
        app.get(&format!("/uploads/{}", shop.picture))
            .await
            .expect(200);
        app.vase("V-2").await;
        set_writable(&place.uploads(), true);
        app.get(&format!("/uploads/320/{}.webp", shop.picture))
            .await
            .expect(200);
        let file = ("img", "again.png", &png(30, 30)[..]);
        app.upload(id(&shop.product), &[file]).await.expect(202);
        figure(
            "F6",
            format_args!(
                "read-only folder of images: an upload 503 within {took:.1?}, the rest goes on, works when it is writable again"
            ),
        );
    });
    drop(program);

    // At a start it is a line and status 2.
    set_writable(place.folder(), false);
    for flag in ["--store", "--uploads"] {
        let at = place.folder().join("new/place").display().to_string();
        let at = if flag == "--store" {
            format!("sqlite:{at}")
        } else {
            at
        };
        let mut command = without_rights(&place);
        command.args([flag, &at]);
        let output = crate::program::output_of(command);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.contains(flag) && told.trim_end().lines().count() == 1,
            "{told}"
        );
    }
    set_writable(place.folder(), true);
}
