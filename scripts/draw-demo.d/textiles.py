"""Textiles: throws, cushion, tea towels, table runner, wall hanging."""

import math

from canvas import num
from ceramics import lemon
from palette import (
    APRICOT,
    BRASS,
    CLAY,
    CREAM,
    INDIGO,
    INK,
    OCHRE,
    RUST,
    SHADE,
    SUN,
    TEAL,
    WALNUT,
    dim,
    lit,
    mix,
)
from scene import arch, branch_shadow, table, two_tone, wall, window_light
from shade import behind_lip, grain_of, handle, mouth, on_wall, resting, solid, stand, turned
from shapes import Turned, box, curve, oval, points, polygon


def weave(c, d, colour, seed, strength=0.5):
    """Warp and weft, seen as a fine irregular grid."""
    grain_of(c, d, 0.02, 0.36, mix(colour, SHADE, 0.6), strength * 0.62, seed, 2)
    grain_of(c, d, 0.36, 0.02, lit(colour, 0.6), strength * 0.6, seed + 1, 2)


def fringe(c, x0, x1, y, length, colour, step=11):
    """Twisted tassels along a level edge."""
    x = x0
    while x <= x1:
        tip = (x + c.rng.uniform(-4, 4), y + length * c.rng.uniform(0.86, 1.08))
        shade = mix(dim(colour, 0.25), lit(colour, 0.3), c.rng.random())
        c.line(curve([(x, y), (x + c.rng.uniform(-3, 3), y + length * 0.5), tip]), dim(shade, 0.35), 6)
        c.line(curve([(x - 1, y), (x - 1 + c.rng.uniform(-3, 3), y + length * 0.5), tip]), shade, 3.4)
        x += step


def fold(c, x, y, w, h, colour, bands=()):
    """One folded blanket of a stack, its round folds to the viewer; y is its underside."""
    sag, r = h * 0.06, h * 0.3
    d = (
        f"M{points([(x + r, y - h)])}"
        f"C{points([(x + w * 0.3, y - h - sag), (x + w * 0.7, y - h + sag), (x + w - r, y - h)])}"
        f"C{points([(x + w + r * 0.3, y - h), (x + w + r * 0.2, y), (x + w - r, y)])}"
        f"H{num(x + r)}C{num(x - r * .2)} {y} {num(x - r * .3)} {y - h} {num(x + r)} {y - h}Z"
    )
    c.path(d, INK, opacity=0.5, transform="translate(6 8)", filter=c.blur(9))
    solid(c, d, colour, x, y - h, w, h * 1.3, 0.35)
    with c.group(clip_path=c.clip(d)):
        for at, wide, tone in bands:
            c.rect(x + w * at, y - h * 1.3, w * wide, h * 1.6, tone, opacity=0.9)
        for t, shade in ((0.36, 0.5), (0.68, 0.42)):
            c.line(
                curve([(x + h * 0.2, y - h * t), (x + w * 0.4, y - h * t - sag), (x + w, y - h * t + 2)]),
                INK,
                5,
                opacity=shade,
                filter=c.blur(2),
            )
            c.line(
                curve(
                    [(x + h * 0.2, y - h * t + 7), (x + w * 0.4, y - h * t - sag + 7), (x + w, y - h * t + 9)]
                ),
                SUN,
                4,
                opacity=0.22,
                filter=c.blur(1.5),
            )
        c.rect(
            x,
            y - h,
            w,
            h,
            c.linear([(0, SUN, 0.26), (0.3, SUN, 0), (0.6, SHADE, 0), (1, SHADE, 0.42)], 0, y - h, 0, y),
        )
        c.rect(
            x, y - h, w, h * 1.1, c.linear([(0, SHADE, 0), (0.55, SHADE, 0), (1, SHADE, 0.4)], x, 0, x + w, 0)
        )
    weave(c, d, colour, int(y), 0.38)


def throws(c):
    wall(c, "plum")
    window_light(c, 330, 90, 470, 560, -90, 0.65)
    table(c, "plum", 840)
    resting(c, 176, 1012, 590, 0.7)
    layers = [
        (160, 1010, 630, 122, "#86466a", [(0.12, 0.05, OCHRE), (0.2, 0.02, OCHRE)]),
        (184, 888, 590, 116, OCHRE, [(0.76, 0.09, CREAM)]),
        (172, 772, 606, 120, CLAY, []),
        (200, 652, 556, 112, "#efd6ac", [(0.1, 0.03, RUST), (0.16, 0.03, TEAL), (0.22, 0.03, RUST)]),
    ]
    for x, y, w, h, colour, bands in layers:
        fold(c, x, y, w, h, colour, bands)
    fringe(c, 610, 730, 646, 84, "#efd6ac", 10)


