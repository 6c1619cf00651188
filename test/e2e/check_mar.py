"""Measures a given-back student of train_mar.py's head in PyTorch under fresh contexts, and compares with its report.

The conditional energy distance, unbiased, a mean over contexts, is taken to tokens of the original head by MAR's DDIM. Prints
a line a step count; at four steps both must agree within the root of the sum of their intervals' squares.
"""
import json
import math
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
from conditional_mixture import SIZES, TOKEN, states
from given_back import opened
from mar_process import ddim
from original_heads import ResidualHead

checkpoint, card, evaluation, folder = (Path(word) for word in sys.argv[1:])
CONTEXTS, DRAWS = 64, 128
report = json.loads(evaluation.read_text())
rows = {row["steps"]: row for row in report["rows"] if row["kind"] == "student"}
(scale,) = {row["guidance"] for row in rows.values()}
use, tensors, metadata = opened(folder)


def energy(a, b):
    """Of draws [C, m, D]: the mean over contexts and half its 95 % interval."""
    within = lambda x: torch.cdist(x, x).sum((1, 2)) / (x.shape[1] * (x.shape[1] - 1))
    each = 2 * torch.cdist(a, b).mean((1, 2)) - within(a) - within(b)
    return each.mean().item(), 1.96 * each.std().item() / math.sqrt(len(each))


original = ResidualHead(**SIZES)
original.load_state_dict({name.removeprefix("diffloss.net."): value for name, value in torch.load(checkpoint)["model_ema"].items()})
student = use.FewStep(ResidualHead(**SIZES), tensors, metadata)

generator = torch.Generator().manual_seed(2)
conditional, unconditional = (each[:: len(each) // CONTEXTS].repeat_interleave(DRAWS, 0) for each in states(CONTEXTS, generator))
noise = lambda: torch.randn(CONTEXTS * DRAWS, TOKEN, generator=generator)
draws = lambda tokens: tokens.reshape(CONTEXTS, DRAWS, TOKEN)


def predict(z, index):
    time = torch.full((len(z),), float(index))
    told, untold = (original(z, time, c)[:, :TOKEN] for c in (conditional, unconditional))
    return untold + scale * (told - untold)


start = json.loads(card.read_text())["conventions"]["startIndex"]
reference, other = (draws(ddim(predict, noise(), start, 50)) for _ in range(2))
print("floor: {:.4f} ± {:.4f}".format(*energy(other, reference)))
for steps, row in rows.items():
    said = row["quality"]["energyDistance"]
    found, half = energy(draws(student.sample(noise(), conditional, unconditional, guidance=scale, steps=steps)), reference)
    print(f"{steps} steps: report {said['value']:.4f} [{said['low']:.4f}, {said['high']:.4f}], PyTorch {found:.4f} ± {half:.4f}")
    if steps == 4:
        assert abs(found - said["value"]) <= math.hypot(half, (said["high"] - said["low"]) / 2)
