"""The small heads of test/teachers/imported/graph/inside-model.ts, which guide themselves, in PyTorch."""
import torch
from torch import nn


class InsideHead(nn.Module):
    """tanh between two layers of x [R, D], c [R, H] and t [R]; guided by what stands beside: (c_uncond, w), or w alone."""

    def __init__(self, weights, unguided):
        super().__init__()
        self.first, self.second, self.unguided = nn.Module(), nn.Module(), unguided
        for layer, name in ((self.first, "weight"), (self.first, "bias"), (self.second, "weight")):
            key = f"{'first' if layer is self.first else 'second'}.{name}"
            layer.register_parameter(name, nn.Parameter(torch.zeros_like(weights[key])))

    def forward(self, x, t, c, *beside):
        *state, w = beside
        if not state:
            return self.plain(x, t, c * w[:, None])
        told, untold = self.plain(x, t, c), self.plain(x, t, state[0])
        return (untold if self.unguided == 1 else told) + w[:, None] * (told - untold)

    def plain(self, x, t, c):
        hidden = torch.tanh(torch.cat([x, c, t[:, None]], 1) @ self.first.weight + self.first.bias)
        return hidden @ self.second.weight
