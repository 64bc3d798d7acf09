// Writes two files in generated/, from the schema and docs/queries.md; no server is asked:
//
// - queries.ts has a type for the variables and the result of each worked query, and each query as a document that
//   carries both;
// - worked.ts has the variables and the result that the guide shows for each, which the types must allow.
//
//     node generate.mjs [schema.graphql]

import { codegen } from "@graphql-codegen/core";
import * as documentNodes from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const root = new URL("../../", import.meta.url);
const schemaFile = process.argv[2] ? pathToFileURL(process.argv[2]) : new URL("schema.graphql", root);
const schema = parse(readFileSync(schemaFile, "utf8"));

/** One worked query of the guide. */
function worked(section) {
  const block = (pattern) => section.match(new RegExp(`${pattern}\\n([^\`]*)\`\`\``))?.[1];
  const text = block("```graphql");
  const document = parse(text);
  const name = document.definitions.find((definition) => definition.operation).name.value;
  return {
    name,
    document,
    variables: block("Variables:\n\n```json") ?? "{}",
    result: block("Result:\n\n```json"),
  };
}

const guide = readFileSync(new URL("docs/queries.md", root), "utf8");
const queries = guide.split(/^## /m).slice(1).map(worked);

const code = await codegen({
  filename: "queries.ts",
  schema,
  documents: queries.map(({ name, document }) => ({ location: name, document })),
  config: {
    scalars: { Date: "string", DateTime: "string", JSON: "unknown" }, // as they stand in a response
    strictScalars: true,
    useTypeImports: true,
  },
  plugins: [{ operations: {} }, { documentNodes: {} }],
  pluginMap: { operations, documentNodes },
});

const examples = queries.map(
  ({ name, variables, result }) => `  ${name}: {
    document: types.${name}Document,
    variables: ${variables.trim()} satisfies types.${name}QueryVariables,
    result: ${result.trim()} satisfies types.${name}Query,
  },`,
);

const generated = new URL("generated/", import.meta.url);
mkdirSync(generated, { recursive: true });
writeFileSync(new URL("queries.ts", generated), code);
writeFileSync(
  new URL("worked.ts", generated),
  `import * as types from "./queries.js";\n\nexport const worked = {\n${examples.join("\n")}\n};\n`,
);
console.log(`${queries.length} queries`);
