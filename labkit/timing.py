"""When the deltas of a stream arrived: TTFT, gaps, and their plot."""

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.plots import Plot

PERCENTILES = (50, 95, 99)


@dataclass
class Timing:
    """The times of one stream, in seconds of `time.perf_counter`.

    `sent_s` is when the request was sent, `arrivals_s` has one entry for each non-empty delta, and
    `ended_s` is None while the stream lasts.
    """

    sent_s: float
    arrivals_s: list[float] = field(default_factory=list)
    ended_s: float | None = None

    @property
    def ttft_s(self) -> float | None:
        """Seconds from the request to the first non-empty delta; None if there was none."""
        return self.arrivals_s[0] - self.sent_s if self.arrivals_s else None

    @property
    def total_s(self) -> float:
        """Seconds from the request to the end, or to the last delta while the stream lasts."""
        last_s = self.arrivals_s[-1] if self.arrivals_s else self.sent_s
        return (last_s if self.ended_s is None else self.ended_s) - self.sent_s

    @property
    def gaps_s(self) -> list[float]:
        """Seconds between one delta and the next: one entry fewer than there are deltas."""
        pairs = zip(self.arrivals_s, self.arrivals_s[1:], strict=False)
        return [later - earlier for earlier, later in pairs]

    @property
    def deltas_per_s(self) -> float | None:
        """Deltas a second, from the first to the last; None for fewer than two."""
        lasted_s = self.arrivals_s[-1] - self.arrivals_s[0] if self.arrivals_s else 0.0
        return (len(self.arrivals_s) - 1) / lasted_s if lasted_s else None

    def gap_percentiles_s(self) -> dict[int, float]:
        """Return the 50th, 95th and 99th percentile of the gaps, in seconds; {} without gaps."""
        gaps_s = self.gaps_s
        if len(gaps_s) < 2:
            return dict.fromkeys(PERCENTILES, gaps_s[0]) if gaps_s else {}
        cuts = statistics.quantiles(gaps_s, n=100, method="inclusive")
        return {p: cuts[p - 1] for p in PERCENTILES}

    def summary(self) -> str:
        """Return the figures in one line of words."""
        if self.ttft_s is None:
            return f"no text in {self.total_s:.2f} s"
        text = f"TTFT {self.ttft_s:.2f} s, total {self.total_s:.2f} s"
        text += f", {count(len(self.arrivals_s), 'delta')}"
        gaps = self.gap_percentiles_s()
        if gaps:
            text += ", gaps " + ", ".join(f"p{p} {s * 1000:.0f} ms" for p, s in gaps.items())
        return text

    def plot(self) -> "Plot":
        """Return a figure of the text's growth over time, and of how the gaps are spread."""
        from labkit.plots import new_plot  # matplotlib takes a quarter of a second to import

        plot, (growth, spread) = new_plot(8, 2.8, self.summary(), columns=2)
        times_s = [arrival - self.sent_s for arrival in self.arrivals_s]
        growth.step([0, *times_s], range(len(times_s) + 1), where="post")
        growth.set(xlabel="seconds since the request", ylabel="deltas", title="How it arrives")
        if self.ttft_s is not None:
            growth.axvspan(0, self.ttft_s, alpha=0.15, label=f"TTFT {self.ttft_s:.2f} s")
            growth.legend(loc="upper left", frameon=False)
        spread.hist([gap * 1000 for gap in self.gaps_s], bins=30)
        spread.set(xlabel="gap in ms", ylabel="how often", title="Gaps between deltas")
        return plot


def count(number: int, noun: str) -> str:
    """Return `1 delta`, `2 deltas`, `1,234 deltas`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
