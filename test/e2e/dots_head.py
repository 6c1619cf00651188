"""dots.tts's patch network as a head: a small transformer over a prefix and the patch of frames that is drawn, in plain PyTorch.

A head of fewstep is told a state of fixed size. Here that is the sequence before the patch, [rows, places + 1, width + 1]: `places`
projected hidden states and past latents, the newest last, zeros before them where there are fewer; a last column that is 1
where a place is taken; and as its last row the speaker's embedding g. Names are those of a full checkpoint of dots.tts.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


class Embedder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, time):
        phase = time[:, None] * torch.exp(-math.log(10000) * torch.arange(128) / 128)
        return self.mlp(torch.cat([phase.cos(), phase.sin()], 1))


def rotated(x):
    """Rotary positions of x [rows, heads, length, size], by halves. Only differences of positions count."""
    length, size = x.shape[2:]
    angle = torch.arange(length)[:, None] * torch.exp(-math.log(10000) * torch.arange(0, size, 2) / size)
    angle = torch.cat([angle, angle], 1)
    first, second = x.chunk(2, -1)
    return x * angle.cos() + torch.cat([-second, first], -1) * angle.sin()


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.o_proj = nn.Linear(width, width)

    def forward(self, h, hidden):
        """h [rows, length, width]; `hidden` is -1e9 where a place must not be seen [rows, 1, length, length]."""
        rows, length, width = h.shape
        split = lambda layer: layer(h).reshape(rows, length, self.heads, width // self.heads).transpose(1, 2)
        q, k, v = rotated(split(self.q_proj)), rotated(split(self.k_proj)), split(self.v_proj)
        weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(width // self.heads) + hidden, -1)
        return self.o_proj((weights @ v).transpose(1, 2).reshape(rows, length, width))


class FeedForward(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, h):
        x = self.fc1(h)
        return self.fc2(0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))))


class Modulated(nn.Module):
    """A layer under modulations: `parts` of the width from the context."""

    def __init__(self, width, parts):
        super().__init__()
        self.parts = parts
        self.norm = nn.LayerNorm(width, eps=1e-5, elementwise_affine=False)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, parts * width))

    def modulations(self, c):
        return self.adaLN_modulation(c)[:, None].chunk(self.parts, -1)


class Block(Modulated):
    def __init__(self, width, heads, inner):
        super().__init__(width, 6)
        self.attn, self.ffn = Attention(width, heads), FeedForward(width, inner)

    def forward(self, h, c, hidden):
        shift, scale, gate, shift2, scale2, gate2 = self.modulations(c)
        h = h + gate * self.attn(self.norm(h) * (1 + scale) + shift, hidden)
        return h + gate2 * self.ffn(self.norm(h) * (1 + scale2) + shift2)


class Output(Modulated):
    def __init__(self, width, latent):
        super().__init__(width, 2)
        self.linear = nn.Linear(width, latent)

    def forward(self, h, c):
        shift, scale = self.modulations(c)
        return self.linear(self.norm(h) * (1 + scale) + shift)


class Field(nn.Module):
    def __init__(self, width, latent, heads, inner, depth, meanflow):
        super().__init__()
        self.time_embedder, self.input_layer = Embedder(width), nn.Linear(width, width)
        self.duration_embedder = Embedder(width) if meanflow else None
        self.blocks = nn.ModuleList(Block(width, heads, inner) for _ in range(depth))
        self.output_layer = Output(width, latent)

    def forward(self, x, t, duration, g, hidden):
        c = self.time_embedder(t) + g
        if self.duration_embedder is not None:
            c = c + self.duration_embedder(duration)
        h = self.input_layer(x)
        for block in self.blocks:
            h = block(h, c, hidden)
        return self.output_layer(h, c)


class PatchHead(nn.Module):
    """The velocity [rows, frames, latent] at x [rows, frames, latent], times t [rows] and what was packed, c."""

    def __init__(self, places, frames, width, latent, heads, inner, depth, meanflow=False):
        super().__init__()
        self.places, self.frames = places, frames
        self.velocity_field_predictor = Field(width, latent, heads, inner, depth, meanflow)
        self.coordinate_proj = nn.Linear(latent, width)

    def forward(self, x, t, c):
        return self.mean(x, t, None, c)

    def mean(self, x, t, duration, c):
        places = self.places
        prefix, taken, g = c[:, :places, :-1], c[:, :places, -1], c[:, places, :-1]
        sequence = torch.cat([prefix, self.coordinate_proj(x)], 1)
        at = torch.arange(places + self.frames)
        # causal before the hidden state of this patch; that and the frames see everything that is taken
        seen = ((at[None, :] <= at[:, None]) | (at[:, None] >= places - 1)).float()
        seen = seen * torch.cat([taken, torch.ones_like(x[:, :, 0])], 1)[:, None]
        return self.velocity_field_predictor(sequence, t, duration, g, (1 - seen)[:, None] * -1e9)[:, places:]


class MeanPatchHead(PatchHead):
    """The same of MeanFlow checkpoints: the mean velocity between two times s and t [rows], guidance in its weights."""

    def __init__(self, **sizes):
        super().__init__(**sizes, meanflow=True)

    def forward(self, x, s, t, c):
        return self.mean(x, s, t - s, c)


def packed(sequence, g, places):
    """What a head of so many places is told: a sequence [rows, length, width] before the patch, and g [rows, width]."""
    rows, length, width = sequence.shape
    c = torch.zeros(rows, places + 1, width + 1)
    kept = min(length, places)  # a longer past is cut
    c[:, places - kept : places, :-1] = sequence[:, length - kept :]
    c[:, places - kept : places, -1] = 1
    c[:, places, :-1] = g
    return c
