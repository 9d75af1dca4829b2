"""What a storm came to: one JSON object, and one HTML page that needs nothing else. Pure."""
from html import escape

from . import chart

STYLE = """
:root{color-scheme:light dark;--back:#fff;--ink:#1c2128;--soft:#5b6470;--rule:#d9dee4;--good:#1a7f37;
--bad:#b3261e;--fault:#e8a33d;--shade:#e8a33d1f;--card:#f5f7f9;--n0:#0b62b0;--n1:#b5480b;--n2:#1b7f5c;
--n3:#8a3ba3;--n4:#8c6d00;--n5:#b0305c;--n6:#3d6b7d;--n7:#5a5f00}
@media(prefers-color-scheme:dark){:root{--back:#14181d;--ink:#e4e8ec;--soft:#9aa4af;--rule:#323a43;
--good:#4cc26b;--bad:#ff7b70;--fault:#d9922b;--shade:#d9922b22;--card:#1c2229;--n0:#64b0ff;--n1:#ff9d5c;
--n2:#52d6a2;--n3:#d794f0;--n4:#e5c34a;--n5:#ff86ac;--n6:#8fc3d6;--n7:#c3c95a}}
body{background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif;max-width:1080px;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{max-width:75ch}
.verdict{font-weight:600}.good{color:var(--good)}.bad{color:var(--bad)}
.cards{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0;padding:0;list-style:none}
.cards li{background:var(--card);border-radius:6px;padding:.5rem .8rem}
.cards b{display:block;font-size:1.15rem;font-variant-numeric:tabular-nums}.cards span{color:var(--soft);font-size:.85rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--rule)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.said{overflow-wrap:anywhere;white-space:pre-wrap}
.wide{overflow-x:auto}code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:var(--card);padding:.7rem;border-radius:6px;overflow-x:auto}
svg{display:block;width:100%;min-width:640px;height:auto}svg text{fill:var(--ink);font:10px system-ui,sans-serif}
svg .h{font-size:11.5px;font-weight:600}svg .s{font-size:9.5px}svg text.l{fill:var(--back);font-size:9.5px}
.grid{stroke:var(--rule);stroke-width:.6}.shade{fill:var(--shade)}.fault{fill:var(--fault);opacity:.55}
.lead{fill:var(--good)}.follow{fill:var(--soft);opacity:.3}.down{fill:var(--bad)}.silent{fill:var(--fault)}
.line{fill:none;stroke-width:1.4;stroke-linejoin:round}
""" + "".join(f".n{i}{{stroke:var(--n{i})}}.k{i}{{color:var(--n{i})}}" for i in range(chart.COLOURS))

LEGEND = ('<p class="soft"><span style="color:var(--good)">■</span> leads (with its term) '
          '<span style="color:var(--soft)">■</span> follows <span style="color:var(--fault)">■</span> runs and '
          'does not answer <span style="color:var(--bad)">■</span> does not run. Shaded: something is broken.</p>')


def by_node(samples):
    rows = {}
    for sample in samples:
        rows.setdefault(sample["node"], []).append(sample)
    return rows


def faults_of(schedule, done):
    """The faults as they were played: the node that was chosen, first to last verb."""
    out = []
    for fault in schedule.faults:
        steps = sorted((step for step in done if step["fault"] == fault.number),
                       key=lambda step: step["at_ms"])
        if not steps:
            continue
        words = steps[0]["words"].split(" --")[0].split()
        node = " ".join(words[1:])
        whole = fault.scene.kind in ("blackout", "roll")
        out.append({"number": fault.number, "kind": fault.scene.kind, "node": "" if whole else node,
                    "from_ms": steps[0]["at_ms"],
                    "to_ms": max(step["at_ms"] + step["took_ms"] for step in steps),
                    "failed": [f"{step['words']}: {step['said']}" for step in steps if step["status"] != 0]})
    return out


def elections(samples):
    """Terms that began."""
    terms = [row["term"] for row in samples if row["term"] is not None]
    return max(terms) - min(terms) if terms else 0


def lags(samples):
    """For each node the blocks that it was behind the highest then: {node: [(t_ms, lag or None)]}."""
    highest, out = 0, {}
    for row in samples:
        highest = max(highest, row["committed"] or 0)
        lag = None if row["height"] is None else highest - row["height"]
        out.setdefault(row["node"], []).append((row["t_ms"], lag))
    return out


def node_figures(samples):
    """For each node: memory at most, processor's share, the farthest behind, seconds led and away."""
    out = {}
    behind = lags(samples)
    for name, rows in by_node(samples).items():
        cpu_ms = led_ms = away_ms = 0
        for a, b in zip(rows, rows[1:]):
            passed = b["t_ms"] - a["t_ms"]
            led_ms += passed * (a["state"] == "leader")
            away_ms += passed * (a["state"] in ("down", "silent"))
            if a["pid"] == b["pid"] and a["cpu_ms"] is not None and b["cpu_ms"] is not None:
                cpu_ms += b["cpu_ms"] - a["cpu_ms"]
        lasts_ms = max(1, rows[-1]["t_ms"] - rows[0]["t_ms"])
        out[name] = {"peak_kib": max((row["peak_kib"] or 0 for row in rows), default=0),
                     "cpu_percent": round(100 * cpu_ms / lasts_ms, 1), "led_s": round(led_ms / 1000, 1),
                     "away_s": round(away_ms / 1000, 1),
                     "lag_max": max((lag for _, lag in behind[name] if lag is not None), default=0)}
    return out


