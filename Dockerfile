# fewstep for machines of a cluster (docs/cluster/kubernetes.md): docker build --tag fewstep:0.1.0 .
FROM node:20-bookworm-slim AS build
WORKDIR /fewstep
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/fewstep.mjs scripts/
COPY src src
COPY types types
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /fewstep
COPY --from=build /fewstep/node_modules node_modules
COPY --from=build /fewstep/dist dist
COPY package.json package.json
COPY types types
COPY recipes recipes
COPY teachers teachers
COPY scripts/fewstep.mjs scripts/
# without scripts/build.mjs nothing is compiled when it starts
RUN ln -s /fewstep/scripts/fewstep.mjs /usr/local/bin/fewstep
USER node
WORKDIR /work
ENTRYPOINT ["fewstep"]
CMD ["--help"]
