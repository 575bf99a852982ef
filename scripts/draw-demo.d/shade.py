"""Light and shadow on and under things. The light falls from the upper left."""

from canvas import num
from palette import INK, SHADE, SKY, dim, lit, mix, shaded
from shapes import oval, tilt

EVERYWHERE = "M-900-900H1900V2200H-900Z"


def solid(c, d, colour, x, y, w, h, depth=1.0, gloss=0.0):
    """Fills outline d, whose box is x, y, w, h, as a lit body; depth: how round it is."""
    c.path(
        d,
        c.linear(
            [(0, lit(colour, 0.34)), (0.45, colour), (1, shaded(colour, 0.5))],
            x + w * 0.1,
            y + h * 0.1,
            x + w * 0.95,
            y + h * 0.6,
        ),
    )
    with c.group(clip_path=c.clip(d)):
        shift = w * 0.16 * depth
        c.path(
            EVERYWHERE + d,
            shaded(colour, 0.9),
            fill_rule="evenodd",
            opacity=0.85,
            transform=f"translate({num(-shift)} {num(-h * .03)})",
            filter=c.blur(round(w * 0.13, 1)),
        )
        c.path(
            EVERYWHERE + d,
            lit(colour, 0.72),
            fill_rule="evenodd",
            opacity=0.5 * depth,
            transform=f"translate({num(w * .035)} {num(h * .012)})",
            filter=c.blur(round(w * 0.04, 1)),
        )
        c.path(
            EVERYWHERE + d,
            lit(mix(colour, SKY, 0.6), 0.2),
            fill_rule="evenodd",
            opacity=0.55,
            transform="translate(-4 2)",
            filter=c.blur(4),
        )
        if gloss:
            shine(c, x + w * 0.29, y + h * 0.36, w * 0.055, h * 0.2, gloss)


def flat(c, d, colour, x, y, w, h):
    """Fills outline d as a flat, matt surface in the light."""
    c.path(
        d,
        c.linear([(0, lit(colour, 0.35)), (0.5, colour), (1, mix(colour, SHADE, 0.28))], x, y, x + w, y + h),
    )


def shine(c, cx, cy, rx, ry, strength):
    """A soft window reflection on a glazed or polished side."""
    c.ellipse(
        cx,
        cy,
        rx,
        ry,
        "#fff3dc",
        opacity=strength,
        filter=c.blur(round(rx * 0.45, 1)),
        transform=f"rotate(4 {num(cx)} {num(cy)})",
    )


def turned(c, body, colour, depth=1.0, gloss=0.0):
    """A turned body with its roundness."""
    d, (y0, _), (y1, r1) = body.outline(), body.top, body.foot
    left, width, low = body.cx - body.width, 2 * body.width, y1 + r1 * tilt(y1)
    solid(c, d, colour, left, y0, width, low - y0, depth, gloss)
    with c.group(clip_path=c.clip(d)):
        c.rect(
            left,
            low - (low - y0) * 0.3,
            width,
            (low - y0) * 0.3,
            c.linear([(0, shaded(colour), 0), (1, shaded(colour), 0.5)], 0, low - (low - y0) * 0.3, 0, low),
        )


def mouth(c, body, colour, lip=7, level=None, inside=None):
    """The open top of a turned body: lip, hollow, and the light inside."""
    y, r = body.top
    k = tilt(y)
    c.ellipse(
        body.cx,
        y,
        r,
        r * k,
        c.linear(
            [(0, lit(colour, 0.6)), (0.5, lit(colour, 0.15)), (1, dim(colour, 0.15))],
            body.cx - r,
            y,
            body.cx + r,
            y,
        ),
    )
    inner = inside or colour
    c.ellipse(
        body.cx,
        y + lip * 0.15,
        r - lip,
        (r - lip) * k,
        c.linear(
            [(0, dim(inner, 0.82)), (0.55, dim(inner, 0.6)), (1, dim(inner, 0.22))],
            body.cx - r,
            y,
            body.cx + r,
            y,
        ),
    )
    if level:
        with c.group(clip_path=c.clip(oval(body.cx, y + lip * 0.15, r - lip, (r - lip) * k))):
            c.ellipse(body.cx, y + level[0], r - lip * 1.4, (r - lip) * k, level[1])


