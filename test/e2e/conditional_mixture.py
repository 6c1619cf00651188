"""A conditional mixture of Gaussians with a stand-in for MAR's backbone, in PyTorch.

The state of a token is the sum of its own part and of its image's prompt; without the prompt a constant stands for that.
"""
import torch

TOKEN, CONDITION, COMPONENTS, LENGTH = 8, 16, 3, 16  # LENGTH tokens an image
SPREAD, DISTANCE = 0.5, 2.0  # of a component, and of the components' centres
SIZES = {"token": TOKEN, "condition": CONDITION, "width": 96, "depth": 3, "output": 2 * TOKEN}

world = torch.Generator().manual_seed(0)
bend = torch.randn(COMPONENTS, CONDITION, TOKEN, generator=world) / CONDITION**0.5
centres = DISTANCE * torch.randn(COMPONENTS, TOKEN, generator=world)
preference = torch.randn(CONDITION, COMPONENTS, generator=world) / CONDITION**0.5
nothing = torch.randn(CONDITION, generator=world) / 2**0.5


def states(images, generator):
    """States with the prompt and without it [images · LENGTH, H] each, image after image."""
    own, prompts = (torch.randn(rows, CONDITION, generator=generator) / 2**0.5 for rows in (images * LENGTH, images))
    return own + prompts.repeat_interleave(LENGTH, 0), own + nothing


def tokens(conditional, generator):
    """A token a state [N, D]."""
    component = torch.multinomial(torch.softmax(conditional @ preference, 1), 1, generator=generator)[:, 0]
    means = torch.tanh(torch.einsum("nh,nhd->nd", conditional, bend[component])) + centres[component]
    return means + SPREAD * torch.randn(len(means), TOKEN, generator=generator)
