"""PyTorch's settings: eager or compiled, float32 or bfloat16 products."""

import contextlib
import shutil

import torch
from torch import nn


def compiler():
    """The C++ compiler that torch.compile finds; none where there is none."""
    try:
        from torch._inductor.cpp_builder import get_cpp_compiler

        return shutil.which(get_cpp_compiler())
    except Exception:
        return None


def precision(setting):
    """The context that products run in."""
    return torch.autocast("cpu", dtype=torch.bfloat16) if setting["bf16"] else contextlib.nullcontext()


def compiled(function, setting, inference=False):
    """The function as it is called; for inference compiled with weights as constants, packed for their products."""
    if not setting["compile"]:
        return function
    torch._inductor.config.freezing = inference
    return torch.compile(function, dynamic=False)


def for_inference(module, setting):
    """Weights of products in bfloat16 where products are, so that no call casts them."""
    module.eval().requires_grad_(False)
    if setting["bf16"]:
        for part in module.modules():
            if isinstance(part, nn.Linear):
                part.to(torch.bfloat16)
    return module
