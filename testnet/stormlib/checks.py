"""After the storm: heal, wait, and hold the network to its promises.

Each check is a row of {check, ok, said}: what is promised, whether it held, and what was seen.
"""
import json
import math
import re
import shutil

EQUAL_S, COMMIT_S = 180, 60
# A node's memory under every fault, docs/testnet.md: what it maps of its files counts.
MEMORY_MIB_MAX = 256
ENDS = ("kill", "stop", "power-off", "destroy", "full-disk", "fail-sync", "corrupt", "replace", "remove", "mend",
        "lie", "add")

CRASH = re.compile(r"\d+ (Segmentation fault|Aborted|Bus error|Illegal instruction|Floating point exception)")


def row(check, ok, said):
    return {"check": check, "ok": bool(ok), "said": said}


def heal(network, player):
    """Undoes whatever a fault has left; a node that lost its data gets a successor."""
    said = [network.verb("heal"), network.verb("wan", player.home)]
    for name in network.names():
        network.verb("resume", name)  # of one that does not run there is nothing to resume
        for words in (("slow-disk", name, "0"), ("full-disk", name, "off"), ("fail-sync", name, "0"),
                      ("clock", name, "+0"), ("crowd", name, "none")):
            said.append(network.verb(*words))
        if has_another_state(network, player, name):
            make_state_again(network, name)
        done = network.verb("start", name)
        if (done[0] != 0 and lost_data(player, name)) or half_replaced(player, name):
            done = network.verb("replace", name)
        said.append(done)
    failed = [words for status, words, _ in said if status != 0]
    return row("all is healed and every node starts", not failed, "; ".join(failed) or
               f"{len(network.names())} nodes run")


def log_of(network, name):
    return (network.directory / "nodes" / name / "log").read_text(errors="replace")


def led_astray(network, player):
    """Honest nodes that the liar has given another chain: they refuse all others', line after line, and
    follow nobody."""
    def says_so(name):
        lines = log_of(network, name).splitlines()[-100:]
        refusals = [line for line in lines if "event=append_refused" in line]
        return bool(refusals) and "why=DIVERGED" in refusals[-1]
    return [name for name in network.names() if player.liar and name != player.liar and says_so(name)]


def dismiss(network, player, astray):
    """A liar's own data can be anything, and who was led astray does not come back by itself: other
    nodes come in their place, as their regulators would have it. While the liar is still there, for
    it lies no more and its vote is wanted."""
    rows = []
    for name in [*astray, *([player.liar] if player.liar else [])]:
        status, said, _ = network.verb("replace", name)
        what = "lied" if name == player.liar else "was led astray"
        rows.append(row(f"the node that {what} is replaced", status == 0, said or name))
    return rows


def lost_data(player, name):
    """A fault has harmed this node's files: only then may it refuse them."""
    return any(step["words"].startswith(("destroy", "corrupt", "replace")) and name in step["words"].split()
               for step in player.done)


def has_another_state(network, player, name):
    """Bits of its state have flipped that no start sees; at a checkpoint it did, and stopped."""
    return lost_data(player, name) and "why=CHECKPOINT" in log_of(network, name)


def make_state_again(network, name):
    """What the handbook says under "Another state"."""
    network.verb("stop", name)
    shutil.rmtree(network.directory / "nodes" / name / "data" / "state")


def half_replaced(player, name):
    """Its successor was made, and did not get to vote: nobody but a person tries again."""
    tries = [step for step in player.done if step["words"] in (f"replace {name}", f"mend {name}")]
    return bool(tries) and tries[-1]["status"] != 0


def heads_equal(network):
    heads = set()
    for name in network.names():
        status = network.status(name)
        if status is None or status["height"] != status["committed"]:
            return None
        heads.add((status["height"], status["head"], status["root"]))
    return heads.pop() if len(heads) == 1 else None


def equal(network, check, seconds=EQUAL_S):
    if not network.wait(seconds, lambda: heads_equal(network)):
        seen = {name: (status := network.status(name)) and (status["height"], status["head"][:16])
                for name in network.names()}
        return row(check, False, f"after {seconds} s: {seen}")
    found = heads_equal(network)
    return row(check, True, f"height {found[0]}, {found[1][:16]}…" if found else "they go on")


def with_check_digit(digits):
    doubled = [int(d) * 2 if i % 2 else int(d) for i, d in enumerate(digits)]
    return digits + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def commits(network, seed):
    """Each node takes a statement, and it counts everywhere."""
    failed = []
    for place, name in enumerate(network.names()):
        phone = with_check_digit(f"01500000{seed % 10_000:04d}{place:02d}")
        status, said, _ = network.tool("block", phone, "--reason", "stolen", "--wait", "committed",
                                       "--timeout", str(COMMIT_S), "--node",
                                       network.field(name, "clients"), "--key",
                                       network.field(name, "key"))
        if status != 0:
            failed.append(f"{name}: {said}")
    return row("every node takes statements again", not failed, "; ".join(failed) or "each took one")


