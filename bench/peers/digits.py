"""The work of recipes/digits.yaml in PyTorch: trajectories, training, closed-loop sampling, each a stage of its own."""

import math
import os
import time

import torch
from backbone import Backbone
from network import Head, Student, sample
from settings import compiled, for_inference, precision
from tensors import read, write
from torch.nn import functional as F
from workloads import EMA, Update, fastest_update

CHUNK = 512  # contexts solved at once
KEPT = 16
FREE_STEPS = 8
LEVELS = 256


class Solver:
    """Guided solves of the teacher by Heun's or the midpoint method; both branches run as one batch."""

    def __init__(self, head, setting):
        self.head, self.brief = head, False
        self.velocity = compiled(self.guided, setting, inference=True)

    def guided(self, x, y, w):
        conditional, unconditional = self.head.apply_to(torch.cat([x, x]), self.head.modulate(y)).float().chunk(2)
        return unconditional + w[:, None, None] * (conditional - unconditional)

    def __call__(self, solver, steps, noise, conditional, unconditional, w, keep=False):
        """noise [N, K, D] under contexts [N, H]; the ends, or all states [N, steps + 1, K, D]."""
        ends = []
        for rows in torch.arange(len(w)).split(CHUNK):
            condition = self.head.cond_embed(torch.cat([conditional[rows], unconditional[rows]]))
            ends.append(getattr(self, solver)(steps, noise[rows], condition, w[rows], keep))
        return torch.cat(ends)

    def heun(self, steps, x, condition, w, keep):
        times, states = self.head.time(torch.arange(steps + 1) / steps), [x]
        for i in range(steps):
            if self.brief and i > 0:
                states.append(x)
                continue
            slope = self.velocity(x, times[i : i + 1] + condition, w)
            again = self.velocity(x + slope / steps, times[i + 1 : i + 2] + condition, w)
            x = x + (slope + again) / (2 * steps)
            states.append(x)
        return torch.stack(states, 1) if keep else x

    def midpoint(self, steps, x, condition, w, keep):
        times = self.head.time(torch.arange(2 * steps) / (2 * steps))
        for i in range(0, 2 if self.brief else 2 * steps, 2):
            half = x + self.velocity(x, times[i : i + 1] + condition, w) / (2 * steps)
            x = x + self.velocity(half, times[i + 1 : i + 2] + condition, w) / steps
        return x


