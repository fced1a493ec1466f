"""pycocotools' part of `nadir bench`: both files read and scored once; prints seconds and the twelve figures, or null
without pycocotools."""
import contextlib, io, json, sys, time

try:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
except ImportError:
    print("null")
    sys.exit()

with contextlib.redirect_stdout(io.StringIO()):
    started = time.perf_counter()
    truth = COCO(sys.argv[1])
    found = COCOeval(truth, truth.loadRes(sys.argv[2]), "bbox")
    found.evaluate()
    found.accumulate()
    found.summarize()
    seconds = time.perf_counter() - started
print(json.dumps([seconds, [float(figure) for figure in found.stats]]))
