"""Draws rates by connections as an SVG, which is readable in dark and light."""

import math
from statistics import median
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 460
LEFT, RIGHT, TOP, BOTTOM = 80, 250, 72, 86  # margins around the plot
LABEL_HEIGHT = 38  # of a name with its rate at the end of a line
MOST_TICKS = 6
STYLE = """
    svg { color-scheme: light dark; font: 14px system-ui, sans-serif; }
    .page { fill: #ffffff; } .grid { stroke: #d8dee4; } text { fill: #1f2328; }
    .note { fill: #59636e; font-size: 12px; }
    .line { fill: none; stroke-width: 2.5; } .spread { stroke-width: 1.5; }
    .title { font-size: 16px; font-weight: 600; }
    .s0 { stroke: #59636e; } .s1 { stroke: #0969da; } .s2 { stroke: #bc4c00; }
    .d0 { fill: #59636e; } .d1 { fill: #0969da; } .d2 { fill: #bc4c00; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; } .grid { stroke: #30363d; } text { fill: #f0f6fc; } .note { fill: #9198a1; }
      .s0 { stroke: #9198a1; } .s1 { stroke: #4493f8; } .s2 { stroke: #f0883e; }
      .d0 { fill: #9198a1; } .d1 { fill: #4493f8; } .d2 { fill: #f0883e; }
    }"""


def draw(results, series, title, note):
    """`series`: pairs of a contender and its name in the picture, three at most."""
    lines = [(name, {level: results.rates(contender, level) for level in results.levels
                     if results.of(contender, level)}) for contender, name in series]
    lines = [(name, rates) for name, rates in lines if rates]
    plot = _Plot(results.levels, max(max(values) for _, rates in lines for values in rates.values()))
    parts = [*plot.axes(), *(part for number, (_, rates) in enumerate(lines) for part in plot.line(number, rates)),
             *plot.legend(lines)]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img">', f"  <title>{escape(title)}</title>", f"  <style>{STYLE}\n  </style>",
        f'  <rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="6"/>', _text(24, 32, title, "title"),
        _text(24, HEIGHT - 14, note, "note"), *parts, "</svg>", ""])


class _Plot:
    """Places connections and rates. The numbers of connections have equal distances."""

    def __init__(self, levels, most):
        self._levels = levels
        self._step = _step_of(most / MOST_TICKS)
        self._ticks = math.ceil(most / self._step)

    def x(self, level):
        width = WIDTH - LEFT - RIGHT
        return LEFT + width * (self._levels.index(level) + 0.5) / len(self._levels)

    def y(self, rate):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * rate / (self._ticks * self._step)

    def axes(self):
        for tick in range(self._ticks + 1):
            rate = tick * self._step
            y = self.y(rate)
            yield f'  <line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield _text(LEFT - 10, y + 5, f"{rate:,}", anchor="end")
        for level in self._levels:
            yield _text(self.x(level), HEIGHT - BOTTOM + 20, str(level), anchor="middle")
        yield _text(24, TOP - 16, "requests a second", "note")
        yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 38, "connections", "note", anchor="middle")

    def line(self, number, rates):
        points = [(self.x(level), values) for level, values in rates.items()]
        path = " ".join(f"{x:.1f},{self.y(median(values)):.1f}" for x, values in points)
        yield f'  <polyline class="line s{number}" points="{path}"/>'
        for x, values in points:
            yield (f'  <line class="spread s{number}" x1="{x:.1f}" x2="{x:.1f}" y1="{self.y(min(values)):.1f}"'
                   f' y2="{self.y(max(values)):.1f}"/>')
            yield f'  <circle class="d{number}" cx="{x:.1f}" cy="{self.y(median(values)):.1f}" r="4"/>'

    def legend(self, lines):
        """Each name with its last rate, beside the end of its line, or below the one before if that is too near."""
        ends = sorted((self.y(median(list(rates.values())[-1])), number) for number, (_, rates) in enumerate(lines))
        lowest = HEIGHT - BOTTOM - LABEL_HEIGHT * (len(ends) - 1)
        y = -math.inf
        for place, (end, number) in enumerate(ends):
            y = max(min(end, lowest + place * LABEL_HEIGHT), y + LABEL_HEIGHT)
            name, rates = lines[number]
            level, values = list(rates.items())[-1]
            x = WIDTH - RIGHT + 10
            yield f'  <line class="line s{number}" x1="{x}" x2="{x + 18}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield _text(x + 26, y + 1, name)
            yield _text(x + 26, y + 17, f"{median(values):,.0f}/s at {level}", "note")


def _step_of(least):
    """The next 1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(least))
    return next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= least)


def _text(x, y, text, style="", anchor="start"):
    style = f' class="{style}"' if style else ""
    return f'  <text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(text)}</text>'