def members(network):
    """Those of the beginning: who came meanwhile and has not gone goes now."""
    for name in network.names():
        if name.startswith("extra"):
            network.verb("remove", name)
    names = network.names()
    status, said, out = network.tool("node", "list", "--json", "--node",
                                     network.field(names[0], "clients"))
    if status != 0:
        return row("the members are those wanted", False, said)
    listed = {node["name"]: (node["wanted"], node["member"]) for node in json.loads(out)["nodes"]}
    current = {name: pair for name, pair in listed.items() if "removed" not in pair}
    wrong = {name: pair for name, pair in current.items() if pair != ("voter", "voter")}
    return row("the members are those wanted", not wrong and set(current) == set(names),
               f"{wrong or sorted(current)}")


def states(network):
    """What each node says its state was at its last checkpoint."""
    roots = {}
    for name in network.names():
        status = network.status(name, 30)
        if status is None:
            return row("states are equal at checkpoints", False, f"{name} does not answer")
        roots.setdefault(status["checkpoint"]["height"], set()).add(status["checkpoint"]["state_root"])
    return row("states are equal at checkpoints", all(len(found) == 1 for found in roots.values()),
               ", ".join(f"height {height}: {len(found)}" for height, found in sorted(roots.items())))


def audits(network):
    """Every ledger recomputed from its first byte, of stopped nodes."""
    status, said, _ = network.verb("down")
    if status != 0:
        return row("imei audit passes on every ledger", False, said)
    found, failed = set(), []
    for name in network.names():
        status, said, out = network.tool("audit", "--json", network.field(name, "data-path"))
        if status != 0:
            failed.append(f"{name}: {said or out[:200]}")
            continue
        audit = json.loads(out)
        # A leader that hands over at its end leaves a block without statements to who is still there.
        found.add((audit["transactions"], audit["root"]))
    told = ", ".join(f"{count} statements, tree {root[:16]}…" for count, root in sorted(found))
    return row("imei audit passes on every ledger, all of the same statements", not failed and len(found) == 1,
               "; ".join([*failed, told]))


def judge(network, history):
    """Who shares no code with what it judges: docs/testnet.md."""
    status, said, out = network.run([str(network.bin / "imei-judge"), str(history),
                                     str(network.directory)])
    return row("imei-judge finds the history true", status == 0, said or out.strip()[:2000]), out


def unasked_ends(watch, done, other_states=()):
    """A node's process ends by a fault, or not at all. `other_states`: nodes whose state a fault has
    changed, which they find out later."""
    excused = [(step["at_ms"] - 1_000, step["at_ms"] + step["took_ms"] + 3_000, step["words"].split())
               for step in done if step["words"].split()[0] in ENDS]
    # Until it is given room again.
    excused += [(step["at_ms"], end["at_ms"] + end["took_ms"] + 3_000, step["words"].split())
                for step in done if re.match(r"full-disk \S+ on|corrupt |fail-sync ", step["words"])
                for end in done if end["fault"] == step["fault"] and end is not step]
    excused += [(step["at_ms"], math.inf, step["words"].split()) for step in done
                if step["words"].startswith("corrupt ") and step["words"].split()[1] in other_states]
    # Nodes are started again, one after the other, for another table of the lines between them.
    everybody = [(a, b) for a, b, words in excused if words[0] in ("add", "replace", "mend")]
    # Bash says so of what a verb has started, with the number of the process.
    found = [f"{step['words']} at {step['at_ms'] / 1000:.1f} s: {crash.group()}" for step in done
             if (crash := CRASH.search(step["said"]))]
    last = {}
    for sample in watch:
        name, before = sample["node"], last.get(sample["node"])
        last[name] = sample
        if before is None or before["pid"] is None or before["pid"] == sample["pid"]:
            continue
        spans = [(a, b) for a, b, words in excused if name in words] + everybody
        if not any(a <= sample["t_ms"] and before["t_ms"] <= b for a, b in spans):
            found.append(f"{name} at {sample['t_ms'] / 1000:.1f} s")
    return row("no node ends but by a fault", not found, ", ".join(found) or "none did")


def memory(watch):
    peaks = {}
    for sample in watch:
        peaks[sample["node"]] = max(peaks.get(sample["node"], 0), sample["peak_kib"] or 0)
    return row(f"no node takes more than {MEMORY_MIB_MAX} MiB", max(peaks.values(), default=0) <=
               MEMORY_MIB_MAX * 1024, ", ".join(f"{name} {kib / 1024:.0f}" for name, kib in peaks.items()))
