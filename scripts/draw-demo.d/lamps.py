"""Lamps: each one lit, in a darker room."""

from canvas import HEIGHT, WIDTH, num
from palette import BRASS, CLAY, INK, OAK, TEAL, dim, lit
from scene import table, wall
from shade import contact, glow, grain_of, handle, mouth, speckles, turned
from shapes import Turned, box, curve, oval, polygon, tilt

WARM = "#ffb45e"


def room(c, mood, y, x, lamp_y, strength=0.8):
    """A wall and a table in the evening, lit by a lamp at x, lamp_y."""
    wall(c, mood)
    table(c, mood, y)
    c.rect(0, 0, WIDTH, HEIGHT, "#6d5380", style="mix-blend-mode:multiply")
    c.rect(0, 0, WIDTH, HEIGHT, c.radial([(0, INK, 0), (0.5, INK, 0.1), (1, INK, 0.6)], x, lamp_y, 860))
    glow(c, x, lamp_y, 760, strength, "#ff9648")
    with c.group(clip_path=c.clip(box(0, y, WIDTH, HEIGHT - y))):
        glow(c, x, y + 160, 520, strength * 0.8, "#ff9a50", 0.34)


def lit_shade(c, body, colour, hot=0.5):
    """A cloth or paper shade with the bulb inside; hot: height of the brightest part."""
    d, y0, y1 = body.outline(), body.top[0], body.foot[0]
    bulb = y0 + (y1 - y0) * hot
    c.path(
        d,
        c.linear(
            [(0, dim(colour, 0.3)), (0.3, colour), (0.75, colour), (1, dim(colour, 0.42))],
            body.cx - body.width,
            0,
            body.cx + body.width,
            0,
        ),
    )
    with c.group(clip_path=c.clip(d)):
        r = body.width * 1.15
        c.ellipse(
            body.cx,
            bulb,
            r,
            r,
            c.radial(
                [(0, "#fff3d2", 0.98), (0.3, "#ffdf9c", 0.85), (0.65, WARM, 0.45), (1, WARM, 0)],
                body.cx,
                bulb,
                r,
                0.9,
            ),
        )
        c.rect(
            body.cx - body.width,
            y0 - 60,
            2 * body.width,
            110,
            c.linear([(0, INK, 0.25), (1, INK, 0)], 0, y0 - 20, 0, y0 + 50),
        )
    return d


def slats(c, body, count, colour, width=2, opacity=0.3):
    """Upright pleats of a shade."""
    (y0, r0), (y1, r1) = body.top, body.foot
    for i in range(1, count):
        u = -1 + 2 * i / count
        edge = (1 - u * u) ** 0.5
        c.line(
            f"M{num(body.cx + r0 * u)} {num(y0 + r0 * tilt(y0) * edge)}"
            f"L{num(body.cx + r1 * u)} {num(y1 + r1 * tilt(y1) * edge)}",
            colour,
            width,
            opacity=opacity,
        )


def linen_lamp(c):
    room(c, "plum", 850, 480, 400, 0.85)
    body = Turned(480, [(660, 26), (690, 30), (730, 74), (810, 128), (900, 130), (970, 92), (1000, 84)])
    contact(c, 480, 1000, 92, 0.85)
    handle(c, "M480 560V672", BRASS, 16)
    turned(c, body, TEAL, gloss=0.2)
    speckles(c, body.outline(), 350, 660, 260, 350, INK, 200, opacity=0.4)
    glow(c, 480, 680, 170, 0.5, squash=0.5)
    shade = Turned(480, [(200, 150), (570, 270)])
    d = lit_shade(c, shade, "#d99a5c", 0.55)
    grain_of(c, d, 0.02, 0.5, "#8a4a2a", 0.4, 61, 2)
    grain_of(c, d, 0.5, 0.02, "#fff0cf", 0.3, 62, 2)
    c.line(shade.belt(570), "#a8623a", 7, opacity=0.8)
    c.ellipse(480, 200, 150, 150 * tilt(200), "#ffe9b8", opacity=0.9)
    c.line(shade.belt(200), "#a8623a", 5, opacity=0.7)


def mushroom(c):
    room(c, "clay", 820, 470, 560, 0.8)
    stem = Turned(470, [(600, 74), (700, 66), (820, 74), (930, 104), (1000, 150), (1020, 150)])
    contact(c, 470, 1020, 160, 0.85)
    turned(c, stem, CLAY)
    with c.group(clip_path=c.clip(stem.outline())):
        glow(c, 470, 640, 300, 0.95, "#ffcf8a", 0.8)
    dome = Turned(470, [(320, 30), (334, 120), (380, 210), (450, 266), (540, 296), (600, 300)])
    under = oval(470, 600, 300, 300 * tilt(600) + 8)
    c.path(under, c.radial([(0, "#fff2cf"), (0.4, "#ffd48a"), (1, "#c9703c")], 470, 605, 300, 0.2))
    turned(c, dome, CLAY, gloss=0.2)
    with c.group(clip_path=c.clip(dome.outline())):
        c.rect(150, 480, 640, 200, c.linear([(0, WARM, 0), (1, WARM, 0.4)], 0, 520, 0, 660))
    c.path(under, c.radial([(0, "#fff2cf"), (0.45, "#ffd48a"), (1, "#d07a42")], 470, 606, 300, 0.2))
    with c.group(clip_path=c.clip(under)):
        c.path(stem.outline(), "#ffe2ae", opacity=0.8, filter=c.blur(5))
    c.line(dome.belt(600), "#ffcf8f", 4, opacity=0.8)


