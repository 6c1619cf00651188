"""A head of none of the imported families: attention over a group of tokens, adaLN, gated feed-forward; plain PyTorch.

Its times run from data (0) to noise (1), and it predicts noise - data, as SD3 and Flux have it.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = nn.Linear(width, 6 * width)
        self.qkv, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.gate, self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, h, y):
        rows, tokens, width = h.shape
        shift, scale, strength, shift2, scale2, strength2 = self.modulation(F.silu(y)).unsqueeze(1).chunk(6, -1)
        n = self.norm(h) * (1 + scale) + shift
        q, k, v = (part.reshape(rows, tokens, self.heads, -1).transpose(1, 2) for part in self.qkv(n).chunk(3, -1))
        weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), -1)
        h = h + strength * self.mix((weights @ v).transpose(1, 2).reshape(rows, tokens, width))
        n = self.norm(h) * (1 + scale2) + shift2
        return h + strength2 * self.down(F.silu(self.gate(n)) * self.up(n))


class GroupHead(nn.Module):
    """x [B, G, D] and hidden states [B, H] at times [B]."""

    def __init__(self, group, token, condition, width, depth, heads=4):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.enter, self.leave = nn.Linear(token, width), nn.Linear(width, token)
        self.place = nn.Parameter(0.2 * torch.randn(group, width))
        self.told = nn.Linear(condition, width)
        self.clock = nn.Sequential(nn.Linear(64, width), nn.SiLU(), nn.Linear(width, width))
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(depth))
        for layer in self.layers:
            nn.init.zeros_(layer.modulation.weight)
        nn.init.zeros_(self.leave.weight)

    def forward(self, sample, timestep, hidden):
        phase = timestep[:, None] * torch.exp(-math.log(1000) * torch.arange(32) / 32) * 1000
        y = self.clock(torch.cat([phase.cos(), phase.sin()], 1)) + self.told(hidden)
        h = self.enter(sample) + self.place
        for layer in self.layers:
            h = layer(h, y)
        return self.leave(self.norm(h))
