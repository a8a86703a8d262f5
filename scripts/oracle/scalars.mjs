// Asks the npm package `yaml` what it reads in the documents that the scalar writer wrote.
//
//     node scalars.mjs FOLDER-OF-NODE-MODULES CASES EVERY
//
// `scalars.py` runs it. It prints a line of JSON for each document that is read as something else,
// and at the end how many it has read.

import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const [folder, cases, every] = process.argv.slice(2);
const yaml = createRequire(resolve(folder, "index.js"))("yaml");

// All values under `v` and `a`, and the keys whose value is `key`.
function texts(data) {
  const found = [];
  for (const [key, value] of data) {
    if (value === "key") found.push(key);
    else if (key === "v" || key === "a") found.push(...(Array.isArray(value) ? value : [value]));
    else if (value instanceof Map) found.push(...texts(value));
  }
  return found;
}

function read(document, version) {
  try {
    const found = texts(yaml.parse(document, { version, mapAsMap: true, logLevel: "error" }));
    // A second item `x` shows that the text ends where it should.
    if (found.length > 1 && found.at(-1) === "x") found.pop();
    return found;
  } catch (error) {
    return [String(error)];
  }
}

let checks = 0;
let number = 0;
for await (const line of createInterface({ input: createReadStream(cases), crlfDelay: Infinity })) {
  if (number++ % Number(every) !== 0) continue;
  const { text, documents } = JSON.parse(line);
  for (const document of documents) {
    for (const version of ["1.1", "1.2"]) {
      checks += 1;
      const found = read(document, version);
      if (found.length === 0 || found.some((one) => one !== text)) {
        console.log(JSON.stringify({ version, text, document, found: found.map(String) }));
      }
    }
  }
}
console.log(JSON.stringify({ checks }));
