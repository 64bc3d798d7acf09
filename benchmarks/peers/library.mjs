// What every Node peer serves: the corpus in memory, articles linked to each other directly, and the part of
// articlegraph's schema that the benchmark asks for.

import { readFileSync } from 'node:fs'

const { subjects, articles } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const subjectObjects = subjects.map((name) => ({ name }))
for (const article of articles) {
  article.subject = article.subject === null ? null : subjectObjects[article.subject]
}
for (const article of articles) {
  article.related = article.related.map((position) => articles[position])
}
const byUrl = new Map(articles.map((article) => [article.url, article]))

export const typeDefs = `
  scalar Date
  type Subject { name: String! }
  type Article {
    id: ID!
    url: String!
    title: String!
    date: Date
    subject: Subject
    related: [Article!]
  }
  type ArticleConnection { nodes: [Article!]! }
  type Query {
    article(url: String!): Article
    articles(first: Int): ArticleConnection
  }
`

export const resolvers = {
  Query: {
    article: (_, { url }) => byUrl.get(url) ?? null,
    articles: (_, { first }) => ({ nodes: articles.slice(0, first ?? 20) })
  }
}

export function announce (port) {
  console.log(`serving on http://127.0.0.1:${port}`)
}
