"""Draw the results: `passes.png` and `tools.png`. Needs the dependency group `plot`."""

from __future__ import annotations

import statistics

import matplotlib as mpl

from tests.bench import fresh, memory, side_by_side
from tests.bench.ground import HERE

mpl.use("Agg")

from matplotlib import pyplot as plt

OURS, OTHERS = "#0b6e4f", "#b0b0b0"
COLOURS = ("#e08e45", "#0b6e4f", "#7fb69e", "#1d3557", "#7d93b0")


def draw_passes(rounds: list[side_by_side.Round]) -> None:
    """CPU of each pass as a multiple of oxc-resolver's, on a logarithmic scale."""
    figure, every = plt.subplots(1, len(side_by_side.MEASURES), figsize=(16, 5), sharey=True, layout="constrained")
    names = list(side_by_side.RESOLVERS)[::-1]
    for axes, measured in zip(every, side_by_side.MEASURES, strict=True):
        found = {name: side_by_side.ratios(rounds, measured, name) for name in names}
        middles = {name: statistics.median(values) for name, values in found.items() if values}
        axes.barh(
            list(middles), list(middles.values()), color=[OURS if "resolverd" in name else OTHERS for name in middles]
        )
        axes.set_xscale("log")
        axes.axvline(1, color="black", linewidth=1)
        axes.set_title(measured)
        axes.set_xlabel("CPU, oxc-resolver = 1")
        for name, value in middles.items():
            axes.annotate(f" {value:.2f}", (max(value, 1e-3), name), va="center", fontsize=8)
        axes.margins(x=0.25)
    figure.savefig(HERE / "passes.png", dpi=100)


def draw_tools(starts: fresh.Measured, held: memory.Measured) -> None:
    """What a fresh tool pays, and what N tools hold."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6), layout="constrained")
    for (way, label), colour in zip(fresh.WAYS.items(), COLOURS, strict=True):
        middles = [statistics.median(run.cpu for run in by_way[way]) / 1000 for by_way in starts.values()]
        left.plot([int(count) for count in starts], middles, marker="o", label=label.replace("`", ""), color=colour)
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_xlabel("rows that a fresh Node process asks")
    left.set_ylabel("its CPU, ms (without Node's start)")
    for (way, label), colour in zip(memory.WAYS.items(), COLOURS, strict=False):
        right.plot(
            [int(tools) for tools in held],
            [by_way[way] / 1e6 for by_way in held.values()],
            marker="o",
            label=label,
            color=colour,
        )
    right.set_xlabel("tools that run at once")
    right.set_ylabel("MB added by resolving")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend()
    right.set_ylim(bottom=0)
    figure.savefig(HERE / "tools.png", dpi=100)
