"""Holds an ONNX file of `nadir onnx` against `nadir predict`, by PyPI's onnxruntime (tried with 1.32).

    nadir onnx --bundle static/models/aerial --out labels.onnx
    nadir predict --bundle static/models/aerial --json photographs/*.png > expected.json
    python tests/golden/check_onnx.py labels.onnx expected.json

PNG files: two decoders of JPEG differ by a value or two, which moves scores by a few hundredths. Needs: pip install onnxruntime
pillow numpy. Exits with 1 where a score is off by more than 1e-4.
"""

import json
import sys

import numpy
import onnxruntime
from PIL import Image


def main(model: str, expected: str) -> int:
    session = onnxruntime.InferenceSession(model)
    labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
    worst = 0.0
    rows = json.load(open(expected))
    for row in rows if isinstance(rows, list) else [rows]:
        image = numpy.asarray(Image.open(row["image"]).convert("RGB"), dtype=numpy.float32)
        (scores,) = session.run(["scores"], {"image": image.transpose(2, 0, 1)[None]})
        found = dict(zip(labels, scores[0]))
        off = max(abs(found[entry["label"]] - entry["score"]) for entry in row["scores"])
        print(f"{row['image']}: off by {off:.2e} at most")
        worst = max(worst, off)
    return int(worst > 1e-4)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
