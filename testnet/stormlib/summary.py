"""Storms side by side: a row of Markdown for each report.json. Pure."""

HEAD = ("| Seed | Nodes | Profile | Faults | Statements | Questions, fresh | Elections | Longest without a commit "
        "| Memory at most | Checks |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")


def row(report):
    storm, totals = report["storm"], report["totals"]
    kinds = sorted({fault["kind"] for fault in report["faults"]})
    held = sum(check["ok"] for check in report["checks"])
    peak = max((node["peak_kib"] for node in report["nodes"].values()), default=0)
    cells = (storm["seed"], storm["nodes"], storm["profile"], f"{len(report['faults'])}: {', '.join(kinds)}",
             totals["statements"], f"{totals['reads']}, {totals['fresh']}", report["elections"],
             f"{totals['longest_gap_ms'] / 1000:.1f} s", f"{peak / 1024:.0f} MiB",
             f"{held} of {len(report['checks'])}")
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def table(reports):
    return HEAD + "".join(row(report) for report in sorted(reports, key=lambda one: one["storm"]["seed"]))
