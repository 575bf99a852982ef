"""A small SVG writer: elements, gradients, blurs, clips and groups."""

import random
from contextlib import contextmanager

WIDTH, HEIGHT = 960, 1200


def num(value):
    """A number as short text, for path data."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def attrs(options):
    """Keyword options as attributes: stroke_width=2 gives stroke-width="2"."""
    return "".join(f' {k.rstrip("_").replace("_", "-")}="{v}"' for k, v in options.items())


class Canvas:
    """Collects the elements and definitions of one picture."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.body, self.defs, self.known = [], [], {}

    def define(self, markup):
        """Stores a definition once and returns its id; '@' stands for the id."""
        if markup not in self.known:
            self.known[markup] = f"d{len(self.known)}"
            self.defs.append(markup.replace("@", self.known[markup], 1))
        return self.known[markup]

    def add(self, tag, **options):
        self.body.append(f"<{tag}{attrs(options)}/>")

    def path(self, d, fill, **options):
        self.add("path", d=d, fill=fill, **options)

    def line(self, d, stroke, width, **options):
        self.add(
            "path",
            d=d,
            fill="none",
            stroke=stroke,
            stroke_width=width,
            stroke_linecap="round",
            stroke_linejoin="round",
            **options,
        )

    def ellipse(self, cx, cy, rx, ry, fill, **options):
        self.add("ellipse", cx=num(cx), cy=num(cy), rx=num(rx), ry=num(ry), fill=fill, **options)

    def rect(self, x, y, w, h, fill, **options):
        self.add("rect", x=num(x), y=num(y), width=num(w), height=num(h), fill=fill, **options)

    def linear(self, stops, x1, y1, x2, y2):
        """A linear gradient in picture units; stops: (offset, colour[, opacity])."""
        ends = f'x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}"'
        return self._gradient("linearGradient", ends, stops)

    def radial(self, stops, cx, cy, r, squash=1.0):
        """A radial gradient in picture units, flattened by squash."""
        turn = f'gradientTransform="translate({num(cx)} {num(cy)}) scale(1 {squash:.3f})"'
        return self._gradient("radialGradient", f'cx="0" cy="0" r="{num(r)}" {turn}', stops)

    def _gradient(self, tag, geometry, stops):
        marks = "".join(
            f'<stop offset="{s[0]}" stop-color="{s[1]}" stop-opacity="{s[2] if len(s) > 2 else 1}"/>'
            for s in stops
        )
        ident = self.define(f'<{tag} id="@" gradientUnits="userSpaceOnUse" {geometry}>{marks}</{tag}>')
        return f"url(#{ident})"

    def blur(self, radius):
        """A filter that blurs by radius."""
        return self._filter(f'<feGaussianBlur stdDeviation="{radius}"/>')

    def noise(self, fx, fy, seed, colour, strength, octaves=3):
        """A filter that fills its element with clouds of one colour."""
        r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        matrix = (
            f"0 0 0 0 {r:.3f} 0 0 0 0 {g:.3f} 0 0 0 0 {b:.3f} "
            f"{2 * strength:.3f} 0 0 0 {-0.75 * strength:.3f}"
        )
        return self._filter(
            f'<feTurbulence type="fractalNoise" baseFrequency="{fx} {fy}" numOctaves="{octaves}" '
            f'seed="{seed}"/><feColorMatrix values="{matrix}"/>'
            '<feComposite in2="SourceGraphic" operator="in"/>'
        )

    def _filter(self, steps):
        ident = self.define(
            '<filter id="@" filterUnits="userSpaceOnUse" x="-80" y="-80" width="1120" '
            f'height="1360" color-interpolation-filters="sRGB">{steps}</filter>'
        )
        return f"url(#{ident})"

    def clip(self, d):
        ident = self.define(f'<clipPath id="@"><path d="{d}"/></clipPath>')
        return f"url(#{ident})"

    @contextmanager
    def group(self, **options):
        self.body.append(f"<g{attrs(options)}>")
        yield
        self.body.append("</g>")

    def text(self):
        """The finished SVG document."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}"><defs>{"".join(self.defs)}</defs>'
            f'{"".join(self.body)}</svg>'
        )