def behind_lip(c, body, lip=0):
    """A clip for things that stand in an open body: all above its near lip."""
    y, r = body.top
    r -= lip
    return c.clip(
        f"M-400 {num(y)}H{num(body.cx - r)}A{num(r)} {num(r * tilt(y))} 0 0 0 "
        f"{num(body.cx + r)} {num(y)}H1400V-400H-400Z"
    )


def handle(c, d, colour, width):
    """A round bar along d: an ear of a mug, a cane, a stem."""
    c.line(d, dim(colour, 0.55), width)
    c.line(d, colour, round(width * 0.72, 1), transform="translate(-1.5 -1.5)")
    c.line(
        d,
        lit(colour, 0.55),
        round(width * 0.24, 1),
        opacity=0.75,
        transform=f"translate({num(-width * .17)} {num(-width * .17)})",
    )


def cast(c, d, y, reach=0.85, rise=0.2, strength=0.5, blur=14):
    """The long shadow of outline d that stands on the table at y."""
    shadow = f"translate(0 {num(y)}) matrix(1 0 {-reach} {rise} 0 0) translate(0 {num(-y)})"
    with c.group(transform=shadow):
        c.path(d, INK, opacity=strength * 0.6, filter=c.blur(blur))
        c.path(d, INK, opacity=strength * 0.6, filter=c.blur(blur * 2.4))


def contact(c, cx, y, rx, strength=0.7):
    """The dark where a thing touches the table."""
    c.ellipse(
        cx + rx * 0.14,
        y + 4,
        rx * 1.16,
        rx * tilt(y) * 1.2,
        INK,
        opacity=strength * 0.55,
        filter=c.blur(round(rx * 0.12 + 4, 1)),
    )
    c.ellipse(
        cx + 4, y + 5, rx * 1.01, rx * tilt(y) * 1.03, INK, opacity=min(1, strength * 1.25), filter=c.blur(6)
    )


def resting(c, x, y, w, strength=0.6):
    """The shadow along the lower edge of something flat-footed; y is that edge."""
    c.rect(x, y - 22, w + 60, 34, INK, opacity=strength * 0.6, filter=c.blur(16))
    c.rect(x + 4, y - 10, w + 8, 16, INK, opacity=strength, filter=c.blur(6))


def stand(c, body, strength=0.5):
    """All the shadows of a turned body on the table."""
    y, r = body.foot
    cast(c, body.outline(), y, strength=strength)
    contact(c, body.cx, y, r)


def on_wall(c, d, dx=34, dy=26, strength=0.5, blur=20):
    """The shadow of a flat thing on the wall behind it."""
    c.path(d, INK, opacity=strength * 0.75, transform=f"translate({dx} {dy})", filter=c.blur(blur))
    c.path(
        d,
        INK,
        opacity=strength,
        transform=f"translate({num(dx * .25)} {num(dy * .3)})",
        filter=c.blur(round(blur * 0.35, 1)),
    )


def glow(c, cx, cy, r, strength=0.8, colour="#ffb766", squash=1.0):
    """Light that a lamp or a flame sheds around itself."""
    c.ellipse(
        cx,
        cy,
        r,
        r * squash,
        c.radial(
            [
                (0, colour, strength),
                (0.25, colour, strength * 0.55),
                (0.6, colour, strength * 0.16),
                (1, colour, 0),
            ],
            cx,
            cy,
            r,
            squash,
        ),
        style="mix-blend-mode:screen",
    )


def grain_of(c, d, fx, fy, colour, strength, seed, octaves=3):
    """Texture of the stuff a thing is made of, inside outline d."""
    c.path(d, "#000", filter=c.noise(fx, fy, seed, colour, strength, octaves))


def speckles(c, d, x, y, w, h, colour, count, size=(0.8, 2.4), opacity=0.6):
    """Iron spots in a glaze."""
    with c.group(clip_path=c.clip(d), opacity=opacity):
        for _ in range(count):
            r = c.rng.uniform(*size)
            c.ellipse(c.rng.uniform(x, x + w), c.rng.uniform(y, y + h), r, r * 0.85, colour)
