// Mercurius with graphql-jit on Fastify: every document is compiled when it comes a second time.

import Fastify from 'fastify'
import mercurius from 'mercurius'
import { announce, resolvers, typeDefs } from './library.mjs'

const app = Fastify({ logger: false })
await app.register(mercurius, { schema: typeDefs, resolvers, jit: 1, graphiql: false })
await app.listen({ host: '127.0.0.1', port: 0 })
announce(app.server.address().port)
