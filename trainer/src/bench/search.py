"""The same query by faiss's flat index: queries a second and the rows found, or null without faiss."""
import json
import sys

try:
    import faiss
    import numpy
except ImportError:
    print("null")
    sys.exit()

path, length, query, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
rows = numpy.fromfile(path, dtype="<f4").reshape(-1, length)
rows = rows - rows.mean(axis=0, dtype=numpy.float64).astype("f4")
rows /= numpy.linalg.norm(rows, axis=1, keepdims=True)
index = faiss.IndexFlatIP(length)
index.add(rows)
one = rows[query : query + 1].copy()
found = index.search(one, 10)[1][0].tolist()
print(json.dumps([rate(seconds, lambda: index.search(one, 10)), found]))
