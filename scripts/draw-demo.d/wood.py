"""Wood: boards, spoons, candlesticks, stool, round boxes."""

from canvas import num
from lamps import room
from palette import BRASS, INK, OAK, RUST, SHADE, SUN, WALNUT, dim, lit, mix
from scene import arch, branch_shadow, disc, table, two_tone, wall, window_light
from shade import cast, contact, glow, grain_of, handle, mouth, on_wall, solid, turned
from shapes import Turned, box, oval, points, polygon, tilt

CHERRY = "#a65f3c"
MAPLE = "#e2ae6c"
BARK = "#54200f"


def timber(c, d, colour, seed, upright=False, strength=0.7):
    """Grain along the wood: wide figure and fine pores."""
    along, across = 0.006, 0.055
    wide = (across, along) if upright else (along, across)
    fine = (0.4, 0.012) if upright else (0.012, 0.4)
    grain_of(c, d, *wide, mix(colour, BARK, 0.7), strength * 0.9, seed, 3)
    grain_of(c, d, *fine, mix(colour, BARK, 0.7), strength * 0.4, seed + 1, 2)
    grain_of(c, d, *wide, lit(colour, 0.6), strength * 0.45, seed + 2, 2)


def board(c, d, x, y, w, h, colour, seed):
    """A flat board that leans on the wall; its thickness shows at the right."""
    on_wall(c, d, 50, 22, 0.55, 22)
    c.path(d, dim(colour, 0.5), transform="translate(9 3)")
    solid(c, d, colour, x, y, w, h, 0.16)
    timber(c, d, colour, seed, True)
    c.line(d, lit(colour, 0.6), 2.5, opacity=0.5, transform="translate(-1 -1)")


def paddle(cx, y, w, h, neck, grip):
    """A board with a handle above; y is its lower edge."""
    a, b, top = w / 2, neck / 2, y - h
    brow = top + grip
    shoulder = [(a, brow + 60), (a, brow), (b, brow + 20), (b, brow - 40)]
    left = [(cx - dx, py) for dx, py in shoulder]
    right = [(cx + dx, py) for dx, py in reversed(shoulder)]
    return (
        f"M{num(cx - a + 30)} {y}Q{points([(cx - a, y), (cx - a, y - 34)])}L{points(left[:1])}C{points(left[1:])}"
        f"V{num(top + b)}A{num(b)} {num(b)} 0 0 1 {points([(cx + b, top + b)])}L{points(right[:1])}"
        f"C{points(right[1:])}V{y - 34}Q{points([(cx + a, y), (cx + a - 30, y)])}Z"
    )


def eye(c, cx, cy, r):
    """A drilled hole to hang a board by."""
    c.ellipse(cx, cy, r, r, dim(WALNUT, 0.55))
    c.ellipse(cx + r * 0.2, cy + r * 0.25, r * 0.75, r * 0.75, dim(WALNUT, 0.2))


def boards(c):
    wall(c, "sage")
    window_light(c, 60, 80, 480, 560, -90, 0.7)
    table(c, "sage", 870)
    board(c, paddle(590, 930, 330, 760, 84, 220), 425, 170, 330, 760, WALNUT, 91)
    eye(c, 590, 216, 15)
    board(c, oval(330, 735, 232, 232), 98, 503, 464, 464, MAPLE, 94)
    eye(c, 330, 546, 14)
    c.ellipse(345, 964, 150, 11, INK, opacity=0.6, filter=c.blur(7))
    slim = paddle(640, 985, 220, 520, 56, 150)
    board(c, slim, 530, 465, 220, 520, CHERRY, 97)
    eye(c, 640, 498, 11)
    c.rect(540, 978, 240, 14, INK, opacity=0.55, filter=c.blur(8))


def spoon(c, cx, y, length, bowl, colour, seed):
    """A spoon that hangs with its bowl down from y."""
    foot = y + length
    neck, low, mid = foot - 2.5 * bowl, foot - 3.1 * bowl, y + length * 0.3
    half = [
        (17, y), (20, mid), (12, low), (18, neck),
        (bowl * 1.15, foot - 2.2 * bowl), (bowl * 1.1, foot), (0, foot),
    ]  # fmt: skip
    right = [(cx + dx, py) for dx, py in half]
    left = [(cx - dx, py) for dx, py in reversed(half)]
    d = (
        f"M{points(left[-1:])}Q{points([(cx, y - 24), right[0]])}C{points(right[1:4])}C{points(right[4:])}"
        f"C{points(left[1:4])}C{points(left[4:])}Z"
    )
    on_wall(c, d, 34, 22, 0.55, 12)
    solid(c, d, colour, cx - bowl, y, 2 * bowl, length, 0.5)
    timber(c, d, colour, seed, True)
    eye(c, cx, y + 14, 5)
    return foot