def puff(x, y, w, h):
    """The outline of a full cushion with pointed corners."""
    return (
        f"M{x} {y}C{x + w * .3} {y + h * .035} {x + w * .7} {y + h * .035} {x + w} {y}"
        f"C{x + w * .975} {y + h * .25} {x + w * .975} {y + h * .75} {x + w} {y + h}"
        f"C{x + w * .7} {y + h * .975} {x + w * .3} {y + h * .975} {x} {y + h}"
        f"C{x + w * .025} {y + h * .75} {x + w * .025} {y + h * .25} {x} {y}Z"
    )


def cushion_body(c, x, y, w, h, colour, stripes, turn):
    d = puff(x, y, w, h)
    with c.group(transform=f"rotate({turn} {x + w / 2} {y + h})"):
        c.path(d, INK, opacity=0.5, transform="translate(34 10)", filter=c.blur(22))
        solid(c, d, colour, x, y, w, h, 0.8)
        with c.group(clip_path=c.clip(d)):
            for at, wide, tone in stripes:
                bow = (at - 0.5) * w * 0.16
                c.path(
                    f"M{num(x + w * at)} {y}q{num(bow)} {h / 2} 0 {h}h{num(w * wide)}q{num(bow)} {-h / 2} 0 {-h}z",
                    tone,
                    opacity=0.92,
                )
            c.rect(
                x,
                y,
                w,
                h,
                c.radial(
                    [(0, SUN, 0.3), (0.5, SUN, 0.06), (0.75, SHADE, 0.06), (1, SHADE, 0.42)],
                    x + w * 0.4,
                    y + h * 0.42,
                    w * 0.72,
                    h / w,
                ),
            )
            creases(c, x, y, w, h)
        weave(c, d, colour, int(x), 0.36)
        c.line(d, dim(colour, 0.5), 6)
        c.line(d, lit(colour, 0.2), 2.5, transform="translate(-1 -1)")


def creases(c, x, y, w, h):
    """The pull of the cloth at the corners."""
    for cx, cy, sx, sy in ((x, y, 1, 1), (x + w, y, -1, 1), (x, y + h, 1, -1), (x + w, y + h, -1, -1)):
        for a, length in ((0.5, 0.2), (0.8, 0.26), (1.1, 0.19)):
            c.line(
                f"M{num(cx + sx * 16)} {num(cy + sy * 16)}q{num(sx * math.cos(a) * w * length * .5)} "
                f"{num(sy * math.sin(a) * h * length * .4)} {num(sx * math.cos(a) * w * length)} "
                f"{num(sy * math.sin(a) * h * length)}",
                INK,
                7,
                opacity=0.22,
                filter=c.blur(4),
            )


def cushion(c):
    wall(c, "teal")
    two_tone(c, "teal", 620, "#4d6a66")
    branch_shadow(c, 480, 420, 1.3, 0.2)
    table(c, "teal", 930)
    resting(c, 470, 982, 350, 0.55)
    resting(c, 130, 1008, 500, 0.6)
    cushion_body(c, 420, 440, 430, 540, "#c98a3c", [], 7)
    stripes = [
        (0.1, 0.04, RUST),
        (0.17, 0.015, RUST),
        (0.3, 0.09, INDIGO),
        (0.46, 0.015, RUST),
        (0.5, 0.05, RUST),
        (0.6, 0.015, RUST),
        (0.66, 0.09, INDIGO),
        (0.82, 0.015, RUST),
        (0.86, 0.04, RUST),
    ]
    cushion_body(c, 120, 500, 520, 510, "#e3cba4", stripes, -3)


