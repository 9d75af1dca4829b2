"""Lanes of one picture over one axis of time, as inline SVG: pure, rows in, text out."""
import math
from html import escape

WIDTH, LEFT, RIGHT = 1000, 112, 12
ROW = 15  # of a fault or a node
COLOURS = 8  # classes n0 … n7 in the page's style


class Axis:
    """Time from left to right."""

    def __init__(self, lasts_ms):
        self.lasts_ms = max(1, lasts_ms)

    def x(self, t_ms):
        inside = min(max(t_ms, 0), self.lasts_ms)
        return LEFT + (WIDTH - LEFT - RIGHT) * inside / self.lasts_ms

    def ticks_s(self):
        lasts_s = self.lasts_ms / 1000
        step = next((s for s in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
                     if lasts_s / s <= 12), 7200)
        return range(0, int(lasts_s) + 1, step)


def text(x, y, words, kind="t", anchor="start"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(str(words))}</text>'


def bar(axis, from_ms, to_ms, y, kind, title, height=ROW - 3):
    x = axis.x(from_ms)
    return (f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(1.5, axis.x(to_ms) - x):.1f}" '
            f'height="{height:.1f}" rx="2"><title>{escape(title)}</title></rect>')


def packed(faults):
    """Each fault with the first row in which none overlaps it."""
    ends, rows = [], []
    for fault in faults:
        row = next((i for i, end in enumerate(ends) if end <= fault["from_ms"]), len(ends))
        ends[row:row + 1] = [fault["to_ms"]]
        rows.append((row, fault))
    return rows, len(ends)


def faults_lane(axis, faults):
    # A name may need more room than its bar.
    room = 90 * axis.lasts_ms / (WIDTH - LEFT - RIGHT)
    rows, count = packed([dict(fault, to_ms=max(fault["to_ms"], fault["from_ms"] + room))
                          for fault in faults])
    out = []
    for (row, _), fault in zip(rows, faults):
        y = row * ROW
        title = f"#{fault['number']} {fault['kind']} {fault['node'] or ''}, {fault['from_ms'] / 1000:.1f} to " \
                f"{fault['to_ms'] / 1000:.1f} s"
        out.append(bar(axis, fault["from_ms"], fault["to_ms"], y, "fault", title))
        out.append(text(axis.x(fault["from_ms"]) + 3, y + 9.5, f"{fault['kind']} {fault['node'] or ''}", "s"))
    return max(1, count) * ROW + 4, "".join(out)


def spans(samples):
    """Samples of one node as (state, term, from_ms, to_ms): what lasts is one span."""
    out = []
    for sample in samples:
        if out and out[-1][0] == sample["state"] and (sample["state"] != "leader" or
                                                      out[-1][1] == sample["term"]):
            out[-1][3] = sample["t_ms"]
            continue
        if out:
            out[-1][3] = sample["t_ms"]
        out.append([sample["state"], sample["term"], sample["t_ms"], sample["t_ms"]])
    return out


def nodes_lane(axis, by_node):
    out = []
    for place, (name, samples) in enumerate(by_node.items()):
        y = place * ROW
        out.append(text(LEFT - 6, y + 10, name, "s", "end"))
        for state, term, from_ms, to_ms in spans(samples):
            kind = {"leader": "lead", "down": "down", "silent": "silent"}.get(state, "follow")
            out.append(bar(axis, from_ms, to_ms, y, kind, f"{name}: {state}, term {term}, "
                           f"{from_ms / 1000:.1f} to {to_ms / 1000:.1f} s"))
            if kind == "lead" and axis.x(to_ms) - axis.x(from_ms) > 22:
                out.append(text(axis.x(from_ms) + 3, y + 9.5, term, "l"))
    return len(by_node) * ROW + 4, "".join(out)


def lines_lane(axis, series, unit, height=76, log=False):
    """series: {name: (class, [(t_ms, value or None)])}; a value of None is a gap."""
    def scaled(value):
        return math.log10(max(value, log)) - math.log10(log) if log else value
    values = [value for _, points in series.values() for _, value in points if value is not None]
    top = max(values, default=0) or 1
    high = scaled(top) or 1
    out = [text(LEFT - 6, 10, f"{top:,.0f} {unit}", "s", "end"),
           text(LEFT - 6, height, f"{log or 0:g}", "s", "end"),
           f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height}" y2="{height}"/>']
    for name, (kind, points) in series.items():
        path, is_down = [], False
        for t_ms, value in points:
            if value is not None:
                y = height - (height - 4) * scaled(value) / high
                path.append(f"{'L' if is_down else 'M'}{axis.x(t_ms):.1f} {y:.1f}")
            is_down = value is not None
        out.append(f'<path class="line {kind}" d="{"".join(path)}"><title>{escape(name)}</title></path>')
    return height + 8, "".join(out)


def picture(axis, lanes, faults):
    """lanes: (title, height, svg) from top to bottom; behind all of them when something was broken."""
    out, y = [], 0
    for title, height, svg in lanes:
        out.append(text(0, y + 12, title, "h"))
        out.append(f'<g transform="translate(0 {y + 20})">{svg}</g>')
        y += height + 30
    back = [bar(axis, fault["from_ms"], fault["to_ms"], 0, "shade", "", y) for fault in faults]
    back += [f'<line class="grid" x1="{axis.x(s * 1000):.1f}" x2="{axis.x(s * 1000):.1f}" y1="0" y2="{y}"/>'
             for s in axis.ticks_s()]
    ticks = [text(axis.x(s * 1000), y + 12, f"{s} s", "s", "middle") for s in axis.ticks_s()]
    return (f'<svg viewBox="0 0 {WIDTH} {y + 18}" role="img" aria-label="Timeline of the storm">'
            + "".join(back + out + ticks) + "</svg>")
