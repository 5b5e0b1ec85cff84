# Another registry's, or one of your own: anything with Node 24, npm and a shell.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Behind a private CA, with its certificate as a file: `docker build --secret id=ca,src=ca.pem .`; none of it stays in the image.
RUN --mount=type=secret,id=ca,target=/run/ca.pem \
  if [ -f /run/ca.pem ]; then export NODE_EXTRA_CA_CERTS=/run/ca.pem; fi; \
  npm ci --omit=dev --omit=optional --ignore-scripts

FROM ${NODE_IMAGE}
WORKDIR /app
COPY --from=install /app/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY policy policy
COPY schemas schemas
COPY fixtures fixtures
COPY src src
# Keeps the compiled sources, as npm ci does elsewhere.
RUN node bin/duisgate.mjs completion bash > /dev/null
RUN mkdir /data && chown 1000:1000 /data
# The user `node` of the base image, as a number: Kubernetes tells by it that this is not root.
USER 1000:1000
VOLUME /data
ENV NODE_ENV=production \
    DUISGATE_STORE=/data/duisgate.db \
    DUISGATE_JOURNAL_FOLDER=/data/journal \
    DUISGATE_SOUTHBOUND_LISTEN=0.0.0.0:8600 \
    DUISGATE_NORTHBOUND_LISTEN=0.0.0.0:8601 \
    DUISGATE_CONTROL_LISTEN=0.0.0.0:8602 \
    DUISGATE_CONTROL_PLANE_LISTEN=0.0.0.0:8603 \
    DUISGATE_AUDIT_CHECKPOINT_FILE=/data/audit-checkpoints.ndjson \
    DUISGATE_AUDIT_KEY_FILE=/data/audit-key.pem
EXPOSE 8600 8601 8602 8603
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["node", "bin/duisgate.mjs", "ready"]
ENTRYPOINT ["node", "bin/duisgate.mjs"]
CMD ["serve"]
