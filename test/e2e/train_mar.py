"""Trains a small head of MAR's kind in PyTorch and writes what its user has: a checkpoint, and a capture with positions.

The head is asked for the noise that a DDPM of 1000 cosine steps mixed into a token; a tenth of the states are without their
prompt, which is what guidance needs.
"""
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from conditional_mixture import LENGTH, SIZES, TOKEN, states, tokens
from head_training import trained
from mar_process import alpha, sigma
from original_heads import ResidualHead

folder, steps, images = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(1)
generator = torch.Generator().manual_seed(1)

head = ResidualHead(**SIZES)
for part in (head.final_layer, *head.res_blocks):  # as MAR starts: modulations and output are zero
    torch.nn.init.zeros_(part.adaLN_modulation[1].weight)
torch.nn.init.zeros_(head.final_layer.linear.weight)


def loss():
    conditional, unconditional = states(512 // LENGTH, generator)
    data = tokens(conditional, generator)
    c = torch.where(torch.rand(512, 1, generator=generator) < 0.1, unconditional, conditional)
    index = torch.randint(1000, (512,), generator=generator)
    noise = torch.randn(512, TOKEN, generator=generator)
    found = head(alpha[index][:, None] * data + sigma[index][:, None] * noise, index, c)[:, :TOKEN]
    return (found - noise).square().mean()


average = trained(head, steps, loss)
model = {f"diffloss.net.{name}": value for name, value in average.items()}
torch.save({"model_ema": model}, folder / "checkpoint-last.pth")
conditional, unconditional = states(images, generator)
capture = {
    "conditional": conditional,
    "unconditional": unconditional,
    "target": tokens(conditional, generator),
    "position": torch.arange(LENGTH, dtype=torch.int32).repeat(images),
}
(folder / "capture").mkdir()
for name, values in capture.items():
    np.save(folder / "capture" / f"{name}-0000.npy", values.numpy())
