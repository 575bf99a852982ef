"""Prints: six abstract sheets, framed, clipped up or leaning."""

import math

from canvas import num
from ceramics import twig
from palette import BRASS, CLAY, INK, OAK, OCHRE, PLUM, ROSE, SUN, TEAL, WALNUT, dim, lit, mix
from scene import branch_shadow, curtain, disc, table, two_tone, wall, window_light
from shade import behind_lip, grain_of, handle, mouth, on_wall, resting, solid, speckles, stand, turned
from shapes import Turned, box, curve, leaf, polygon

PAPER = "#f1e2c8"


def frame(c, x, y, w, h, colour, bar=22, mat=56):
    """A frame on the wall with its mat; returns the box of the picture inside."""
    on_wall(c, box(x, y, w, h), 40, 30, 0.6, 22)
    sides = [
        ([(x, y), (x + w, y), (x + w - bar, y + bar), (x + bar, y + bar)], lit(colour, 0.45)),
        ([(x, y), (x + bar, y + bar), (x + bar, y + h - bar), (x, y + h)], lit(colour, 0.2)),
        ([(x, y + h), (x + bar, y + h - bar), (x + w - bar, y + h - bar), (x + w, y + h)], dim(colour, 0.25)),
        ([(x + w, y), (x + w, y + h), (x + w - bar, y + h - bar), (x + w - bar, y + bar)], dim(colour, 0.4)),
    ]
    for corners, shade in sides:
        c.path(polygon(corners), shade)
    grain_of(c, box(x, y, w, h), 0.03, 0.3, dim(colour, 0.6), 0.3, 5)
    x, y, w, h = x + bar, y + bar, w - 2 * bar, h - 2 * bar
    sheet(c, x, y, w, h)
    inset_shadow(c, x, y, w, h)
    return x + mat, y + mat, w - 2 * mat, h - 2 * mat


def sheet(c, x, y, w, h):
    """Cotton paper."""
    c.rect(x, y, w, h, c.linear([(0, lit(PAPER, 0.2)), (1, mix(PAPER, ROSE, 0.35))], x, y, x + w, y + h))
    grain_of(c, box(x, y, w, h), 0.02, 0.02, "#b08a70", 0.12, 3, 2)


def inset_shadow(c, x, y, w, h):
    """The frame's own shadow on the paper, at the left and the top."""
    c.rect(x, y, w, 26, c.linear([(0, INK, 0.4), (1, INK, 0)], 0, y, 0, y + 26))
    c.rect(x, y, 22, h, c.linear([(0, INK, 0.28), (1, INK, 0)], x, 0, x + 22, 0))


def glass(c, x, y, w, h):
    """The sheen of the pane, in two slanting bands."""
    with c.group(clip_path=c.clip(box(x, y, w, h)), opacity=0.13):
        for at, wide in ((0.1, 0.3), (0.5, 0.1)):
            c.path(
                polygon(
                    [
                        (x + w * (at + 0.35), y),
                        (x + w * (at + wide + 0.35), y),
                        (x + w * (at + wide - 0.35), y + h),
                        (x + w * (at - 0.35), y + h),
                    ]
                ),
                "#fff6e2",
            )


def printed(c, area, art, seed):
    """Runs art inside the area, then the wear of the ink over it."""
    x, y, w, h = area
    d = box(x, y, w, h)
    with c.group(clip_path=c.clip(d)):
        art(c, x, y, w, h)
    grain_of(c, d, 0.006, 0.3, PAPER, 0.13, seed, 2)
    c.rect(x, y, w, h, c.linear([(0, SUN, 0.12), (0.5, SUN, 0), (1, INK, 0.22)], x, y, x + w, y + h))


def ridge(c, x, y, w, base, height, waves, colour):
    """A line of hills, filled down to far below."""
    top = []
    for i in range(41):
        t = i / 40
        rise = sum(a * math.sin(f * t * 6.283 + p) for a, f, p in waves)
        top.append((x + w * t, y + base - height * (0.5 + 0.5 * rise)))
    c.path(curve(top) + f"V{num(y + 2000)}H{num(x)}Z", colour)


def hills_art(c, x, y, w, h):
    c.rect(
        x, y, w, h, c.linear([(0, "#4d4670"), (0.35, "#b06a72"), (0.62, "#f0a868"), (1, SUN)], 0, y, 0, y + h)
    )
    c.ellipse(x + w * 0.62, y + h * 0.5, w * 0.17, w * 0.17, "#fbe3b0")
    tones = ["#c98378", "#a35e6b", "#7a4560", "#523455", "#332444"]
    for i, tone in enumerate(tones):
        waves = [(0.6, 0.7 + 0.3 * i, 1.3 * i), (0.3, 1.9 + 0.2 * i, 2.1 * i + 1), (0.08, 6 + i, i)]
        ridge(c, x, y, w, h * (0.6 + 0.1 * i), h * 0.14, waves, tone)


