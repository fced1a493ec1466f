#!/usr/bin/env bash
# The GPU check on a machine that has only the program: CUDA, then WebGPU (kernels in WGSL), each beside PyTorch where PYTHON has it.
#   NADIR=./nadir trainer/deploy/gpu-check.sh [FOLDER FOR THE REPORTS]
# NADIR_FUSION: a second build, with `--features cuda,fusion`. PYTHON: default python3. BUDGET: seconds a device, 7200:
# a first run compiles for most of that, later ones take what is kept (`nadir devices` says where) and half an hour.
set -euo pipefail

nadir=${NADIR:-nadir}
out=${1:-.}
python=${PYTHON:-python3}
more=()
if "$python" -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
  more+=(--torch "$python")
else
  echo "$python has no PyTorch with CUDA, so PyTorch's figures are skipped." >&2
fi
if [ -n "${NADIR_FUSION:-}" ]; then
  more+=(--other-build "$NADIR_FUSION")
fi

mkdir -p "$out"
command -v nvidia-smi >/dev/null && nvidia-smi
failed=0
for device in cuda webgpu; do
  "$nadir" gpu-check --device "$device" --budget "${BUDGET:-7200}" --out "$out/gpu-$device.json" "${more[@]}" || failed=1
done
exit "$failed"
