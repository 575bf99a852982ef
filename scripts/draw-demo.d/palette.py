"""The dusk palette: named colours, moods for backdrops, and mixing."""

INK = "#22152e"  # the colour of every shadow
SHADE = "#50262d"  # the shaded side of bodies: warmer than cast shadows
PLUM = "#4a2f4e"
WINE = "#7a3545"
ROSE = "#c98a84"
CLAY = "#c2694a"
RUST = "#a64b35"
APRICOT = "#f0b07a"
SUN = "#ffd9a0"  # the colour of the light
CREAM = "#f3e4cf"
BONE = "#e4d2ba"
OCHRE = "#d39a44"
SAGE = "#8c9a7a"
MOSS = "#566650"
TEAL = "#2f5a61"
INDIGO = "#3a4272"
NIGHT = "#262a4c"
SKY = "#8b93b8"  # the cool light of the sky, on the far side of things
OAK = "#b98757"
WALNUT = "#70462f"
BRASS = "#c99a55"

# wall: lit, middle, far; table: lit, far
MOODS = {
    "plum": ("#b98791", "#7d5468", "#3c2946", "#a8717a", "#4a2f4a"),
    "clay": ("#eab58c", "#bf7657", "#6f3a3f", "#cf9272", "#6d3c40"),
    "rose": ("#efc6ab", "#c98f86", "#7c5263", "#d9a58f", "#7d515c"),
    "ochre": ("#f0cc92", "#cb9556", "#7d5142", "#d8a76d", "#7a4c3f"),
    "sage": ("#d5cba4", "#949578", "#4f5754", "#b5a584", "#575049"),
    "teal": ("#9fa9a3", "#547078", "#263d4d", "#a5856f", "#4b4149"),
    "indigo": ("#b09ab0", "#62608a", "#2c2c54", "#9a7a86", "#40335a"),
    "cream": ("#f7e6cc", "#d9b99c", "#8f6c70", "#e2bf9f", "#8c6560"),
    "night": ("#6d5672", "#3f3658", "#1d1d3a", "#6f4b53", "#2b2038"),
}


def rgb(colour):
    """Splits '#rrggbb' into three integers."""
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def mix(a, b, t):
    """The colour that lies at t (0 to 1) on the way from a to b."""
    pairs = zip(rgb(a), rgb(b))
    return "#" + "".join(f"{round(x + (y - x) * t):02x}" for x, y in pairs)


def lit(colour, t=0.3):
    """The colour under the warm light."""
    return mix(colour, SUN, t)


def dim(colour, t=0.4):
    """The colour in the shade."""
    return mix(colour, INK, t)


def shaded(colour, t=1.0):
    """The colour on the far side of a body: darker, a little warmer, never grey."""
    channels = zip(rgb(colour), (0.42, 0.3, 0.35))
    return "#" + "".join(f"{round(x * (1 - t + t * f)):02x}" for x, f in channels)