def estuary_art(c, x, y, w, h):
    c.rect(x, y, w, h, c.linear([(0, "#1f2347"), (0.55, "#47507c"), (1, "#7f7d9c")], 0, y, 0, y + h))
    c.ellipse(x + w * 0.5, y + h * 0.3, w * 0.2, w * 0.2, "#f6e3bd")
    c.rect(
        x, y + h * 0.56, w, h * 0.44, c.linear([(0, "#5a6490"), (1, "#1a1d3d")], 0, y + h * 0.56, 0, y + h)
    )
    c.rect(x, y + h * 0.545, w, h * 0.018, "#191b38")
    for i in range(17):
        t = i / 16
        half = w * (0.2 - 0.13 * t + c.rng.uniform(-0.03, 0.05))
        cx = x + w * (0.5 + c.rng.uniform(-0.02, 0.02))
        c.line(
            f"M{num(cx - half)} {num(y + h * (.59 + .38 * t))}H{num(cx + half)}",
            "#f3d9ad",
            3 + 5 * t,
            opacity=num(0.9 - 0.3 * t),
        )
    for _ in range(26):
        px, py = x + c.rng.uniform(0, w), y + h * c.rng.uniform(0.6, 0.98)
        c.line(f"M{num(px)} {num(py)}h{num(c.rng.uniform(14, 60))}", "#aab0cc", 2.4, opacity=0.4)


def arches_art(c, x, y, w, h):
    c.rect(x, y, w, h, "#efdcbd")
    for cx, base, r, tone in [
        (0.36, 0.96, 0.3, CLAY),
        (0.66, 0.96, 0.26, TEAL),
        (0.52, 0.62, 0.24, OCHRE),
        (0.3, 0.44, 0.16, PLUM),
    ]:
        for i in range(4):
            rr = r * w * (1 - i * 0.22)
            shade = tone if i % 2 == 0 else "#efdcbd"
            left, right, foot = x + cx * w - rr, x + cx * w + rr, y + base * h
            c.path(
                f"M{num(left)} {num(foot)}V{num(foot - rr * .7)}A{num(rr)} {num(rr)} 0 0 1 {num(right)} "
                f"{num(foot - rr * .7)}V{num(foot)}Z",
                shade,
                opacity=0.93,
            )
    c.ellipse(x + w * 0.74, y + h * 0.2, w * 0.12, w * 0.12, "#d9684a")


def fig_art(c, x, y, w, h):
    c.rect(x, y, w, h, "#ecd9b8")
    tone = "#2f4a43"
    cx, cy = x + w * 0.5, y + h * 0.62
    for angle, length, wide in [
        (-100, 0.3, 0.18),
        (100, 0.3, 0.18),
        (-47, 0.44, 0.2),
        (47, 0.44, 0.2),
        (0, 0.54, 0.23),
    ]:
        c.path(leaf(cx, cy, length * h * 0.86, wide * h * 1.06, angle, 0), tone)
    c.ellipse(cx, cy - h * 0.05, w * 0.17, h * 0.13, tone)
    c.line(curve([(cx, cy - 20), (cx + 8, cy + h * 0.2), (cx - 14, cy + h * 0.36)]), tone, 13)
    for angle, length in [(-100, 0.26), (100, 0.26), (-47, 0.39), (47, 0.39), (0, 0.47)]:
        vein(c, cx, cy, math.radians(angle), length * h * 0.86)


def vein(c, cx, cy, a, length):
    """The carved midrib of a lobe with its side veins."""
    dx, dy = math.sin(a), -math.cos(a)
    c.line(f"M{num(cx)} {num(cy)}l{num(dx * length)} {num(dy * length)}", "#ecd9b8", 4)
    for i in range(2, 9):
        t = i / 9 * length
        for side in (-1, 1):
            b = a + side * 0.8
            c.line(
                f"M{num(cx + dx * t)} {num(cy + dy * t)}l{num(math.sin(b) * length * .14)} "
                f"{num(-math.cos(b) * length * .14)}",
                "#ecd9b8",
                2.4,
            )


def vessels_art(c, x, y, w, h):
    c.rect(x, y, w, h, "#d98f6a")
    c.rect(x, y + h * 0.64, w, h * 0.36, "#5a3350")
    c.ellipse(x + w * 0.72, y + h * 0.24, w * 0.15, w * 0.15, "#f3cf8e")
    jug = Turned(
        x + w * 0.36,
        [
            (y + h * 0.26, w * 0.1),
            (y + h * 0.36, w * 0.08),
            (y + h * 0.55, w * 0.24),
            (y + h * 0.74, w * 0.22),
            (y + h * 0.84, w * 0.13),
        ],
    )
    pot = Turned(x + w * 0.7, [(y + h * 0.56, w * 0.2), (y + h * 0.7, w * 0.19), (y + h * 0.86, w * 0.1)])
    c.path(jug.outline(), "#f0dcba")
    c.line(
        f"M{num(x + w * .45)} {num(y + h * .33)}q{num(w * .2)} {num(h * .02)} {num(w * .11)} {num(h * .22)}",
        "#f0dcba",
        18,
    )
    c.path(pot.outline(), "#24525a")
    c.path(leaf(x + w * 0.68, y + h * 0.58, h * 0.24, w * 0.12, -14), "#2c2347")
    c.path(leaf(x + w * 0.72, y + h * 0.58, h * 0.2, w * 0.11, 24), "#2c2347")
    for i in range(4):
        c.line(f"M{num(x + w * .17)} {num(y + h * (.6 + .045 * i))}h{num(w * .38)}", "#c2694a", 7)


