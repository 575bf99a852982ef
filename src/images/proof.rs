//! Decoding: whole, to prove that a file is sound, or its first picture, row by row, to draw
//! it smaller. Bounds were checked before; what a decoder holds is bounded here as well.

use std::io::Cursor;
use std::sync::{Mutex, MutexGuard, PoisonError};

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, Limits};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::format::{Kind, MAX_PIXELS};
use super::shrink::Shrink;
use super::strip::Stripped;

/// Four channels for every pixel.
const MAX_PICTURE_BYTES: u64 = MAX_PIXELS * 4;

/// Pictures of more pixels are decoded one at a time in the process: the largest take up to half a
/// GiB in a decoder, and two of them at once could be more than a small machine has.
const LARGE: u64 = 10_000_000;

static LARGE_TURN: Mutex<()> = Mutex::new(());

/// Waits for the turn of a large picture; this thread may wait, it is one for decoding.
fn wait_if_large(image: &Stripped) -> Option<MutexGuard<'static, ()>> {
    let extent = &image.extent;
    let canvas = u64::from(extent.width) * u64::from(extent.height);
    let is_large = canvas.max(extent.largest) > LARGE;
    // A decoder that panicked leaves nothing behind it.
    is_large.then(|| LARGE_TURN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Whether every picture of the file can be decoded to its end.
pub(super) fn is_whole(kind: Kind, image: &Stripped) -> bool {
    let _turn = wait_if_large(image);
    let bytes = image.bytes.as_slice();
    let proved = match kind {
        Kind::Png => prove_png(bytes),
        Kind::Jpeg => decode_jpeg(bytes, true).map(drop),
        Kind::WebP => prove_webp(bytes),
        Kind::Gif => prove_gif(bytes),
    };
    proved.is_some()
}

/// Reads the first picture into the smaller one.
pub(super) fn read_rows(kind: Kind, image: &Stripped, out: &mut Shrink) -> Option<()> {
    let _turn = wait_if_large(image);
    let bytes = image.bytes.as_slice();
    match kind {
        Kind::Png => read_png(bytes, out),
        Kind::Jpeg => {
            let (pixels, channels) = decode_jpeg(bytes, false)?;
            push_all(&pixels, image.extent.width, channels, out)
        }
        Kind::WebP => push_picture(WebPDecoder::new(Cursor::new(bytes)).ok()?, out),
        Kind::Gif => push_picture(GifDecoder::new(Cursor::new(bytes)).ok()?, out),
    }
}

fn png_reader(bytes: &[u8]) -> png::Decoder<Cursor<&[u8]>> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    // Handed on as it is; nobody here reads it.
    decoder.set_ignore_iccp_chunk(true);
    // To 8 bits and, by way of the palette, to colours.
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder
}

/// Row by row: no more than two rows are held, however large the picture.
fn prove_png(bytes: &[u8]) -> Option<()> {
    let mut reader = png_reader(bytes).read_info().ok()?;
    loop {
        while reader.next_row().ok()?.is_some() {}
        match reader.next_frame_info() {
            Ok(_) => {}
            // There are no more frames.
            Err(png::DecodingError::Parameter(_)) => return reader.finish().ok(),
            Err(_) => return None,
        }
    }
}

fn read_png(bytes: &[u8], out: &mut Shrink) -> Option<()> {
    let mut reader = png_reader(bytes).read_info().ok()?;
    let channels = reader.output_color_type().0.samples();
    if reader.info().interlaced {
        let mut pixels = vec![0; reader.output_buffer_size()?];
        let width = reader.next_frame(&mut pixels).ok()?.width;
        return push_all(&pixels, width, channels, out);
    }
    while let Some(row) = reader.next_row().ok()? {
        out.push(row.data(), channels)?;
    }
    Some(())
}

/// Decodes a JPEG; its pixels and their channels. Proving takes brightness alone, a third of
/// the memory: all data are read for it just the same. Drawing is lenient, for the sake of
/// photographs that were here before.
fn decode_jpeg(bytes: &[u8], proving: bool) -> Option<(Vec<u8>, usize)> {
    let options = DecoderOptions::default()
        .set_strict_mode(proving)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let colours = match decoder.input_colorspace()? {
        ColorSpace::Luma => ColorSpace::Luma,
        ColorSpace::YCbCr if proving => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    Some((decoder.decode().ok()?, colours.num_components()))
}

fn prove_webp(bytes: &[u8]) -> Option<()> {
    let decoder = WebPDecoder::new(Cursor::new(bytes)).ok()?;
    if decoder.has_animation() {
        return decoder
            .into_frames()
            .try_for_each(|frame| frame.map(drop))
            .ok();
    }
    decode(decoder).map(drop)
}

fn prove_gif(bytes: &[u8]) -> Option<()> {
    let mut options = gif::DecodeOptions::new();
    let limit = MAX_PIXELS.try_into().ok()?;
    options.set_memory_limit(gif::MemoryLimit::Bytes(limit));
    let mut decoder = options.read_info(Cursor::new(bytes)).ok()?;
    while decoder.read_next_frame().ok()?.is_some() {}
    Some(())
}

fn decode(mut decoder: impl ImageDecoder) -> Option<DynamicImage> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_PICTURE_BYTES);
    decoder.set_limits(limits).ok()?;
    DynamicImage::from_decoder(decoder).ok()
}

fn push_picture(decoder: impl ImageDecoder, out: &mut Shrink) -> Option<()> {
    let picture = decode(decoder)?;
    let channels = usize::from(picture.color().channel_count());
    push_all(picture.as_bytes(), picture.width(), channels, out)
}

fn push_all(pixels: &[u8], width: u32, channels: usize, out: &mut Shrink) -> Option<()> {
    pixels
        .chunks_exact(width as usize * channels)
        .try_for_each(|row| out.push(row, channels))
}
