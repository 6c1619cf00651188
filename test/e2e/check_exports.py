"""Checks the exported heads of a student's folder with ONNX's own checker and with PyTorch.

head.safetensors is read with NumPy alone and put into the published architecture, written out below; its jump must
equal the numbers that head.onnx gave (inputs and outputs in a .npz-like folder of .npy files).
"""
import json, math, struct, sys
import numpy as np
import onnx, torch

folder, cases = sys.argv[1], sys.argv[2]
for name in ("head.onnx", "sampler.onnx"):
    model = onnx.load(f"{folder}/{name}")
    onnx.checker.check_model(model, full_check=True)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17)], model.opset_import
    assert model.ir_version == 8, model.ir_version

blob = open(f"{folder}/head.safetensors", "rb").read()
size = struct.unpack("<Q", blob[:8])[0]
header = json.loads(blob[8 : 8 + size])
meta = header.pop("__metadata__")
w = {k: torch.from_numpy(np.frombuffer(blob[8 + size + v["data_offsets"][0] : 8 + size + v["data_offsets"][1]], np.float32).reshape(v["shape"]).copy()) for k, v in header.items()}

linear = lambda name, x: torch.nn.functional.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])
silu = torch.nn.functional.silu
norm = lambda x: torch.nn.functional.layer_norm(x, x.shape[-1:], eps=1e-6)
freqs = torch.exp(-math.log(10000) * torch.arange(128) / 128)
embed = lambda name, v: linear(f"{name}.mlp.2", silu(linear(f"{name}.mlp.0", torch.cat([torch.cos(v[:, None] * freqs), torch.sin(v[:, None] * freqs)], 1))))

def mean_velocity(x, s, t, hidden, unconditional, guidance):
    scale = float(meta["timeScale"])
    y = embed("time_embed", s * scale) + linear("cond_embed", hidden) + embed("duration_embed", (t - s) * 32)
    y = silu(y + linear("uncond_embed", unconditional) + embed("guidance_embed", (guidance - 1) * 10))
    h = linear("input_proj", x)
    for i in range(sum(name.endswith("in_ln.weight") for name in w)):
        shift, scale_, gate = linear(f"res_blocks.{i}.adaLN_modulation.1", y).chunk(3, 1)
        u = norm(h) * w[f"res_blocks.{i}.in_ln.weight"] + w[f"res_blocks.{i}.in_ln.bias"]
        h = h + gate * linear(f"res_blocks.{i}.mlp.2", silu(linear(f"res_blocks.{i}.mlp.0", u * (1 + scale_) + shift)))
    shift, scale_ = linear("final_layer.adaLN_modulation.1", y).chunk(2, 1)
    return linear("final_layer.linear", norm(h) * (1 + scale_) + shift)

load = lambda name: torch.from_numpy(np.load(f"{cases}/{name}.npy"))
x, s, t = load("x"), load("s"), load("t")
found = x + (t - s)[:, None] * mean_velocity(x, s, t, load("hidden"), load("hidden_unconditional"), load("guidance"))
expected = load("x_next")
error = ((found - expected).abs().max() / expected.abs().max()).item()
print(f"relative error {error:.2e}")
assert error < 1e-5, error
