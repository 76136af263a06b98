# BIRD beside a POP, and as the router of compose.yaml; dig to try it with.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends bird2 iproute2 bind9-dnsutils \
 && rm -rf /var/lib/apt/lists/*
COPY deploy/docker/bird.sh /usr/local/bin/bird.sh
ENTRYPOINT ["sh", "/usr/local/bin/bird.sh"]
