"""Trains group_head.py's head by flow matching, exports it with torch.onnx, and writes a capture of its hidden states."""
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from conditional_mixture import CONDITION, LENGTH, TOKEN, states, tokens
from group_head import GroupHead
from head_training import trained

GROUP = 2  # a token of the mixture, in two halves that see each other
SIZES = {"group": GROUP, "token": TOKEN // GROUP, "condition": CONDITION, "width": 96, "depth": 2}

if __name__ == "__main__":
    folder, steps, images = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(1)
    head = GroupHead(**SIZES)

    def loss():
        conditional, unconditional = states(512 // LENGTH, generator)
        data = tokens(conditional, generator).reshape(512, GROUP, -1)
        hidden = torch.where(torch.rand(512, 1, generator=generator) < 0.1, unconditional, conditional)
        time = torch.rand(512, generator=generator)
        noise = torch.randn(data.shape, generator=generator)
        wide = time[:, None, None]
        return (head((1 - wide) * data + wide * noise, time, hidden) - (noise - data)).square().mean()

    average = trained(head, steps, loss)
    head.load_state_dict(average)
    torch.save(average, folder / "head.pth")
    # without folding, so that every weight keeps its name and its shape
    torch.onnx.export(
        head.eval(),
        (torch.zeros(2, GROUP, TOKEN // GROUP), torch.zeros(2), torch.zeros(2, CONDITION)),
        str(folder / "head.onnx"),
        input_names=["sample", "timestep", "hidden"],
        output_names=["flow"],
        dynamic_axes={name: {0: "batch"} for name in ("sample", "timestep", "hidden", "flow")},
        do_constant_folding=False,
        opset_version=16,
    )
    conditional, unconditional = states(images, generator)
    capture = {
        "conditional": conditional,
        "unconditional": unconditional,
        "position": torch.arange(LENGTH, dtype=torch.int32).repeat(images),
    }
    (folder / "capture").mkdir()
    for name, values in capture.items():
        np.save(folder / "capture" / f"{name}-0000.npy", values.numpy())
