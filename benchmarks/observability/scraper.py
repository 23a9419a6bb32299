"""``python -m benchmarks.observability.scraper PORT``: scrapes until it is terminated.

Prints the milliseconds of each scrape, as Prometheus asks: OpenMetrics, packed.
"""

import sys
import time
import urllib.request

_INTERVAL_S = 1.0
"""Ten times as often as Prometheus asks by custom, so that a short run has some."""


def main(port: int) -> None:
    """Scrape for ever."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics",
        headers={"Accept": "application/openmetrics-text", "Accept-Encoding": "gzip"},
    )
    while True:
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own address
            answer.read()
        print(round((time.perf_counter() - began) * 1000, 1), flush=True)
        time.sleep(_INTERVAL_S)


if __name__ == "__main__":
    main(int(sys.argv[1]))
