// Validates Turtle against SHACL shapes with rdf-validate-shacl, the second validator beside pyshacl.
//
//   npm install rdf-validate-shacl n3 @zazuko/env     (in a folder of its own, not in this repository)
//   NODE_PATH=… node tests/suites/shacl.mjs DATA.ttl SHAPES.ttl
//
// Prints results by severity and path, then their number; leaves with 1 when there is a violation. Property shapes that
// a release names without holding them are left out, as in the test for pyshacl.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.env.NODE_PATH ?? process.cwd()}/x.js`);
const load = async (name) => (await import(require.resolve(name))).default;
const [rdf, n3, Validator] = [await load("@zazuko/env"), await load("n3"), await load("rdf-validate-shacl")];
const SH = "http://www.w3.org/ns/shacl#";
const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const RESOURCE = "http://www.w3.org/2000/01/rdf-schema#Resource";

const read = (path) => rdf.dataset(new n3.Parser({ factory: rdf }).parse(readFileSync(path, "utf-8")));

const [dataPath, shapesPath] = process.argv.slice(2);
const data = read(dataPath);
for (const quad of [...data]) {
  for (const node of [quad.subject, quad.object]) {
    // Everything is a resource (RDF Schema 1.1, section 2.1).
    if (node.termType === "NamedNode") data.add(rdf.quad(node, rdf.namedNode(RDF), rdf.namedNode(RESOURCE)));
  }
}
const shapes = read(shapesPath);
for (const quad of [...shapes.match(null, rdf.namedNode(`${SH}property`))]) {
  if (![...shapes.match(quad.object, rdf.namedNode(`${SH}path`))].length) shapes.delete(quad);
}
const report = await new Validator(shapes, { factory: rdf }).validate(data);
const counts = new Map();
for (const result of report.results) {
  const path = Array.isArray(result.path) ? "" : result.path?.value ?? "";
  const key = `${result.severity?.value.split("#")[1]} ${path}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
for (const [key, count] of [...counts].sort()) console.log(count, key);
const violations = [...counts].filter(([key]) => key.startsWith("Violation")).reduce((sum, [, count]) => sum + count, 0);
console.log(`${report.results.length} results, ${violations} violations`);
process.exit(violations ? 1 : 0);
