"""Draw `million.png` from `million.csv`. Needs the dependency group `plot`."""

from __future__ import annotations

import matplotlib as mpl

from tests.soak.million import CSV, read

mpl.use("Agg")

from matplotlib import pyplot as plt

COLOURS = {
    "resolverd": "#0b6e4f",
    "resolverd, reload()": "#3a86c8",
    "resolverd, reload() in Node, with its daemon": "#7b5ea7",
    "resolverd, pages": "#8a6d3b",
    "Bun, plain directories": "#e08e45",
    "Bun, with manifests": "#b3261e",
}
ALONE = {"resolverd": "{:,} busts and resolves", "resolverd, pages": "{:,} pages created, matched and deleted"}


def main() -> None:
    series = {
        subject: [(sample.cycle, sample.resident / 1e6) for sample in samples] for subject, samples in read().items()
    }
    figure, (beside, alone) = plt.subplots(1, 2, figsize=(12, 4.6), layout="constrained")
    until = max(cycle for subject, samples in series.items() if subject not in ALONE for cycle, _ in samples)
    for subject, samples in series.items():
        if subject != "resolverd, pages":
            shown = [sample for sample in samples if sample[0] <= until]
            beside.plot(*zip(*shown, strict=True), label=subject, color=COLOURS[subject], linewidth=2)
    beside.set_title("Reading the same nine directories again and again")
    beside.set_xlabel("directories voided and read again (nine a reload)")
    for subject, told in ALONE.items():
        cycles, sizes = zip(*series[subject], strict=True)
        alone.plot(cycles, sizes, label=told.format(max(cycles)), color=COLOURS[subject], linewidth=1.5)
    alone.set_ylim(0, 2 * max(size for subject in ALONE for _, size in series[subject]))
    alone.set_title("resolverd alone")
    alone.set_xlabel("cycles")
    for axes in (beside, alone):
        axes.set_ylabel("resident size, MB")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.grid(alpha=0.3)
        axes.set_xlim(left=0)
        axes.legend()
    beside.set_ylim(bottom=0)
    figure.savefig(CSV.with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
