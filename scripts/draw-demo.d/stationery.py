"""Stationery: notebooks, pencils, cards, ink, concertina album."""

from canvas import num
from ceramics import spotted
from palette import (
    APRICOT,
    BRASS,
    CLAY,
    CREAM,
    INDIGO,
    INK,
    MOSS,
    OAK,
    OCHRE,
    PLUM,
    RUST,
    SHADE,
    SUN,
    TEAL,
    WALNUT,
    dim,
    lit,
    mix,
)
from prints import hills_art, ridge
from scene import arch, disc, table, two_tone, wall, window_light
from shade import behind_lip, contact, flat, grain_of, mouth, on_wall, solid, stand, turned
from shapes import Turned, box, curve, leaf, points, polygon, tilt

PAGE = "#f3e3c6"


def slab(c, x, y, w, h, d, colour, inset=26, shadow=True):
    """A flat box that lies on the table: front side and top; y is its lower front edge."""
    front = box(x, y - h, w, h, 5)
    top = polygon([(x, y - h + 2), (x + w, y - h + 2), (x + w - inset, y - h - d), (x + inset, y - h - d)])
    if shadow:
        both = polygon(
            [
                (x, y),
                (x + w, y),
                (x + w, y - h),
                (x + w - inset, y - h - d),
                (x + inset, y - h - d),
                (x, y - h),
            ]
        )
        c.path(both, INK, opacity=0.5, transform="translate(44 6)", filter=c.blur(18))
        c.path(both, INK, opacity=0.6, transform="translate(5 7)", filter=c.blur(6))
    c.path(front, c.linear([(0, lit(colour, 0.12)), (1, dim(colour, 0.45))], x, y - h, x + w, y))
    c.path(
        top,
        c.linear(
            [(0, lit(colour, 0.42)), (0.6, lit(colour, 0.08)), (1, dim(colour, 0.25))],
            x,
            y - h - d,
            x + w,
            y - h,
        ),
    )
    return front, top


def book(c, x, y, w, h, d, colour, ribbon=None):
    """A cloth-bound notebook that lies with its fore edge to the viewer."""
    front, top = slab(c, x, y, w, h, d, colour)
    c.rect(
        x + 6,
        y - h + 9,
        w - 12,
        h - 18,
        c.linear(
            [(0, mix(PAGE, CLAY, 0.25)), (0.4, PAGE), (1, mix(PAGE, RUST, 0.5))], x, y - h, x + w * 0.8, y
        ),
    )
    for i in range(int((h - 20) / 5)):
        c.line(f"M{x + 8} {y - h + 13 + i * 5}H{x + w - 8}", WALNUT, 1, opacity=0.35)
    c.rect(x + 6, y - h + 9, w - 12, 8, c.linear([(0, INK, 0.5), (1, INK, 0)], 0, y - h + 9, 0, y - h + 17))
    grain_of(c, top, 0.5, 0.2, dim(colour, 0.6), 0.35, 71, 2)
    c.line(f"M{x + 3} {y - h + 1}H{x + w - 3}", lit(colour, 0.6), 2.5, opacity=0.7)
    if ribbon:
        c.line(
            curve(
                [
                    (x + w * 0.7, y - h * 0.5),
                    (x + w * 0.71, y - 2),
                    (x + w * 0.69, y + 26),
                    (x + w * 0.72, y + 52),
                ]
            ),
            ribbon,
            9,
        )


def upright_book(c, x, y, w, h, colour, lean):
    """A notebook that stands at the back and shows its cover."""
    with c.group(transform=f"rotate({lean} {x} {y})"):
        d = box(x, y - h, w, h, 8)
        on_wall(c, d, 46, 18, 0.5, 22)
        c.path(box(x + 10, y - h + 8, w + 8, h - 8, 4), mix(PAGE, SHADE, 0.35))
        flat(c, d, colour, x, y - h, w, h)
        grain_of(c, d, 0.4, 0.4, dim(colour, 0.6), 0.35, 73, 2)
        c.rect(x, y - h, w * 0.13, h, dim(colour, 0.45), opacity=0.55)
        c.rect(x + w * 0.13, y - h, 3, h, lit(colour, 0.5), opacity=0.4)
        c.ellipse(x + w * 0.57, y - h * 0.66, w * 0.17, w * 0.17, APRICOT, opacity=0.95)
        for i in range(3):
            px, wide = x + w * 0.3, w * 0.54
            c.line(
                f"M{points([(px, y - h * (0.44 - i * 0.05))])}q{points([(wide / 4, -16), (wide / 2, 0)])}"
                f"t{num(wide / 2)} 0",
                APRICOT,
                4,
            )
        c.rect(x + w * 0.87, y - h, 11, h, dim(RUST, 0.1))


