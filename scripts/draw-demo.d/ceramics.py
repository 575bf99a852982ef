"""Ceramics: vase, bowl, mugs, plates, teapot, moon jar."""

from palette import (
    APRICOT,
    BONE,
    CLAY,
    CREAM,
    INDIGO,
    INK,
    MOSS,
    OCHRE,
    SHADE,
    SUN,
    TEAL,
    WALNUT,
    dim,
    lit,
    mix,
)
from scene import arch, branch_shadow, disc, table, two_tone, wall, window_light
from shade import behind_lip, cast, contact, grain_of, handle, mouth, on_wall, solid, speckles, stand, turned
from shapes import Turned, blob, curve, leaf, oval, tilt

IRON = "#5a3a2c"


def glaze(c, body, colour, y, wave=8, below=False, gloss=0.34):
    """A second glaze, dipped; its thick edge shows."""
    with c.group(clip_path=c.clip(body.outline())):
        d = body.dip(y, wave, c.rng, below)
        with c.group(clip_path=c.clip(d)):
            turned(c, body, colour, gloss=gloss)
        c.line(d.split("V")[0], lit(colour, 0.4), 3, opacity=0.4)


def rings(c, body, ys, opacity=0.16):
    """The marks that the potter's fingers leave."""
    with c.group(clip_path=c.clip(body.outline()), opacity=opacity):
        for y in ys:
            c.line(body.belt(y), INK, 2.4)
            c.line(body.belt(y + 3), SUN, 1.8)


def spotted(c, body, count, opacity=0.5):
    y0, y1 = body.top[0], body.foot[0] + 40
    speckles(
        c, body.outline(), body.cx - body.width, y0, 2 * body.width, y1 - y0, IRON, count, opacity=opacity
    )


def twig(c, x, y, stem_colour, tips, leaf_colour):
    """Dry stems with small leaves that rise from x, y."""
    for i, (dx, dy, bend) in enumerate(tips):
        at = [
            (x + (dx * 0.55 + bend * 2 * (1 - t / 10)) * t / 10 + dx * 0.45 * (t / 10) ** 2, y + dy * t / 10)
            for t in range(11)
        ]
        c.line(curve(at), dim(stem_colour, 0.2), 4)
        for j in range(2, 11):
            t, side = j / 10, 1 if j % 2 else -1
            size = 82 - 34 * t
            angle = dx * 0.09 + side * (62 - 26 * t)
            shade = mix(leaf_colour, SUN if side < 0 else INK, 0.14 + 0.18 * ((i + j) % 3) / 2)
            c.path(leaf(*at[j], size, size * 0.46, angle), shade)
            c.path(leaf(*at[j], size, size * 0.2, angle + 3 * side), lit(shade, 0.3), opacity=0.35)


def tall_vase(c):
    wall(c, "rose")
    window_light(c, 250, 150, 520, 600, -110, 0.8)
    branch_shadow(c, 560, 560, 1.1, 0.2)
    table(c, "rose")
    body = Turned(
        470, [(470, 62), (488, 54), (560, 50), (640, 78), (740, 132), (850, 158), (940, 140), (990, 104)]
    )
    stand(c, body)
    turned(c, body, "#e6cfae", gloss=0.12)
    spotted(c, body, 420)
    glaze(c, body, "#3f6a6c", 700, 14)
    rings(c, body, range(524, 690, 24), 0.12)
    mouth(c, body, "#3f6a6c", 7)
    with c.group(clip_path=behind_lip(c, body, 7)):
        twig(c, 470, 490, WALNUT, [(-190, -350, -20), (40, -410, 18), (210, -280, 30)], "#a3683f")


def lemon(c, x, y, r, turn, colour="#e0b23f"):
    d = blob(
        [
            (x - r * 1.25, y),
            (x - r * 0.8, y - r * 0.72),
            (x, y - r * 0.95),
            (x + r * 0.85, y - r * 0.66),
            (x + r * 1.3, y + r * 0.05),
            (x + r * 0.8, y + r * 0.75),
            (x, y + r * 0.95),
            (x - r * 0.85, y + r * 0.7),
        ]
    )
    with c.group(transform=f"rotate({turn} {x} {y})"):
        solid(c, d, colour, x - 1.3 * r, y - r, 2.6 * r, 2 * r, 1, 0.25)