def hollow(c, cx, cy, rx, ry, colour):
    """The carved bowl of a spoon."""
    c.ellipse(
        cx,
        cy,
        rx,
        ry,
        c.linear(
            [(0, dim(colour, 0.62)), (0.5, dim(colour, 0.28)), (1, lit(colour, 0.4))],
            cx - rx,
            cy - ry,
            cx + rx,
            cy + ry,
        ),
    )
    c.ellipse(cx, cy, rx, ry, "none", stroke=lit(colour, 0.5), stroke_width=2, opacity=0.5)


def spoons(c):
    wall(c, "clay")
    branch_shadow(c, 90, 560, 1.5, 0.22)
    two_tone(c, "clay", 1040, "#8a4b45")
    rail = box(130, 200, 700, 64, 7)
    on_wall(c, rail, 16, 20, 0.5, 14)
    solid(c, rail, WALNUT, 130, 200, 700, 64, 0.1)
    timber(c, rail, WALNUT, 101)
    for cx, length, bowl, colour, seed in (
        (265, 640, 90, MAPLE, 103),
        (480, 720, 104, CHERRY, 106),
        (695, 660, 82, OAK, 109),
    ):
        foot = spoon(c, cx, 262, length, bowl, colour, seed)
        if cx == 695:
            for dx in (-28, 0, 28):
                c.rect(cx + dx - 5, foot - 150, 10, 108, dim(colour, 0.62), rx=5)
        else:
            hollow(c, cx, foot - bowl * 1.08, bowl * 0.7, bowl * 0.9, colour)
        c.ellipse(cx + 9, 254, 15, 14, INK, opacity=0.5, filter=c.blur(5))
        c.line(f"M{cx} 240V274", dim(BRASS, 0.3), 9)
        c.ellipse(cx, 238, 13, 13, BRASS)
        c.ellipse(cx - 3, 234, 5, 5, lit(BRASS, 0.8))


def candlestick(c, cx, y, h, colour, candle, tall):
    """A turned candlestick with a lit candle; y is its foot, h its height."""
    profile = [
        (0, 46),
        (0.04, 50),
        (0.08, 24),
        (0.2, 17),
        (0.3, 34),
        (0.38, 42),
        (0.46, 30),
        (0.56, 16),
        (0.76, 22),
        (0.86, 44),
        (0.94, 78),
        (1, 82),
    ]
    body = Turned(cx, [(y - h + t * h, r) for t, r in profile])
    contact(c, cx, y, 84, 0.85)
    cast(c, body.outline(), y, 0.5, 0.12, 0.35)
    turned(c, body, colour, gloss=0.2)
    timber(c, body.outline(), colour, int(h), False, 0.45)
    top = y - h
    c.ellipse(
        cx,
        top,
        46,
        46 * tilt(top),
        c.linear([(0, lit(colour, 0.6)), (1, dim(colour, 0.3))], cx - 46, 0, cx + 46, 0),
    )
    wax = Turned(cx, [(top - tall, 17), (top - tall + 8, 19), (top, 20)])
    turned(c, wax, candle)
    with c.group(clip_path=c.clip(wax.outline())):
        glow(c, cx, top - tall - 10, 120, 0.95, "#ffc987")
    flame(c, cx, top - tall)


def flame(c, cx, y):
    glow(c, cx, y - 44, 260, 0.75, "#ff9d4a")
    c.line(f"M{cx} {y}v-16", INK, 3)
    right = [(cx + 24, y - 22), (cx + 13, y - 58), (cx + 2, y - 86)]
    left = [(cx - 8, y - 58), (cx - 22, y - 24), (cx, y - 6)]
    hot = c.linear([(0, "#fffbe6"), (0.6, "#ffdc8a"), (1, "#ff9a45")], cx, y - 12, cx, y - 88)
    c.path(f"M{cx} {y - 6}C{points(right)}C{points(left)}Z", hot)
    glow(c, cx, y - 40, 70, 0.8, "#ffe2a6")


def candlesticks(c):
    room(c, "plum", 850, 480, 420, 0.6)
    candlestick(c, 480, 960, 430, WALNUT, "#e6cfa8", 150)
    candlestick(c, 270, 1000, 310, CHERRY, "#e6cfa8", 190)
    candlestick(c, 690, 1020, 240, MAPLE, "#e6cfa8", 130)