def notebooks(c):
    wall(c, "rose")
    window_light(c, 80, 120, 470, 520, -90, 0.75)
    table(c, "rose", 830)
    upright_book(c, 470, 930, 300, 430, INDIGO, 6)
    book(c, 190, 1020, 540, 70, 70, MOSS, RUST)
    book(c, 225, 948, 480, 58, 62, "#b5553c")
    book(c, 205, 888, 470, 64, 60, OCHRE, INDIGO)
    pencil(c, 300, 806, 290, 82, TEAL, 15)


def pencil(c, x, y, length, angle, colour, w=24):
    """A pencil with its butt at x, y, pointing along angle (degrees, 0 = up)."""
    cone = w * 2.1
    with c.group(transform=f"translate({x} {y}) rotate({angle})"):
        d = f"M{-w / 2} 0V{-length}L0 {num(-length - cone)}L{w / 2} {-length}V0Z"
        c.path(d, INK, opacity=0.35, transform="translate(9 6)", filter=c.blur(6))
        c.path(d, c.linear([(0, "#f0cf9c"), (1, "#a8764a")], -w / 2, 0, w / 2, 0))
        for x0, x1, tone in (
            (-0.5, -0.17, lit(colour, 0.35)),
            (-0.17, 0.2, colour),
            (0.2, 0.5, dim(colour, 0.42)),
        ):
            cut = w * 0.5
            scallop = points([(w * (x0 + x1) / 2, -length - cut), (w * x1, -length)])
            c.path(f"M{num(w * x0)} 0V{-length}Q{scallop}V0Z", tone)
        base = -length - cone * 0.68
        c.path(polygon([(-w * 0.16, base), (0, -length - cone), (w * 0.16, base)]), dim(colour, 0.5))


def pencils(c):
    wall(c, "ochre")
    disc(c, 420, 380, 270, RUST, 0.7)
    table(c, "ochre", 830)
    body = Turned(450, [(700, 122), (740, 118), (900, 116), (985, 122), (1004, 116)])
    stand(c, body)
    turned(c, body, "#e0c8a4", gloss=0.15)
    spotted(c, body, 280)
    mouth(c, body, "#e0c8a4", 9, inside="#a87a5c")
    colours = [TEAL, "#d9684a", INDIGO, OCHRE, PLUM, MOSS, CREAM]
    spread = [
        (-64, 330, -14),
        (-42, 400, -7),
        (64, 300, 17),
        (-14, 350, -3),
        (44, 380, 9),
        (12, 440, 3),
        (-70, 260, -20),
    ]
    with c.group(clip_path=behind_lip(c, body, 9)):
        for (dx, length, angle), colour in zip(spread, colours):
            pencil(c, 450 + dx, 780, length, angle, colour, 27)
    c.line(body.belt(860), TEAL, 10, opacity=0.8)
    contact(c, 700, 1058, 26, 0.3)
    pencil(c, 560, 1080, 240, 74, "#d9684a", 26)


def card(c, x, y, w, h, angle, colour, art):
    """A greeting card that stands, turned by angle."""
    with c.group(transform=f"rotate({angle} {x + w / 2} {y})"):
        d = box(x, y - h, w, h, 4)
        on_wall(c, d, 30, 14, 0.5, 16)
        flat(c, d, colour, x, y - h, w, h)
        with c.group(clip_path=c.clip(d)):
            art(c, x, y - h, w, h)
            c.rect(
                x, y - h, w, h, c.linear([(0, SUN, 0.22), (0.5, SUN, 0), (1, INK, 0.2)], x, y - h, x + w, y)
            )
        c.line(d, "#fff1d6", 2, opacity=0.35)