def dipped_bowl(c):
    wall(c, "teal")
    disc(c, 610, 470, 250, CLAY, 0.8)
    table(c, "teal")
    body = Turned(470, [(690, 290), (740, 284), (830, 240), (900, 160), (935, 100), (950, 92), (985, 104)])
    stand(c, body, 0.55)
    turned(c, body, "#e8d3b0", gloss=0.1)
    spotted(c, body, 520)
    glaze(c, body, OCHRE, 835, 9, below=True)
    mouth(c, body, BONE, 11, inside="#cda56a")
    with c.group(clip_path=behind_lip(c, body, 11)):
        for x, y, r, turn in [(385, 650, 76, -14), (570, 656, 80, 20), (476, 676, 84, 4)]:
            lemon(c, x, y, r, turn)


def mug(c, cx, y, h, r, colour, dip, side=1):
    body = Turned(
        cx, [(y - h, r * 0.98), (y - h * 0.6, r), (y - h * 0.2, r * 0.97), (y - 12, r * 0.86), (y, r * 0.76)]
    )
    stand(c, body)
    ear = [
        (cx + side * r * 0.93, y - h * 0.78),
        (cx + side * r * 1.42, y - h * 0.76),
        (cx + side * r * 1.56, y - h * 0.5),
        (cx + side * r * 1.3, y - h * 0.26),
        (cx + side * r * 0.9, y - h * 0.2),
    ]
    handle(c, curve(ear), dip, 30)
    turned(c, body, colour)
    spotted(c, body, 160)
    glaze(c, body, dip, y - h * 0.34, 6)
    mouth(c, body, dip, 9, inside="#caa98a", level=(26, "#4a2a22"))


def mug_pair(c):
    wall(c, "ochre")
    window_light(c, 90, 170, 430, 480, -80, 0.75)
    two_tone(c, "ochre", 610, "#a5604a")
    table(c, "ochre", 800)
    mug(c, 590, 890, 250, 124, "#e4cba6", TEAL)
    mug(c, 330, 1000, 262, 134, "#e4cba6", "#b5553c", -1)
    for x, y in [(320, 690), (585, 590)]:
        steam(c, x, y)


def steam(c, x, y):
    with c.group(filter=c.blur(9), opacity=0.34):
        for dx in (-26, 22):
            c.line(
                curve([(x + dx, y), (x + dx + 20, y - 60), (x + dx - 14, y - 130), (x + dx + 18, y - 215)]),
                CREAM,
                11,
            )


def plate(c, cx, y, r, colour):
    """A plate seen from the side: underside, rounded rim, well."""
    body = Turned(cx, [(y - 40, r), (y - 31, r * 0.99), (y - 14, r * 0.72), (y, r * 0.56)])
    contact(c, cx, y, r * 0.6, 0.8)
    turned(c, body, dim(colour, 0.12), 0.7)
    k, top = tilt(y), y - 40
    c.ellipse(
        cx,
        top,
        r,
        r * k,
        c.linear(
            [(0, lit(colour, 0.75)), (0.5, lit(colour, 0.3)), (1, dim(colour, 0.2))], cx - r, 0, cx + r, 0
        ),
    )
    c.ellipse(
        cx,
        top + 2,
        r - 9,
        r * k - 4,
        c.linear([(0, dim(colour, 0.14)), (0.5, colour), (1, lit(colour, 0.42))], cx - r, 0, cx + r, 0),
    )
    c.ellipse(
        cx,
        top + 7,
        r * 0.7,
        r * k * 0.68,
        c.linear(
            [(0, mix(colour, SHADE, 0.42)), (0.6, mix(colour, SHADE, 0.1)), (1, lit(colour, 0.3))],
            cx - r * 0.7,
            0,
            cx + r * 0.7,
            0,
        ),
    )
    speckles(c, oval(cx, top, r, r * k), cx - r, top - r * k, 2 * r, 2 * r * k, IRON, 90, opacity=0.45)


def face_plate(c, cx, cy, r):
    """A plate that leans on the wall and shows its painted face."""
    d = oval(cx, cy, r, r)
    on_wall(c, d, 46, 26, 0.55, 24)
    solid(c, d, "#d9c3a4", cx - r, cy - r, 2 * r, 2 * r, 0.5)
    well = oval(cx, cy, r * 0.7, r * 0.7)
    c.ellipse(
        cx,
        cy,
        r * 0.7,
        r * 0.7,
        c.linear(
            [(0, dim(BONE, 0.3)), (0.5, BONE), (1, lit(BONE, 0.3))],
            cx - r * 0.6,
            cy - r * 0.6,
            cx + r * 0.6,
            cy + r * 0.6,
        ),
    )
    with c.group(clip_path=c.clip(well), opacity=0.92):
        for i in range(7):
            c.path(
                leaf(
                    cx - 20,
                    cy + r * 0.55 - i * r * 0.16,
                    r * (0.62 - i * 0.04),
                    r * 0.2,
                    62 if i % 2 else -58,
                ),
                mix(INDIGO, TEAL, i / 7),
            )
        c.line(curve([(cx - 30, cy + r * 0.7), (cx - 16, cy), (cx - 6, cy - r * 0.66)]), INDIGO, 7)
    speckles(c, d, cx - r, cy - r, 2 * r, 2 * r, IRON, 260, opacity=0.45)
    c.ellipse(cx, cy, r - 4, r - 4, "none", stroke="#8a5a3c", stroke_width=6, opacity=0.5)


