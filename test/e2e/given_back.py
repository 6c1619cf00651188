"""Opens what `fewstep export --to original` writes: the module use.py and the student's tensors under the original names."""
import importlib.util

import torch
from numpy_safetensors import read


def opened(folder):
    """The module, the tensors as PyTorch's, and the file's metadata."""
    spec = importlib.util.spec_from_file_location("use", folder / "use.py")
    use = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(use)
    tensors, metadata = read(folder / "original.safetensors")
    return use, {name: torch.from_numpy(tensor) for name, tensor in tensors.items()}, metadata
