"""Draw `million.png` from `million.csv`. Needs the dependency group `plot`."""

from __future__ import annotations

import matplotlib as mpl

from tests.soak.million import CSV, read

mpl.use("Agg")

from matplotlib import pyplot as plt

COLOURS = {"resolverd": "#0b6e4f", "Bun, plain directories": "#e08e45", "Bun, with manifests": "#b3261e"}


def main() -> None:
    series = {
        subject: [(sample.cycle, sample.resident / 1e6) for sample in samples] for subject, samples in read().items()
    }
    figure, (beside, alone) = plt.subplots(1, 2, figsize=(12, 4.6), layout="constrained")
    until = max(cycle for subject, samples in series.items() if subject != "resolverd" for cycle, _ in samples)
    for subject, samples in series.items():
        shown = [sample for sample in samples if sample[0] <= until]
        beside.plot(*zip(*shown, strict=True), label=subject, color=COLOURS[subject], linewidth=2)
    beside.set_title("Reading the same nine directories again and again")
    cycles, sizes = zip(*series["resolverd"], strict=True)
    alone.plot(cycles, sizes, color=COLOURS["resolverd"], linewidth=1.5)
    alone.set_ylim(0, 2 * max(sizes))
    alone.set_title(f"resolverd through {max(cycles):,} busts and resolves")
    for axes in (beside, alone):
        axes.set_xlabel("directories voided and read again")
        axes.set_ylabel("resident size, MB")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.grid(alpha=0.3)
        axes.set_xlim(left=0)
    beside.set_ylim(bottom=0)
    beside.legend()
    figure.savefig(CSV.with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