def hung_cloth(c, x, y, w, h, colour, stripes):
    """A towel folded over a rod: the far half hangs a little lower."""
    back = hanging_outline(x + 16, y, w - 10, h + 64)
    front = hanging_outline(x, y - 10, w, h)
    on_wall(c, back, 34, 26, 0.5, 20)
    solid(c, back, dim(colour, 0.3), x, y, w, h, 0.2)
    c.path(front, INK, opacity=0.5, transform="translate(7 12)", filter=c.blur(10))
    solid(c, front, colour, x, y, w, h, 0.3)
    with c.group(clip_path=c.clip(front)):
        for at, wide, tone in stripes:
            top = [(px, py - h * at) for px, py in hem(x, y - 10 + h, w)]
            low = [(px, py + h * wide) for px, py in reversed(top)]
            c.path(curve(top) + "L" + curve(low)[1:] + "Z", tone, opacity=0.9)
        drapes(c, x, y, w, h)
        c.rect(
            x - 20,
            y - 12,
            w + 40,
            40,
            c.linear([(0, SUN, 0.5), (0.4, SUN, 0), (1, SHADE, 0.3)], 0, y - 12, 0, y + 26),
        )
    weave(c, front, colour, int(x) + 3, 0.5)


def hem(x, y, w):
    """A wavy lower edge."""
    return [(x + w * i / 12, y + 7 * math.sin(3.3 * math.pi * i / 12 + x) - 4 * i / 12) for i in range(13)]


def hanging_outline(x, y, w, h):
    low = hem(x, y + h, w)
    return (
        f"M{num(x + 10)} {num(y)}H{num(x + w - 10)}Q{num(x + w - 2)} {num(y + h * .5)} "
        + curve(low[::-1])[1:]
        + f"Q{num(x + 2)} {num(y + h * .5)} {num(x + 10)} {num(y)}Z"
    )


def drapes(c, x, y, w, h):
    """Soft upright folds, deeper towards the hem."""
    for at, wide in ((0.16, 0.05), (0.4, 0.07), (0.63, 0.04), (0.84, 0.06)):
        px = x + w * at
        dark = polygon([(px, y), (px - w * wide, y + h + 40), (px + w * wide, y + h + 40)])
        c.path(dark, SHADE, opacity=0.36, filter=c.blur(9))
        shine = polygon(
            [(px - w * 0.07, y), (px - w * (0.07 + wide), y + h + 40), (px - w * 0.06, y + h + 40)]
        )
        c.path(shine, SUN, opacity=0.34, filter=c.blur(8))


def rod(c, y, x0, x1):
    """A brass rod on two brackets."""
    for cx in (x0 + 30, x1 - 30):
        c.ellipse(cx + 14, y + 16, 26, 26, INK, opacity=0.45, filter=c.blur(9))
        solid(c, oval(cx, y, 24, 24), BRASS, cx - 24, y - 24, 48, 48, 0.6, 0.3)
    c.line(f"M{x0} {y + 26}H{x1}", INK, 12, opacity=0.35, filter=c.blur(9), transform="translate(20 10)")
    handle(c, f"M{x0} {y}H{x1}", BRASS, 17)


def towels(c):
    wall(c, "cream")
    window_light(c, 60, 60, 560, 760, -120, 0.55)
    two_tone(c, "cream", 1000, "#a9746a")
    rod(c, 250, 90, 870)
    hung_cloth(c, 150, 250, 320, 560, "#ead3ab", [(0.2, 0.05, RUST), (0.12, 0.02, RUST), (0.28, 0.02, RUST)])
    hung_cloth(
        c, 530, 250, 280, 470, "#4f7779", [(0.14, 0.035, CREAM), (0.23, 0.035, CREAM), (0.31, 0.014, CREAM)]
    )


def runner(c):
    wall(c, "ochre")
    arch(c, "ochre", 270, 450, 110, 700)
    table(c, "ochre", 700, 960)
    top = polygon([(356, 700), (640, 700), (720, 960), (270, 960)])
    drop = box(270, 960, 450, 150)
    c.path(top, INK, opacity=0.4, transform="translate(10 4)", filter=c.blur(8))
    c.path(drop, INK, opacity=0.55, transform="translate(22 10)", filter=c.blur(12))
    colour = "#8c3b3f"
    c.path(
        top,
        c.linear([(0, dim(colour, 0.2)), (0.6, lit(colour, 0.22)), (1, lit(colour, 0.1))], 0, 700, 0, 960),
    )
    c.path(drop, c.linear([(0, lit(colour, 0.2)), (0.08, colour), (1, dim(colour, 0.5))], 0, 960, 0, 1110))
    bands(c)
    weave(c, top, colour, 41, 0.5)
    weave(c, drop, colour, 43, 0.5)
    fringe(c, 276, 716, 1110, 64, APRICOT)
    bowl = Turned(500, [(760, 150), (800, 142), (850, 92), (872, 64)])
    stand(c, bowl, 0.55)
    turned(c, bowl, "#3f6a6c", gloss=0.35)
    mouth(c, bowl, "#3f6a6c", 8, inside="#6f9a94")
    with c.group(clip_path=behind_lip(c, bowl, 8)):
        for fx, fy, turn in ((440, 735, -10), (566, 738, 16), (502, 745, 2)):
            lemon(c, fx, fy, 50, turn, "#d97a3c")


