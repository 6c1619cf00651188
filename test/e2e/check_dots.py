"""Measures a given-back student of dots.tts's head in PyTorch, under conditions that it has not seen.

The student has the head's own names and takes its place: one branch, guidance in its weights. Its samples must be nearer to those
of 64 guided steps of the head, from the same noise, in one call and in two than one guided step of Euler, which takes two. Four calls
are printed: so short a training does not beat two guided steps of a head of random weights.

usage: check_dots.py <weights> <folder of the exported student> <guidance scale s of c + s(c - u)>
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
from given_back import opened
from make_dots import Projections, drawn, empty_head, golden, loaded

(weights, metadata), scale = golden(sys.argv[1]), float(sys.argv[3])
original = loaded(weights, metadata)
_, tensors, _ = opened(Path(sys.argv[2]))
student = empty_head(metadata)
student.load_state_dict(tensors)  # no tensor more, none less

told, untold = Projections(weights).conditions(**drawn(metadata, 512, 2))
frames, latent = int(metadata["patch_size"]), int(metadata["latent_dim"])
noise = torch.randn(512, frames, latent, generator=torch.Generator().manual_seed(3))


@torch.no_grad()
def euler(velocity, steps):
    x = noise
    for step in range(steps):
        x = x + velocity(x, torch.full((len(x),), step / steps)) / steps
    return x


def guided(x, t):
    conditional = original(x, t, told)
    return conditional + scale * (conditional - original(x, t, untold))


ends = euler(guided, 64)
apart = lambda found: (found - ends).flatten(1).norm(dim=1)
own = {calls: apart(euler(lambda x, t: student(x, t, told), calls)) for calls in (1, 2, 4)}
teacher = {calls: apart(euler(guided, calls // 2)) for calls in (2, 4)}
for calls, found in own.items():
    other = teacher[max(calls, 2)]
    half = 1.96 * (other - found).std() / len(found) ** 0.5
    print(f"{calls} calls: student {found.mean():.3f}, Euler in {max(calls, 2)} {other.mean():.3f} (± {half:.3f})")
    assert calls > 2 or (other - found).mean() > half, f"{calls} calls: expected nearer than Euler"
