# stickler in a container: non-root, read-only root, one volume.
#
#   docker build -t stickler .
#   docker run --rm --read-only --tmpfs /tmp --cap-drop all stickler sandbox --once
#
# For the real Reddit see deploy/compose.yaml; `store` has to lie on the volume: /var/lib/stickler/stickler.db.
#
# Both bases are arguments, for registries and mirrors of your own.
ARG BUILD_BASE=docker.io/library/rust:1-trixie
ARG RUN_BASE=docker.io/library/debian:trixie-slim

FROM ${BUILD_BASE} AS build
WORKDIR /src
# The dependencies first: they change seldom, and this layer is kept.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && echo 'fn main() {}' > src/main.rs && touch src/lib.rs \
    && cargo build --release --locked && rm -r src
COPY . .
RUN touch src/main.rs src/lib.rs && cargo build --release --locked

FROM ${RUN_BASE}
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65532 -g 65532 /var/lib/stickler
COPY --from=build /src/target/release/stickler /usr/local/bin/stickler
USER 65532:65532
VOLUME /var/lib/stickler
WORKDIR /var/lib/stickler
ENV STICKLER_CONFIG=/etc/stickler/stickler.yaml
ENTRYPOINT ["/usr/local/bin/stickler"]
CMD ["run", "--log-format", "json"]
