"""dots.tts's network at the weights of a golden case, exported with torch.onnx, and what its golden chains started from.

usage: make_dots.py <folder> <weights> <sample> [rows of a capture]
"""
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parent))
from dots_head import MeanPatchHead, PatchHead, packed
from numpy_safetensors import read

PLACES = 9  # more than the golden sequences have
SIZES = {"frames": "patch_size", "width": "hidden_size", "latent": "latent_dim", "heads": "heads", "inner": "ffn", "depth": "layers"}


def golden(path):
    tensors, metadata = read(Path(path))
    return {name: torch.from_numpy(tensor) for name, tensor in tensors.items()}, metadata


def empty_head(metadata):
    kind = MeanPatchHead if metadata["mode"] == "meanflow" else PatchHead
    return kind(places=PLACES, **{own: int(metadata[name]) for own, name in SIZES.items()})


def loaded(tensors, metadata):
    """A head with the tensors of a checkpoint, which has a prefix before the network's names or none."""
    full = "velocity_field_predictor."
    head, bare = empty_head(metadata), len(full) if metadata["prefix"] == "" else 0
    head.load_state_dict({name: tensors[name[bare:] if name.startswith(full) else name] for name in head.state_dict()})
    return head.eval()


class Projections:
    """The layers around the network, which make what the head is told."""

    def __init__(self, tensors):
        self.tensors = tensors

    def linear(self, name, x):
        return F.linear(x, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"])

    def sequence(self, hidden, history):
        """Two hidden states, the latents of the past patch, the hidden state of the patch to draw: [rows, 3 + frames, width]."""
        states = self.linear("hidden_proj", hidden)
        return torch.cat([states[:, :2], self.linear("latent_proj", history), states[:, 2:]], 1)

    def speaker(self, xvector):
        g = self.linear("xvec_proj.0", xvector)
        return F.layer_norm(g, g.shape[-1:], self.tensors["xvec_proj.1.weight"], self.tensors["xvec_proj.1.bias"], 1e-5)

    def conditions(self, hidden, history, xvector):
        """What the head is told, and with nothing: hidden states of zeros before their layer, g = 0; the latents stay."""
        told, g = self.sequence(hidden, history), self.speaker(xvector)
        untold = self.sequence(torch.zeros_like(hidden), history)
        return packed(told, g, PLACES), packed(untold, torch.zeros_like(g), PLACES)


def drawn(metadata, rows, seed):
    """Hidden states, past latents and speakers of no text: conditions of random numbers."""
    generator = torch.Generator().manual_seed(seed)
    frames, latent, hidden, speaker = (int(metadata[name]) for name in ("patch_size", "latent_dim", "llm_hidden_size", "xvector_size"))
    shapes = {"hidden": (3, hidden), "history": (frames, latent), "xvector": (speaker,)}
    return {name: torch.randn(rows, *shape, generator=generator) for name, shape in shapes.items()}


def write(folder, **tensors):
    """A folder of .npy files, a row of numbers each row."""
    folder.mkdir()
    for name, tensor in tensors.items():
        np.save(folder / f"{name}.npy", tensor.flatten(1).numpy() if tensor.dim() > 2 else tensor.numpy())


def exported(head, metadata, path):
    frames, latent, width = (int(metadata[name]) for name in ("patch_size", "latent_dim", "hidden_size"))
    times = ["s", "t"] if isinstance(head, MeanPatchHead) else ["t"]
    names = ["x", *times, "c"]
    torch.onnx.export(
        head,
        (torch.zeros(2, frames, latent), *(torch.zeros(2) for _ in times), torch.zeros(2, PLACES + 1, width + 1)),
        str(path),
        input_names=names,
        output_names=["velocity"],
        dynamic_axes={name: {0: "rows"} for name in [*names, "velocity"]},
        do_constant_folding=False,  # so that every weight keeps its name
        opset_version=16,
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (weights, metadata), (sample, _) = golden(sys.argv[2]), golden(sys.argv[3])
    around = Projections(weights)
    exported(loaded(weights, metadata), metadata, folder / "head.onnx")
    runs = [name[:-2] for name in sample if name.endswith(".x") and not name.startswith("scm")]
    for run in runs:
        states = sample[f"{run}.x"]
        told, untold = around.conditions(*(sample[f"{run}.{name}"] for name in ("hidden", "history", "xvector")))
        if run.startswith("euler"):
            scale = float(sample[f"{run}.guidance"])
            # dots.tts's c + s(c - u) is u + (s + 1)(c - u)
            write(folder / run, noise=states[0], c=torch.cat([told, untold]) if scale else told, cfg=torch.tensor([scale + 1]))
            write(folder / f"{run}-golden", x=states.flatten(2).flatten(0, 1))
        else:  # every state as a row of its own
            t, rows = sample[f"{run}.t"].repeat_interleave(len(told)), len(sample[f"{run}.t"])
            ends = t + sample[f"{run}.dt"].repeat_interleave(len(told))
            write(folder / run, x=states[:-1].flatten(0, 1), s=t, t=ends, c=told.repeat(rows, 1, 1))
            write(folder / f"{run}-golden", out=sample[f"{run}.v"].flatten(0, 1))
    if len(sys.argv) > 4:
        told, untold = around.conditions(**drawn(metadata, int(sys.argv[4]), 1))
        capture = {"conditional-0000": told, "unconditional-0000": untold, "position-0000": torch.zeros(len(told), dtype=torch.int32)}
        write(folder / "capture", **capture)
