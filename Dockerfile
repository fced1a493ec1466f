# syntax=docker/dockerfile:1
# Nadir in a container: the archive of `cargo xtask dist`, unpacked.
#
#   docker build --target cpu -t nadir:cpu .
#   docker build --target cuda -t nadir:cuda .
#
#   docker run --rm -v "$PWD":/work nadir:cpu pretrain images --run runs/images
#   docker run --rm -v "$PWD":/work nadir:cpu probe --run runs/images
#   docker run --rm -v "$PWD":/work --gpus all nadir:cuda pretrain images --run runs/images --device cuda
#   docker run --rm -p 8080:8080 nadir:cpu serve --host 0.0.0.0
#
# Folders are those of the host's current one, as /work. Files are written as the user 1000; --user "$(id -u)" for another.

FROM rust:1.95.0-bookworm AS sources
WORKDIR /nadir
COPY rust-toolchain.toml rustfmt.toml Cargo.toml Cargo.lock deny.toml README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE ./
COPY .cargo .cargo
COPY shared shared
COPY trainer trainer
COPY web web
COPY static static
COPY tests tests
COPY xtask xtask

FROM sources AS build-cpu
RUN cargo xtask dist --out /dist \
    && mkdir /opt/nadir \
    && tar -xzf /dist/nadir-*.tar.gz --strip-components=1 -C /opt/nadir

FROM sources AS build-cuda
# Compiles without a GPU and without the toolkit, which is loaded when it runs.
RUN cargo xtask dist --features cuda --out /dist \
    && mkdir /opt/nadir \
    && tar -xzf /dist/nadir-*.tar.gz --strip-components=1 -C /opt/nadir

# NVRTC and the headers of the toolkit are needed where it runs: kernels are compiled for the GPU that is there.
FROM nvidia/cuda:12.8.1-devel-ubuntu24.04 AS cuda
COPY --from=build-cuda /opt/nadir /opt/nadir
RUN ln -s /opt/nadir/nadir /usr/local/bin/nadir
USER 1000
WORKDIR /work
EXPOSE 8080
ENTRYPOINT ["nadir"]
CMD ["--help"]

FROM debian:bookworm-slim AS cpu
COPY --from=build-cpu /opt/nadir /opt/nadir
RUN ln -s /opt/nadir/nadir /usr/local/bin/nadir
USER 1000
WORKDIR /work
EXPOSE 8080
ENTRYPOINT ["nadir"]
CMD ["--help"]
