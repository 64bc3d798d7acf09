// Read the front matter of every Markdown file below a folder with gray-matter, in one thread, and print the
// seconds from the start of the process, as the cold load of the server is counted.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import matter from 'gray-matter'

const [, , folder] = process.argv
let files = 0
let refused = 0
for (const name of readdirSync(folder, { recursive: true })) {
  if (!name.endsWith('.md')) continue
  files += 1
  try {
    // with options, for without them gray-matter keeps every file that it has seen
    matter(readFileSync(join(folder, name), 'utf8'), {})
  } catch {
    refused += 1
  }
}
console.log(JSON.stringify({ files, refused, seconds: performance.now() / 1000 }))
