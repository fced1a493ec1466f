"""Writes TIFF images in many layouts with rasterio (GDAL) and what it reads from them; and corners by pyproj (PROJ).

    python3 -m venv venv && venv/bin/pip install rasterio==1.4.4 pyproj==3.7.2 numpy && venv/bin/python make_expected.py

Writes NAME.tif and expected.json beside itself. For every file: size, type, nodata, SHA-256 of all bands as little-endian
f32 ([bands, rows, columns], nodata and NaN as 0), or for JPEG the values. For every system: corners in WGS 84.
"""

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import Affine

warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning)
HERE = Path(__file__).parent
WIDTH, HEIGHT = 45, 37
TILED = dict(tiled=True, blockxsize=16, blockysize=16)


def ramp(bands, dtype, low, high):
    """Smooth in both directions and different in every band, so that a pixel in the wrong place shows."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [(x * (3 + band) + y * (5 - band % 3) + 17 * band) % 97 / 96.0 for band in range(bands)]
    values = low + np.stack(planes) * (high - low)
    return values.astype(dtype)


def with_holes(values, hole):
    values = values.copy()
    values[:, 3:9, 20:30] = hole
    return values


LAYOUTS = {
    "strips_u8_rgb": (ramp(3, "uint8", 0, 255), dict(blockysize=5, photometric="RGB")),
    "tiles_u8_rgb_deflate_predictor": (ramp(3, "uint8", 0, 255), dict(compress="deflate", predictor=2, photometric="RGB", **TILED)),
    "planar_tiles_u8_lzw": (ramp(3, "uint8", 0, 255), dict(compress="lzw", interleave="band", **TILED)),
    "tiles_u16_rgb_nir_deflate_predictor": (
        ramp(4, "uint16", 0, 12000), dict(compress="deflate", predictor=2, photometric="RGB", alpha="NO", **TILED)),
    "strips_i16_lzw_predictor": (ramp(2, "int16", -3000, 3000), dict(compress="lzw", predictor=2, blockysize=7)),
    "tiles_f32_deflate_predictor3": (ramp(2, "float32", -1, 1), dict(compress="deflate", predictor=3, **TILED)),
    "strips_f64": (ramp(1, "float64", -1, 1), dict(blockysize=4)),
    "strips_u32_packbits": (ramp(1, "uint32", 0, 16_000_000), dict(compress="packbits", blockysize=9)),
    "planar_strips_i32_deflate": (ramp(3, "int32", -8_000_000, 8_000_000), dict(compress="deflate", interleave="band", blockysize=6)),
    "bigtiff_tiles_u8": (ramp(3, "uint8", 0, 255), dict(BIGTIFF="YES", photometric="RGB", **TILED)),
    "big_endian_strips_u16": (ramp(3, "uint16", 0, 60000), dict(ENDIANNESS="BIG", blockysize=8)),
    "big_endian_planar_tiles_f32_predictor3": (
        ramp(2, "float32", 0, 500), dict(ENDIANNESS="BIG", compress="deflate", predictor=3, interleave="band", **TILED)),
    "bits1": (ramp(1, "uint8", 0, 1.99), dict(nbits=1, blockysize=5)),
    "bits4_tiles": (ramp(1, "uint8", 0, 15), dict(nbits=4, compress="deflate", **TILED)),
    "float16_strips": (ramp(1, "float32", 0, 1).astype("float16").astype("float32"), dict(nbits=16, blockysize=5)),
    "white_is_zero_u8": (ramp(1, "uint8", 0, 255), dict(photometric="MINISWHITE")),
    "rgba_u8": (ramp(4, "uint8", 0, 255), dict(photometric="RGB", alpha="YES", compress="lzw", predictor=2, **TILED)),
    "nodata_f32": (with_holes(ramp(1, "float32", 5, 9), -9999.0), dict(nodata=-9999.0, compress="deflate", blockysize=6)),
    "planar_strips_u8_big": (ramp(5, "uint8", 0, 255), dict(interleave="band", ENDIANNESS="BIG", blockysize=11)),
    "nan_f32": (np.full((3, HEIGHT, WIDTH), np.nan, "float32"), dict(compress="deflate")),
    "jpeg_ycbcr_tiles": (None, dict(compress="jpeg", photometric="YCBCR", JPEG_QUALITY=90, **TILED)),
    "jpeg_gray_strips": (None, dict(compress="jpeg", JPEG_QUALITY=90, blockysize=16)),
}

# Rotated by 30 degrees, half a metre a pixel.
ROTATED = Affine.translation(350_000, 5_700_000) * Affine.rotation(30) * Affine.scale(0.5, -0.5)
# Name: EPSG code, transform, pixel-is-point.
PLACES = {
    "utm33": (32633, Affine(10, 0, 399_960, 0, -10, 4_900_020), False),
    "utm33_point": (32633, Affine(10, 0, 399_960, 0, -10, 4_900_020), True),
    "utm19_south": (32719, Affine(0.3, 0, 345_678.9, 0, -0.3, 6_289_012.3), False),
    "etrs89_utm32_rotated": (25832, ROTATED, False),
    "web_mercator": (3857, Affine(0.5971642835, 0, 1_113_194.9, 0, -0.5971642835, 6_446_275.8), False),
    "degrees": (4326, Affine(0.0001, 0, 13.4, 0, -0.0001, 52.5), False),
    "lambert93": (2154, Affine(0.2, 0, 652_000, 0, -0.2, 6_862_000), False),
    "laea_europe": (3035, Affine(100, 0, 4_000_000, 0, -100, 3_000_000), False),
    "albers_us": (5070, Affine(30, 0, -1_500_000, 0, -30, 2_000_000), False),
    "nad83_utm18": (26918, Affine(1, 0, 583_000, 0, -1, 4_507_000), False),
    "antarctic": (3031, Affine(1000, 0, -200_000, 0, -1000, 1_800_000), False),
    "arctic": (3413, Affine(1000, 0, -1_000_000, 0, -1000, -500_000), False),
    "sweref99": (3006, Affine(0.25, 0, 674_000, 0, -0.25, 6_580_000), False),
    "date_line_utm60": (32760, Affine(1000, 0, 816_000, 0, -1000, 8_100_000), False),
    "mga94": (28355, Affine(2, 0, 320_000, 0, -2, 5_812_000), False),
}


def open_for(path, values, options, **more):
    bands, rows, columns = values.shape
    return rasterio.open(path, "w", driver="GTiff", width=columns, height=rows, count=bands, dtype=values.dtype, **options, **more)


def layout(name, values, options):
    path = HERE / f"{name}.tif"
    if values is None:
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
        planes = [128 + 100 * np.sin(x / 9 + band) * np.cos(y / 11) for band in range(3 if "ycbcr" in name else 1)]
        values = np.stack(planes).astype("uint8")
    with open_for(path, values, options) as file:
        file.write(values)
        if name == "tiles_u16_rgb_nir_deflate_predictor":
            for band, description in enumerate(["red", "green", "blue", "nir"], 1):
                file.set_band_description(band, description)
    with rasterio.open(path) as file:
        read = file.read().astype("<f4")
        valid = file.dataset_mask() > 0
        empty = np.isnan(read) | (read == np.float32(file.nodata) if file.nodata is not None else False)
        read[empty] = 0
        alpha = any(kind == rasterio.enums.ColorInterp.alpha for kind in file.colorinterp)
        if alpha:
            read = read[:-1]
        if name == "white_is_zero_u8":
            read = 255 - read  # GDAL gives the stored values; Nadir gives brightness
        entry = dict(width=file.width, height=file.height, bands=int(read.shape[0]), type=file.dtypes[0], valid=int(valid.sum()))
        if name == "nan_f32":
            entry["valid"] = 0
        if "jpeg" in name:
            entry["values"] = [int(value) for value in read.ravel()]
        else:
            entry["sha256"] = hashlib.sha256(read.tobytes()).hexdigest()
            entry["first"] = [float(value) for value in read[:, 0, 0]]
    return entry


def palette():
    path = HERE / "palette.tif"
    values = ramp(1, "uint8", 0, 15)
    colours = {at: (at * 16, 255 - at * 16, at * 7 % 256, 255) for at in range(16)}
    with open_for(path, values, dict(photometric="PALETTE", compress="deflate")) as file:
        file.write(values)
        file.write_colormap(1, colours)
    rgb = np.stack([np.vectorize(lambda at: colours[at][band])(values[0]) for band in range(3)]).astype("<f4")
    return dict(width=WIDTH, height=HEIGHT, bands=3, type="uint8", valid=WIDTH * HEIGHT,
                sha256=hashlib.sha256(rgb.tobytes()).hexdigest(), first=[float(value) for value in rgb[:, 0, 0]])


def sparse():
    """Only one tile is written; the others have neither place nor length."""
    path = HERE / "sparse_u16.tif"
    values = ramp(1, "uint16", 1, 9000)
    with open_for(path, values, dict(compress="deflate", nodata=65535, SPARSE_OK="TRUE", **TILED)) as file:
        file.write(values[:, 16:32, 16:32], window=rasterio.windows.Window(16, 16, 16, 16))
    with rasterio.open(path) as file:
        read = file.read().astype("<f4")
        valid = int((file.dataset_mask() > 0).sum())
    read[read == 65535] = 0
    return dict(width=WIDTH, height=HEIGHT, bands=1, type="uint16", valid=valid,
                sha256=hashlib.sha256(read.tobytes()).hexdigest(), first=[float(value) for value in read[:, 0, 0]])


def place(name, code, transform, is_point):
    path = HERE / f"place_{name}.tif"
    values = np.zeros((1, 6, 8), "uint8")
    with open_for(path, values, dict(compress="deflate", crs=f"EPSG:{code}", transform=transform)) as file:
        file.write(values)
        if is_point:
            file.update_tags(AREA_OR_POINT="Point")
    with rasterio.open(path) as file:
        corners = [file.transform @ pixel if hasattr(file.transform, "__matmul__") else file.transform * pixel
                   for pixel in [(0, 0), (0, 6), (8, 6), (8, 0)]]
        assert file.crs.to_epsg() == code
    to_wgs84 = Transformer.from_crs(code, 4326, always_xy=True)
    degrees = [list(to_wgs84.transform(*corner)) for corner in corners]
    return dict(epsg=code, corners=[list(corner) for corner in corners], degrees=degrees)


def main():
    for old in HERE.glob("*.tif"):
        old.unlink()
    layouts = {name: layout(name, *case) for name, case in LAYOUTS.items()}
    layouts["palette"] = palette()
    layouts["sparse_u16"] = sparse()
    places = {name: place(name, *case) for name, case in PLACES.items()}
    # A system that no register has: a projection of the file's own.
    own = "+proj=tmerc +lat_0=50.5 +lon_0=9.25 +k=0.9997 +x_0=1234 +y_0=4321 +ellps=GRS80 +units=m +no_defs"
    values = np.zeros((1, 6, 8), "uint8")
    with open_for(HERE / "own_system.tif", values, dict(crs=own, transform=Affine(1, 0, 1000, 0, -1, 5000))) as file:
        file.write(values)
    lines = lambda entries: "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items()) + "\n}"
    text = f"{{\"layouts\": {lines(layouts)},\n\"places\": {lines(places)}}}"
    (HERE / "expected.json").write_text(text + "\n")


main()
