"""The heads of NextStep-1 and MAR, pocket-tts and VibeVoice as plain PyTorch modules, with the original systems' names."""
import math

import torch
from torch import nn
from torch.nn import functional as F


def frequencies(count=128):
    return torch.exp(-math.log(10000) * torch.arange(count, dtype=torch.float32) / count)


class TimeEmbedding(nn.Module):
    def __init__(self, width, bias=True, frequency_count=128):
        super().__init__()
        self.count = frequency_count
        self.mlp = nn.Sequential(nn.Linear(2 * frequency_count, width, bias), nn.SiLU(), nn.Linear(width, width, bias))

    def forward(self, t):
        phase = t.float()[:, None] * frequencies(self.count)
        return self.mlp(torch.cat([phase.cos(), phase.sin()], 1).to(self.mlp[0].weight.dtype))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.in_ln = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 3 * width))

    def forward(self, h, y):
        shift, scale, gate = self.adaLN_modulation(y).chunk(3, 1)
        return h + gate * self.mlp(self.in_ln(h) * (1 + scale) + shift)


class FinalLayer(nn.Module):
    def __init__(self, width, output):
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.linear = nn.Linear(width, output)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))

    def forward(self, h, y):
        shift, scale = self.adaLN_modulation(y).chunk(2, 1)
        return self.linear(self.norm(h) * (1 + scale) + shift)


class ResidualHead(nn.Module):
    """NextStep-1 and CALM (output: token) and MAR (output: twice the token)."""

    def __init__(self, token, condition, width, depth, output):
        super().__init__()
        self.time_embed = TimeEmbedding(width)
        self.cond_embed = nn.Linear(condition, width)
        self.input_proj = nn.Linear(token, width)
        self.res_blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.final_layer = FinalLayer(width, output)

    def forward(self, x, t, c):
        return self.run(x, self.time_embed(t) + self.cond_embed(c))

    def run(self, x, y):
        h = self.input_proj(x)
        for block in self.res_blocks:
            h = block(h, y)
        return self.final_layer(h, y)


class AlphaNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * self.alpha * torch.rsqrt(1e-5 + x.var(-1, keepdim=True))


class StoredTimeEmbedding(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width), AlphaNorm(width))
        self.register_buffer("freqs", frequencies())

    def forward(self, t):
        return self.mlp(torch.cat([(t * self.freqs).cos(), (t * self.freqs).sin()], 1))


class TwoTimeHead(ResidualHead):
    """pocket-tts: times are [R, 1]."""

    def __init__(self, token, condition, width, depth, output):
        super().__init__(token, condition, width, depth, output)
        self.time_embed = nn.ModuleList([StoredTimeEmbedding(width), StoredTimeEmbedding(width)])

    def forward(self, c, s, t, x):
        return self.run(x, (self.time_embed[0](s) + self.time_embed[1](t)) / 2 + self.cond_embed(c))


class RootMeanSquareNorm(nn.Module):
    def __init__(self, width, affine):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width)) if affine else None

    def forward(self, x):
        normed = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5)
        return normed if self.weight is None else normed * self.weight


class FeedForward(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.gate_proj = nn.Linear(width, hidden, bias=False)
        self.up_proj = nn.Linear(width, hidden, bias=False)
        self.down_proj = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class GatedLayer(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.norm = RootMeanSquareNorm(width, True)
        self.ffn = FeedForward(width, hidden)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 3 * width, bias=False))

    def forward(self, h, y):
        shift, scale, gate = self.adaLN_modulation(y).chunk(3, 1)
        return h + gate * self.ffn(self.norm(h) * (1 + scale) + shift)


class GatedHead(nn.Module):
    """VibeVoice."""

    def __init__(self, token, condition, width, depth, output, hidden):
        super().__init__()
        self.noisy_images_proj = nn.Linear(token, width, bias=False)
        self.cond_proj = nn.Linear(condition, width, bias=False)
        self.t_embedder = TimeEmbedding(width, bias=False)
        self.layers = nn.ModuleList(GatedLayer(width, hidden) for _ in range(depth))
        self.final_layer = FinalLayer(width, output)
        self.final_layer.norm = RootMeanSquareNorm(width, False)
        self.final_layer.linear = nn.Linear(width, output, bias=False)
        self.final_layer.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width, bias=False))

    def forward(self, noisy_images, timesteps, condition):
        h, y = self.noisy_images_proj(noisy_images), self.cond_proj(condition) + self.t_embedder(timesteps)
        for layer in self.layers:
            h = layer(h, y)
        return self.final_layer(h, y)


def head(family, sizes):
    """A head of a family by its sizes: token, condition, width, depth, output, hidden."""
    hidden = sizes.pop("hidden")
    kinds = {"pocket-tts": TwoTimeHead, "vibevoice": lambda **rest: GatedHead(hidden=hidden, **rest)}
    return kinds.get(family, ResidualHead)(**sizes)
