"""Outlines: smooth curves, turned (lathe) bodies, rounded boxes, leaves."""

import math

from canvas import num


def points(pairs):
    return " ".join(f"{num(x)} {num(y)}" for x, y in pairs)


def polygon(pairs):
    return "M" + points(pairs) + "Z"


def bezier(pairs):
    """Catmull-Rom through the points, as cubic path data after the first point."""
    out = []
    for i in range(len(pairs) - 1):
        p0, p1 = pairs[max(i - 1, 0)], pairs[i]
        p2, p3 = pairs[i + 1], pairs[min(i + 2, len(pairs) - 1)]
        c1 = (p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6)
        c2 = (p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6)
        out.append("C" + points([c1, c2, p2]))
    return "".join(out)


def curve(pairs):
    """An open smooth line through the points."""
    return "M" + points(pairs[:1]) + bezier(pairs)


def blob(pairs):
    """A closed smooth outline through the points."""
    ring = pairs[-1:] + pairs + pairs[:2]
    inner = bezier(ring).split("C")[2:-1]
    return "M" + points(pairs[:1]) + "".join("C" + part for part in inner) + "Z"


def oval(cx, cy, rx, ry):
    return (
        f"M{num(cx - rx)} {num(cy)}A{num(rx)} {num(ry)} 0 1 1 {num(cx + rx)} {num(cy)}"
        f"A{num(rx)} {num(ry)} 0 1 1 {num(cx - rx)} {num(cy)}Z"
    )


def box(x, y, w, h, r=0):
    """A rectangle with rounded corners."""
    if not r:
        return polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
    arc = f"a{r} {r} 0 0 1 "
    return (
        f"M{num(x + r)} {num(y)}h{num(w - 2 * r)}{arc}{r} {r}v{num(h - 2 * r)}{arc}{-r} {r}"
        f"h{num(2 * r - w)}{arc}{-r} {-r}v{num(2 * r - h)}{arc}{r} {-r}Z"
    )


def tilt(y):
    """How round a level circle looks at height y: the eye is above the table."""
    return max(0.05, 0.2 + (y - 990) * 0.00026)


class Turned:
    """A body of revolution: centre and profile of (y, radius), from top to foot."""

    def __init__(self, cx, profile):
        self.cx, self.profile = cx, profile
        self.top, self.foot = profile[0], profile[-1]
        self.width = max(r for _, r in profile)

    def outline(self):
        left = [(self.cx - r, y) for y, r in self.profile]
        right = [(self.cx + r, y) for y, r in reversed(self.profile)]
        return (
            self._arc("M", left[0])
            + bezier(left)
            + self._sweep(self.foot, right[0], 0)
            + bezier(right)
            + self._sweep(self.top, left[0], 0)
            + "Z"
        )

    @staticmethod
    def _arc(letter, point):
        return letter + points([point])

    @staticmethod
    def _sweep(level, end, flag):
        y, r = level
        return f"A{num(r)} {num(max(r * tilt(y), 0.1))} 0 0 {flag} {points([end])}"

    def radius(self, y):
        """The radius at height y, between the points of the profile."""
        for (y0, r0), (y1, r1) in zip(self.profile, self.profile[1:]):
            if y0 <= y <= y1:
                return r0 + (r1 - r0) * (y - y0) / max(y1 - y0, 0.1)
        return self.foot[1]

    def belt(self, y):
        """The near half of the level circle at height y."""
        r = self.radius(y)
        return (
            f"M{num(self.cx - r)} {num(y)}A{num(r)} {num(r * tilt(y))} 0 0 0 " f"{num(self.cx + r)} {num(y)}"
        )

    def dip(self, y, wave=0.0, rng=None, below=False):
        """All that lies above (or below) a belt at y, its edge waving a little."""
        r, phase = self.width + 4, rng.uniform(0, 6) if rng else 0
        edge = []
        for i in range(25):
            u = -1 + i / 12
            droop = tilt(y) * r * math.sqrt(max(0, 1 - u * u))
            sway = wave * (math.sin(3 * u + phase) + 0.5 * math.sin(7.3 * u + 2 * phase))
            edge.append((self.cx + u * r, y + droop + sway))
        far = 1600 if below else -400
        return curve(edge) + f"V{far}H{num(self.cx - r)}Z"


def leaf(x, y, length, width, angle, bend=0.15):
    """A leaf that starts at x, y and points along angle (degrees, 0 = up)."""
    a = math.radians(angle)
    along, side = (math.sin(a), -math.cos(a)), (math.cos(a), math.sin(a))

    def at(t, s):
        s += bend * math.sin(math.pi * t) * 0.5
        return (
            x + along[0] * t * length + side[0] * s * width,
            y + along[1] * t * length + side[1] * s * width,
        )

    return (
        f"M{points([at(0, 0)])}C{points([at(.25, -.62), at(.7, -.6), at(1, 0)])}"
        f"C{points([at(.75, .55), at(.3, .66), at(0, 0)])}Z"
    )
