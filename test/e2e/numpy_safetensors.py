"""Reads safetensors with NumPy alone: the header's length, the header in JSON, bytes."""
import json
import struct

import numpy as np

TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I32": "<i4"}


def read(path):
    """The tensors of a file by name, 16 bits widened to float32, and its metadata."""
    blob = path.read_bytes()
    start = 8 + struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:start])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        content = np.frombuffer(blob[start:][slice(*entry["data_offsets"])], TYPES[entry["dtype"]])
        if entry["dtype"] == "BF16":
            content = (content.astype("<u4") << 16).view("<f4")
        wide = np.float32 if entry["dtype"] in ("F16", "BF16") else content.dtype
        tensors[name] = content.astype(wide).reshape(entry["shape"])
    return tensors, metadata
