# The usual commands under short names; each can be typed by hand as well.

# List the recipes
default:
    @just --list

# Run a shop with demo products on http://127.0.0.1:8080/
run *ARGS:
    cargo run -- --demo {{ ARGS }}

# The same, with views, styles, scripts and words read from the checkout, and again when they change
dev *ARGS:
    cargo run -- --dev --demo {{ ARGS }}

# Compile everything, tests and benches included
check:
    cargo check --workspace --all-targets --locked

# Everything that must pass before a merge, on both stores and in a real browser (Debian 12)
test:
    scripts/test

# The tests whose names contain NAME, on a new MongoDB server that is stopped afterwards
test-one NAME *ARGS:
    scripts/mongod run cargo test --workspace --locked {{ NAME }} {{ ARGS }}

# Format the Rust code
fmt:
    cargo fmt --all

# The checks without tests: format, lints of Rust and of scripts, documentation
lint:
    cargo fmt --all --check
    npm --prefix tests/browser run --silent lint
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --locked

# One bench: fanout, rest or selling
bench NAME *ARGS:
    cargo bench --bench {{ NAME }} -- {{ ARGS }}

# Changes the pure rules one by one and lists those that no unit test notices (half an hour)
mutants *ARGS:
    scripts/mutants {{ ARGS }}

# A MongoDB server for tests: fetch, start, stop or run COMMAND
mongod *ARGS:
    scripts/mongod {{ ARGS }}
