// GraphQL Yoga on Node's http; it keeps parsed and validated documents by default.

import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import { announce, resolvers, typeDefs } from './library.mjs'

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  graphiql: false,
  landingPage: false,
  logging: false
})
const server = createServer(yoga)
server.listen(0, '127.0.0.1', () => announce(server.address().port))