def lanes_of(axis, report, samples):
    nodes = by_node(samples)
    kinds = {name: f"n{place % chart.COLOURS}" for place, name in enumerate(nodes)}
    seconds = report["seconds"]

    def second(key, factor=1):
        return [(i * 1000 + 500, row[key] * factor if row[key] is not None else None)
                for i, row in enumerate(seconds)]
    lanes = [("Faults", *chart.faults_lane(axis, report["faults"])),
             ("Nodes", *chart.nodes_lane(axis, nodes)),
             ("Statements committed (blue) and questions answered (brown), a second",
              *chart.lines_lane(axis, {"committed": ("n0", second("commits")),
                                       "questions": ("n1", second("reads"))}, "/s")),
             ("Time until a statement is committed: median (blue), 99 of 100 (brown), logarithmic",
              *chart.lines_lane(axis, {"p50": ("n0", second("p50_us", 0.001)),
                                       "p99": ("n1", second("p99_us", 0.001))}, "ms", log=1))]
    lanes.append(("Blocks behind the highest, each node in its colour",
                  *chart.lines_lane(axis, {name: (kinds[name], points)
                                           for name, points in lags(samples).items()}, "")))
    lanes.append(("Memory of each node",
                  *chart.lines_lane(axis, {name: (kinds[name], [(row["t_ms"], row["rss_kib"] and
                                                                 row["rss_kib"] / 1024) for row in rows])
                                           for name, rows in nodes.items()}, "MiB")))
    return lanes, kinds


def table(head, rows):
    """head: (words, is a number); rows of text that is HTML already."""
    kinds = [' class="n"' if is_number else "" for _, is_number in head]
    top = "".join(f"<th{kind}>{words}</th>" for kind, (words, _) in zip(kinds, head))
    body = "".join("<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row)) + "</tr>"
                   for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def milliseconds(us):
    return "–" if us is None else f"{us / 1000:,.1f} ms"


def cards(report):
    totals = report["totals"]
    peak = max((node["peak_kib"] for node in report["nodes"].values()), default=0)
    rows = [(f"{totals['statements']:,}", "statements committed"),
            (f"{totals['fresh']:,} of {totals['reads']:,}", "questions answered fresh"),
            (len(report["faults"]), "faults"), (report["elections"], "elections (new terms)"),
            (f"{totals['longest_gap_ms'] / 1000:.1f} s", "longest without a commit"),
            (milliseconds(totals["p50_us"]), "median until committed"),
            (milliseconds(totals["p99_us"]), "99 of 100 until committed"),
            (f"{peak / 1024:.0f} MiB", "most memory of a node")]
    return '<ul class="cards">' + "".join(f"<li><b>{value}</b><span>{words}</span></li>"
                                          for value, words in rows) + "</ul>"


def tables(report, kinds):
    checks = [(f'<span class="{"good" if row["ok"] else "bad"}">{"holds" if row["ok"] else "FAILS"}</span>',
               escape(row["check"]), f'<span class="said">{escape(row["said"])}</span>')
              for row in report["checks"]]
    nodes = [(f'<span class="k{kinds[name][1:]}">■</span> {escape(name)}',
              f"{node['peak_kib'] / 1024:.1f}", node["cpu_percent"], f"{node['lag_max']:,}", node["led_s"],
              node["away_s"]) for name, node in report["nodes"].items()]
    faults = [(fault["number"], f"{fault['from_ms'] / 1000:.1f}", f"{fault['to_ms'] / 1000:.1f}",
               escape(f"{fault['kind']} {fault['node']}"), escape("; ".join(fault["failed"])) or "done")
              for fault in report["faults"]]
    return ("<h2>What was checked when all was healed</h2>",
            table((("", False), ("Promise", False), ("What was seen", False)), checks),
            "<h2>The storm</h2>",
            "PICTURE",
            "<h2>The nodes</h2>",
            table((("Node", False), ("memory at most, MiB", True), ("processor, %", True),
                   ("blocks behind at most", True), ("led, s", True), ("away, s", True)), nodes),
            "<h2>The faults</h2>",
            table((("#", True), ("from, s", True), ("to, s", True), ("what", False),
                   ("came of it", False)), faults))


def render(report, samples, schedule_text):
    """The page. Every text from outside is escaped."""
    storm = report["storm"]
    axis = chart.Axis(report["lasts_ms"])
    samples = [row for row in samples if row["t_ms"] <= report["lasts_ms"]]
    lanes, kinds = lanes_of(axis, report, samples)
    failed = [row["check"] for row in report["checks"] if not row["ok"]]
    verdict = ('<span class="good">All promises held.</span>' if not failed else
               f'<span class="bad">{len(failed)} of {len(report["checks"])} promises did not hold: '
               f'{escape("; ".join(failed))}.</span>')
    told = tables(report, kinds)
    picture = f'{LEGEND}<div class="wide">{chart.picture(axis, lanes, report["faults"])}</div>'
    title = f"Storm {storm['seed']}: {storm['nodes']} nodes, profile {storm['profile']}"
    return "".join((
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1><p class=\"verdict\">{verdict}</p>",
        f"<p>For {report['lasts_ms'] / 1000:.0f} seconds, clients in every country blocked phones, lifted "
        "blocks and asked, while the faults below were made on purpose. Then all was healed, and the "
        "network was held to its promises: nothing that was acknowledged is lost, nobody's answers "
        "contradict each other, and all ledgers are the same to the last bit.</p>",
        cards(report), *(picture if part == "PICTURE" else part for part in told),
        "<h2>To play it again</h2>",
        f"<pre>{escape(storm['command'])}</pre><p>Commit <code>{escape(storm['commit'])}</code>, begun "
        f"{escape(storm['begun'])}. The schedule is the same for the same seed; who leads when a fault "
        "comes is the network's own doing.</p>",
        f"<details><summary>The schedule</summary><pre>{escape(schedule_text)}</pre></details>",
        "</body></html>\n"))
