"""Writes augment.json: torchvision's pixel operators on one image of floats in [0, 1], in f32.

    pip install torch torchvision && python make_augment.py [FOLDER]
"""

import torch
import torchvision.transforms.v2.functional as pixels

from drawn import fill, write

TOLERANCE = 1e-5  # f32: sums in another order


def main():
    image = torch.tensor(fill("augment.image", 3, 24, 20), dtype=torch.float32)
    twice = torch.nn.functional.interpolate(image[None], (48, 40))[0]  # nearest: room for a kernel of 23
    results = {
        "brightness 1.3": pixels.adjust_brightness(image, 1.3),
        "contrast 0.7": pixels.adjust_contrast(image, 0.7),
        "saturation 1.4": pixels.adjust_saturation(image, 1.4),
        "hue -0.08": pixels.adjust_hue(image, -0.08),
        "grayscale": pixels.rgb_to_grayscale(image, 3),
        "horizontal_flip": pixels.horizontal_flip(image),
        "gaussian_blur kernel=23 sigma=1.2 (reflect padding)": pixels.gaussian_blur(twice, [23, 23], [1.2, 1.2]),
        "gaussian_blur input": "the image, nearest-neighbour upsampled to 48x40",
        "resized_crop top=3 left=2 h=15 w=12 -> 16x16 bilinear antialias":
            pixels.resized_crop(image, 3, 2, 15, 12, [16, 16], antialias=True),
        "resized_crop top=0 left=0 h=24 w=20 -> 8x8 bilinear antialias":
            pixels.resized_crop(image, 0, 0, 24, 20, [8, 8], antialias=True),
    }
    listed = {name: found if isinstance(found, str) else found.flatten().tolist() for name, found in results.items()}
    write("augment.json", {"image": {"shape": list(image.shape), "values": image.flatten().tolist()}, **listed})


if __name__ == "__main__":
    main()
