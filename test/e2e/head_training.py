"""How the small heads of the end-to-end tests are trained: AdamW, a warm-up and a cosine, and averaged weights."""
import math

import torch


def trained(head, steps, loss_of):
    """Descends `loss_of()` and gives the averaged weights by name."""
    average = {name: value.clone() for name, value in head.state_dict().items()}
    optimizer = torch.optim.AdamW(head.parameters(), lr=2e-3, betas=(0.9, 0.99), weight_decay=0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, step / 100) * (1 + math.cos(math.pi * step / steps)) / 2)
    for step in range(steps):
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        for name, value in head.state_dict().items():
            average[name].lerp_(value, 0.002)
        if step % 200 == 0 or step == steps - 1:
            print(f"step {step} loss {loss.item():.3f}")
    return average
