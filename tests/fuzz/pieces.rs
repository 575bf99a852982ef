//! The guard alone: what it hands on, and in which portions.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::task::noop_waker;
use futures_util::{Stream, stream};
use vitrina::realtime::{Guarded, RateLimits, Verdict};

use crate::model::{MAX_MESSAGE, judge};
use crate::octets::{cut, stream as octets};
use crate::plant::Plant;
use crate::random::Random;

/// The longest header of a frame.
const MAX_HEADER: usize = 14;
/// The most that is handed on of a frame that is refused: a goodbye is judged by its reason, at its end.
const MAX_BROKEN: usize = MAX_HEADER + 125;

/// What a reader was handed who takes all that is ready before it looks at any of it.
#[derive(Debug, Default)]
struct Taken {
    /// Each portion, taken in before anything was looked at.
    portions: Vec<Vec<u8>>,
    close: Option<u16>,
}

/// Checks one stream, cut in some ways.
pub(crate) fn check(seed: u64, plant: Option<Plant>) -> Result<(), String> {
    let mut random = Random::new(seed);
    let bytes = octets(&mut random);
    let judged = judge(&bytes, false);
    for _ in 0..3 {
        let pieces = cut(&bytes, &mut random);
        let sizes: Vec<_> = pieces.iter().map(Vec::len).collect();
        let taken = read(pieces, plant);
        let blame = |what: String| Err(format!("{what}\npieces: {sizes:?}\nbytes: {bytes:02x?}"));
        if taken.close != judged.close.flatten() {
            return blame(format!(
                "closed with {:?}, not {:?}",
                taken.close, judged.close
            ));
        }
        let mut at = 0;
        let mut ends = judged.ends.iter();
        for portion in &taken.portions {
            if bytes.get(at..at + portion.len()) != Some(portion) {
                return blame(format!("other bytes at {at}"));
            }
            at += portion.len();
            let held = portion.len();
            if held > MAX_HEADER + MAX_MESSAGE {
                return blame(format!("{held} bytes at once"));
            }
            match ends.next() {
                Some(end) if at == *end => {}
                Some(end) => return blame(format!("a portion to {at}, a frame to {end}")),
                None if taken.close.is_some() && held >= MAX_BROKEN => {
                    return blame(format!("{held} bytes of a broken frame"));
                }
                None => {}
            }
        }
        if let Some(end) = ends.next() {
            return blame(format!("the frame to {end} was not handed on"));
        }
        if taken.close.is_none() && at != bytes.len() {
            return blame(format!("only {at} bytes were handed on"));
        }
    }
    Ok(())
}

fn read(mut pieces: Vec<Vec<u8>>, plant: Option<Plant>) -> Taken {
    if plant == Some(Plant::RestForgotten) {
        forget_rests(&mut pieces);
    }
    let starts: Vec<_> = starts(&pieces).collect();
    let lives = match plant {
        Some(Plant::StateLostBetweenPieces) => pieces.chunks(1),
        _ => pieces.chunks(pieces.len().max(1)),
    };
    let mut taken = Taken::default();
    for pieces in lives {
        if taken.close.is_none() {
            read_one_life(pieces, plant, &mut taken);
        }
    }
    if plant == Some(Plant::RefusedWithItsPiece) && taken.close.is_some() {
        let end: usize = taken.portions.iter().map(Vec::len).sum();
        let start = starts.into_iter().rfind(|start| *start < end);
        let mut at = 0;
        taken.portions.retain(|portion| {
            at += portion.len();
            start.is_none_or(|start| at <= start)
        });
    }
    taken
}

/// Where each piece begins.
fn starts(pieces: &[Vec<u8>]) -> impl Iterator<Item = usize> {
    pieces.iter().scan(0, |end, piece| {
        let start = *end;
        *end += piece.len();
        Some(start)
    })
}

fn forget_rests(pieces: &mut [Vec<u8>]) {
    let ends = judge(&pieces.concat(), false).ends;
    let starts: Vec<_> = starts(pieces).collect();
    for (start, piece) in starts.into_iter().zip(pieces) {
        if let Some(end) = ends.iter().find(|end| **end > start) {
            piece.truncate(end - start);
        }
    }
}

fn read_one_life(pieces: &[Vec<u8>], plant: Option<Plant>, taken: &mut Taken) {
    let verdict = Verdict::default();
    let pieces: Vec<_> = pieces
        .iter()
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    let mut guarded = Guarded::new(stream::iter(pieces), RateLimits::Off, verdict.clone());
    let mut ended = false;
    while !ended {
        let mut portion = Vec::new();
        ended = read_portion(&mut guarded, &mut portion);
        while plant == Some(Plant::NoPause) && !ended {
            ended = read_portion(&mut guarded, &mut portion);
        }
        if !portion.is_empty() {
            taken.portions.push(portion);
        }
    }
    taken.close = verdict.take().and_then(|close| close.code());
}

/// Takes what is ready; returns whether that was the end.
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