def plates(c):
    wall(c, "clay")
    arch(c, "clay", 150, 660, 130, 800)
    table(c, "clay", 800)
    face_plate(c, 560, 590, 235)
    stack = Turned(370, [(880, 270), (1030, 150)])
    cast(c, stack.outline(), 1030, strength=0.55)
    for i, colour in enumerate(["#d2b48e", "#5f8480", "#d2b48e", "#e0caa8"]):
        plate(c, 370 + (i % 2) * 7, 1030 - i * 33, 272, colour)
    bowl = Turned(374, [(780, 158), (830, 148), (878, 100), (905, 66)])
    contact(c, 374, 905, 72, 0.75)
    turned(c, bowl, "#b5553c", gloss=0.3)
    mouth(c, bowl, "#b5553c", 8, inside="#d8a57c")


def teapot(c):
    wall(c, "sage")
    window_light(c, 300, 120, 480, 560, 90, 0.7)
    branch_shadow(c, 120, 640, 1.2, 0.2)
    table(c, "sage")
    body = Turned(450, [(640, 96), (668, 148), (730, 212), (820, 236), (910, 206), (965, 140), (985, 128)])
    stand(c, body, 0.55)
    spout = (
        "M610 800C690 796 706 742 738 690C750 672 766 664 776 670L812 694C820 700 818 708 812 716"
        "C780 760 768 900 620 936Z"
    )
    cast(c, spout, 985, strength=0.2)
    solid(c, spout, MOSS, 620, 670, 190, 250, 0.8, 0.2)
    c.ellipse(795, 683, 24, 9, dim(MOSS, 0.7), transform="rotate(32 795 683)")
    cane = curve([(352, 668), (330, 500), (450, 410), (575, 500), (552, 668)])
    handle(c, cane, "#a8713f", 22)
    turned(c, body, MOSS, gloss=0.42)
    spotted(c, body, 260, 0.4)
    rings(c, body, range(760, 950, 34), 0.14)
    lid = Turned(450, [(606, 30), (618, 62), (640, 98), (648, 96)])
    contact(c, 450, 650, 100, 0.4)
    turned(c, lid, lit(MOSS, 0.1), gloss=0.2)
    knob = Turned(450, [(562, 12), (566, 24), (584, 30), (600, 18), (612, 16)])
    turned(c, knob, "#a8713f", gloss=0.2)


def moon_jar(c):
    wall(c, "indigo")
    disc(c, 620, 360, 230, "#d8a887", 0.75)
    table(c, "indigo")
    body = Turned(
        450,
        [
            (500, 106),
            (524, 100),
            (546, 126),
            (584, 190),
            (645, 250),
            (745, 286),
            (835, 268),
            (910, 220),
            (965, 164),
            (990, 130),
            (1004, 122),
        ],
    )
    stand(c, body, 0.6)
    turned(c, body, "#ecdcc4", gloss=0.5)
    grain_of(c, body.outline(), 0.012, 0.02, "#b48a6c", 0.18, 31)
    rings(c, body, (744, 750), 0.2)
    mouth(c, body, CREAM, 12)
    bud = Turned(742, [(860, 26), (880, 20), (920, 34), (980, 62), (1030, 58), (1050, 44)])
    stand(c, bud)
    turned(c, bud, "#b5553c", gloss=0.3)
    mouth(c, bud, "#b5553c", 5)
    with c.group(clip_path=behind_lip(c, bud, 5)):
        twig(c, 742, 868, WALNUT, [(60, -250, 14)], APRICOT)


CERAMICS = {
    "tall-vase": tall_vase,
    "dipped-bowl": dipped_bowl,
    "mug-pair": mug_pair,
    "plates": plates,
    "teapot": teapot,
    "moon-jar": moon_jar,
}
