"""Times the shipped model in tract, with our LSTM and with tract's own, and in onnxruntime; alternating, on one thread."""

import json
import subprocess
import time
from pathlib import Path

import numpy as np
import onnxruntime

MODELS = Path(__file__).parent.parent
COUNTS, ROUNDS, SECONDS = (1, 32, 256), 5, 1.0
SHAPES = {"series": (-1, 30, 6), "sentiments": (-1, 30, 8), "statics": (0, -1), "ahead": (-1, 14, 12)}
BENCH = ["cargo", "bench", "--quiet", "--package", "forecast-model", "--bench", "forward"]


def onnxruntime_times(session, golden) -> dict:
    """Microseconds of the fastest run, by number of windows."""
    fastest = {}
    for count in COUNTS:
        rows = np.arange(count) % len(golden["series"])
        inputs = {name: np.array(golden[name], np.float32)[rows].reshape(count, *shape[1:]) for name, shape in SHAPES.items()}
        end = time.perf_counter() + SECONDS
        best = float("inf")
        while time.perf_counter() < end:
            start = time.perf_counter()
            session.run(None, inputs)
            best = min(best, time.perf_counter() - start)
        fastest[count] = best * 1e6
    return fastest


def tract_times() -> tuple:
    """Microseconds by number of windows: with our LSTM, and with tract's."""
    printed = subprocess.run(BENCH, cwd=MODELS.parent, check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in printed.splitlines()]
    return tuple({int(row[0]): float(row[column]) for row in rows} for column in (1, 2))


def main():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(MODELS / "fortnight.onnx"), options)
    golden = json.loads((MODELS / "golden.json").read_text())
    rounds = [(*tract_times(), onnxruntime_times(session, golden)) for _ in range(ROUNDS)]
    print("windows  tract, us  with its own LSTM  onnxruntime, us  ratio")
    for count in COUNTS:
        ours, own, other = (min(times[side][count] for times in rounds) for side in range(3))
        print(f"{count:7}  {ours:9.0f}  {own:17.0f}  {other:15.0f}  {ours / other:5.2f}")


if __name__ == "__main__":
    main()
