//! The shop server.
fn main() {}
