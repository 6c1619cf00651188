"""Loads original.safetensors into a plain PyTorch head and feeds it by use.py: must give the numbers of fewstep.

The folder holds original.safetensors and use.py; the cases x, s, t, hidden, hidden_unconditional, guidance, hidden_image,
guidance_image [R, ...], and what fewstep makes of them: u, x_next, four equal steps, two at times of the student's own. `sizes` is JSON.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from given_back import opened
from inside_heads import InsideHead
from original_heads import head

folder, cases, sizes = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
use, tensors, metadata = opened(folder)
about = json.loads(metadata["fewstep"])
net = InsideHead(tensors, about["graph"]["unguided"]) if about["family"] == "onnx" else head(about["family"], sizes)
student = use.FewStep(net, tensors, metadata)
given = {path.stem: torch.from_numpy(np.load(path)) for path in cases.glob("*.npy")}
expected = {name: given.pop(name) for name in ("u", "x_next", "sample", "sample_own") if name in given}
x, s, t = given.pop("x"), given.pop("s"), given.pop("t")
if about["told"] == "alone":
    given = {"hidden": given["hidden"]}
new = {"fresh": x} if about["sampler"] == "consistency-renoised" else {}  # in place of new noise
with torch.no_grad():
    found = {
        "u": student.velocity(x, s, t, **given),
        "x_next": student.move(x, s, t, **given, **new),
        "sample": student.sample(x, steps=4, **given, **new),
        "sample_own": student.sample(x, steps=2, **given, **new),
    }
for name, value in expected.items():
    error = ((found[name] - value).abs().max() / value.abs().max()).item()
    print(f"{name} relative error {error:.2e}")
    assert error < 1e-5, (name, error)
if not about["added"] and about["sampler"] == "velocity" and about["prediction"].startswith("ddpm"):
    # a step of the original's deterministic sampler (DDIM) with the head as it stands is the student's move
    ratios = use.log_ratios()
    alpha, sigma = ((2 * sign * ratios[[700, 300]]).sigmoid().sqrt().float() for sign in (1, -1))
    z, c = x * (alpha[0] + sigma[0]), given["hidden"]
    with torch.no_grad():
        out = net(z, torch.full((len(x),), 700.0), c)[:, : x.shape[1]]
        data, noise = (
            ((z - sigma[0] * out) / alpha[0], out)
            if about["prediction"] == "ddpm-noise"
            else (alpha[0] * z - sigma[0] * out, sigma[0] * z + alpha[0] * out)
        )
        times = [torch.full((len(x),), float((alpha / (alpha + sigma))[k])) for k in (0, 1)]
        moved = student.move(x, *times, **given)
    stepped = (alpha[1] * data + sigma[1] * noise) / (alpha[1] + sigma[1])
    error = ((moved - stepped).abs().max() / stepped.abs().max()).item()
    print(f"step relative error {error:.2e}")
    assert error < 1e-5, error
if not about["added"] and about["family"] != "onnx" and about["prediction"] == "velocity" and not about["twoTimes"]:
    with torch.no_grad():
        assert torch.equal(net(x, s, given["hidden"]), found["u"]), "the head alone is the student"
