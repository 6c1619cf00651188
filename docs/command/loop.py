"""A closed loop of your own, in NumPy alone: a small autoregressive model with NextStep-1's head.

    python3 loop.py --head original.safetensors --steps 2 --seed 1 --samples 256 --out folder

The same program serves teacher and student: both files have the head's own names, and both are followed by Euler's method.
It leaves tokens.safetensors, what fewstep compares (reads: tokens), and metrics.json, its own numbers (reads: metrics).
"""
import argparse
import json
import struct
from pathlib import Path

import numpy as np

LENGTH = 4  # tokens of a sample


def read(path):
    blob = Path(path).read_bytes()
    start = 8 + struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:start])
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(blob[start:][slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
        if entry["dtype"] == "F32"
    }


def write(path, name, array):
    header = {name: {"dtype": "F32", "shape": array.shape, "data_offsets": [0, 4 * array.size]}}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + np.ascontiguousarray(array, "<f4").tobytes())


def silu(x):
    return x / (1 + np.exp(-x))


def normalized(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6)


class Head:
    """NextStep-1's head: a velocity [R, D] at tokens [R, D], a time and hidden states [R, H]."""

    def __init__(self, tensors):
        first = next(name for name in tensors if name.endswith("input_proj.weight"))
        prefix = first[: -len("input_proj.weight")]
        self.own = {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
        self.depth = sum(name.endswith("in_ln.weight") for name in self.own)
        self.token, self.hidden = self.own["input_proj.weight"].shape[1], self.own["cond_embed.weight"].shape[1]

    def linear(self, name, x):
        return x @ self.own[f"{name}.weight"].T + self.own[f"{name}.bias"]

    def __call__(self, x, t, hidden):
        phase = t * 10000 ** (-np.arange(128) / 128)
        time = np.concatenate([np.cos(phase), np.sin(phase)])[None]
        time = self.linear("time_embed.mlp.2", silu(self.linear("time_embed.mlp.0", time)))
        y = silu(time + self.linear("cond_embed", hidden))
        h = self.linear("input_proj", x)
        for block in (f"res_blocks.{index}" for index in range(self.depth)):
            shift, scale, gate = np.split(self.linear(f"{block}.adaLN_modulation.1", y), 3, 1)
            inner = normalized(h) * self.own[f"{block}.in_ln.weight"] + self.own[f"{block}.in_ln.bias"]
            inner = silu(self.linear(f"{block}.mlp.0", inner * (1 + scale) + shift))
            h = h + gate * self.linear(f"{block}.mlp.2", inner)
        shift, scale = np.split(self.linear("final_layer.adaLN_modulation.1", y), 2, 1)
        return self.linear("final_layer.linear", normalized(h) * (1 + scale) + shift)


def sequences(head, steps, seed, samples):
    """Tokens [N, K, D]; the next hidden state follows from the last token, so that errors of the head can grow."""
    prompts, noise = np.random.default_rng(0), np.random.default_rng(seed)  # the prompts are those of every run
    back = prompts.normal(size=(head.token, head.hidden)) / np.sqrt(head.token)
    hidden = prompts.normal(size=(samples, head.hidden))
    tokens = []
    for _ in range(LENGTH):
        x = noise.normal(size=(samples, head.token))
        for step in range(steps):
            x = x + head(x, step / steps, hidden) / steps
        tokens.append(x)
        hidden = normalized(hidden + x @ back)
    return np.stack(tokens, 1)


parser = argparse.ArgumentParser()
for name in ("head", "out"):
    parser.add_argument(f"--{name}", type=Path, required=True)
for name in ("steps", "seed", "samples"):
    parser.add_argument(f"--{name}", type=int, required=True)
given = parser.parse_args()

made = sequences(Head(read(given.head)), given.steps, given.seed, given.samples)
write(given.out / "tokens.safetensors", "tokens", made)
spread = made.std(0).mean(1)  # of each place in a sequence
metrics = {"spread": float(spread.mean()), "growth": float(spread[-1] / spread[0])}
(given.out / "metrics.json").write_text(json.dumps(metrics))
