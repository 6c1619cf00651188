"""The training step of `npm run bench` in PyTorch, for whoever has it: same head, same samples, same count of FLOPs.

python3 bench/peers/training_step.py [--threads 2] [--bf16] [--compile] [--plain]

--plain computes the modulations for every draw instead of once a context, as the original heads do.
"""

import argparse
import math
import time

import torch
from torch import nn
from torch.nn import functional as F

HEADS = {
    "digits 49/192/256x3": (49, 192, 256, 3),
    "16/768/512x3": (16, 768, 512, 3),
    "64/1024/1024x6": (64, 1024, 1024, 6),
}
SAMPLES = 1024


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.in_ln = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.modulation = nn.Linear(width, 3 * width)

    def forward(self, h, y):
        shift, scale, gate = self.modulation(y).chunk(3, dim=-1)
        return h + gate * self.mlp(self.in_ln(h) * (1 + scale) + shift)


class Head(nn.Module):
    def __init__(self, token, condition, width, depth):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        self.condition = nn.Linear(condition, width)
        self.input = nn.Linear(token, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.final_modulation = nn.Linear(width, 2 * width)
        self.final = nn.Linear(width, token)
        frequencies = torch.exp(-math.log(10000) * torch.arange(128) / 128)
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, x, t, c):
        phase = t[:, None] * self.frequencies
        y = self.time(torch.cat([phase.cos(), phase.sin()], dim=1)) + self.condition(c)
        y = F.silu(y)[:, None, :]  # [B, 1, W], shared by the draws of a context
        h = self.input(x)
        for block in self.blocks:
            h = block(h, y)
        shift, scale = self.final_modulation(y).chunk(2, dim=-1)
        return self.final(F.layer_norm(h, h.shape[-1:], eps=1e-6) * (1 + scale) + shift)


def seconds(run, repeats=5):
    run()
    run()
    best = math.inf
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def ceiling(size=2048):
    a, b = torch.rand(size, size), torch.rand(size, size)
    return 2 * size**3 / seconds(lambda: a @ b)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--bf16", action="store_true", help="autocast to bfloat16")
    options.add_argument("--compile", action="store_true", help="torch.compile")
    options.add_argument("--plain", action="store_true", help="modulations for every draw")
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    top = ceiling()
    print(f"torch {torch.__version__}, {options.threads} threads, matrix-product ceiling {top / 1e9:.0f} GFLOP/s")
    for name, (token, condition, width, depth) in HEADS.items():
        head = Head(token, condition, width, depth)
        parameters = sum(p.numel() for p in head.parameters())
        network = torch.compile(head) if options.compile else head
        for draws in (1, 4, 8):
            rows, per = (SAMPLES, 1) if options.plain else (SAMPLES // draws, draws)
            x, target = torch.rand(rows, per, token), torch.rand(rows, per, token)
            t, c = torch.rand(rows), torch.rand(rows, condition)

            def step():
                head.zero_grad(set_to_none=True)
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bf16):
                    loss = F.mse_loss(network(x, t, c).float(), target)
                loss.backward()

            elapsed = seconds(step)
            speed = 6 * parameters * SAMPLES / elapsed
            print(
                f"{name:22} K={draws} {elapsed * 1000:8.1f} ms {SAMPLES / elapsed:8.0f} samples/s "
                f"{speed / 1e9:6.0f} GFLOP/s {speed / top:5.2f} of ceiling"
            )


if __name__ == "__main__":
    main()
