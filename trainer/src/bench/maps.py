"""A map of the same embeddings by scikit-learn's t-SNE or by umap-learn, from 50 principal components as Nadir's: seconds,
or null without the package."""
import json
import sys
import time

try:
    import numpy
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if sys.argv[3] == "UMAP":
        # Compiled for the machine before it is timed.
        import umap

        umap.UMAP(n_epochs=2).fit_transform(numpy.random.rand(5000, 50).astype("f4"))
except ImportError:
    print("null")
    sys.exit()

rows = numpy.fromfile(sys.argv[1], dtype="<f4").reshape(-1, int(sys.argv[2]))
started = time.perf_counter()
rows = PCA(50, random_state=1).fit_transform(rows)
if sys.argv[3] == "UMAP":
    umap.UMAP().fit_transform(rows)
else:
    TSNE(n_jobs=-1, random_state=1).fit_transform(rows)
print(json.dumps(time.perf_counter() - started))
