//! RFC 6455 from outside, in groups: each case is a line of a table, and all of a group are played at
//! the same time on one shop. A text that is no event is answered with `bad_frame`, which is the echo
//! of this server.

mod case;
mod closes;
mod control;
mod fragments;
mod headers;
mod sizes;
mod utf8;
pub(crate) mod wire;

use case::play;

use crate::app::TestApp;

pub(crate) async fn texts_and_binaries_of_any_size(app: &TestApp) {
    play(app, "sizes", &sizes::cases()).await;
}

pub(crate) async fn pings_and_pongs(app: &TestApp) {
    play(app, "pings and pongs", &control::cases()).await;
}

pub(crate) async fn reserved_bits(app: &TestApp) {
    play(app, "reserved bits", &headers::reserved_bits()).await;
}

pub(crate) async fn opcodes(app: &TestApp) {
    play(app, "opcodes", &headers::opcodes()).await;
}

pub(crate) async fn masks_and_lengths(app: &TestApp) {
    play(app, "masks and lengths", &headers::masks_and_lengths()).await;
}

pub(crate) async fn fragmentation(app: &TestApp) {
    play(app, "fragments", &fragments::cases()).await;
}

pub(crate) async fn valid_utf8(app: &TestApp) {
    play(app, "valid UTF-8", &utf8::valid()).await;
}

pub(crate) async fn invalid_utf8(app: &TestApp) {
    play(app, "invalid UTF-8", &utf8::invalid()).await;
}

pub(crate) async fn goodbyes(app: &TestApp) {
    play(app, "goodbyes", &closes::goodbyes()).await;
}

pub(crate) async fn close_codes(app: &TestApp) {
    play(app, "close codes", &closes::codes()).await;
}

pub(crate) async fn texts_in_many_fragments(app: &TestApp) {
    play(app, "texts in many fragments", &fragments::automatic()).await;
}
