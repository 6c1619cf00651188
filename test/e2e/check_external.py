"""Checks programs whose weights lie beside them: ONNX's checker, and the same tensors as in the programs that hold them."""
import sys
import numpy as np
import onnx
from onnx import numpy_helper

beside, whole = sys.argv[1], sys.argv[2]
for name in sys.argv[3:]:
    onnx.checker.check_model(f"{beside}/{name}")
    tensors = [{t.name: numpy_helper.to_array(t) for t in onnx.load(f"{folder}/{name}").graph.initializer} for folder in (beside, whole)]
    assert tensors[0].keys() == tensors[1].keys()
    assert all(np.array_equal(tensors[0][key], tensors[1][key]) for key in tensors[0])
    print(f"{name}: {len(tensors[0])} tensors")
