"""A student of fewstep in the PyTorch model that its teacher came from.

    from use import FewStep

    head = FewStep.load(model.image_head.net, "original.safetensors")  # your own head module, filled with the student
    tokens = head.sample(torch.randn(rows, D), hidden, hidden_unconditional, guidance=3.0, steps=4)

`hidden` [rows, H] is what your model gives its head, `hidden_unconditional` the same without a prompt. A student whose
guidance is in its weights takes `hidden` alone; one of three-way guidance also `hidden_image` and `guidance_image`.
Noise is standard normal at time 0, tokens are at time 1. Needs torch, and safetensors for `load`.
"""
import json
import math

import torch
from torch.nn import functional as F

# How heads are called at x [R, D], times [R] and hidden states [R, H]; all but this one as net(x, t, c). A head that came as
# ONNX and is guided inside is also given its state without the prompt, where it takes one, and its scale [R].
CALLS = {"pocket-tts": lambda net, x, s, t, c: net(c, s[:, None], t[:, None], x)}
# The layer that hidden states enter by; what a student is told beside them is added to what leaves it.
ENTRANCES = {"vibevoice": "cond_proj"}


class FewStep:
    def __init__(self, net, tensors, metadata, call=None):
        """`net`: a head module; `tensors`: those of original.safetensors; `call`: where yours takes its inputs otherwise."""
        about = json.loads(metadata["fewstep"])
        prefix, added = about["prefix"], tuple(about["added"])
        own = {name[len(prefix):]: value for name, value in tensors.items() if name.startswith(prefix)}
        net.load_state_dict({name: own[name] for name in net.state_dict()})
        device = next(net.parameters()).device
        self.added = {name: own[name].to(device).float() for name in own if name.startswith(added)} if added else {}
        self.net, self.about, self.told, self.context = net, about, None, {}
        self.call = call or CALLS.get(about["family"], lambda net, x, s, t, c, *inside: net(x, t, c, *inside))
        if "graph" not in about:  # of a head that came as ONNX it is added to the inputs themselves
            entrance = getattr(net, ENTRANCES.get(about["family"], "cond_embed"))
            entrance.register_forward_hook(lambda layer, given, y: y if self.told is None else y + self.told.to(y.dtype))

    @classmethod
    def load(cls, net, path, call=None):
        from safetensors import safe_open

        with safe_open(path, "pt") as file:
            return cls(net, {name: file.get_tensor(name) for name in file.keys()}, file.metadata(), call)

    def velocity(self, x, s, t, hidden, hidden_unconditional=None, guidance=1.0, hidden_image=None, guidance_image=1.0):
        """u(x, s, t) [R, D] at x [R, D]: x + (t - s)·u is where the student jumps to. s and t [R]."""
        w, w_image = (torch.as_tensor(scale, dtype=x.dtype, device=x.device).expand(len(x)) for scale in (guidance, guidance_image))
        if self.about["guidance"] == "condition" and hidden_unconditional is not None:
            hidden = hidden_unconditional + w[:, None] * (hidden - hidden_unconditional)
        if (self.added or self.about["guidance"] == "inside") and self.about["told"] != "scale" and hidden_unconditional is None:
            raise ValueError("expected hidden_unconditional: this student is told a guidance scale")
        parts = [self._scalar("duration_embed", 32 * (t - s)), self._scalar("guidance_embed", 10 * (w - 1))]
        parts += [self._hidden("uncond_embed", hidden_unconditional)]
        if self.about["told"] == "three-way":
            image = hidden_unconditional if hidden_image is None else hidden_image
            parts += [self._hidden("image_only_embed", image), self._scalar("image_guidance_embed", 10 * (w_image - 1))]
        self.told = sum(part for part in parts if part is not None) if self.added else None
        self.context = {"unconditional": hidden_unconditional, "w": w}
        try:
            return self._read(x, s, t, hidden)
        finally:
            self.told = None

    def move(self, x, s, t, *context, fresh=None, noise_scale=1, **more):
        """One move of the student's sampler from s to t [R]; consistency students take new noise, `fresh` [R, D], scaled."""
        wide = lambda time: time[:, None]
        if self.about["sampler"] == "velocity":
            return x + wide(t - s) * self.velocity(x, s, s, *context, **more)
        if self.about["sampler"] == "consistency-renoised":
            data = x + wide(1 - s) * self.velocity(x, s, torch.ones_like(s), *context, **more)
            return wide(1 - t) * noise_scale * (torch.randn_like(x) if fresh is None else fresh) + wide(t) * data
        return x + wide(t - s) * self.velocity(x, s, t, *context, **more)

    @torch.no_grad()
    def sample(self, noise, *context, steps=4, **more):
        """Tokens [R, D] from standard normal noise [R, D], at the student's own times and noise scales for so many steps."""
        times = self.about.get("times", {}).get(str(steps), [step / steps for step in range(steps + 1)])
        scales = self.about.get("noiseScales", {}).get(str(steps), [1])
        x = scales[0] * noise
        for pair, scale in zip(zip(times, times[1:]), (*scales[1:], *steps * [1])):
            s, t = (torch.full((len(x),), time, dtype=x.dtype, device=x.device) for time in pair)
            x = self.move(x, s, t, *context, noise_scale=scale, **more)
        return x

    def _linear(self, name, x):
        return F.linear(x.float(), self.added[f"{name}.weight"], self.added[f"{name}.bias"])

    def _hidden(self, name, hidden):
        return self._linear(name, hidden) if f"{name}.weight" in self.added else None

    def _scalar(self, name, value):
        """Linear-SiLU-Linear over cosines and sines of 128 frequencies."""
        if f"{name}.mlp.0.weight" not in self.added:
            return None
        phase = value[:, None].float() * torch.exp(-math.log(10000) * torch.arange(128, device=value.device) / 128)
        return self._linear(f"{name}.mlp.2", F.silu(self._linear(f"{name}.mlp.0", torch.cat([phase.cos(), phase.sin()], 1))))

    def _read(self, x, s, t, hidden):
        """The velocity of what the head predicts."""
        prediction, last = self.about["prediction"], t if self.about["twoTimes"] else s
        flow = {
            "velocity": lambda found: found,
            "negative-velocity": lambda found: -found,
            "noise": lambda found: (x - found) / s[:, None].clamp(min=0.01),
            "data": lambda found: (found - x) / (1 - s[:, None].clamp(max=0.99)),
        }
        if prediction in flow:
            own = [1 - time if self.about.get("reversedTime") else time for time in (s, last)]
            return flow[prediction](self._net(x, *map(self._time, own), hidden)[:, : x.shape[1]])
        ratios = log_ratios(self.about.get("betas", "cosine"))
        inside = s.clamp(float(torch.sigmoid(ratios[self.about["startIndex"]])), float(torch.sigmoid(ratios[0])))
        index = self._time(index_of(inside, ratios.to(s.device)))
        time, near = s[:, None], inside[:, None]
        norm = (near**2 + (1 - near) ** 2).sqrt()  # 1/(alpha + sigma): the process' own state is x/norm
        found = self._net(x / norm, index, index, hidden)[:, : x.shape[1]]  # MAR's variances stand behind its noise
        if prediction == "ddpm-noise":
            v = (x - found) / near
        elif prediction == "ddpm-data":
            v = (found - x) / (1 - near)
        else:
            v = x * (2 * near - 1) / norm**2 - found / norm
        # beyond the trained times: the predicted data is kept before them, the predicted noise fades after them
        later, earlier = torch.maximum(time, near), torch.minimum(time, near)
        share = (1 - later) / (1 - near)
        return (x * (1 - share) + v * share * near) / later * (1 - near) / (1 - earlier)

    def _time(self, time):
        time = (time.bfloat16().to(time.dtype) if self.about["bf16Time"] else time) * self.about["timeScale"]
        return time.floor() if self.about["truncateTime"] else time

    def _net(self, x, s, t, hidden):
        dtype = next(self.net.parameters()).dtype
        if "graph" not in self.about:
            return self.call(self.net, x.to(dtype), s, t, hidden.to(dtype)).to(x.dtype)
        heard, at = {**self.context, "condition": hidden, "t": t, "s": s}, 0
        roles = [role for role, _ in self.about["graph"]["parts"]]
        for role, size in self.about["graph"]["parts"]:  # hidden states, scale and times side by side
            if self.told is not None:
                added = self.told[:, at : at + size]
                heard[role] = heard[role] + (added if heard[role].dim() > 1 else added[:, 0])
            at += size
        t, s = heard["t"], heard["s"] if "s" in roles else heard["t"]
        t, s = (time.long() if whole else time for time, whole in zip((t, s), self.about["graph"]["integers"]))
        heard["w"] = heard["w"] + self.about["graph"]["unguided"] - 1
        inside = [heard[role].to(dtype) for role in ("unconditional", "w") if role in roles]
        return self.call(self.net, x.to(dtype), s, t, heard["condition"].to(dtype), *inside).to(x.dtype)


def log_ratios(schedule="cosine"):
    """log(alpha/sigma) at the 1000 indices of the process, falling."""
    product = lambda time: math.cos((time + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = torch.tensor([min(1 - product((i + 1) / 1000) / product(i / 1000), 0.999) for i in range(1000)], dtype=torch.float64)
    if schedule == "linear":
        betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    signal = torch.cumprod(1 - betas, 0)
    return 0.5 * torch.log(signal / (1 - signal))


def index_of(time, ratios):
    """The index, with its fraction, at a time alpha/(alpha + sigma) [R]: log-ratios between indices are on a line."""
    slopes = 1 / (ratios[:-1] - ratios[1:])
    # in the type of the head's times, as it was trained: an index of 500 has no more than four digits behind the point
    passed = (ratios[:-1].to(time.dtype) - torch.log(time / (1 - time))[:, None]) * slopes.to(time.dtype)
    return passed.clamp(0, 1).sum(1)
