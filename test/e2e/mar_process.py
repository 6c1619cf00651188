"""MAR's noising process, 1000 cosine steps (arXiv 2102.09672), and its deterministic sampler (DDIM, arXiv 2010.02502)."""
import math

import torch

level = lambda t: math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
betas = torch.tensor([min(1 - level((i + 1) / 1000) / level(i / 1000), 0.999) for i in range(1000)], dtype=torch.float64)
remaining = torch.cumprod(1 - betas, 0)
alpha, sigma = remaining.sqrt().float(), (1 - remaining).sqrt().float()


@torch.no_grad()
def ddim(predict, noise, start, steps):
    """From pure noise by `steps` indices from `start` down; `predict` gives the noise in states [N, D] at an index.

    States at `start` are no pure noise: the first one is mixed from the data that is predicted of the noise.
    """
    data_in = lambda z, i, found: (z - sigma[i] * found) / alpha[i]
    z = alpha[start] * data_in(noise, start, predict(noise, start)) + sigma[start] * noise
    indices = torch.linspace(start, 0, steps).round().long().tolist()
    for i, following in zip(indices, [*indices[1:], None]):
        found = predict(z, i)
        data = data_in(z, i, found)
        z = data if following is None else alpha[following] * data + sigma[following] * found
    return z
