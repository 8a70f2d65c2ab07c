"""Writes a trained network as ONNX, with what it says of itself and golden pairs to check every runtime against."""

import json
import warnings

import numpy as np
import onnx
import onnxruntime
import torch

from network import HORIZON, LEVELS, WINDOW, Quantiles

FEATURE_VERSION = "1"
GOLDEN_ROWS = 6
TOLERANCE = 1e-4  # in daily volatilities; float32 sums in another order differ by about 1e-6


def write_onnx(network: Quantiles, data, args, trained_through: str):
    rows = data.rows("validation")
    rows = torch.from_numpy(rows[:: len(rows) // GOLDEN_ROWS][:GOLDEN_ROWS])
    inputs = {
        "series": data.series[rows].float(),
        "sentiments": data.sentiments[rows].float(),
        "statics": data.statics[rows].float(),
    }
    axes = {name: {0: "windows"} for name in (*inputs, "quantiles")}
    with warnings.catch_warnings():
        # The exporter warns that a batch of one would fix the batch size of the LSTM; ours is six.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            tuple(inputs.values()),
            str(args.out),
            input_names=list(inputs),
            output_names=["quantiles"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    model = onnx.load(args.out)
    describe(
        model,
        {
            "name": "Fortnight LSTM",
            "version": args.version,
            "feature_version": FEATURE_VERSION,
            "trained_through": trained_through,
            "window": WINDOW,
            "horizon": HORIZON,
            "levels": ",".join(f"{level:g}" for level in LEVELS),
            "seeds": ",".join(map(str, args.seeds)),
            "blend": json.dumps((network.scaled_base / network.scaled_base.new_tensor([h**0.5 for h in range(1, HORIZON + 1)])[:, None]).tolist()),
        },
    )
    onnx.checker.check_model(model)
    onnx.save(model, args.out)
    write_golden(network, inputs, args.out)


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