def tide_art(c, x, y, w, h):
    c.rect(x, y, w, h, "#24335a")
    centres = [(0.22, 0.24), (0.8, 0.62), (0.3, 0.98)]
    tones = ["#e9cfa4", "#d98e6c", "#8fa9ac"]
    for (ax, ay), tone in zip(centres, tones):
        for i in range(11, 0, -1):
            r = w * 0.05 * i
            c.ellipse(x + ax * w, y + ay * h, r, r, "#24335a", stroke=tone, stroke_width=6.5)


def hills(c):
    wall(c, "plum")
    window_light(c, 40, 120, 420, 560, 80, 0.7)
    table(c, "plum", 960)
    area = frame(c, 190, 110, 560, 740, OAK, 24, 60)
    printed(c, area, hills_art, 21)
    glass(c, 214, 134, 512, 692)
    bud = Turned(790, [(900, 24), (916, 18), (960, 44), (1020, 62), (1062, 52), (1072, 44)])
    stand(c, bud)
    turned(c, bud, "#d9bf9a", gloss=0.25)
    speckles(c, bud.outline(), 720, 900, 140, 180, "#5a3a2c", 90)
    mouth(c, bud, "#d9bf9a", 4)
    with c.group(clip_path=behind_lip(c, bud, 4)):
        twig(c, 790, 910, WALNUT, [(36, -190, 8), (-46, -150, -6)], OCHRE)


def estuary(c):
    wall(c, "cream")
    branch_shadow(c, 560, 420, 1.2, 0.24)
    x, y, w, h = 210, 190, 540, 850
    on_wall(c, box(x, y, w, h), 26, 30, 0.45, 16)
    sheet(c, x, y, w, h)
    printed(c, (x + 44, y + 44, w - 88, h - 130), estuary_art, 22)
    c.rect(
        x,
        y + h - 90,
        w,
        90,
        c.linear([(0, INK, 0), (0.7, INK, 0.16), (1, SUN, 0.3)], 0, y + h - 90, 0, y + h),
    )
    handle(c, f"M-20 {y - 14}Q480 {y + 8} 980 {y - 14}", "#7a5a48", 4)
    for cx in (x + 120, x + w - 120):
        peg(c, cx, y)


def peg(c, cx, y):
    """A small wooden peg that holds a sheet on a cord."""
    d = box(cx - 10, y - 30, 20, 70, 5)
    on_wall(c, d, 8, 8, 0.5, 6)
    solid(c, d, OAK, cx - 10, y - 30, 20, 70, 0.6)
    c.line(f"M{cx - 9} {y + 2}h18", "#8d8d92", 4)


def arches(c):
    wall(c, "teal")
    table(c, "teal", 930)
    area = frame(c, 170, 200, 540, 740, "#3b2a2c", 20, 0)
    resting(c, 170, 942, 540)
    printed(c, area, arches_art, 23)
    glass(c, *area)
    jar = Turned(775, [(880, 40), (896, 34), (930, 78), (990, 92), (1040, 70), (1062, 52)])
    stand(c, jar)
    turned(c, jar, "#d9684a", gloss=0.35)
    mouth(c, jar, "#d9684a", 6)


def fig(c):
    wall(c, "sage")
    window_light(c, 420, 60, 500, 700, 100, 0.65)
    area = frame(c, 210, 190, 540, 760, "#2d2428", 16, 74)
    printed(c, area, fig_art, 24)
    glass(c, 226, 206, 508, 728)
    two_tone(c, "sage", 1040, "#6d6a4c")


def vessels(c):
    wall(c, "rose")
    curtain(c, "#b5685c", 700, 300)
    table(c, "rose", 940)
    area = frame(c, 130, 190, 560, 770, BRASS, 14, 62)
    resting(c, 130, 962, 560)
    printed(c, area, vessels_art, 25)
    glass(c, 144, 204, 532, 742)
    bowl = Turned(745, [(950, 104), (990, 98), (1040, 60), (1056, 46)])
    stand(c, bowl)
    turned(c, bowl, "#24525a", gloss=0.35)
    mouth(c, bowl, "#24525a", 7)


def tide(c):
    wall(c, "clay")
    disc(c, 640, 340, 300, OCHRE, 0.6)
    table(c, "clay", 960)
    area = frame(c, 220, 160, 500, 700, "#d9c3a0", 20, 40)
    printed(c, area, tide_art, 26)
    glass(c, 240, 180, 460, 660)
    dish = Turned(480, [(1020, 128), (1040, 120), (1072, 72), (1082, 60)])
    stand(c, dish)
    turned(c, dish, TEAL, gloss=0.3)
    mouth(c, dish, TEAL, 7)


PRINTS = {
    "hills-print": hills,
    "estuary-print": estuary,
    "arches-print": arches,
    "fig-print": fig,
    "vessels-print": vessels,
    "tide-print": tide,
}
