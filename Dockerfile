FROM node:24-slim AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
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
RUN mkdir /data && chown node:node /data
USER node
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
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8602/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/duisgate.mjs"]
CMD ["serve"]
