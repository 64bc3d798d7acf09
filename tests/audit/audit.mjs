// Runs the server audits of graphql-http against a running server:
//
//     node audit.mjs [http://127.0.0.1:8000/graphql]
//
// Prints every audit that is not plainly ok, and the score. The exit code is 0 only for a full score.

import { serverAudits } from "graphql-http";

const url = process.argv[2] ?? "http://127.0.0.1:8000/graphql";
const audits = serverAudits({ url });
let passed = 0;

for (const audit of audits) {
  let result;
  try {
    result = await audit.fn();
  } catch (error) {
    // An audit throws only if it cannot talk to the server at all.
    result = { status: "error", reason: error.cause?.message ?? error.message };
  }
  if (result.status === "ok") {
    passed += 1;
  } else {
    console.log(`${result.status} ${audit.id} ${audit.name}: ${result.reason}`);
  }
}

console.log(`${passed} of ${audits.length} ok`);
process.exitCode = passed === audits.length ? 0 : 1;
