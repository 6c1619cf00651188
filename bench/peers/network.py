"""The head of MAR, NextStep-1 and CALM, and a student of it, under the project's names: its weights load as they are."""

import math

import torch
from torch import nn
from torch.nn import functional as F

FREQUENCIES = 128
DURATION_SCALE, GUIDANCE_SCALE = 32, 10


class Embedding(nn.Module):
    """Linear-SiLU-Linear over the sinusoids of a scalar [B]; [B, W]."""

    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        frequencies = torch.exp(-math.log(10000) * torch.arange(FREQUENCIES) / FREQUENCIES)
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, scalar):
        phase = scalar[:, None] * self.frequencies
        return self.mlp(torch.cat([phase.cos(), phase.sin()], dim=1))


def modulation(width, parts):
    """SiLU is applied once for all layers."""
    return nn.Sequential(nn.Identity(), nn.Linear(width, parts * width))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.in_ln = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.adaLN_modulation = modulation(width, 3)

    def forward(self, h, shift, scale, gate):
        return h + gate * self.mlp(self.in_ln(h) * (1 + scale) + shift)


class Final(nn.Module):
    def __init__(self, width, token):
        super().__init__()
        self.adaLN_modulation = modulation(width, 2)
        self.linear = nn.Linear(width, token)

    def forward(self, h, shift, scale):
        return self.linear(F.layer_norm(h, h.shape[-1:], eps=1e-6) * (1 + scale) + shift)


class Head(nn.Module):
    """Three fifths of the work depend on time and condition alone: `modulate` once a context, `apply` for its K draws."""

    def __init__(self, token, condition, width, depth, time_scale=1):
        super().__init__()
        self.time_scale = time_scale
        self.time_embed = Embedding(width)
        self.cond_embed = nn.Linear(condition, width)
        self.input_proj = nn.Linear(token, width)
        self.res_blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.final_layer = Final(width, token)

    def time(self, t):
        return self.time_embed(t * self.time_scale)

    def modulate(self, y):
        """y [B, W] to shifts, scales and gates [B, 1, W] of all layers."""
        y = F.silu(y)[:, None, :]
        blocks = [block.adaLN_modulation(y).chunk(3, dim=-1) for block in self.res_blocks]
        return blocks, self.final_layer.adaLN_modulation(y).chunk(2, dim=-1)

    def apply_to(self, x, modulations):
        """x [B, K, D]; [B, K, D]."""
        blocks, final = modulations
        h = self.input_proj(x)
        for block, parts in zip(self.res_blocks, blocks):
            h = block(h, *parts)
        return self.final_layer(h, *final)

    def forward(self, x, t, c):
        return self.apply_to(x, self.modulate(self.time(t) + self.cond_embed(c)))


class Student(Head):
    """Predicts the mean velocity u(x, s, t); hears the duration, the guidance scale and the state without prompt, too."""

    def __init__(self, token, condition, width, depth, time_scale=1):
        super().__init__(token, condition, width, depth, time_scale)
        self.duration_embed = Embedding(width)
        self.guidance_embed = Embedding(width)
        self.uncond_embed = nn.Linear(condition, width)

    def heard(self, c, unconditional, w):
        """What all jumps under a context share: [B, W]."""
        guidance = self.guidance_embed((w - 1) * GUIDANCE_SCALE)
        return self.cond_embed(c) + self.uncond_embed(unconditional) + guidance

    def timed(self, s, t):
        return self.time(s) + self.duration_embed((t - s) * DURATION_SCALE)

    def jump(self, x, s, t, c, unconditional, w):
        y = self.timed(s, t) + self.heard(c, unconditional, w)
        return x + (t - s)[:, None, None] * self.apply_to(x, self.modulate(y))


def guided(head, x, y, w):
    """Both branches as one batch: y [2B, W], x [B, K, D], w [B]."""
    conditional, unconditional = head.apply_to(torch.cat([x, x]), head.modulate(y)).float().chunk(2)
    return unconditional + w[:, None, None] * (conditional - unconditional)


def sample(student, noise, steps, c, unconditional, w):
    """All jumps of a student in equal steps: noise [B, K, D]; what they share is computed once."""
    x, heard = noise, student.heard(c, unconditional, w)
    edges = torch.arange(steps + 1, dtype=torch.float32) / steps
    timed = student.timed(edges[:-1], edges[1:])  # [steps, W]
    for i in range(steps):
        x = x + student.apply_to(x, student.modulate(timed[i : i + 1] + heard)).float() / steps
    return x
