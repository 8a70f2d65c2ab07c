"""Writes a trained network as ONNX, with what it says of itself and golden pairs to check every runtime against."""

import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from network import HORIZON, LEVELS, WINDOW, Quantiles
from tensors import TEST_FROM, day

FEATURE_VERSION = "2"
GOLDEN_ROWS = 6
TOLERANCE = 1e-4  # in daily volatilities; float32 sums in another order differ by about 1e-6
INPUTS = ("series", "sentiments", "statics", "ahead")


def write_onnx(network: Quantiles, data, blend: torch.Tensor, year: int, path: Path, args):
    """Writes the network that has learned the years through `year`."""
    rows = np.flatnonzero(data.origin >= day(TEST_FROM))
    rows = rows[:: len(rows) // GOLDEN_ROWS][:GOLDEN_ROWS]
    inputs = {name: data.read(name, rows) for name in INPUTS}
    with warnings.catch_warnings():
        # The exporter warns that a batch of one would fix the batch size of the LSTM; ours is six.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=["quantiles"],
            dynamic_axes={name: {0: "windows"} for name in (*inputs, "quantiles")},
            opset_version=17,
            dynamo=False,
        )
    model = onnx.load(path)
    entries = {
        "name": "Fortnight LSTM",
        "version": args.version,
        "feature_version": FEATURE_VERSION,
        "trained_through": f"{year}-12-31",
        "window": WINDOW,
        "horizon": HORIZON,
        "levels": ",".join(f"{level:g}" for level in LEVELS),
        "members": len(args.members),
        "blend": json.dumps(blend.tolist()),
    }
    describe(model, entries)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    write_golden(network, inputs, path)


def describe(model: onnx.ModelProto, entries: dict):
    known = {entry.key: entry for entry in model.metadata_props}
    for key, value in entries.items():
        entry = known.get(key) or model.metadata_props.add()
        entry.key, entry.value = key, str(value)


@torch.no_grad()
def write_golden(network: Quantiles, inputs: dict, path):
    """Keeps inputs and answers beside the model; fails where onnxruntime answers otherwise than the training code."""
    expected = network(*inputs.values()).numpy()
    session = onnxruntime.InferenceSession(str(path))
    answer = session.run(["quantiles"], {name: value.numpy() for name, value in inputs.items()})[0]
    difference = float(np.abs(answer - expected).max())
    assert difference < TOLERANCE, f"onnxruntime differs by {difference}"
    golden = {name: value.flatten(1).tolist() for name, value in inputs.items()}
    golden["quantiles"] = answer.reshape(len(answer), -1).round(7).tolist()
    path.with_name("golden.json").write_text(json.dumps(golden))
    print(f"onnxruntime and torch agree to {difference:.1e}", flush=True)