def sprig_art(c, x, y, w, h):
    c.line(
        curve([(x + w * 0.5, y + h * 0.9), (x + w * 0.47, y + h * 0.5), (x + w * 0.53, y + h * 0.14)]),
        "#2f4a43",
        5,
    )
    for i in range(8):
        side = 1 if i % 2 else -1
        c.path(
            leaf(x + w * 0.49, y + h * (0.8 - i * 0.08), w * (0.36 - i * 0.022), w * 0.15, side * 58),
            mix("#2f4a43", OCHRE, i / 14),
        )


def dune_art(c, x, y, w, h):
    c.ellipse(x + w * 0.6, y + h * 0.34, w * 0.2, w * 0.2, "#fbe0aa")
    for i, tone in enumerate(["#c98378", "#8d4a5c", "#4d2f55"]):
        ridge(c, x, y, w, h * (0.56 + 0.15 * i), h * 0.18, [(0.7, 0.8, 1 + 2 * i), (0.3, 1.7, i)], tone)


def moons_art(c, x, y, w, h):
    for i, tone in enumerate(["#f3d9ad", "#e3b07c", "#c9744f", "#f3d9ad"]):
        cx, cy, r, bulge = x + w * 0.5, y + h * (0.2 + 0.2 * i), w * 0.15, (0.55, 0.9, 1.6, 4)[i]
        c.path(
            f"M{num(cx)} {num(cy - r)}A{num(r)} {num(r)} 0 0 1 {num(cx)} {num(cy + r)}"
            f"A{num(r * bulge)} {num(r * max(1, bulge))} 0 0 {0 if i < 3 else 1} {num(cx)} {num(cy - r)}Z",
            tone,
        )
        c.ellipse(cx, cy, r, r, "none", stroke=tone, stroke_width=2, opacity=0.6)


def cards(c):
    wall(c, "sage")
    window_light(c, 380, 70, 440, 470, -80, 0.7)
    two_tone(c, "sage", 600, "#b1785a")
    table(c, "sage", 820)
    card(c, 160, 950, 270, 390, -9, "#2c3561", moons_art)
    card(c, 540, 940, 270, 390, 8, "#e9a878", dune_art)
    card(c, 345, 985, 285, 410, 0, "#f0dfc0", sprig_art)
    envelope(c, 480, 1085, 370, CLAY)


def envelope(c, x, y, w, colour):
    """An envelope that lies flat, its flap towards the viewer."""
    d, inset = 96, 34
    quad = [(x, y), (x + w, y), (x + w - inset, y - d), (x + inset, y - d)]
    c.path(polygon(quad), INK, opacity=0.55, transform="translate(14 9)", filter=c.blur(9))
    c.path(polygon(quad), c.linear([(0, lit(colour, 0.4)), (1, dim(colour, 0.2))], x, y - d, x + w, y))
    flap = [quad[3], quad[2], (x + w / 2, y - d * 0.36)]
    c.path(polygon(flap), INK, opacity=0.4, transform="translate(3 5)", filter=c.blur(5))
    c.path(polygon(flap), c.linear([(0, lit(colour, 0.55)), (1, colour)], x, y - d, x + w, y))
    c.ellipse(x + w / 2, y - d * 0.4, 19, 12, "#6b2433")
    c.ellipse(x + w / 2 - 3, y - d * 0.4 - 3, 13, 7, "#9c3a48")


def ink(c):
    wall(c, "indigo")
    window_light(c, 330, 110, 440, 500, 80, 0.7)
    table(c, "indigo", 820)
    front, top = slab(c, 120, 1052, 640, 26, 150, "#7a4a3c", 80)
    grain_of(c, top, 0.01, 0.2, INK, 0.4, 81)
    bottle = Turned(
        400, [(640, 54), (664, 54), (690, 62), (716, 128), (760, 152), (900, 152), (950, 144), (972, 128)]
    )
    stand(c, bottle, 0.45)
    c.ellipse(
        600,
        985,
        150,
        26,
        c.radial([(0, "#8fa2ff", 0.5), (1, "#8fa2ff", 0)], 600, 985, 150, 0.2),
        style="mix-blend-mode:screen",
    )
    glass_bottle(c, bottle)
    cork = Turned(400, [(582, 46), (590, 50), (640, 46)])
    turned(c, cork, OAK)
    c.ellipse(400, 582, 46, 46 * tilt(582) + 2, lit(OAK, 0.4))
    grain_of(c, cork.outline(), 0.1, 0.1, WALNUT, 0.5, 83)
    dip_pen(c)


