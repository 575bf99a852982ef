//! The guard by itself: the bytes that it passes on, and in which portions.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::task::noop_waker;
use futures_util::{Stream, stream};
use vitrina::realtime::{GuardState, Guarded, RateLimits};

use crate::frames::{cut, stream as frames};
use crate::model::{MAX_MESSAGE, expect};
use crate::mutant::Mutant;
use crate::random::Random;

/// The longest header of a frame.
const MAX_HEADER: usize = 14;
/// Bytes that may be passed on of a refused frame: a close frame is checked at its end.
const MAX_BROKEN: usize = MAX_HEADER + 125;

/// The bytes that the guard passed to a reader that polls until nothing is ready.
#[derive(Debug, Default)]
struct Passed {
    /// Bytes that were ready at once.
    portions: Vec<Vec<u8>>,
    close: Option<u16>,
}

/// Checks one stream, cut into chunks in three ways.
pub(crate) fn check(seed: u64, mutant: Option<Mutant>) -> Result<(), String> {
    let mut random = Random::new(seed);
    let bytes = frames(&mut random);
    let expected = expect(&bytes, false);
    for _ in 0..3 {
        let chunks = cut(&bytes, &mut random);
        let sizes: Vec<_> = chunks.iter().map(Vec::len).collect();
        let passed = read(chunks, mutant);
        let fail =
            |detail: String| Err(format!("{detail}\nchunks: {sizes:?}\nbytes: {bytes:02x?}"));
        if passed.close != expected.close.flatten() {
            return fail(format!(
                "closed with {:?}, not {:?}",
                passed.close, expected.close
            ));
        }
        let mut at = 0;
        let mut ends = expected.ends.iter();
        for portion in &passed.portions {
            if bytes.get(at..at + portion.len()) != Some(portion) {
                return fail(format!("other bytes at {at}"));
            }
            at += portion.len();
            let held = portion.len();
            if held > MAX_HEADER + MAX_MESSAGE {
                return fail(format!("{held} bytes at once"));
            }
            match ends.next() {
                Some(end) if at == *end => {}
                Some(end) => return fail(format!("a portion ends at {at}, a frame at {end}")),
                None if passed.close.is_some() && held >= MAX_BROKEN => {
                    return fail(format!("{held} bytes of an invalid frame"));
                }
                None => {}
            }
        }
        if let Some(end) = ends.next() {
            return fail(format!("the frame that ends at {end} was not passed on"));
        }
        if passed.close.is_none() && at != bytes.len() {
            return fail(format!("only {at} bytes were passed on"));
        }
    }
    Ok(())
}

fn read(mut chunks: Vec<Vec<u8>>, mutant: Option<Mutant>) -> Passed {
    if mutant == Some(Mutant::RestDropped) {
        drop_rests(&mut chunks);
    }
    let starts: Vec<_> = starts(&chunks).collect();
    let guards = match mutant {
        Some(Mutant::StateLostBetweenChunks) => chunks.chunks(1),
        _ => chunks.chunks(chunks.len().max(1)),
    };
    let mut passed = Passed::default();
    for chunks in guards {
        if passed.close.is_none() {
            read_guarded(chunks, mutant, &mut passed);
        }
    }
    if mutant == Some(Mutant::ChunkRefusedWhole) && passed.close.is_some() {
        let end: usize = passed.portions.iter().map(Vec::len).sum();
        let start = starts.into_iter().rfind(|start| *start < end);
        let mut at = 0;
        passed.portions.retain(|portion| {
            at += portion.len();
            start.is_none_or(|start| at <= start)
        });
    }
    passed
}

/// The offset of each chunk.
fn starts(chunks: &[Vec<u8>]) -> impl Iterator<Item = usize> {
    chunks.iter().scan(0, |end, chunk| {
        let start = *end;
        *end += chunk.len();
        Some(start)
    })
}

fn drop_rests(chunks: &mut [Vec<u8>]) {
    let ends = expect(&chunks.concat(), false).ends;
    let starts: Vec<_> = starts(chunks).collect();
    for (start, chunk) in starts.into_iter().zip(chunks) {
        if let Some(end) = ends.iter().find(|end| **end > start) {
            chunk.truncate(end - start);
        }
    }
}

fn read_guarded(chunks: &[Vec<u8>], mutant: Option<Mutant>, passed: &mut Passed) {
    let state = GuardState::default();
    let chunks: Vec<_> = chunks
        .iter()
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    let mut guarded = Guarded::new(stream::iter(chunks), RateLimits::Off, state.clone());
    let mut ended = false;
    while !ended {
        let mut portion = Vec::new();
        ended = read_portion(&mut guarded, &mut portion);
        while mutant == Some(Mutant::NoPause) && !ended {
            ended = read_portion(&mut guarded, &mut portion);
        }
        if !portion.is_empty() {
            passed.portions.push(portion);
        }
    }
    passed.close = state.take().and_then(|close| close.code());
}

/// Reads all bytes that are ready; returns whether the stream has ended.
fn read_portion(
    guarded: &mut Guarded<impl Stream<Item = Result<Bytes, PayloadError>>>,
    portion: &mut Vec<u8>,
) -> bool {
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    loop {
        match Pin::new(&mut *guarded).poll_next(&mut cx) {
            Poll::Ready(Some(Ok(bytes))) => portion.extend_from_slice(&bytes),
            Poll::Ready(Some(Err(_)) | None) => return true,
            Poll::Pending => return false,
        }
    }
}