class Digits:
    """The teacher, and what each stage leaves for the next."""

    def __init__(self, request, setting):
        tensors, _ = read(request["teacher"])
        part = lambda prefix: {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
        self.mean, self.std = tensors["normalization/mean"], tensors["normalization/std"]
        self.request, self.setting, self.sizes = request, setting, request["head"]
        self.backbone = Backbone(**request["backbone"])
        self.backbone.load_state_dict(part("backbone/"))
        self.weights = part("head/")
        head = Head(*self.sizes)
        head.load_state_dict(self.weights)
        for_inference(self.backbone, setting)
        self.solve, self.samplers = Solver(for_inference(head, setting), setting), {}
        self.prompts = torch.tensor(request["prompts"])  # [10, letters]
        self.nothing = torch.tensor(request["nothing"])
        self.images = {split: self.mnist(split) for split in ("train", "t10k")}
        torch.manual_seed(1)

    def mnist(self, split):
        """Tokens [N, 16, 49] of bytes, and labels."""
        data = lambda name, skip: torch.frombuffer(
            bytearray(open(os.path.join(self.request["mnist"], f"{split}-{name}-ubyte"), "rb").read()[skip:]),
            dtype=torch.uint8,
        )
        images = data("images-idx3", 16).reshape(-1, 4, 7, 4, 7).permute(0, 1, 3, 2, 4).reshape(-1, 16, 49)
        return images, data("labels-idx1", 8).long()

    def real_states(self, split, count):
        """Hidden states [N, 16, W] of both branches over real images."""
        images, labels = self.images[split]
        rows = torch.randint(len(labels), (count,))
        tokens = ((images[rows] + torch.rand(count, 16, 49)) / LEVELS - self.mean) / self.std
        letters = torch.cat([self.prompts[labels[rows]], self.nothing.expand(count, -1)])
        return self.backbone.states(letters, torch.cat([tokens, tokens])).float().chunk(2)

    def draw(self, labels, noise, head):
        """Tokens [N, 16, 49] and hidden states of both branches, token by token."""
        letters = torch.cat([self.prompts[labels], self.nothing.expand(len(labels), -1)])
        return self.backbone.draw(letters, noise, head, 2 if self.solve.brief else 16)

    @torch.no_grad()
    def trajectories(self, contexts=4096, draws=4):
        free = contexts // 4
        with precision(self.setting):
            real = [part.flatten(0, 1) for part in self.real_states("train", (contexts - free) // 16)]
            w = 1 + torch.rand(free // 16)
            head = lambda x, c, u: self.solve("heun", FREE_STEPS, x[:, None], c, u, w)[:, 0]
            _, *own = self.draw(torch.randint(10, (free // 16,)), torch.randn(free // 16, 16, 49), head)
            every = torch.arange(contexts) % (len(real[0]) + own[0].shape[:2].numel())  # a brief draw has fewer
            c, u = (torch.cat([a, b.flatten(0, 1)])[every] for a, b in zip(real, own))
            w = 1 + torch.rand(contexts)
            states = self.solve("heun", 16, torch.randn(contexts, draws, 49), c, u, w, keep=True)
        self.cache = (states, c, u, w)

    def training(self, steps=1200, batch=512, rate=1e-3, warmup=100):
        """Trajectory regression: jumps between cached states of a path must land."""
        states, c, u, w = self.cache
        student = self.fresh_student()
        loss_of = compiled(lambda *inputs: landing_loss(student, *inputs), self.setting)
        update = Update(student.parameters(), fastest_update(list(student.parameters())))
        steps = 4 if self.solve.brief else steps
        contexts, order = batch // states.shape[2], torch.empty(0, dtype=torch.long)
        for step in range(steps):
            if len(order) < contexts:
                order = torch.cat([order, torch.randperm(len(states))])
            rows, order = order[:contexts], order[contexts:]
            start, end = jumps(contexts)
            inputs = states[rows, start], states[rows, end], start / KEPT, end / KEPT, c[rows], u[rows], w[rows]
            with precision(self.setting):
                loss = loss_of(*inputs)
            loss.backward()
            falling = 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))
            update(min(EMA, (1 + step) / (10 + step)), rate * ((step + 1) / warmup if step < warmup else falling))
            if not math.isfinite(loss.item()):
                raise ValueError(f"step {step}: the loss is not finite")
        for parameter, average in zip(student.parameters(), update.average):
            parameter.data.copy_(average)
        self.student, self.samplers = for_inference(student, self.setting), {}

    def fresh_student(self):
        """A student that is the teacher at first."""
        student = Student(*self.sizes)
        student.load_state_dict(self.weights, strict=False)
        for embedding in (student.duration_embed, student.guidance_embed):
            torch.nn.init.normal_(embedding.mlp[0].weight, std=0.02)
            for tensor in (embedding.mlp[0].bias, *embedding.mlp[2].parameters()):
                torch.nn.init.zeros_(tensor)
        for tensor in student.uncond_embed.parameters():
            torch.nn.init.zeros_(tensor)
        return student

    @torch.no_grad()
    def sampling(self):
        """Images and tokens of every row, the images written as they are asked for; rows see one noise, the last another."""
        count, guidance = self.request["samples"], self.request["guidance"]
        noise, other = torch.randn(2, count, 16, 49)
        labels, contexts = torch.arange(count) % 10, torch.arange(64)
        with precision(self.setting):
            states = [part[contexts, contexts % 16] for part in self.real_states("t10k", 64)]
            images = {}
            for row in self.request["rows"]:
                own = other if row["other"] else noise
                head = self.head_of(row, guidance)
                tokens, *_ = self.draw(labels, own, lambda x, c, u: head(x[:, None], c, u)[:, 0])
                head(torch.randn(64, 128, 49), *states)
                if not self.solve.brief:
                    images[row["name"]] = self.decoded(tokens)
        write(self.request["images"], images)

    def head_of(self, row, guidance):
        """Noise [N, K, D] under hidden states to tokens."""
        scale = lambda c: torch.full((len(c),), float(guidance))
        if row["kind"] == "student":
            return lambda x, c, u: self.student_sampler(row["steps"])(x, c, u, scale(c))
        return lambda x, c, u: self.solve(row["method"], row["steps"], x, c, u, scale(c))

    def student_sampler(self, steps):
        if steps not in self.samplers:
            plain = lambda *inputs: sample(self.student, inputs[0], steps, *inputs[1:])
            self.samplers[steps] = compiled(plain, self.setting, inference=True)
        return self.samplers[steps]

    def decoded(self, tokens):
        """Tokens as images [N, 28, 28] of 0 to 1."""
        levels = (LEVELS * (tokens.float() * self.std + self.mean)).floor().clamp(0, LEVELS - 1) / (LEVELS - 1)
        return levels.reshape(-1, 4, 4, 7, 7).permute(0, 1, 3, 2, 4).reshape(-1, 28, 28)

    def run(self, stage, brief=False):
        """Seconds of a stage; a brief one calls all that is compiled, at the same sizes."""
        self.solve.brief = brief
        start = time.perf_counter()
        getattr(self, stage)()
        return time.perf_counter() - start


def jumps(contexts):
    """Grid places s < t of each context: a quarter from noise to data, most others a step of two or four."""
    whole, even = torch.rand(contexts) < 0.25, torch.rand(contexts) < 0.75
    counts = torch.tensor([2, 4])[torch.randint(2, (contexts,))]
    step = (torch.rand(contexts) * counts).long()
    start = torch.randint(KEPT, (contexts,))
    end = start + 1 + (torch.rand(contexts) * (KEPT - start)).long()
    start, end = torch.where(even, step * KEPT // counts, start), torch.where(even, (step + 1) * KEPT // counts, end)
    return torch.where(whole, 0, start), torch.where(whole, KEPT, end)


def landing_loss(student, x, aim, s, t, c, u, w, huber=0.03):
    """The pseudo-Huber distance of landings at the weight 1/sqrt(t - s)."""
    scale = (t - s).rsqrt()[:, None, None]
    landed = student.jump(x, s, t, c, u, w).float()
    floor = huber * math.sqrt(x.shape[-1])
    return (((landed - aim) * scale).square().sum(-1) + floor**2).sqrt().sub(floor).mean()
