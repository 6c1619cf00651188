"""What is timed: each workload holds what it needs, `run` does it once, `check` gives numbers that the other side must get, too."""

import time

import torch
from network import Head, Student, guided, sample
from settings import compiled, for_inference, precision
from tensors import read
from torch.nn import functional as F

EMA = 0.999


def opened(kind, request):
    """The network and the inputs that the other side wrote."""
    tensors, _ = read(request["file"])
    weights = {name[7:]: tensor for name, tensor in tensors.items() if name.startswith("weight/")}
    inputs = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("input/")}
    network = kind(*request["head"])
    network.load_state_dict(weights)
    return network, inputs


class Update:
    """Clipping, AdamW and the moving average of the weights, by one of PyTorch's ways to do it."""

    ways = ("fused", "foreach")

    def __init__(self, parameters, way, rate=1e-4):
        self.parameters = list(parameters)
        self.average = [p.detach().clone() for p in self.parameters]
        options = {"lr": rate, "betas": (0.9, 0.99), "eps": 1e-8, "weight_decay": 0.0}
        self.optimizer = torch.optim.AdamW(self.parameters, **{way: True}, **options)

    @torch.no_grad()
    def __call__(self, decay=EMA, rate=None):
        if rate is not None:
            self.optimizer.param_groups[0]["lr"] = rate
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0, foreach=True)
        self.optimizer.step()
        torch._foreach_lerp_(self.average, self.parameters, 1 - decay)
        self.optimizer.zero_grad(set_to_none=True)
        return norm


def fastest_update(parameters):
    """The way whose update takes least, on copies of the weights."""
    best = {}
    for way in Update.ways:
        update = Update([p.detach().clone().requires_grad_() for p in parameters], way)
        times = []
        for _ in range(6):
            for p in update.parameters:
                p.grad = torch.full_like(p, 1e-9)
            start = time.perf_counter()
            update()
            times.append(time.perf_counter() - start)
        best[way] = min(times)
    return min(best, key=best.get)


class Training:
    """A whole training step: loss, gradients, clipping, AdamW, average."""

    def __init__(self, request, setting):
        self.head, self.inputs = opened(Head, request)
        self.setting = setting
        way = fastest_update(list(self.head.parameters()))
        self.update = Update(self.head.parameters(), way)
        self.choice = f"{way} AdamW"
        self.loss = compiled(self.plain_loss, setting)

    def plain_loss(self, x, target, t, c):
        return F.mse_loss(self.head(x, t, c).float(), target)

    def step(self):
        with precision(self.setting):
            loss = self.loss(**self.inputs)
        loss.backward()
        return loss.item(), self.update()

    def check(self):
        loss, norm = self.step()
        return [loss, norm.item()]

    run = step


class Solve:
    """A guided Euler solve of a teacher from noise to data."""

    def __init__(self, request, setting):
        head, self.inputs = opened(Head, request)
        self.head, self.setting, self.steps = for_inference(head, setting), setting, request["steps"]
        self.choice = ""
        self.velocity = compiled(lambda x, y, w: guided(self.head, x, y, w), setting, inference=True)

    @torch.no_grad()
    def run(self):
        with precision(self.setting):
            return self.solve(**self.inputs)

    def solve(self, noise, conditional, unconditional, w):
        condition = self.head.cond_embed(torch.cat([conditional, unconditional]))
        times = self.head.time(torch.arange(self.steps, dtype=torch.float32) / self.steps)
        x = noise
        for i in range(self.steps):
            x = x + self.velocity(x, times[i : i + 1] + condition, w) / self.steps
        return x

    def check(self):
        return self.run().flatten()[:8].tolist()


class Latency:
    """One call of a student's sampler, all its steps; one draw a context."""

    def __init__(self, request, setting):
        student, self.inputs = opened(Student, request)
        self.student, self.setting, self.steps = for_inference(student, setting), setting, request["steps"]
        self.choice = ""
        self.sampler = compiled(self.plain, setting, inference=True)

    def plain(self, noise, hidden, hidden_unconditional, guidance):
        return sample(self.student, noise[:, None], self.steps, hidden, hidden_unconditional, guidance)

    @torch.no_grad()
    def run(self):
        with precision(self.setting):
            return self.sampler(**self.inputs)

    def check(self):
        return self.run().flatten()[:8].tolist()


WORKLOADS = {"training": Training, "solve": Solve, "latency": Latency}
