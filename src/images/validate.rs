//! Decoding: of the whole file, to prove that it is not damaged, or of the first picture row by
//! row, to resize it. Dimensions were checked before; here the memory of decoders is limited as
//! well.

use std::io::Cursor;
use std::sync::{Mutex, MutexGuard, PoisonError};

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, Limits};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::bounds::MAX_PIXELS;
use super::error::ImageFormatError;
use super::kind::Kind;
use super::shrink::Shrink;
use super::strip::{self, StrippedImage};

/// Four channels per pixel.
const MAX_PICTURE_BYTES: u64 = MAX_PIXELS * 4;

/// Pictures with more pixels are decoded one at a time in the process: a decoder takes up to 512
/// MiB for the largest ones, and two of them could exhaust a small machine.
const LARGE: u64 = 10_000_000;

static LARGE_DECODE: Mutex<()> = Mutex::new(());

/// Strips an upload and decodes it completely.
pub(super) fn accept(bytes: &[u8]) -> Result<(Kind, Vec<u8>), ImageFormatError> {
    let (kind, stripped) = strip::strip(bytes)?;
    if is_undamaged(kind, &stripped) {
        Ok((kind, stripped.bytes))
    } else {
        Err(ImageFormatError::Unsupported)
    }
}

/// Locks out other large decodes. Blocking is fine on a decoding thread.
fn lock_if_large(image: &StrippedImage) -> Option<MutexGuard<'static, ()>> {
    let dimensions = &image.dimensions;
    let canvas = u64::from(dimensions.width) * u64::from(dimensions.height);
    let is_large = canvas.max(dimensions.largest) > LARGE;
    // A panic of a decoder leaves no shared state behind.
    is_large.then(|| LARGE_DECODE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Whether every picture of the file can be decoded completely.
fn is_undamaged(kind: Kind, image: &StrippedImage) -> bool {
    let _guard = lock_if_large(image);
    let bytes = image.bytes.as_slice();
    let decoded = match kind {
        Kind::Png => validate_png(bytes),
        Kind::Jpeg => decode_jpeg(bytes, true).map(drop),
        Kind::WebP => validate_webp(bytes),
        Kind::Gif => validate_gif(bytes),
    };
    decoded.is_some()
}

/// Passes the rows of the first picture to `out`.
pub(super) fn read_rows(kind: Kind, image: &StrippedImage, out: &mut Shrink) -> Option<()> {
    let _guard = lock_if_large(image);
    let bytes = image.bytes.as_slice();
    match kind {
        Kind::Png => read_png(bytes, out),
        Kind::Jpeg => {
            let (pixels, channels) = decode_jpeg(bytes, false)?;
            push_all(&pixels, image.dimensions.width, channels, out)
        }
        Kind::WebP => push_picture(WebPDecoder::new(Cursor::new(bytes)).ok()?, out),
        Kind::Gif => push_picture(GifDecoder::new(Cursor::new(bytes)).ok()?, out),
    }
}

fn png_reader(bytes: &[u8]) -> png::Decoder<Cursor<&[u8]>> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    // The profile is copied as it is, not interpreted.
    decoder.set_ignore_iccp_chunk(true);
    // Palette to colours, 16 bits to 8.
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder
}

/// Row by row, so that only two rows are in memory.
fn validate_png(bytes: &[u8]) -> Option<()> {
    let mut reader = png_reader(bytes).read_info().ok()?;
    loop {
        while reader.next_row().ok()?.is_some() {}
        match reader.next_frame_info() {
            Ok(_) => {}
            // No more frames.
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

/// Returns the pixels and the number of channels. Validation is strict and decodes brightness only:
/// that takes a third of the memory and still reads all data. Resizing is lenient, for photographs
/// of older shops.
fn decode_jpeg(bytes: &[u8], validating: bool) -> Option<(Vec<u8>, usize)> {
    let options = DecoderOptions::default()
        .set_strict_mode(validating)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let colours = match decoder.input_colorspace()? {
        ColorSpace::Luma => ColorSpace::Luma,
        ColorSpace::YCbCr if validating => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    Some((decoder.decode().ok()?, colours.num_components()))
}

fn validate_webp(bytes: &[u8]) -> Option<()> {
    let decoder = WebPDecoder::new(Cursor::new(bytes)).ok()?;
    if decoder.has_animation() {
        return decoder
            .into_frames()
            .try_for_each(|frame| frame.map(drop))
            .ok();
    }
    decode(decoder).map(drop)
}

fn validate_gif(bytes: &[u8]) -> Option<()> {
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
