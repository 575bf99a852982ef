//! Settings come by flags and by their environment twins.

use serde_json::Value;

use crate::app::{TestApp, run};
use crate::pages::attribute;
use crate::place::Place;
use crate::program::{Program, arguments_of, output_of, vitrina};

/// Every flag with its twin.
const TWINS: [(&str, &str); 9] = [
    ("--listen", "VITRINA_LISTEN"),
    ("--store", "VITRINA_STORE"),
    ("--uploads", "VITRINA_UPLOADS"),
    ("--workers", "VITRINA_WORKERS"),
    ("--lang", "VITRINA_LANG"),
    ("--log-format", "VITRINA_LOG_FORMAT"),
    ("--hold", "VITRINA_HOLD"),
    ("--sink", "VITRINA_SINK"),
    ("--demo", "VITRINA_DEMO"),
];

#[test]
fn help_shows_every_flag_with_its_twin_and_default() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let output = output_of(vitrina(folder.path(), arguments));
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).expect("UTF-8");
        for (flag, twin) in TWINS {
            assert!(help.contains(flag) && help.contains(twin), "{flag}: {help}");
        }
        for default in [
            "127.0.0.1:8080",
            "sqlite:data/vitrina.db",
            "[default: uploads]",
        ] {
            assert!(help.contains(default), "{default}: {help}");
        }
    }
    let output = output_of(vitrina(folder.path(), &["--version"]));
    let version = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(
        version.trim(),
        format!("vitrina {}", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn help_does_not_show_a_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = vitrina(folder.path(), &["--help"]);
    command.env("VITRINA_STORE", "mongodb://ana:secret-word@db.example/shop");
    let output = output_of(command);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("secret-word"));
}

#[test]
fn the_environment_sets_what_flags_set() {
    let place = Place::sqlite();
    let mut command = vitrina(place.folder(), &[]);
    command.envs([
        ("VITRINA_LISTEN", "localhost:0"),
        ("VITRINA_STORE", "sqlite:new/own.db"),
        ("VITRINA_UPLOADS", "new/images"),
        ("VITRINA_WORKERS", "1"),
        ("VITRINA_LANG", "ES"),
        ("VITRINA_LOG_FORMAT", "json"),
        ("VITRINA_SINK", "response"),
        ("VITRINA_DEMO", "1"),
    ]);
    let program = Program::run(command);
    for line in &program.greeting {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert!(line["message"].is_string(), "{line}");
    }
    assert!(place.folder().join("new/own.db").is_file());
    assert!(place.folder().join("new/images").is_dir());
    run(async {
        let app = TestApp::at(program.address());
        let html = app.get("/").await.expect(200).text();
        assert_eq!(attribute(&html, "lang"), "es");
        assert!(app.all_products().await.len() >= 24);
    });
}

#[test]
fn a_flag_outweighs_its_twin() {
    let place = Place::sqlite();
    let own = arguments_of(&place);
    let arguments: Vec<_> = own
        .iter()
        .map(String::as_str)
        .chain(["--lang", "es"])
        .collect();
    let mut command = vitrina(place.folder(), &arguments);
    command.envs([
        ("VITRINA_LANG", "en"),
        ("VITRINA_STORE", "mongodb://192.0.2.1/"),
    ]);
    let program = Program::run(command);
    run(async {
        let html = TestApp::at(program.address()).get("/").await.text();
        assert_eq!(attribute(&html, "lang"), "es");
    });
}

#[test]
fn a_bad_twin_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for (flag, twin) in TWINS {
        let mut command = vitrina(folder.path(), &[]);
        command.env(
            twin,
            if twin == "VITRINA_UPLOADS" {
                "gridfs:"
            } else {
                "perhaps"
            },
        );
        let output = output_of(command);
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{twin}: {told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{told}");
        assert!(told.contains(flag), "{told}");
    }
}

#[test]
fn a_start_says_what_it_serves_and_where_the_data_lies() {
    let place = Place::sqlite();
    let program = Program::start(&place, &[]);
    let said = program.greeting.join("\n");
    let address = program.address();
    assert_ne!(address.port(), 0);
    for words in [
        &format!("http://{address}/"),
        "shop.db",
        "uploads",
        "Unprotected",
        "loopback",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let last = program.greeting.last().expect("a line");
    assert!(
        last.ends_with(&format!("listening on http://{address}")),
        "{last}"
    );
}

#[test]
fn a_default_start_needs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    // The default port may be somebody's; everything else is as it comes.
    let program = Program::run(vitrina(folder.path(), &["--listen", "127.0.0.1:0"]));
    assert!(folder.path().join("data/vitrina.db").is_file());
    assert!(folder.path().join("uploads").is_dir());
    run(async {
        TestApp::at(program.address()).get("/readyz").await.done();
    });
}
