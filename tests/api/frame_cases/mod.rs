//! RFC 6455 in groups of cases; all cases of a group run at the same time on one shop. The server
//! has no echo: a text that is not an event gets the error `bad_frame` instead.

mod case;
mod close_frames;
mod control;
mod fragments;
mod headers;
mod sizes;
mod utf8;
pub(crate) mod wire;

use case::play;

use crate::app::TestApp;

pub(crate) async fn payloads_of_any_size(app: &TestApp) {
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

pub(crate) async fn close_frames(app: &TestApp) {
    play(app, "close frames", &close_frames::close_frames()).await;
}

pub(crate) async fn close_codes(app: &TestApp) {
    play(app, "close codes", &close_frames::codes()).await;
}

pub(crate) async fn messages_in_many_fragments(app: &TestApp) {
    play(app, "messages in many fragments", &fragments::automatic()).await;
}
