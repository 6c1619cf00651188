"""fewstep's random streams in NumPy: Philox4x32-10 (Salmon et al., SC 2011), keyed by the SHA-256 of the key's JSON."""
import hashlib
import json

import numpy as np

LOW = np.uint64(0xFFFFFFFF)
NORMAL_LANE, ORDER_LANE = 1, 3


def blocks(key, lane, count):
    """`count` blocks of four 32-bit words [count, 4]; a kind of draw has a lane of the counter to itself."""
    digest = hashlib.sha256(json.dumps(key, separators=(",", ":")).encode()).digest()
    k0, k1, c2, c3 = np.frombuffer(digest[:16], "<u4").astype(np.uint64)
    index = np.arange(count, dtype=np.uint64)
    x = [index & LOW, index >> np.uint64(32) | np.uint64(lane << 24), np.full(count, c2), np.full(count, c3)]
    for round in range(10):
        left, right = x[0] * np.uint64(0xD2511F53), x[2] * np.uint64(0xCD9E8D57)
        keys = [k + np.uint64(round * weyl) & LOW for k, weyl in ((k0, 0x9E3779B9), (k1, 0xBB67AE85))]
        x = [right >> np.uint64(32) ^ x[1] ^ keys[0], right & LOW, left >> np.uint64(32) ^ x[3] ^ keys[1], left & LOW]
    return np.stack(x, 1).astype(np.float64)


def normal(key, count):
    """Standard normal numbers, float32, by Box and Muller: a pair of words gives a radius and an angle."""
    words = blocks(key, NORMAL_LANE, -(-count // 4)).reshape(-1, 2)
    radius, angle = np.sqrt(-2 * np.log((words[:, 0] + 0.5) / 2**32)), words[:, 1] * (2 * np.pi / 2**32)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:count].astype(np.float32)


def permutation(key, length):
    """0 … length − 1 in random order: Fisher and Yates, from the end, by fractions of 53 bits."""
    words = blocks(key, ORDER_LANE, -(-length // 2)).reshape(-1, 2)
    fractions = words[:, 0] / 2**32 + (words[:, 1] // 2**11) / 2**53
    order = np.arange(length)
    for i in range(length - 1, 0, -1):
        j = int(fractions[i] * (i + 1))
        order[[i, j]] = order[[j, i]]
    return order