def glass_bottle(c, bottle):
    """Thick glass with blue ink inside."""
    d = bottle.outline()
    c.path(d, "#b9c2d8", opacity=0.35)
    inner = Turned(400, [(760, 138), (900, 138), (940, 132), (956, 120)])
    turned(c, inner, "#232f78")
    c.ellipse(400, 760, 138, 138 * tilt(760), c.linear([(0, "#1a2154"), (1, "#5a68c0")], 262, 0, 538, 0))
    with c.group(clip_path=c.clip(d)):
        c.ellipse(470, 900, 90, 60, "#6f86ff", opacity=0.5, filter=c.blur(22))
        for dx, tone, opacity in ((9, "#fff3dc", 0.85), (-9, SUN, 0.5)):
            c.path(
                "M-900-900H1900V2200H-900Z" + d,
                tone,
                fill_rule="evenodd",
                opacity=opacity,
                transform=f"translate({dx} 3)",
                filter=c.blur(5),
            )
        c.rect(282, 730, 26, 190, "#fff6e4", opacity=0.75, rx=13, filter=c.blur(4))
        c.rect(320, 740, 9, 160, "#fff6e4", opacity=0.5, rx=5, filter=c.blur(2))
    c.line(bottle.belt(664), "#fff3dc", 3, opacity=0.6)


def dip_pen(c):
    """A pen with a brass nib that lies in front."""
    with c.group(transform="translate(240 1030) rotate(78)"):
        d = "M-9 0C-17 -120 -15 -260 -5 -430Q0 -446 5 -430C15 -260 17 -120 9 0Z"
        c.path(d, INK, opacity=0.55, transform="translate(12 4)", filter=c.blur(7))
        solid(c, d, "#a8402f", -17, -440, 34, 440, 1, 0.4)
        c.path(
            "M-9 0L-8 20Q-10 44 0 74Q10 44 8 20L9 0Z",
            c.linear([(0, lit(BRASS, 0.7)), (1, dim(BRASS, 0.4))], -10, 0, 10, 0),
        )
        c.line("M0 34V70", INK, 1.6)


def album(c):
    wall(c, "clay")
    arch(c, "clay", 170, 620, 150, 830)
    table(c, "clay", 830)
    xs = [130, 262, 380, 512, 630, 762, 860]
    foot = [1000, 950, 1004, 954, 1008, 958, 1000]
    height = 420
    ground = list(zip(xs, foot))
    c.path(
        polygon(ground + [(x + 90, y - 40) for x, y in reversed(ground)]), INK, opacity=0.6, filter=c.blur(18)
    )
    c.path(curve_of(ground), "none", stroke=INK, stroke_width=16, opacity=0.6, filter=c.blur(6))
    art = c.clip(folded(ground, height, 24))
    panels(c, ground, height)
    with c.group(clip_path=art):
        hills_art(c, 120, 560, 750, 400)
    shading(c, ground, height)


def folded(ground, height, margin=0):
    """The outline of a standing zigzag."""
    top = [(x, y - height + margin) for x, y in reversed(ground)]
    return polygon([(x, y - margin) for x, y in ground] + top)


def curve_of(ground):
    """The line along which the zigzag stands."""
    return "M" + "L".join(f"{x} {y + 4}" for x, y in ground)


def panels(c, ground, height):
    c.path(folded(ground, height), PAGE)
    for x, y in (ground[0], ground[-1]):
        c.rect(x - 5, y - height - 6, 10, height + 12, RUST, rx=3)


def shading(c, ground, height):
    """Each panel in its own light, with a crease between."""
    for i, ((x0, y0), (x1, y1)) in enumerate(zip(ground, ground[1:])):
        d = polygon([(x0, y0), (x1, y1), (x1, y1 - height), (x0, y0 - height)])
        away = i % 2 == 0
        stops = [(0, SHADE, 0.16), (1, SHADE, 0.5)] if away else [(0, SUN, 0.1), (1, SUN, 0.34)]
        c.path(d, c.linear(stops, x0, 0, x1, 0))
        c.line(f"M{x1} {y1}V{y1 - height}", SHADE if away else "#fff1d6", 2, opacity=0.5)


STATIONERY = {"notebooks": notebooks, "pencils": pencils, "cards": cards, "ink-set": ink, "album": album}