def bands(c):
    """The woven border of the runner: lines along it and lozenges on the drop."""
    for t, wide in ((0.06, 3), (0.1, 8), (0.86, 8), (0.92, 3)):
        x0, x1 = 356 + 284 * t, 270 + 450 * t
        c.line(f"M{num(x0)} 700L{num(x1)} 960V1110", APRICOT, wide, opacity=0.85)
    for i in range(5):
        cx = 375 + i * 60
        for r, tone in ((30, APRICOT), (20, "#6b2c38"), (10, OCHRE)):
            c.path(
                polygon([(cx, 1040 - r), (cx + r, 1040), (cx, 1040 + r), (cx - r, 1040)]), tone, opacity=0.95
            )


def hanging(c):
    wall(c, "clay")
    branch_shadow(c, 600, 330, 1.2, 0.22)
    x, y, w, h = 230, 250, 500, 560
    d = box(x, y, w, h)
    handle(c, f"M{x - 30} {y - 4}L480 96L{x + w + 30} {y - 4}", "#d9bf98", 5)
    c.ellipse(480, 96, 9, 9, dim(WALNUT, 0.3))
    on_wall(c, box(x, y, w, h + 190), 44, 30, 0.5, 24)
    solid(c, d, "#e6cfaa", x, y, w, h, 0.25)
    with c.group(clip_path=c.clip(d)):
        woven_land(c, x, y, w, h)
        ribs(c, x, y, w, h)
        c.rect(x, y, w, h, c.linear([(0, SUN, 0.2), (0.5, SUN, 0), (1, INK, 0.34)], x, y, x + w, y + h * 0.4))
    weave(c, d, "#b98a63", 51, 0.7)
    for i in range(5):
        cx = x + 50 + i * 100
        fringe(
            c,
            cx - 46,
            cx + 46,
            y + h,
            120 + 22 * (2 - abs(i - 2)),
            ["#e6cfaa", CLAY, "#e6cfaa", TEAL, "#e6cfaa"][i],
            9,
        )
    rod = box(x - 44, y - 16, w + 88, 26, 13)
    on_wall(c, rod, 20, 22, 0.5, 10)
    solid(c, rod, WALNUT, x - 44, y - 16, w + 88, 26, 0.1)
    grain_of(c, rod, 0.01, 0.3, INK, 0.5, 19)


def woven_land(c, x, y, w, h):
    """A sun between two slopes, in stepped edges like those of a loom."""
    c.ellipse(x + w * 0.6, y + h * 0.34, 104, 104, CLAY)
    c.ellipse(x + w * 0.6, y + h * 0.34, 62, 62, OCHRE)
    for tone, base, left, right in (
        (TEAL, 0.5, 0.95, 0.1),
        (RUST, 0.66, 0.0, 0.8),
        (INDIGO, 0.82, 0.6, 0.25),
    ):
        steps = [
            (x + w * i / 20, y + h * (base + 0.16 * abs(left - i / 20) - 0.1 * right * i / 20))
            for i in range(21)
        ]
        path = f"M{x} {num(y + 2 * h)}" + "".join(
            f"V{num(round(py / 12) * 12)}H{num(px + w / 20)}" for px, py in steps
        )
        c.path(path + f"V{num(y + 2 * h)}Z", tone)


def ribs(c, x, y, w, h):
    """Rows of weft."""
    for i in range(int(h / 8)):
        c.rect(x, y + i * 8, w, 2.4, INK, opacity=0.16)
        c.rect(x, y + i * 8 + 3.4, w, 2, SUN, opacity=0.12)


TEXTILES = {
    "throws": throws,
    "cushion": cushion,
    "tea-towels": towels,
    "table-runner": runner,
    "wall-hanging": hanging,
}
