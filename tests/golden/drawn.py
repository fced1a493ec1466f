"""What the scripts here share: numbers that any language can draw again, and JSON in the folder that is asked for."""

import json
import sys
from pathlib import Path

import numpy as np

MASK = (1 << 64) - 1


def fill(name, *shape):
    """Uniform in [0, 1), f64: SplitMix64 (Nadir's rng.rs) seeded with FNV-1a-64 of the name, row-major."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    # All at once, as a network has millions of values; u64 wraps around as it should.
    z = np.uint64(state) + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(11)) * 2.0**-53).reshape(shape)


def signed(name, *shape):
    """`fill` in [-1, 1)."""
    return 2 * fill(name, *shape) - 1


def plain(value):
    """numpy's numbers as Python's."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    return value.item() if isinstance(value, np.generic) else value


def place(name):
    """`name` in the folder of the first argument, else where this file stands."""
    return Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent) / name


def write(name, values):
    """A number a line."""
    place(name).write_text(json.dumps(plain(values), indent=1) + "\n")


def write_lines(name, values):
    """A key a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(plain(value))}" for key, value in values.items()]
    place(name).write_text("{\n" + ",\n".join(lines) + "\n}\n")
