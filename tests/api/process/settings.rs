//! Settings by flags and by environment variables.

use serde_json::Value;

use crate::app::{TestApp, run};
use crate::pages::attribute;
use crate::program::{Program, arguments_of, output_of, vitrina};
use crate::test_store::TestStore;

/// Every flag with its environment variable.
const FLAGS: [(&str, &str); 10] = [
    ("--listen", "VITRINA_LISTEN"),
    ("--store", "VITRINA_STORE"),
    ("--uploads", "VITRINA_UPLOADS"),
    ("--workers", "VITRINA_WORKERS"),
    ("--lang", "VITRINA_LANG"),
    ("--log-format", "VITRINA_LOG_FORMAT"),
    ("--hold", "VITRINA_HOLD"),
    ("--sink", "VITRINA_SINK"),
    ("--demo", "VITRINA_DEMO"),
    ("--dev", "VITRINA_DEV"),
];

#[test]
fn help_shows_every_flag_with_its_variable_and_default() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let output = output_of(vitrina(folder.path(), arguments));
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).expect("UTF-8");
        for (flag, variable) in FLAGS {
            assert!(
                help.contains(flag) && help.contains(variable),
                "{flag}: {help}"
            );
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
fn environment_variables_set_the_same_as_flags() {
    let store = TestStore::sqlite();
    let mut command = vitrina(store.folder(), &[]);
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
    for line in &program.startup_lines {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert!(line["message"].is_string(), "{line}");
    }
    assert!(store.folder().join("new/own.db").is_file());
    assert!(store.folder().join("new/images").is_dir());
    run(async {
        let app = TestApp::at(program.address());
        let html = app.get("/").await.expect(200).text();
        assert_eq!(attribute(&html, "lang"), "es");
        assert!(app.all_products().await.len() >= 24);
    });
}

#[test]
fn a_flag_overrides_its_variable() {
    let store = TestStore::sqlite();
    let arguments_of_store = arguments_of(&store);
    let arguments: Vec<_> = arguments_of_store
        .iter()
        .map(String::as_str)
        .chain(["--lang", "es"])
        .collect();
    let mut command = vitrina(store.folder(), &arguments);
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
fn a_bad_variable_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for (flag, variable) in FLAGS {
        let mut command = vitrina(folder.path(), &[]);
        command.env(
            variable,
            if variable == "VITRINA_UPLOADS" {
                "gridfs:"
            } else {
                "perhaps"
            },
        );
        let output = output_of(command);
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{variable}: {stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
        assert!(stderr.contains(flag), "{stderr}");
    }
}

#[test]
fn the_startup_log_names_the_address_and_the_data() {
    let store = TestStore::sqlite();
    let program = Program::start(&store, &[]);
    let log = program.startup_lines.join("\n");
    let address = program.address();
    assert_ne!(address.port(), 0);
    for text in [
        &format!("http://{address}/"),
        "shop.db",
        "uploads",
        "Unprotected",
        "loopback",
    ] {
        assert!(log.contains(text), "{text}: {log}");
    }
    let last = program.startup_lines.last().expect("a line");
    assert!(
        last.ends_with(&format!("listening on http://{address}")),
        "{last}"
    );
}

#[test]
fn a_start_needs_no_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    // The default port may be in use; all other settings are the defaults.
    let program = Program::run(vitrina(folder.path(), &["--listen", "127.0.0.1:0"]));
    assert!(folder.path().join("data/vitrina.db").is_file());
    assert!(folder.path().join("uploads").is_dir());
    run(async {
        TestApp::at(program.address()).get("/readyz").await.done();
    });
}