def leg(c, x0, y0, x1, y1, colour, seed):
    a, b = 19, 14
    d = polygon([(x0 - a, y0), (x0 + a, y0), (x1 + b, y1), (x1 - b, y1)])
    contact(c, x1, y1, 15, 0.8)
    cast(c, d, y1, 0.6, 0.1, 0.4)
    c.path(
        d,
        c.linear(
            [(0, lit(colour, 0.35)), (0.5, colour), (1, dim(colour, 0.55))],
            min(x0, x1) - a,
            0,
            max(x0, x1) + a,
            0,
        ),
    )
    timber(c, d, colour, seed, True, 0.6)


def stool(c):
    wall(c, "teal")
    disc(c, 400, 330, 220, "#d8996a", 0.6)
    table(c, "teal", 900)
    c.ellipse(600, 1050, 330, 50, INK, opacity=0.45, filter=c.blur(28))
    leg(c, 480, 590, 494, 1000, dim(OAK, 0.25), 111)
    handle(c, "M330 850L640 850", dim(OAK, 0.1), 20)
    leg(c, 360, 590, 262, 1062, OAK, 112)
    leg(c, 600, 590, 706, 1056, OAK, 113)
    seat = Turned(480, [(540, 262), (556, 270), (590, 262), (612, 232)])
    turned(c, seat, OAK)
    timber(c, seat.outline(), OAK, 114, False, 0.5)
    k = tilt(540)
    top = oval(480, 540, 262, 262 * k)
    c.path(
        top, c.linear([(0, lit(OAK, 0.55)), (0.5, lit(OAK, 0.2)), (1, dim(OAK, 0.15))], 220, 510, 740, 570)
    )
    timber(c, top, OAK, 115, False, 0.7)
    c.ellipse(
        480,
        546,
        190,
        190 * k * 0.8,
        c.linear([(0, SHADE, 0.4), (0.6, SHADE, 0), (1, SUN, 0.25)], 290, 530, 670, 560),
    )
    vase = Turned(520, [(300, 26), (312, 21), (360, 26), (430, 76), (500, 84), (540, 58), (548, 52)])
    contact(c, 520, 546, 54, 0.7)
    turned(c, vase, RUST, gloss=0.35)
    mouth(c, vase, RUST, 5)


def round_box(c, cx, y, r, h, colour, lid, seed):
    body = Turned(cx, [(y - h, r), (y - 10, r), (y, r - 8)])
    contact(c, cx, y, r, 0.7)
    turned(c, body, colour)
    timber(c, body.outline(), colour, seed, False, 0.6)
    cap = Turned(cx, [(y - h - 40, r - 4), (y - h - 30, r + 4), (y - h, r + 5)])
    c.ellipse(cx + 4, y - h + 6, r, r * tilt(y - h), INK, opacity=0.5, filter=c.blur(4))
    turned(c, cap, lid)
    timber(c, cap.outline(), lid, seed + 3, False, 0.5)
    top = y - h - 40
    face = oval(cx, top, r - 4, (r - 4) * tilt(top))
    c.path(
        face, c.linear([(0, lit(lid, 0.6)), (0.5, lit(lid, 0.2)), (1, dim(lid, 0.2))], cx - r, 0, cx + r, 0)
    )
    timber(c, face, lid, seed + 5, False, 0.6)
    return top


def boxes(c):
    wall(c, "ochre")
    arch(c, "ochre", 200, 560, 120, 830, "#8a5646")
    table(c, "ochre", 830)
    whole = Turned(470, [(470, 110), (640, 150), (820, 190), (1000, 214)])
    cast(c, whole.outline(), 1000, strength=0.55)
    top = round_box(c, 470, 1010, 222, 150, WALNUT, CHERRY, 121)
    top = round_box(c, 470, top + 8, 176, 120, MAPLE, MAPLE, 127)
    top = round_box(c, 470, top + 6, 128, 92, CHERRY, WALNUT, 133)
    knob = Turned(470, [(top - 44, 8), (top - 42, 20), (top - 26, 27), (top - 10, 16), (top + 2, 14)])
    contact(c, 470, top + 2, 18, 0.6)
    turned(c, knob, BRASS, gloss=0.4)


WOOD = {
    "boards": boards,
    "spoons": spoons,
    "candlesticks": candlesticks,
    "stool": stool,
    "round-boxes": boxes,
}
