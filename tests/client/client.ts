// A client as small as it can be: what a query gives is known from its document, without a type written by hand.

import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";

/** What the server says of a field or a request that failed. */
export interface GraphQLFailure {
  message: string;
  path?: (string | number)[];
  extensions: { code: string };
}

interface Response<Result> {
  data?: Result | null;
  errors?: GraphQLFailure[];
}

/** Ask a server, such as http://127.0.0.1:8000/graphql; an error of any field is thrown. */
export async function ask<Result, Variables>(
  url: string,
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors }: Response<Result> = await answer.json();
  if (errors || !data) {
    throw new Error(errors?.map(({ message, extensions }) => `${extensions.code}: ${message}`).join("\n"));
  }
  return data;
}
