#!/usr/bin/python3
"""Reads OpenMetrics text from stdin with the parser of Prometheus's own client, and holds figures
against it.

Usage: check_exposition.py [NAME{LABEL=VALUE,…}=FIGURE…]
"""
import re
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

text = sys.stdin.read()
families = list(text_string_to_metric_families(text))
samples = {}
for family in families:
    if not family.documentation:
        sys.exit(f"{family.name} has no help")
    if family.unit and not family.name.endswith("_" + family.unit):
        sys.exit(f"{family.name} does not end in its unit")
    for sample in family.samples:
        samples[sample.name, frozenset(sample.labels.items())] = sample.value

# The parser drops what comes twice.
if len(samples) != sum(not line.startswith("#") for line in text.splitlines()):
    sys.exit("a sample is there twice")

for wanted in sys.argv[1:]:
    name, labels, figure = re.fullmatch(r"(\w+)(?:\{(.*)\})?=(.+)", wanted).groups("")
    pairs = frozenset(tuple(pair.split("=", 1)) for pair in labels.split(",") if labels)
    found = samples.get((name, pairs))
    if found is None:
        sys.exit(f"{name} {labels} is missing")
    if found != float(figure):
        sys.exit(f"{name} {labels} is {found}, not {figure}")
print(f"{len(families)} families, {len(samples)} samples")
