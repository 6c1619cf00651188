"""The autoregressive model around the head: letters of a prompt, then 16 continuous tokens of an image."""

import torch
from torch import nn
from torch.nn import functional as F


class Layer(nn.Module):
    """A pre-norm transformer block."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.RMSNorm(width, eps=1e-6)
        self.mlp_norm = nn.RMSNorm(width, eps=1e-6)
        self.query, self.key, self.value, self.attention_out = (nn.Linear(width, width) for _ in range(4))
        self.mlp_in, self.mlp_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def project(self, x):
        """x [B, T, W] to query, key and value [B, heads, T, size]."""
        normed = self.attention_norm(x)
        split = lambda part: part(normed).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        return split(self.query), split(self.key), split(self.value)

    def finish(self, x, attended):
        x = x + self.attention_out(attended.transpose(1, 2).flatten(2))
        return x + self.mlp_out(F.silu(self.mlp_in(self.mlp_norm(x))))


class Backbone(nn.Module):
    def __init__(self, vocabulary, promptLength, imageLength, token, width, depth, heads):
        super().__init__()
        self.prompt, self.sizes = promptLength, (heads, width // heads)
        self.letter_embed, self.patch_embed = nn.Linear(vocabulary, width), nn.Linear(token, width)
        self.position = nn.Embedding(promptLength + imageLength - 1, width)
        self.blocks = nn.ModuleList(Layer(width, heads) for _ in range(depth))
        self.final_norm = nn.RMSNorm(width, eps=1e-6)
        self.letter_head = nn.Linear(width, vocabulary)

    def letters(self, ids):
        return self.letter_embed(F.one_hot(ids, self.letter_embed.in_features).float())

    def states(self, letters, tokens):
        """Hidden states [B, 16, W] over given tokens [B, 16, D]."""
        x = torch.cat([self.letters(letters), self.patch_embed(tokens[:, :-1])], 1) + self.position.weight
        for block in self.blocks:
            x = block.finish(x, F.scaled_dot_product_attention(*block.project(x), is_causal=True))
        return self.final_norm(x)[:, self.prompt - 1 :]

    def step(self, x, caches, at):
        """Runs new positions from `at` on; keys and values go into the caches. Gives the last hidden state [B, W]."""
        end = at + x.shape[1]
        for block, (keys, values) in zip(self.blocks, caches):
            query, keys[:, :, at:end], values[:, :, at:end] = block.project(x)
            past = keys[:, :, :end], values[:, :, :end]
            x = block.finish(x, F.scaled_dot_product_attention(query, *past, is_causal=at == 0))
        return self.final_norm(x)[:, -1]

    def draw(self, letters, noise, head, places):
        """Tokens [N, T, D] and hidden states [N, T, W] of both branches; letters [2N, L]: prompts, then none."""
        shape = (len(letters), self.sizes[0], self.position.num_embeddings, self.sizes[1])
        dtype = self.blocks[0].query.weight.dtype
        caches = [(torch.empty(shape, dtype=dtype), torch.empty(shape, dtype=dtype)) for _ in self.blocks]
        state = self.step(self.letters(letters) + self.position.weight[: self.prompt], caches, 0)
        drawn = []
        for place in range(places):
            conditional, unconditional = state.float().chunk(2)
            token = head(noise[:, place], conditional, unconditional)
            drawn.append((token, conditional, unconditional))
            if place == places - 1:
                break
            at = self.prompt + place
            x = self.patch_embed(torch.cat([token, token]))[:, None] + self.position.weight[at]
            state = self.step(x, caches, at)
        return [torch.stack(part, 1) for part in zip(*drawn)]
