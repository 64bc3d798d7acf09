// Pages as their author would write them, and mistakes that the compiler must see: it fails where a line that is
// announced as an error is none.

import { ask } from "./client.js";
import {
  ArticlePageDocument,
  DanglingDocument,
  HubsDocument,
  ListingDocument,
  RefetchDocument,
  type ArticleFilter,
} from "./generated/queries.js";
import { worked } from "./generated/worked.js";

type IsAny<T> = 0 extends 1 & T ? true : false;
type Examples = (typeof worked)[keyof typeof worked];
type ResultOf<Example> = Example extends { document: { __apiType?: (variables: never) => infer Result } }
  ? Result
  : never;

const url = "http://127.0.0.1:8000/graphql";

/** Every example is one that `ask` takes, and none of the results is `any`. */
export const known: IsAny<ResultOf<Examples>> = false;

export async function articlePage(path: string): Promise<string> {
  const { article } = await ask(url, ArticlePageDocument, { url: path });
  if (!article) return "There is no such article.";
  const links = article.related?.map(({ title, url }) => `<a href="${url}">${title}</a>`) ?? [];
  return `<h1>${article.title}</h1>${article.subject?.name ?? ""}${article.answer ?? ""}${links.join()}`;
}

export async function newest(where: ArticleFilter): Promise<string[]> {
  const { articles } = await ask(url, ListingDocument, {
    where,
    orderBy: [{ field: "DATE", direction: "DESC" }],
    first: 10,
  });
  return articles?.nodes.map(({ title, date }) => `${date?.slice(0, 4) ?? "undated"} ${title}`) ?? [];
}

export async function nodeName(article: string, subject: string): Promise<string | undefined> {
  const { first } = await ask(url, RefetchDocument, { article, subject });
  return first?.__typename === "Article" ? first.title : undefined;
}

export async function suggestions(): Promise<string[]> {
  const { graph } = await ask(url, DanglingDocument, {});
  return (graph.danglingReferences?.nodes ?? []).map(({ suggestion }) => suggestion?.url ?? "none");
}

export async function mistakes(): Promise<void> {
  // @ts-expect-error a variable is missing
  await ask(url, ArticlePageDocument, {});
  // @ts-expect-error a variable has the wrong type
  await ask(url, ArticlePageDocument, { url: 5 });
  // @ts-expect-error there is no such field to order by
  await ask(url, ListingDocument, { orderBy: [{ field: "COLOUR" }] });
  // @ts-expect-error there is no such condition
  await ask(url, ListingDocument, { where: { title: { like: "graph" } } });

  const { article } = await ask(url, ArticlePageDocument, { url: "/a" });
  // @ts-expect-error there may be no such article
  article.title;
  // @ts-expect-error the query does not ask for the file
  article?.file;
  // @ts-expect-error an article may have no date
  article?.date.slice(0, 4);

  const { graph } = await ask(url, HubsDocument, {});
  // @ts-expect-error a score is a number
  graph.important?.[0]?.score.toUpperCase();
}
