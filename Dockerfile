# Callboard in a container: built from the lock file and nothing else; no step fetches anything but npm packages.
#   docker build -t callboard .                    the server
#   docker build -t callboard-kinesis --target kinesis .   a stand-in for Kinesis, for trials only

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM build AS production-packages
RUN npm prune --omit=dev

# Not for production: keeps records in memory and knows no security.
FROM build AS kinesis
USER node
EXPOSE 4567
HEALTHCHECK --interval=5s --timeout=3s --retries=12 CMD ["node", "scripts/healthcheck.mjs", "http://127.0.0.1:4567/", "any"]
CMD ["node", "node_modules/kinesalite/cli.js", "--port", "4567", "--shardLimit", "20"]

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    CALLBOARD_DATA_DIR=/data \
    CALLBOARD_HTTP_HOST=0.0.0.0 \
    CALLBOARD_METRICS_HOST=0.0.0.0
WORKDIR /app
# The engine of the analytics store lies in one package of 540 MB: one layer, rebuilt only when the lock file changes.
COPY --from=production-packages /app/node_modules ./node_modules
COPY --from=build /app/package.json ./
COPY --from=build /app/bin ./bin
COPY --from=build /app/scripts/healthcheck.mjs ./scripts/
COPY --from=build /app/dist ./dist
RUN mkdir /data && chown node:node /data
# uid 1000
USER node
VOLUME /data
EXPOSE 8080 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "scripts/healthcheck.mjs", "http://127.0.0.1:8080/health/live"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "bin/callboard.mjs"]
CMD ["up"]
