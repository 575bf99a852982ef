"""Backdrops: walls, window light, arches, a table or a shelf."""

from canvas import HEIGHT, WIDTH
from palette import INK, MOODS, SUN, dim, lit, mix
from shade import grain_of
from shapes import box, leaf, polygon

TABLE = 830


def wall(c, mood):
    """A plastered wall, lit from the upper left."""
    bright, middle, far, _, _ = MOODS[mood]
    c.rect(
        0,
        0,
        WIDTH,
        HEIGHT,
        c.linear([(0, mix(bright, middle, 0.45)), (0.5, middle), (1, far)], 120, 0, 860, 1050),
    )
    c.ellipse(
        330,
        380,
        900,
        900,
        c.radial([(0, bright, 0.85), (0.45, bright, 0.3), (1, bright, 0)], 330, 380, 760, 0.95),
    )
    grain_of(c, box(0, 0, WIDTH, HEIGHT), 0.006, 0.009, dim(middle, 0.3), 0.3, 7)


def table(c, mood, y=TABLE, edge=None):
    """The table top from y down, or a shelf whose front edge starts at edge."""
    _, _, far_wall, near, far = MOODS[mood]
    c.rect(0, y - 40, WIDTH, 42, c.linear([(0, INK, 0), (1, INK, 0.3)], 0, y - 40, 0, y))
    c.rect(
        0,
        y,
        WIDTH,
        HEIGHT - y,
        c.linear(
            [(0, mix(near, far, 0.55)), (0.35, mix(near, far, 0.12)), (1, mix(near, far, 0.62))],
            0,
            y,
            0,
            HEIGHT,
        ),
    )
    c.rect(
        0, y, WIDTH, HEIGHT - y, c.radial([(0, lit(near, 0.5), 0.75), (1, near, 0)], 300, y + 170, 620, 0.42)
    )
    c.rect(0, y, WIDTH, HEIGHT - y, c.linear([(0, INK, 0), (1, INK, 0.42)], 480, 0, 1000, 0))
    grain_of(c, box(0, y, WIDTH, HEIGHT - y), 0.004, 0.05, dim(far, 0.2), 0.34, 11)
    c.rect(0, y, WIDTH, 2.5, lit(near, 0.5), opacity=0.45)
    if edge:
        front(c, near, far, edge)


def front(c, near, far, y):
    """The front edge of a shelf, and the dark under it."""
    c.rect(0, y, WIDTH, HEIGHT - y, c.linear([(0, mix(near, far, 0.5)), (1, dim(far, 0.2))], 0, y, 0, y + 60))
    c.rect(0, y, WIDTH, 3, lit(near, 0.5), opacity=0.6)
    c.rect(
        0, y + 52, WIDTH, HEIGHT, c.linear([(0, dim(far, 0.7)), (1, dim(far, 0.35))], 0, y + 52, 0, y + 220)
    )


def window_light(c, x=150, y=90, w=470, h=560, slant=-90, strength=0.5, panes=(2, 3)):
    """Low sun through a window, lying on the wall."""
    cols, rows = panes
    gap = 14
    with c.group(filter=c.blur(7), opacity=strength, style="mix-blend-mode:soft-light"):
        for i in range(cols):
            for j in range(rows):
                pane(
                    c,
                    x + i * w / cols,
                    y + j * h / rows + slant * i / cols,
                    w / cols - gap,
                    h / rows - gap,
                    slant / cols,
                )


def pane(c, x, y, w, h, slant):
    d = polygon([(x, y), (x + w, y + slant), (x + w, y + slant + h), (x, y + h)])
    c.path(d, "#ffe9c0")
    c.path(d, SUN, opacity=0.7)


def branch_shadow(c, x, y, size=1.0, strength=0.28, lean=24):
    """The soft shadow of leaves outside the window."""
    with c.group(filter=c.blur(11), opacity=strength):
        for i in range(11):
            t = i / 10
            px, py = x + t * 330 * size, y - t * 260 * size + 60 * t * t * size
            side = 1 if i % 2 else -1
            c.path(leaf(px, py, (150 - 60 * t) * size, 62 * size, 50 + side * 62 - lean * t), INK)
        c.line(
            f"M{x - 60} {y + 40}Q{x + 150 * size} {y - 130 * size} {x + 340 * size} {y - 210 * size}", INK, 7
        )


def arch(c, mood, x=190, w=580, top=170, base=TABLE, tone=None):
    """A niche with a round top, its right side lit."""
    bright, middle, far, _, _ = MOODS[mood]
    r = w / 2
    d = f"M{x} {base}V{top + r}A{r} {r} 0 0 1 {x + w} {top + r}V{base}Z"
    c.path(
        d,
        c.linear(
            [(0, tone or dim(middle, 0.5)), (1, mix(tone or middle, bright, 0.35))], x, top, x + w, base
        ),
    )
    with c.group(clip_path=c.clip(d)):
        c.path(
            "M-900-900H1900V2200H-900Z" + d,
            INK,
            fill_rule="evenodd",
            opacity=0.6,
            transform="translate(46 40)",
            filter=c.blur(30),
        )
    c.line(d.rsplit("Z", 1)[0], lit(bright, 0.4), 3, opacity=0.5)


def disc(c, cx, cy, r, colour, strength=0.9):
    """A painted sun on the wall."""
    c.ellipse(
        cx,
        cy,
        r,
        r,
        c.linear(
            [(0, lit(colour, 0.35), strength), (1, colour, strength * 0.75)],
            cx - r,
            cy - r,
            cx + r * 0.6,
            cy + r,
        ),
    )


def two_tone(c, mood, y, colour):
    """A painted lower half of the wall."""
    bright, *_ = MOODS[mood]
    c.rect(
        0,
        y,
        WIDTH,
        HEIGHT,
        c.linear([(0, lit(colour, 0.2), 0.8), (1, dim(colour, 0.45), 0.85)], 0, y, WIDTH, y + 300),
    )
    c.rect(0, y - 1, WIDTH, 2, bright, opacity=0.3)


def curtain(c, colour, x=620, w=380):
    """A curtain that hangs at the right, in soft folds."""
    left = x
    while left < x + w:
        step = w * c.rng.uniform(0.11, 0.24)
        crest = c.rng.uniform(0.25, 0.5)
        c.rect(
            left,
            0,
            step + 1,
            HEIGHT,
            c.linear(
                [
                    (0, dim(colour, 0.5)),
                    (crest, lit(colour, 0.16)),
                    (crest + 0.2, colour),
                    (1, dim(colour, 0.5)),
                ],
                left,
                0,
                left + step,
                0,
            ),
        )
        left += step
    c.rect(x, 0, w, HEIGHT, c.linear([(0, INK, 0.1), (0.3, INK, 0), (1, INK, 0.45)], x, 0, x + w, HEIGHT))
    c.rect(x - 70, 0, 70, HEIGHT, c.linear([(0, INK, 0), (1, INK, 0.25)], x - 70, 0, x, 0))