def pendant(c):
    room(c, "teal", 900, 480, 520, 0.55)
    c.path(
        polygon([(330, 520), (630, 520), (1010, 1200), (-50, 1200)]),
        c.linear([(0, "#ffb45c", 0.6), (0.5, "#ff9c48", 0.26), (1, "#ff9040", 0.04)], 0, 500, 0, 1150),
        style="mix-blend-mode:screen",
        filter=c.blur(26),
    )
    handle(c, "M480 -20V230", "#3a2c34", 7)
    cap = Turned(480, [(214, 20), (226, 30), (262, 34), (280, 44)])
    turned(c, cap, BRASS, gloss=0.3)
    dome = Turned(480, [(276, 50), (300, 110), (350, 180), (420, 226), (500, 250), (522, 254)])
    turned(c, dome, "#b5553c", gloss=0.35)
    k = 26
    c.ellipse(
        480, 522, 252, k, c.radial([(0, "#fffbe8"), (0.4, "#ffe3a8"), (1, "#e09a55")], 480, 522, 252, 0.1)
    )
    c.ellipse(480, 526, 60, 15, "#fffdf2")
    glow(c, 480, 530, 300, 0.75)
    bowl = Turned(480, [(930, 150), (960, 144), (1010, 96), (1030, 70)])
    contact(c, 480, 1030, 84, 0.9)
    c.ellipse(480, 1052, 230, 30, INK, opacity=0.4, filter=c.blur(14))
    turned(c, bowl, "#d8b88a", gloss=0.2)
    mouth(c, bowl, "#ffe6b8", 8, inside="#ffdca0")
    c.ellipse(480, 931, 140, 140 * tilt(930), "#ffd9a0", opacity=0.75, filter=c.blur(4))
    c.ellipse(470, 938, 96, 96 * tilt(930) * 0.7, "#fff0cf", opacity=0.7, filter=c.blur(8))
    glow(c, 480, 930, 300, 0.5, squash=0.3)


def globe(c):
    room(c, "indigo", 860, 560, 380, 0.8)
    base = Turned(400, [(950, 120), (962, 130), (990, 130)])
    contact(c, 400, 990, 134, 0.85)
    stem = curve([(400, 958), (398, 700), (404, 420), (440, 270), (520, 216), (566, 262)])
    handle(c, stem, BRASS, 15)
    turned(c, base, BRASS, gloss=0.3)
    c.ellipse(
        400,
        950,
        120,
        120 * tilt(950),
        c.linear([(0, lit(BRASS, 0.6)), (1, dim(BRASS, 0.2))], 280, 930, 520, 970),
    )
    handle(c, "M400 944V780", BRASS, 15)
    cap = Turned(566, [(252, 14), (262, 34), (292, 40)])
    turned(c, cap, BRASS, gloss=0.3)
    glow(c, 566, 420, 420, 0.75)
    c.ellipse(
        566,
        430,
        148,
        148,
        c.radial([(0, "#fffaea"), (0.5, "#ffedc4"), (0.85, "#f8c98a"), (1, "#dd9a62")], 556, 440, 150),
    )
    c.ellipse(566, 430, 147, 147, "none", stroke="#ffe9c8", stroke_width=3, opacity=0.6)
    c.ellipse(512, 372, 26, 38, "#ffffff", opacity=0.5, filter=c.blur(9), transform="rotate(34 512 372)")


def lantern(c):
    room(c, "rose", 900, 480, 520, 0.8)
    for x0, x1 in ((360, 318), (600, 642), (480, 486)):
        handle(c, f"M{x0} 800L{x1} 1046", OAK, 15)
        contact(c, x1, 1046, 13, 0.8)
    paper = Turned(
        480, [(220, 88), (244, 150), (320, 232), (430, 280), (560, 288), (690, 244), (780, 172), (820, 118)]
    )
    d = lit_shade(c, paper, "#e0a468", 0.56)
    with c.group(clip_path=c.clip(d)):
        for i in range(23):
            y = 236 + i * 26
            c.line(paper.belt(y), "#a9683a", 3, opacity=0.42)
            c.line(paper.belt(y + 4), "#fff3d2", 4, opacity=0.3)
    grain_of(c, d, 0.03, 0.05, "#b06a3a", 0.3, 63)
    glow(c, 480, 540, 400, 0.35)
    ring = Turned(480, [(806, 122), (826, 122)])
    turned(c, ring, OAK)
    c.ellipse(480, 222, 86, 86 * tilt(222) + 3, "#fff0c8")
    c.line(paper.belt(222), OAK, 6)


LAMPS = {
    "linen-lamp": linen_lamp,
    "mushroom-lamp": mushroom,
    "pendant": pendant,
    "globe-lamp": globe,
    "paper-lantern": lantern,
}
