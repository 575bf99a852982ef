"""From SVG to WebP: render, bloom, vignette, grain, encode."""

import io

import numpy
import resvg_py
from PIL import Image, ImageFilter

from canvas import HEIGHT, WIDTH

LIMIT = 44_000
QUALITIES = (84, 80, 76, 72, 68, 64, 60, 55, 50)


def render(svg):
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))
    return Image.open(io.BytesIO(png)).convert("RGB")


def develop(image, seed, grain=2.6):
    """Bloom around bright parts, darker corners, a little film grain."""
    pixels = numpy.asarray(image, dtype=numpy.float32) / 255
    bright = numpy.clip(pixels - 0.72, 0, 1) * 1.5
    halo = Image.fromarray((numpy.clip(bright, 0, 1) * 255).astype(numpy.uint8))
    halo = halo.filter(ImageFilter.GaussianBlur(26))
    pixels = 1 - (1 - pixels) * (1 - 0.55 * numpy.asarray(halo, dtype=numpy.float32) / 255)
    pixels = pixels * vignette()[..., None]
    pixels = pixels + noise(seed)[..., None] * grain / 255
    return Image.fromarray((numpy.clip(pixels, 0, 1) * 255 + 0.5).astype(numpy.uint8))


def vignette():
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH].astype(numpy.float32)
    far = ((x - WIDTH * 0.46) / WIDTH) ** 2 + ((y - HEIGHT * 0.48) / HEIGHT) ** 2
    return 1 - 0.42 * numpy.clip(far - 0.1, 0, 1)


def noise(seed):
    """Grain of about 1.5 pixels: plain noise, averaged with its neighbours."""
    raw = numpy.random.Generator(numpy.random.PCG64(seed)).standard_normal((HEIGHT, WIDTH))
    return (raw + numpy.roll(raw, 1, 0) + numpy.roll(raw, 1, 1)).astype(numpy.float32) / 1.73


def save(image, path):
    """Saves at the best quality that keeps the file within LIMIT."""
    for quality in QUALITIES:
        data = io.BytesIO()
        image.save(data, "WEBP", quality=quality, method=6)
        if data.tell() <= LIMIT:
            break
    path.write_bytes(data.getvalue())
