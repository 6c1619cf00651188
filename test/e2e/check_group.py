"""Measures a given-back student of train_group.py's head in PyTorch, under fresh contexts.

The conditional energy distance, unbiased, a mean over contexts, is to tokens of the original head by 64 guided steps of Euler. At
four steps the student must be within the teacher's floor, at two nearer than the teacher's Euler in eight, intervals apart. The
tokens that node made of the same noise with the exported ONNX files must be these.
"""
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from conditional_mixture import CONDITION, TOKEN, states
from given_back import opened
from group_head import GroupHead
from train_group import GROUP, SIZES

stage, folder, exported, scale = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])
CONTEXTS, DRAWS = 64, 128
generator = torch.Generator().manual_seed(2)
conditional, unconditional = (each[:: len(each) // CONTEXTS].repeat_interleave(DRAWS, 0) for each in states(CONTEXTS, generator))
first, other = (torch.randn(CONTEXTS * DRAWS, TOKEN, generator=generator) for _ in range(2))
if stage == "inputs":  # for node
    for name, values in {"noise": first, "hidden": conditional, "hidden_unconditional": unconditional}.items():
        np.save(folder / f"{name}.npy", values.numpy().astype(np.float32))
    sys.exit()

original = GroupHead(**SIZES)
original.load_state_dict(torch.load(folder / "head.pth"))
use, tensors, metadata = opened(exported)


def grouped(net, x, s, t, c):
    return net(x.reshape(len(x), GROUP, -1), t, c).reshape(len(x), TOKEN)


student = use.FewStep(GroupHead(**SIZES), tensors, metadata, call=grouped)


@torch.no_grad()
def euler(x, steps):
    for step in range(steps):
        time = torch.full((len(x),), 1 - step / steps)
        told, untold = (grouped(original, x, time, time, c) for c in (conditional, unconditional))
        x = x - (untold + scale * (told - untold)) / steps
    return x


def energy(a, b):
    """The energy distance of draws in each context [C]."""
    a, b = (each.reshape(CONTEXTS, DRAWS, TOKEN) for each in (a, b))
    within = lambda x: torch.cdist(x, x).sum((1, 2)) / (x.shape[1] * (x.shape[1] - 1))
    return 2 * torch.cdist(a, b).mean((1, 2)) - within(a) - within(b)


def interval(each):
    """The mean over contexts and half its 95 % interval."""
    return each.mean().item(), 1.96 * each.std().item() / math.sqrt(len(each))


reference = euler(other, 64)
floor, coarse = energy(euler(first, 64), reference), energy(euler(first, 8), reference)
print("floor: {:.4f} ± {:.4f}".format(*interval(floor)))
print("Euler, 8 steps: {:.4f} ± {:.4f}".format(*interval(coarse)))
found = {}
for steps in (1, 2, 4):
    sampled = student.sample(first, conditional, unconditional, guidance=scale, steps=steps)
    found[steps] = energy(sampled, reference)
    print("student, {} step{}: {:.4f} ± {:.4f}".format(steps, "" if steps == 1 else "s", *interval(found[steps])))
    told = torch.from_numpy(np.load(folder / f"sampled-{steps}.npy"))
    assert (told - sampled).abs().mean() < 1e-4 * sampled.std(), f"{steps} steps: node and PyTorch differ"
above, half = interval(found[4] - floor)  # paired: of the same contexts and noise
assert above - half <= sum(interval(floor)), "four steps: expected the teacher's floor"
better, half = interval(coarse - found[2])
print("two steps are nearer than Euler's eight by {:.4f} ± {:.4f}".format(better, half))
assert better > half, "two steps: expected better than Euler in eight"
